"""The command ``seed``: what developers do with manifests and images, without a service."""

import typer

app = typer.Typer(no_args_is_help=True, help="Check, label and run Seed images, without a service.")


@app.callback()
def _seed() -> None:
    """Have commands, even while there is only one."""


def main() -> None:
    """Run the command ``seed``."""
    app()
