"""The clock of leases and timeouts: it runs on while the machine sleeps, and nobody sets it."""

import time
from functools import cache
from pathlib import Path


def now() -> float:
    """Return the seconds since the machine started."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@cache
def boot_id() -> str:
    """Return what tells this start of the machine from all others: moments of another one mean nothing here."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
