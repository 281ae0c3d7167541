"""What the shell completes: names and versions that the service has, if it says so at once."""

from collections.abc import Callable, Iterable

import typer

from client import Retries, Scale, ScaleError
from client.cli.scale.session import CommandError, Settings, chosen

# Seconds: completion must not hang while the service is unreachable.
_SECONDS = 2.0


def job_type_names(incomplete: str) -> list[str]:
    """Return the names of job types that begin with ``incomplete``."""
    return _beginning(incomplete, lambda scale: (row.name for row in scale.job_types.names(page_size=1000)))


def job_type_versions(context: typer.Context, incomplete: str) -> list[str]:
    """Return the versions of the job type that the command names, which begin with ``incomplete``."""
    name = str(context.params.get("name") or "")
    return _beginning(incomplete, lambda scale: (row.version for row in scale.job_types.versions(name)))


def recipe_type_names(incomplete: str) -> list[str]:
    """Return the names of recipe types that begin with ``incomplete``."""
    return _beginning(incomplete, lambda scale: (row.name for row in scale.recipe_types.list(page_size=1000)))


def workspace_names(incomplete: str) -> list[str]:
    """Return the names of workspaces that begin with ``incomplete``."""
    return _beginning(incomplete, lambda scale: (row.name for row in scale.workspaces.list(page_size=1000)))


def _beginning(incomplete: str, names: Callable[[Scale], Iterable[str]]) -> list[str]:
    try:
        with Scale(*chosen(Settings()), timeout=_SECONDS, retries=Retries(most=0)) as scale:
            return [name for name in names(scale) if name.startswith(incomplete)]
    except (ScaleError, CommandError, ValueError):
        return []
