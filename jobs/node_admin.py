"""Nodes and the scheduler in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import pluralize

from audit.admin import AuditedServiceAdmin
from audit.models import Kind
from audit.services import Subject
from core.admin import confirmed, document, state
from core.forms import TaggedForm
from jobs.models import Node, Scheduler
from jobs.switches import SCHEDULER, edit_node, edit_scheduler

# How many nodes an action changes.
MOST_NODES = 1_000


class NodeForm(TaggedForm):
    """What an operator says of a node, and its switches."""

    class Meta:
        model = Node
        fields = ("description", "is_paused", "pause_reason", "is_active")


@admin.register(Node)
class NodeAdmin(AuditedServiceAdmin):
    form = NodeForm
    list_display = ["hostname", state, "pause_reason", "account", "last_seen"]
    list_filter = ["is_active", "is_paused"]
    list_select_related = ["account"]
    search_fields = ["hostname"]
    ordering = ["hostname"]
    actions = ["pause", "resume", "deprecate", "activate"]
    readonly_fields = [
        *("hostname", "account", "software_version", "labels_text", "capacity_text"),
        *("created", "deprecated", "last_modified", "last_seen"),
    ]
    fields = [readonly_fields[0], *NodeForm.Meta.fields, *readonly_fields[1:]]
    labels_text, capacity_text = map(document, ("labels", "capacity"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def subject(self, row: Node) -> Subject:
        return Subject(Kind.NODE, row.hostname)

    def write(self, row: Node, fields: Any, change: bool) -> None:
        edit_node(pk=row.pk, fields=fields)

    @confirmed()
    @admin.action(description="Pause: they get no jobs, and what runs there goes on", permissions=["change"])
    def pause(self, request: HttpRequest, nodes: QuerySet[Node]) -> None:
        self._edit(request, nodes, "paused", is_paused=True)

    @confirmed()
    @admin.action(description="Resume: they get jobs again", permissions=["change"])
    def resume(self, request: HttpRequest, nodes: QuerySet[Node]) -> None:
        self._edit(request, nodes, "resumed", is_paused=False)

    @confirmed()
    @admin.action(description="Deprecate: they get no jobs any more", permissions=["change"])
    def deprecate(self, request: HttpRequest, nodes: QuerySet[Node]) -> None:
        self._edit(request, nodes, "deprecated", is_active=False)

    @confirmed()
    @admin.action(description="Activate: they get jobs again", permissions=["change"])
    def activate(self, request: HttpRequest, nodes: QuerySet[Node]) -> None:
        self._edit(request, nodes, "activated", is_active=True)

    @transaction.atomic
    def _edit(self, request: HttpRequest, nodes: QuerySet[Node], done: str, **fields: Any) -> None:
        changing = nodes.exclude(**fields).order_by("pk").values_list("pk", flat=True)
        ids = list(changing[:MOST_NODES])
        for pk in ids:
            edit_node(pk=pk, fields=fields)  # type: ignore[arg-type]  # the names of a TypedDict
        self.message_user(request, f"{len(ids)} node{pluralize(len(ids))} {done}.", messages.SUCCESS)


class SchedulerForm(TaggedForm):
    """The switch of the scheduler."""

    class Meta:
        model = Scheduler
        fields = ("is_paused",)


@admin.register(Scheduler)
class SchedulerAdmin(AuditedServiceAdmin):
    form = SchedulerForm
    list_display = ["__str__", "is_paused", "last_seen"]
    fields = ["is_paused", "last_seen"]
    readonly_fields = ["last_seen"]
    actions = ["pause", "resume"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def subject(self, row: Scheduler) -> Subject:
        return SCHEDULER

    def write(self, row: Scheduler, fields: Any, change: bool) -> None:
        edit_scheduler(fields=fields)

    @confirmed()
    @admin.action(description="Pause: no node gets any job, and what runs goes on", permissions=["change"])
    def pause(self, request: HttpRequest, schedulers: QuerySet[Scheduler]) -> None:
        edit_scheduler(fields={"is_paused": True})
        self.message_user(request, "The scheduler is paused.", messages.SUCCESS)

    @confirmed()
    @admin.action(description="Resume: nodes get jobs again", permissions=["change"])
    def resume(self, request: HttpRequest, schedulers: QuerySet[Scheduler]) -> None:
        edit_scheduler(fields={"is_paused": False})
        self.message_user(request, "The scheduler is not paused any more.", messages.SUCCESS)
