#!/usr/bin/env python
"""Runs the administrative commands of the service."""

import sys

from scale.settings.environment import set_up


def main() -> None:
    set_up()
    from django.core.management import execute_from_command_line

    from core.faults import brief, describe
    from core.outages import is_outage, lacks_migrations

    try:
        execute_from_command_line(sys.argv)
    except Exception as error:
        if "--traceback" in sys.argv:
            raise
        if is_outage(error):
            sys.exit(f"The database does not serve; check that it runs, and DATABASE_URL: {brief(error)}")
        if lacks_migrations(error):
            sys.exit(
                "The database lacks migrations: run `manage.py migrate`, or `make run`, which does that first."
            )
        sys.exit(f"{describe(error)}\n`--traceback` shows the message, which may hold private values.")


if __name__ == "__main__":
    main()
