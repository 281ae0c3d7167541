"""The command ``seed``: what developers do with manifests and images, without a service."""

from collections.abc import Sequence

from client.cli import apps
from client.cli.seed import init, label, run, validate

app = apps.new_app("Check, label and run Seed images, without a service.")
app.command("validate", epilog=validate.EPILOG)(validate.validate)
app.command("label", epilog=label.EPILOG)(label.label)
app.command("init", epilog=init.EPILOG)(init.init)
app.command("run", epilog=run.EPILOG)(run.run)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command ``seed`` and return its exit code."""
    return apps.run(app, arguments)
