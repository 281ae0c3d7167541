"""What operators switch: nodes, and the scheduler, which is all nodes at once."""

from collections.abc import Collection, Mapping
from types import SimpleNamespace
from typing import Any, TypedDict

from django.db import transaction

from audit.models import Action, Kind
from audit.services import Subject, changes_between, record
from core.entity_tags import entity_tag, require_current
from core.models.clock import database_time
from core.services import Missing, check_shown, require_valid
from jobs.models import Node, Scheduler


class NodeFields(TypedDict, total=False):
    """The fields of a node that can be edited; one that is absent stays as it is."""

    description: str
    pause_reason: str | None
    is_paused: bool
    is_active: bool


class SchedulerFields(TypedDict, total=False):
    """The fields of the scheduler that can be edited."""

    is_paused: bool


SCHEDULER = Subject(Kind.SCHEDULER, "scheduler")
# What only the node itself changes, and why.
_SHOWN_FIELDS = {
    "hostname": "it is the name that the node claims with",
    "account": "it is the first that claimed for the node",
    **dict.fromkeys(("resources", "software_version", "labels"), "the node itself says so"),
}


@transaction.atomic
def edit_node(
    *,
    pk: int,
    fields: NodeFields,
    shown: Mapping[str, Any] | None = None,
    seen: Collection[str] | None = None,
) -> None:
    """Set ``fields`` of the node with this id; nothing is written when all have these values already.

    A node that is not paused has no reason for it, as in v6. ``shown`` holds read-only fields that the client sent
    back. ``seen`` holds the entity tags that the editor has seen; None skips the comparison. Raises Missing,
    Refused, and Stale if the current tag is not among those seen.
    """
    node = Node.objects.select_for_update(of=("self",), no_key=True).select_related("account").filter(pk=pk).first()
    if node is None:
        raise no_such_node(pk)
    require_current(entity_tag((node.pk, node.last_modified)), seen)
    state = SimpleNamespace(
        **{name: getattr(node, name) for name in ("hostname", "software_version", "labels")},
        account=node.account and node.account.get_username(),
        resources=node.capacity,
    )
    require_valid(check_shown(shown or {}, _SHOWN_FIELDS, state))
    columns: dict[str, Any] = dict(fields)
    if not columns.get("is_paused", node.is_paused):
        columns["pause_reason"] = None
    elif "pause_reason" in columns:
        columns["pause_reason"] = columns["pause_reason"] or None
    changes = changes_between({column: getattr(node, column) for column in columns}, columns)
    if not changes:
        return
    columns["last_modified"] = now = database_time()
    if "is_active" in changes:
        columns["deprecated"] = None if columns["is_active"] else now
    # Claims write other columns of the row meanwhile.
    Node.objects.filter(pk=pk).update(**columns)
    record(subject=Subject(Kind.NODE, node.hostname), action=Action.EDITED, changes=changes)


def no_such_node(pk: int) -> Missing:
    """Return the exception that says that there is no node with this id."""
    return Missing(f"There is no node with the id {pk}; see /v6/nodes/.")


@transaction.atomic
def edit_scheduler(*, fields: SchedulerFields) -> Scheduler:
    """Set ``fields`` of the scheduler, and return it. While it is paused, no node gets a job."""
    scheduler, _ = Scheduler.objects.select_for_update(no_key=True).get_or_create(pk=1)
    changes = changes_between({"is_paused": scheduler.is_paused}, fields)
    if changes:
        scheduler.is_paused = fields["is_paused"]
        scheduler.save(update_fields=["is_paused"])
        record(subject=SCHEDULER, action=Action.EDITED, changes=changes)
    return scheduler
