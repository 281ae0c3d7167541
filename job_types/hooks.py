"""What job types need of the app of recipes, which is above them and fills this in when Django starts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from django.db.models import Exists

from core.entity_tags import State
from core.reads.serializers import RowSerializer
from job_types.models import JobType
from seed import Report


class MemberRow(TypedDict):
    """A recipe type that holds a job type, with the rest of what ``RecipeHooks.serializer`` shows."""

    id: int
    last_modified: datetime


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


recipes: RecipeHooks
