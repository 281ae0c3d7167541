"""Jobs in the admin: look them up, cancel and requeue them. Every page works on ten million rows."""

from collections.abc import Callable, Collection
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import pluralize
from django.utils.functional import cached_property

from core.admin import ReadOnlyAdmin, document
from errors.models import Error
from job_types.models import JobType
from jobs.filters import JobFilterSet
from jobs.models import Job, Node
from jobs.querysets import DOCUMENTS
from jobs.services import MOST_AT_ONCE, Stepped, cancel_jobs, requeue_jobs
from jobs.states import REQUEUED_FROM, WAITING, Status, statuses_before

MOST_COUNTED = 10_000
MOST_NAMES = 100


class BoundedPaginator(Paginator):
    """Counts no further than 10,000: jobs beyond that are found by filters and the search, not by turning pages."""

    @cached_property
    def count(self) -> int:
        jobs: Any = self.object_list
        return jobs.order_by()[:MOST_COUNTED].count()


class NameFilter(admin.SimpleListFilter):
    """One of the names that the API filters jobs by, too; the most that a page lists are ``MOST_NAMES``."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        name = self.value()
        return queryset if name is None else JobFilterSet.base_filters[self.parameter_name].filter(queryset, [name])


class NodeFilter(NameFilter):
    """The nodes that claimed last."""

    title = "node"
    parameter_name = "node"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        nodes = Node.objects.order_by("-last_seen", "hostname").values_list("hostname", flat=True)
        return [(hostname, hostname) for hostname in sorted(nodes[:MOST_NAMES])]


class ErrorNameFilter(NameFilter):
    """The errors, those of the service first."""

    title = "error"
    parameter_name = "error_name"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        errors = Error.objects.order_by(F("job_type_name").asc(nulls_first=True), "name")
        return [(name, name) for name in dict.fromkeys(errors.values_list("name", flat=True)[:MOST_NAMES])]


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would count the whole history
    list_display = ["id", "job_type", "revision", "status", "error", "node", "last_status_change"]
    sortable_by = ["last_status_change"]  # the only one with an index in its order
    list_filter = ["status", "error__category", ErrorNameFilter, NodeFilter]
    linked_lookups = ("error_name", "node")
    search_fields = ["id", "job_type__name"]
    search_help_text = "Finds the job with this id, or else the jobs of the job types whose name holds this."
    ordering = ["-last_status_change"]
    actions = ["cancel", "requeue"]
    fieldsets = [
        (None, {"fields": ["id", "job_type", "job_type_rev", "status", "error", "exit_code"]}),
        ("Queue", {"fields": ["priority", "node", "num_exes", "max_tries", "created_by", "canceled_from"]}),
        ("Times", {"fields": ["created", "queued", "started", "ended", "last_status_change", "last_modified"]}),
        ("Documents", {"fields": ["input_text", "output_text", "configuration_text"]}),
    ]
    input_text, output_text, configuration_text = map(document, DOCUMENTS)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        """Leave out the documents, which only the page of one job reads."""
        return Job.objects.for_list()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Job], search_term: str
    ) -> tuple[QuerySet[Job], bool]:
        """Look up the id, or the job types with this in the name and then their jobs; never scan all jobs."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if term.isascii() and term.isdigit():
            return queryset.filter(pk=int(term[:20])), False  # no id has 20 digits
        job_types = JobType.objects.filter(name__icontains=term).values_list("pk", flat=True)
        return queryset.filter(job_type_id__in=list(job_types)), False

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("jobs.cancel_job")

    def has_requeue_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("jobs.requeue_job")

    @admin.action(description="Cancel", permissions=["cancel"])
    def cancel(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        self._step(request, jobs, cancel_jobs, statuses_before(Status.CANCELED), [Status.CANCELED])

    @admin.action(description="Requeue: failed and canceled jobs are tried again", permissions=["requeue"])
    def requeue(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        self._step(request, jobs, requeue_jobs, REQUEUED_FROM, WAITING)

    @transaction.atomic
    def _step(
        self,
        request: HttpRequest,
        jobs: QuerySet[Job],
        service: Callable[..., Stepped],
        before: Collection[str],
        after: Collection[str],
    ) -> None:
        """Let ``service`` change those of ``jobs`` whose status is in ``before`` to one in ``after``; log each.

        They are locked first, so that those found in ``after`` afterwards are those that this operator changed.
        """
        candidates = jobs.filter(status__in=before).order_by("pk").values_list("pk", flat=True)
        ids = list(candidates.select_for_update(of=("self",))[:MOST_AT_ONCE])
        count = service(jobs=Job.objects.filter(pk__in=ids), selection={"job_id": [str(pk) for pk in ids]}).count
        done = "canceled" if Status.CANCELED in after else "requeued"
        if not count:
            self.message_user(request, f"None of these jobs can be {done}.", messages.INFO)
            return
        changed = Job.objects.filter(pk__in=ids, status__in=after).only("pk")
        account: Any = request.user
        LogEntry.objects.log_actions(account.pk, changed, CHANGE, f"{done.capitalize()}.")
        self.message_user(request, f"{count} job{pluralize(count)} {done}.", messages.SUCCESS)
        if len(ids) == MOST_AT_ONCE:
            sentence = f"At most {MOST_AT_ONCE} jobs are {done} at once; do it again for the rest."
            self.message_user(request, sentence, messages.WARNING)

    def revision(self, job: Job) -> int:
        return job.job_type_rev.revision_num


@admin.register(Node)
class NodeAdmin(ReadOnlyAdmin):
    list_display = ["hostname", "account", "last_seen"]
    list_select_related = ["account"]
    search_fields = ["hostname"]
    ordering = ["hostname"]
    fields = ["hostname", "account", "last_seen", "capacity_text"]
    capacity_text = document("capacity")
