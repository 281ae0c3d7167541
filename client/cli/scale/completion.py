"""What the shell completes: names and versions that the service has, if it says so at once."""

import typer

from client import Retries, Scale
from client.cli.scale.session import CommandError, Settings, chosen

# Whoever presses Tab does not wait for a service that is away.
_SECONDS = 2.0


def job_type_names(incomplete: str) -> list[str]:
    """Return the names of job types that begin with ``incomplete``."""
    with _client() as scale:
        return [row.name for row in scale.job_types.names(page_size=1000) if row.name.startswith(incomplete)]


def job_type_versions(context: typer.Context, incomplete: str) -> list[str]:
    """Return the versions of the job type that the command names."""
    with _client() as scale:
        rows = scale.job_types.versions(str(context.params["name"]))
        return [row.version for row in rows if row.version.startswith(incomplete)]


def recipe_type_names(incomplete: str) -> list[str]:
    """Return the names of recipe types that begin with ``incomplete``."""
    with _client() as scale:
        return [row.name for row in scale.recipe_types.list(page_size=1000) if row.name.startswith(incomplete)]


def _client() -> Scale:
    try:
        return Scale(*chosen(Settings()), timeout=_SECONDS, retries=Retries(most=0))
    except (CommandError, ValueError) as error:
        raise typer.Exit from error
