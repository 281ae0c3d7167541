"""What ``make run`` checks before it installs or changes anything. Each fault is a line that says what to do.

It runs on the Python of the machine, with the standard library alone.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  (it is the machine's)
    sys.exit(f"Python 3.11 or later is needed, not {sys.version.split()[0]}: `make run PYTHON=python3.12`.")

import socket
from importlib.util import find_spec

from scale.settings.environment import BASE_DIR, DATABASE, is_port, set_up

SECONDS = 5.0  # for a PostgreSQL to answer


def main() -> None:
    """Check the environment, the settings, the port that is the argument, and whether the database listens."""
    _, port = sys.argv
    if not (BASE_DIR / ".venv").exists() and not find_spec("ensurepip"):
        sys.exit("This Python makes no environments: install its package for that, python3-venv on Debian.")
    if not port.isdecimal() or not is_port(port):
        sys.exit("PORT must be a whole number from 1 to 65535.")
    settings = set_up()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError as error:
            sys.exit(f"PORT={port} cannot be used ({error.strerror}): choose another, as in `make run PORT=8001`.")
    place = DATABASE.fullmatch(settings.DATABASE_URL)
    # Neither SQLite nor the path of a socket, nor a choice of several.
    if place and place["host"] and "%" not in place["host"] and not place["others"]:
        host, number = place["host"].strip("[]"), int(place["port"] or 5432)
        try:
            socket.create_connection((host, number), SECONDS).close()
        except OSError as error:
            reason = error.strerror or "no answer"
            sys.exit(
                f"No PostgreSQL listens at {host}, port {number} ({reason}): start it, or set DATABASE_URL to "
                "where one does, or leave it empty for SQLite."
            )


if __name__ == "__main__":
    main()
