"""The version of the project, which pyproject.toml has."""

import tomllib
from importlib import metadata
from pathlib import Path

_PROJECT = "scale-job-types"


def version() -> str:
    """Return the version of this checkout or, where only the package is installed, that of the package."""
    try:
        project = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text("utf-8"))["project"]
    except OSError:
        return metadata.version(_PROJECT)
    return str(project["version"])
