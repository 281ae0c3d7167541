"""``python -m tests.agents.packages``: installs what the tests of agents need, or says what is missing."""

import sys

from tests.images.packages import PACKAGES, install

ENGINES = {program: PACKAGES[program] for program in ("dockerd", "podman", "runc", "busybox")}
SLURM = {"slurmctld": "slurmctld", "slurmd": "slurmd", "sbatch": "slurm-client", "munged": "munge"}

if __name__ == "__main__":
    sys.exit(install({**ENGINES, **SLURM}))
