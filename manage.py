#!/usr/bin/env python
"""Runs the administrative commands of the service."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scale.settings.embedded")
    from django.core.management import execute_from_command_line

    from core.faults import describe

    try:
        execute_from_command_line(sys.argv)
    except Exception as error:
        if "--traceback" in sys.argv:
            raise
        sys.exit(f"{describe(error)}\n`--traceback` shows the message, which may hold private values.")


if __name__ == "__main__":
    main()
