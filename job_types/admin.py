"""Job types and revisions in the admin: to watch, pause, resume, deprecate and activate."""

import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from audit.admin import AuditedServiceAdmin
from audit.models import Kind
from core.admin import (
    MOST_NAMED,
    REFUSALS,
    MarkedFilter,
    ReadOnlyAdmin,
    StepsAdmin,
    confirmed,
    document,
    findings_shown,
    state,
)
from core.forms import TaggedForm
from core.words import listed
from job_types import changes, hooks
from job_types.models import LARGEST_INTEGER, JobType, JobTypeRevision
from job_types.querysets import LIST_COLUMNS

# To deprecate takes recipe types along, so it is a step that names them first.
_EDITABLE = tuple(name for name in changes.OperatorFields.__annotations__ if name != "is_active")
_IMAGE = ("docker_image", "docker_image_digest")
_EDITABLE_OF_SYSTEM = ("is_paused",)


def _recipe_types_of(job_types: QuerySet[JobType]) -> Iterator[str]:
    """Yield a sentence on the recipe types that are deprecated with ``job_types``, if there are any."""
    if names := hooks.recipes.active_of(job_types):
        named = listed(names, MOST_NAMED)
        yield f"The recipe types that hold them are deprecated too, and stay so afterwards: {named}."


def _jobs_of(job_types: QuerySet[JobType]) -> Iterator[str]:
    """Yield a sentence on the jobs that ``job_types`` have in the queue, and those that run."""
    queued, running = hooks.jobs.queued_and_running(job_types)
    yield f"Their jobs: {queued:,} in the queue; {running:,} running, which go on."


class JobTypeForm(TaggedForm):
    """The fields that an operator sets, by the same service as through the API."""

    max_scheduled = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=LARGEST_INTEGER,
        help_text=JobType._meta.get_field("max_scheduled").help_text,
    )

    class Meta:
        model = JobType
        fields = _EDITABLE


@admin.register(JobType)
class JobTypeAdmin(StepsAdmin, AuditedServiceAdmin):
    audit_kind = Kind.JOB_TYPE
    form = JobTypeForm
    list_display = [
        "name",
        "version_shown",
        "title",
        state,
        "marks",
        "revision",
        "unmet_resources",
        "last_modified",
    ]
    list_display_links = ["name", "version_shown"]
    list_filter = ["is_active", "is_paused", "is_published", "is_system", MarkedFilter]
    linked_lookups = ("findings",)
    search_fields = ["name", "title", "tags__folded"]
    search_help_text = "Finds the job types that have every word in their name, title or tags."
    ordering = ["name", "version_key", "id"]
    actions = ["pause", "resume", "deprecate", "activate"]
    fieldsets = [
        (None, {"fields": ["name", "version", "title", "description", *_IMAGE, "revisions"]}),
        ("Operation", {"fields": ["is_active", *_EDITABLE, "max_tries", "is_system", "unmet_resources"]}),
        ("Times", {"fields": ["created", "last_modified", "deprecated", "paused"]}),
        ("Findings of the rules of today", {"fields": ["findings_text"]}),
        ("Configuration", {"fields": ["configuration_text", "secret_settings"]}),
        ("Manifest", {"fields": ["manifest_text"]}),
    ]
    findings_text = findings_shown
    configuration_text = document("configuration")
    manifest_text = document("manifest")

    def get_queryset(self, request: HttpRequest) -> QuerySet[JobType]:
        """Leave out the documents, which only the page of one job type reads."""
        return super().get_queryset(request).only(*LIST_COLUMNS)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[JobType], search_term: str
    ) -> tuple[QuerySet[JobType], bool]:
        """Return the job types that have every word of ``search_term`` in any case, each of them once."""
        for word in search_term.split():
            by_keyword = JobType.objects.matching_keywords([word]).values("pk")
            # Unlike ``icontains``, this ignores the case of letters beyond ASCII in SQLite too.
            by_title = Q(title__iregex=re.escape(word))
            queryset = queryset.filter(by_title | Q(pk__in=by_keyword))
        return queryset, False

    def get_readonly_fields(self, request: HttpRequest, obj: JobType | None = None) -> list[str]:
        editable = _EDITABLE_OF_SYSTEM if obj and obj.is_system else _EDITABLE
        shown = [field for _, options in self.fieldsets for field in options["fields"]]
        return [field for field in shown if isinstance(field, str) and field not in editable]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: Seed images are registered through the API."""
        return False

    def steps(self, row: JobType) -> Iterator[str]:
        yield "resume" if row.is_paused else "pause"
        if not row.is_system:
            yield "deprecate" if row.is_active else "activate"

    def write(self, row: JobType, fields: Any, change: bool) -> None:
        changes.operate_job_type(name=row.name, version=row.version, fields=fields)

    @confirmed(_jobs_of)
    @admin.action(description="Pause: no job of theirs leaves the queue", permissions=["change"])
    def pause(self, request: HttpRequest, job_types: QuerySet[JobType]) -> None:
        self._edit_all(request, job_types, {"is_paused": True}, "paused")

    @confirmed(_jobs_of)
    @admin.action(description="Resume: their jobs leave the queue again", permissions=["change"])
    def resume(self, request: HttpRequest, job_types: QuerySet[JobType]) -> None:
        self._edit_all(request, job_types, {"is_paused": False}, "resumed")

    @confirmed(lambda job_types: [*_recipe_types_of(job_types), *_jobs_of(job_types)])
    @admin.action(description="Deprecate: they get no new jobs, and none leaves the queue", permissions=["change"])
    def deprecate(self, request: HttpRequest, job_types: QuerySet[JobType]) -> None:
        self._edit_all(request, job_types, {"is_active": False}, "deprecated")

    @confirmed(_jobs_of)
    @admin.action(description="Activate: they get jobs again; recipe types stay deprecated", permissions=["change"])
    def activate(self, request: HttpRequest, job_types: QuerySet[JobType]) -> None:
        self._edit_all(request, job_types, {"is_active": True}, "activated")

    def _edit_all(
        self,
        request: HttpRequest,
        job_types: QuerySet[JobType],
        fields: changes.OperatorFields,
        done: str,
    ) -> None:
        """Edit each job type by itself. Show what was refused, and how many were changed or not."""
        changed, unchanged = 0, 0
        for job_type in job_types:
            try:
                is_changed = changes.operate_job_type(name=job_type.name, version=job_type.version, fields=fields)
            except REFUSALS as refusal:
                self.show_refusal(request, refusal)
                continue
            if is_changed:
                changed += 1
                self.log_change(request, job_type, f"{done.capitalize()}.")
            else:
                unchanged += 1
        if changed:
            self.message_user(request, f"{changed} job type{pluralize(changed)} {done}.", messages.SUCCESS)
        if unchanged:
            already = f"{unchanged} job type{pluralize(unchanged, ' was,s were')} {done} already."
            self.message_user(request, already, messages.INFO)

    @admin.display(description="")
    def marks(self, job_type: JobType) -> str:
        return ", ".join(mark for mark in ("system", "published") if getattr(job_type, f"is_{mark}"))

    @admin.display(ordering="revision_num")
    def revision(self, job_type: JobType) -> int:
        return job_type.revision_num

    @admin.display(description="version", ordering="version_key")
    def version_shown(self, job_type: JobType) -> str:
        return job_type.version

    def revisions(self, job_type: JobType) -> SafeString:
        url = f"{reverse('admin:job_types_jobtyperevision_changelist')}?job_type__id__exact={job_type.pk}"
        return format_html('<a href="{}">{} (read them)</a>', url, job_type.revision_num)

    def secret_settings(self, job_type: JobType) -> str:
        """Return the names of the secrets that are stored; their values are never shown."""
        names = job_type.secrets.order_by("name").values_list("name", flat=True)
        return ", ".join(f"{name} (stored)" for name in names) or "none stored"


@admin.register(JobTypeRevision)
class JobTypeRevisionAdmin(ReadOnlyAdmin):
    list_display = ["job_type", "revision_num", "docker_image", "created"]
    list_filter = ["job_type__is_system"]
    linked_lookups = ("job_type__id__exact",)
    search_fields = ["job_type__name", "docker_image"]
    search_help_text = "Searches the names of job types and the Docker images."
    ordering = ["job_type__name", "job_type__version_key", "-revision_num"]
    fields = ["job_type", "revision_num", *_IMAGE, "created", "manifest_text"]
    manifest_text = document("manifest")

    def get_queryset(self, request: HttpRequest) -> QuerySet[JobTypeRevision]:
        """Leave out the documents, which only the page of one revision reads."""
        revisions = super().get_queryset(request).select_related("job_type")
        return revisions.defer("job_type__manifest", "job_type__configuration", "manifest")
