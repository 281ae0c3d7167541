"""The command ``seed`` in a checkout, where it is not installed: ``python -m seed validate FILE``."""

import sys

from client.cli.seed import main

if __name__ == "__main__":
    sys.exit(main())
