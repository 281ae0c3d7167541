"""A real Slurm, Debian's, with one node that is this machine, in a folder of its own; it ends with the tests."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.images.engines import Daemon, free_port, short_folder

CPUS, MEMORY = 8, 4000
"""What the node is said to have, whatever this machine has; memory in MiB."""

_CONF = """
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
KillWait=20
MinJobAge=300
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
PartitionName=short Nodes=ALL Default=NO MaxTime=1 State=UP
"""


@dataclass(frozen=True)
class Cluster:
    """A running Slurm. ``conf`` is its slurm.conf, for ``SLURM_CONF``."""

    conf: Path

    def run(self, *words: str) -> str:
        """Run one of Slurm's commands, and return what it prints."""
        environment = {**os.environ, "SLURM_CONF": str(self.conf)}
        return subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout


@contextmanager
def slurm_cluster() -> Iterator[Cluster]:
    """Run a munged, a slurmctld and a slurmd on free ports, as root."""
    with short_folder("slurm") as folder:
        for name in ("munge", "state", "spool"):
            (folder / name).mkdir(mode=0o700)
        key = folder / "munge" / "key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
        conf = folder / "slurm.conf"
        host = socket.gethostname().partition(".")[0]
        conf.write_text(
            _CONF.format(
                host=host,
                controller_port=free_port(),
                node_port=free_port(),
                folder=folder,
                cpus=CPUS,
                memory=MEMORY,
            ),
            encoding="utf-8",
        )
        variables = {"SLURM_CONF": str(conf)}
        munged = [
            *("munged", "--foreground", "--force", f"--socket={folder}/munge.socket", f"--key-file={key}"),
            *(f"--{name}-file={folder}/munge/{name}" for name in ("pid", "log", "seed")),
        ]
        (folder / "out").mkdir()
        with (
            Daemon(munged, folder / "munge"),
            Daemon(["slurmctld", "-D"], folder / "state", variables),
            Daemon(["slurmd", "-D"], folder / "out", variables) as node,
        ):
            cluster = Cluster(conf)
            node.wait_until(lambda: _is_idle(cluster))
            yield cluster
            cluster.run("scancel", "--me")
            node.wait_until(lambda: not cluster.run("squeue", "--noheader"))


def _is_idle(cluster: Cluster) -> bool:
    try:
        return "idle" in cluster.run("sinfo", "--noheader", "--format=%T", "--partition=main")
    except subprocess.CalledProcessError:
        return False
