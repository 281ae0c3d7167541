"""Job types and revisions in the admin: to watch, pause, resume, deprecate and activate."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from job_types import services
from job_types.models import JobType, JobTypeRevision
from job_types.queries import LIST_COLUMNS
from scale.admin import NoDeleteAdmin, ReadOnlyAdmin, readable_json

_EDITABLE = ("icon_code", "is_published", "is_active", "is_paused", "max_scheduled")
_EDITABLE_OF_SYSTEM = ("is_paused",)


class JobTypeForm(forms.ModelForm):
    """The fields that an operator sets; the service decides about them, as it does for the API."""

    class Meta:
        model = JobType
        fields = _EDITABLE

    def clean(self) -> dict[str, Any]:
        """Shows what the service would refuse, before anything is written."""
        cleaned = super().clean() or {}
        if cleaned.get("max_scheduled") == 0:
            self.add_error("max_scheduled", "Must be at least 1; leave it empty for no limit.")
        return cleaned


@admin.register(JobType)
class JobTypeAdmin(NoDeleteAdmin):
    form = JobTypeForm
    list_display = [
        "name",
        "version",
        "title",
        "is_active",
        "is_paused",
        "is_published",
        "is_system",
        "revision_num",
        "unmet_resources",
        "last_modified",
    ]
    list_display_links = ["name", "version"]
    list_filter = ["is_active", "is_paused", "is_published", "is_system"]
    search_fields = ["name", "title", "tags__folded"]
    search_help_text = "Searches names, titles and tags."
    actions = ["pause", "resume", "deprecate", "activate"]
    fieldsets = [
        (None, {"fields": ["name", "version", "title", "description", "docker_image", "revisions"]}),
        ("Operation", {"fields": [*_EDITABLE, "max_tries", "is_system", "unmet_resources"]}),
        ("Times", {"fields": ["created", "last_modified", "deprecated", "paused"]}),
        ("Configuration", {"fields": ["configuration_text", "secret_settings"]}),
        ("Manifest", {"fields": ["manifest_text"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[JobType]:
        """Ordered by name and version; the pages of lists read no manifest."""
        job_types = super().get_queryset(request).order_by("name", "version_key", "id")
        resolved = request.resolver_match
        if resolved and resolved.url_name == "job_types_jobtype_changelist":
            return job_types.only(*LIST_COLUMNS)
        return job_types

    def get_readonly_fields(self, request: HttpRequest, obj: JobType | None = None) -> list[str]:
        editable = _EDITABLE_OF_SYSTEM if obj and obj.is_system else _EDITABLE
        shown = [field for _, options in self.fieldsets for field in options["fields"]]
        return [field for field in shown if isinstance(field, str) and field not in editable]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Seed images are registered through the API."""
        return False

    def save_model(self, request: HttpRequest, obj: JobType, form: forms.ModelForm, change: bool) -> None:
        fields: Any = {field: form.cleaned_data[field] for field in form.changed_data}
        self._edit(request, [obj], fields)

    @admin.action(description="Pause: no job of them leaves the queue", permissions=["change"])
    def pause(self, request: HttpRequest, job_types: QuerySet[JobType]) -> None:
        self._edit_all(request, job_types, {"is_paused": True}, "paused")

    @admin.action(description="Resume", permissions=["change"])
    def resume(self, request: HttpRequest, job_types: QuerySet[JobType]) -> None:
        self._edit_all(request, job_types, {"is_paused": False}, "resumed")

    @admin.action(description="Deprecate", permissions=["change"])
    def deprecate(self, request: HttpRequest, job_types: QuerySet[JobType]) -> None:
        self._edit_all(request, job_types, {"is_active": False}, "deprecated")

    @admin.action(description="Activate", permissions=["change"])
    def activate(self, request: HttpRequest, job_types: QuerySet[JobType]) -> None:
        self._edit_all(request, job_types, {"is_active": True}, "activated")

    def _edit_all(
        self,
        request: HttpRequest,
        job_types: QuerySet[JobType],
        fields: services.JobTypeFields,
        done: str,
    ) -> None:
        edited = self._edit(request, job_types, fields)
        if edited:
            self.message_user(request, f"{edited} job types {done}.", messages.SUCCESS)

    def _edit(self, request: HttpRequest, job_types: Iterable[JobType], fields: services.JobTypeFields) -> int:
        """Edits each job type; tells the operator about those that were refused, and counts the others."""
        edited = 0
        for job_type in job_types:
            try:
                services.edit_job_type(name=job_type.name, version=job_type.version, fields=fields)
                edited += 1
            except services.InvalidJobType as error:
                for finding in error.report.errors:
                    self.message_user(request, finding.description, messages.ERROR)
        return edited

    @admin.display(description="Revisions")
    def revisions(self, job_type: JobType) -> SafeString:
        url = reverse("admin:job_types_jobtyperevision_changelist")
        return format_html(
            '<a href="{}?job_type__id__exact={}">{} (read them)</a>', url, job_type.pk, job_type.revision_num
        )

    @admin.display(description="Manifest")
    def manifest_text(self, job_type: JobType) -> SafeString:
        return readable_json(job_type.manifest)

    @admin.display(description="Configuration")
    def configuration_text(self, job_type: JobType) -> SafeString:
        return readable_json(job_type.configuration)

    @admin.display(description="Secret settings", empty_value="none stored")
    def secret_settings(self, job_type: JobType) -> str:
        """The names of the secrets that are stored; their values are shown to nobody."""
        names = job_type.secrets.order_by("name").values_list("name", flat=True)
        return ", ".join(f"{name} (stored)" for name in names)


@admin.register(JobTypeRevision)
class JobTypeRevisionAdmin(ReadOnlyAdmin):
    list_display = ["job_type", "revision_num", "docker_image", "created"]
    list_filter = ["job_type__is_system"]
    search_fields = ["job_type__name", "docker_image"]
    ordering = ["job_type__name", "job_type__version_key", "-revision_num"]
    fields = ["job_type", "revision_num", "docker_image", "created", "manifest_text"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[JobTypeRevision]:
        revisions = super().get_queryset(request).select_related("job_type")
        return revisions.defer("job_type__manifest", "job_type__configuration", "manifest")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allows the link from a job type to its revisions."""
        return lookup == "job_type__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description="Manifest")
    def manifest_text(self, revision: JobTypeRevision) -> SafeString:
        return readable_json(revision.manifest)
