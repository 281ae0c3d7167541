"""The command ``scale``: what people and their scripts do with a service."""

import typer

app = typer.Typer(no_args_is_help=True, help="Publish job types to a Scale service, and work with its jobs.")


@app.callback()
def _scale() -> None:
    """Have commands, even while there is only one."""


def main() -> None:
    """Run the command ``scale``."""
    app()
