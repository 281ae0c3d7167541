"""The stages of a run, in their order: each brings one kind of objects, after all that it refers to."""

from collections.abc import Callable
from typing import NamedTuple

from takeover.readers.errors import bring_errors
from takeover.readers.job_types import bring_job_types
from takeover.readers.jobs import bring_jobs
from takeover.readers.recipe_types import bring_recipe_types
from takeover.readers.workspaces import bring_workspaces
from takeover.run import Run


class Stage(NamedTuple):
    """A stage, by the name that ``--what`` has for it."""

    name: str
    bring: Callable[[Run], None]


STAGES: tuple[Stage, ...] = (
    Stage("workspaces", bring_workspaces),
    Stage("errors", bring_errors),
    Stage("job-types", bring_job_types),
    Stage("recipe-types", bring_recipe_types),
    Stage("jobs", bring_jobs),
)
