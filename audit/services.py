"""Writes records: each service that changes something records it here, in the same transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from audit.models import Action, Kind, Record
from core.actors import current_actor
from core.models.clock import statement_time

Changes = dict[str, dict[str, Any]]
CHANGED = {"changed": True}


@dataclass(frozen=True, slots=True)
class Subject:
    """What was changed, by its natural key."""

    kind: Kind
    name: str
    version: str = ""


def record(*, subject: Subject, action: Action, changes: Changes) -> None:
    """Record one change by the current actor, unless ``changes`` is empty."""
    record_all(changed=[(subject, changes)], action=action)


def record_all(*, changed: Iterable[tuple[Subject, Changes]], action: Action) -> None:
    """Record the same action on many subjects in one statement, leaving out those whose changes are empty."""
    actor = current_actor()
    now = statement_time()
    Record.objects.bulk_create(
        Record(
            at=now,
            actor=actor.name,
            source=actor.source,
            request_id=actor.request_id,
            command=actor.command,
            kind=subject.kind,
            name=subject.name,
            version=subject.version,
            action=action,
            changes=changes,
        )
        for subject, changes in changed
        if changes
    )


def changes_between(old: Mapping[str, Any], new: Mapping[str, Any]) -> Changes:
    """Return the fields of ``new`` that ``old`` lacks or has another value for, as field -> ``{"old", "new"}``."""
    return {
        field: {"old": old.get(field), "new": value}
        for field, value in new.items()
        if field not in old or old[field] != value
    }
