"""How two revisions of a job type differ, and what that means to the recipe types that hold it."""

from dataclasses import asdict
from typing import Any, TypedDict

from django.db.models import F

from core.services import Missing
from job_types import hooks
from job_types.models import JobTypeRevision
from job_types.selectors import RevisionDetails, get_revision, no_such_job_type
from seed import MOST_CHANGES, Interface, JobReference, interface_changes, revision_changes

_COMPARED = ("docker_image", "docker_image_digest", "manifest")


class Difference(TypedDict):
    """What the second one of two revisions changed; see ``DifferenceSerializer``."""

    old: RevisionDetails
    new: RevisionDetails
    changes: list[dict[str, Any]]
    is_complete: bool
    interface: list[dict[str, Any]]
    recipe_types: list[hooks.Effect]
    unchecked_recipe_types: list[str]


def get_difference(
    *, name: str, version: str, old: int | None = None, new: int | None = None, old_version: str | None = None
) -> Difference:
    """Return how the revision ``new`` of a job type differs from ``old``: three queries, and those of the effects.

    ``new`` is the current one by default. ``old`` is of ``old_version``, by default the current one of that; and
    without a version, of the same job type, by default the one before ``new``. Raises Missing, also where there is
    none before it.
    """
    number = _current(name, version) if new is None else new
    after = get_revision(name=name, version=version, revision_num=number)
    if old is None:
        old = number - 1 if old_version is None else _current(name, old_version)
    if old == 0:
        raise Missing(f"{name} {version} has no revision before {number}; name one in from, or a from_version.")
    before = get_revision(name=name, version=version if old_version is None else old_version, revision_num=old)
    changes = revision_changes(*({name: row[name] for name in _COMPARED} for row in (before, after)))  # type: ignore[literal-required]
    interfaces = (Interface.of_manifest(row["manifest"]) for row in (before, after))
    effects = hooks.recipes.effects(_reference(before), _reference(after))
    return {
        "old": before,
        "new": after,
        "changes": [asdict(change) for change in changes],
        "is_complete": len(changes) < MOST_CHANGES,
        "interface": [asdict(change) for change in interface_changes(*interfaces)],
        "recipe_types": effects.recipe_types,
        "unchecked_recipe_types": effects.unchecked,
    }


def _current(name: str, version: str) -> int:
    """Return the number of the current revision. Raises Missing."""
    current = JobTypeRevision.objects.of(name=name, version=version).filter(
        revision_num=F("job_type__revision_num")
    )
    for number in current.values_list("revision_num", flat=True):
        return number
    raise no_such_job_type(name, version)


def _reference(row: RevisionDetails) -> JobReference:
    return JobReference(row["job_type"]["name"], row["job_type"]["version"], row["revision_num"])
