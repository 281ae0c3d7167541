"""The command ``scale``: what people and their scripts do with a service."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from client.cli import apps
from client.cli.scale import files, job_types, jobs, recipe_types
from client.cli.scale.apply import apply
from client.cli.scale.login import login, logout
from client.cli.scale.publish import publish
from client.cli.scale.session import EXIT_CODES, Settings, run

app = apps.new_app(f"Publish job types to a Scale service, and work with its jobs. {EXIT_CODES}")
for command in (login, logout, publish, apply):
    app.command()(command)
app.command("diff")(job_types.diff)
app.add_typer(job_types.app, name="job-types")
app.add_typer(recipe_types.app, name="recipe-types")
app.add_typer(jobs.app, name="jobs")
app.add_typer(files.app, name="files")


@app.callback()
def _scale(
    context: typer.Context,
    url: Annotated[
        str | None, typer.Option(help="The URL of the service; SCALE_URL, or that of the login.")
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option(help="A file with the token; SCALE_TOKEN, or that of the login.")
    ] = None,
    version: apps.VersionOption = False,
) -> None:
    context.obj = Settings(url, token_file)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command ``scale`` and return its exit code."""
    return run(app, arguments)
