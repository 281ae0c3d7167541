"""The command ``scale-agent``; in a checkout, where nothing is installed, it is ``python -m agent``."""

import signal
import sys


def main() -> None:
    """Run the command."""
    # Until the agent takes over: what it needs takes its time to be imported.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    from agent.command import app
    from client.cli import apps

    code = apps.run(app)
    # The agent has ended. A further signal while Python exits must not replace its exit code.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    sys.exit(code)


if __name__ == "__main__":
    main()
