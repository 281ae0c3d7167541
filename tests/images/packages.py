"""``python -m tests.images.packages``: installs what the tests of images and agents need, or says what is missing."""

import os
import shutil
import subprocess
import sys

# Program -> the package of Debian that it is in.
PACKAGES = {
    "dockerd": "docker.io",
    "podman": "podman",
    "runc": "runc",
    "docker-registry": "docker-registry",
    "skopeo": "skopeo",
    "busybox": "busybox-static",
    # Agents are tested with these.
    "munged": "munge",
    "slurmctld": "slurmctld",
    "slurmd": "slurmd",
    "sbatch": "slurm-client",
}


def missing_packages() -> list[str]:
    """Return the packages whose programs are not in PATH."""
    return [package for program, package in PACKAGES.items() if shutil.which(program) is None]


def main() -> int:
    """Return the exit code: 0 if nothing is missing any more."""
    missing = missing_packages()
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
        subprocess.run(command, check=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
        missing = missing_packages()
    if missing:
        print(f"missing: apt-get install {' '.join(missing)}", file=sys.stderr)
    elif os.geteuid():
        print("an engine of its own is started by root alone: run this as root", file=sys.stderr)
    return 1 if missing or os.geteuid() else 0


if __name__ == "__main__":
    sys.exit(main())
