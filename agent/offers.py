"""What a machine has to offer."""

import os
import shutil
from pathlib import Path

_MIB = 2**20


def offered(
    state_dir: Path, *, cpus: float | None, mem: float | None, disk: float | None, gpus: int
) -> dict[str, float]:
    """Return the resources of this node, in MiB but for cpus and gpus; what is None is what the machine has."""
    memory = mem if mem is not None else os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _MIB
    return {
        "cpus": cpus if cpus is not None else float(os.cpu_count() or 1),
        "mem": float(memory),
        "disk": disk if disk is not None else float(_free_disk(state_dir)),
        # It is a part of the memory.
        "sharedMem": float(memory),
        "gpus": float(gpus),
    }


def _free_disk(folder: Path) -> int:
    """Return the MiB that are free where a folder is, or would be."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(there).free // _MIB
