"""What job types need of the apps of jobs and recipes, which are above them and fill this in when Django starts."""

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypedDict

from django.db.models import Exists, QuerySet

from core.entity_tags import State
from core.reads.serializers import RowSerializer
from job_types.models import JobType
from seed import JobReference, Report


class MemberRow(TypedDict):
    """A recipe type that holds a job type, with the rest of what ``RecipeHooks.serializer`` shows."""

    id: int
    last_modified: datetime


class Effect(TypedDict):
    """What would be found in a recipe type that ran another revision of a job type."""

    id: int
    name: str
    title: str
    revision_num: int
    breaks: bool
    reasons: list[dict[str, str]]


class Effects(NamedTuple):
    """The effects on recipe types, by name, and the names of those that are too many or too large to be checked."""

    recipe_types: list[Effect]
    unchecked: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeHooks:
    """What recipes do for the job types that they hold.

    ``revised`` and ``deprecated`` are called inside the transaction of an edit with the job type, which is locked,
    as it is after the edit. They return warnings for the client; an exception undoes the edit.
    """

    revised: Callable[[JobType], Report]
    deprecated: Callable[[JobType], Report]
    # An annotation for a query of job types: whether any recipe type holds the job type.
    is_member: Exists
    # The recipe types that hold the job type with an id, by name: one query.
    memberships: Callable[[int], Sequence[MemberRow]]
    # The states of the job type with a name and version, and of the recipe types that hold it, its own first; none
    # if there is no such job type: one query.
    states: Callable[[str, str], list[State]]
    serializer: type[RowSerializer]
    # The names of the active recipe types that hold any of the job types, in order: one query.
    active_of: Callable[[QuerySet[JobType]], list[str]]
    # What is found in the active recipe types that hold the job type of the first revision if they ran the second.
    effects: Callable[[JobReference, JobReference], Effects]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobHooks:
    """What jobs do for their job types.

    ``settings_became_secret`` is called inside the transaction of an edit with the job type, which is locked, and
    the names of settings that its manifest marks as secret from now on. No job of it keeps a value of them.
    """

    settings_became_secret: Callable[[JobType, Set[str]], None]
    # How many jobs of the job types are queued, and how many run: two queries.
    queued_and_running: Callable[[QuerySet[JobType]], tuple[int, int]]


jobs: JobHooks
recipes: RecipeHooks
