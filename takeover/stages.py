"""The stages of a run, in their order: each brings one kind of objects, after all that it refers to."""

from collections.abc import Callable
from typing import NamedTuple

from takeover.models import Kind
from takeover.readers.errors import bring_errors
from takeover.readers.job_types import bring_job_types
from takeover.readers.jobs import bring_jobs
from takeover.readers.recipe_types import bring_recipe_types
from takeover.readers.workspaces import bring_workspaces
from takeover.run import Run


class Stage(NamedTuple):
    """A stage, and what it brings."""

    kind: Kind
    bring: Callable[[Run], None]

    @property
    def name(self) -> str:
        """Return the name that ``--what`` has for it."""
        return f"{self.kind}s"


STAGES: tuple[Stage, ...] = (
    Stage(Kind.WORKSPACE, bring_workspaces),
    Stage(Kind.ERROR, bring_errors),
    Stage(Kind.JOB_TYPE, bring_job_types),
    Stage(Kind.RECIPE_TYPE, bring_recipe_types),
    Stage(Kind.JOB, bring_jobs),
)
