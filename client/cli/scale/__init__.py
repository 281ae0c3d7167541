"""The command ``scale``: what people and their scripts do with a service."""

from collections.abc import Sequence

from client.cli import apps

app = apps.new_app("Publish job types to a Scale service, and work with its jobs.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command ``scale`` and return its exit code."""
    return apps.run(app, arguments)
