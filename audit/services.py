"""Writes the audit: each service that changes something records it here, in the same transaction."""

import getpass
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils import timezone

from audit.models import Action, Door, Kind, Record
from core.http.logs import current_request, current_request_id

Changes = dict[str, dict[str, Any]]
CHANGED = {"changed": True}


@dataclass(frozen=True, slots=True)
class Subject:
    """What was changed, by its natural key."""

    kind: Kind
    name: str
    version: str = ""


def record(*, subject: Subject, action: Action, changes: Changes) -> None:
    """Records one change by whoever is acting now; a change of nothing leaves no record."""
    record_all(changed=[(subject, changes)], action=action)


def record_all(*, changed: Iterable[tuple[Subject, Changes]], action: Action) -> None:
    """Records the same kind of change to many: one statement."""
    who = _acting()
    now = timezone.now()
    Record.objects.bulk_create(
        Record(
            at=now,
            kind=subject.kind,
            name=subject.name,
            version=subject.version,
            action=action,
            changes=changes,
            **who,
        )
        for subject, changes in changed
        if changes
    )


def changes_between(old: Mapping[str, Any], new: Mapping[str, Any]) -> Changes:
    """The fields of `new` that `old` has not, or has otherwise: field -> `{"old", "new"}`."""
    return {
        field: {"old": old.get(field), "new": value}
        for field, value in new.items()
        if field not in old or old[field] != value
    }


def _acting() -> dict[str, str]:
    """Who acts, and through which door: the account of the request, or whoever runs the command."""
    request = current_request()
    if request is None:
        return {"actor": _system_account(), "door": Door.COMMAND, "command": _command()}
    through_admin = request.resolver_match is not None and request.resolver_match.app_name == "admin"
    return {
        "actor": request.user.get_username(),
        "door": Door.ADMIN if through_admin else Door.API,
        "request_id": current_request_id() or "",
    }


def _system_account() -> str:
    try:
        return getpass.getuser()[:150]
    except (KeyError, OSError):  # an account without a name, as in a container
        return ""


def _command() -> str:
    """The name of the `manage.py` command that runs, or of the program that is no such command."""
    program = Path(sys.argv[0]).name
    return (sys.argv[1] if program == "manage.py" and len(sys.argv) > 1 else program)[:100]
