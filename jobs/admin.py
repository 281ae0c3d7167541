"""Jobs and their tries in the admin; nodes are in ``node_admin``. Every page works on ten million jobs."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import F, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django_filters import FilterSet

from core.admin import BoundedPaginator, ReadOnlyAdmin, StepsAdmin, confirmed, document
from errors.models import Error
from files.models import File
from job_types.models import JobType
from jobs.filters import ExecutionFilterSet, JobFilterSet
from jobs.inputs import ids_in
from jobs.models import Job, JobExecution, Node
from jobs.node_admin import NodeAdmin, SchedulerAdmin  # noqa: F401  (Django finds the admin of an app in this module)
from jobs.querysets import DOCUMENTS
from jobs.services import MOST_AT_ONCE, Stepped, cancel_jobs, cancelable, requeue_jobs, requeueable
from jobs.states import REQUEUED_FROM, STATUSES_OF_A_TRY, WAITING, End, Status, statuses_before
from jobs.waiting import reasons_to_wait

MOST_NAMES = 100
# How many files the page of a job shows, of those that it reads and of those that it left.
MOST_FILES = 100
# Without the documents of what they hold.
_NAMED_FILES = File.objects.only("pk", "file_name")
# How many tries the page of a job shows.
MOST_TRIES = 20


def _by_status(jobs: QuerySet[Job], done: str) -> Iterator[str]:
    """Yield a sentence on how many ``jobs`` there are, by status, which can all be ``done``."""
    statuses = jobs.order_by().values_list("status", flat=True)
    found = Counter(statuses[: MOST_AT_ONCE + 1])
    shown = ", ".join(f"{count:,} {Status(status).label.lower()}" for status, count in sorted(found.items()))
    if not found:
        yield f"None of them can be {done}."
    elif found.total() > MOST_AT_ONCE:
        yield f"More than {MOST_AT_ONCE:,} of them can be {done}: that many now, the rest when you do it again."
    else:
        yield f"{found.total():,} of them can be {done}: {shown}."


class NameFilter(admin.SimpleListFilter):
    """One of the names that the API filters by, too; the most that a page lists are ``MOST_NAMES``."""

    filterset: type[FilterSet] = JobFilterSet

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        name = self.value()
        return (
            queryset if name is None else self.filterset.base_filters[self.parameter_name].filter(queryset, [name])
        )


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


class VersionFilter(NameFilter):
    """The versions of job types, the highest first."""

    title = "version of the job type"
    parameter_name = "job_type_version"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        versions = JobType.objects.order_by("-version_key").values_list("version", flat=True).distinct()
        return [(version, version) for version in versions[:MOST_NAMES]]


class StatusOfTryFilter(NameFilter):
    """The statuses that tries can have."""

    title = "status"
    parameter_name = "status"
    filterset = ExecutionFilterSet

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status.value, status.label) for status in STATUSES_OF_A_TRY]


class EndFilter(NameFilter):
    """What may have ended a try."""

    title = "what ended it"
    parameter_name = "end"
    filterset = ExecutionFilterSet

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(end.value, end.value) for end in End]


class HistoryAdmin(ReadOnlyAdmin):
    """Pages of a table with millions of rows, each of which is a job or belongs to one."""

    filterset: type[FilterSet]
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would count the whole history

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Look up the id of the job, or else what ``named`` finds; never scan the whole table."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if term.isascii() and term.isdigit():
            job = int(term[:20])  # no id has 20 digits
            return self.filterset.base_filters["job_id"].filter(queryset, [job]), False
        return self.named(queryset, term), False

    def named(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Return the rows that a term which is no id finds."""
        return queryset.none()


class LastTries(BaseInlineFormSet):
    """The last tries of a job: it may have been requeued any number of times."""

    @cached_property
    def last(self) -> QuerySet[JobExecution]:
        return super().get_queryset()[:MOST_TRIES]

    def get_queryset(self) -> QuerySet[JobExecution]:
        return self.last


class JobExecutionInline(admin.TabularInline):
    """The last tries of a job."""

    model = JobExecution
    formset = LastTries
    verbose_name_plural = f"tries, the last {MOST_TRIES} at most"
    readonly_fields = ["exe_num", "status", "end", "error", "exit_code", "node", "started", "ended"]
    fields = [*readonly_fields]
    ordering = ["-exe_num"]
    show_change_link = True
    can_delete = False
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[JobExecution]:
        return JobExecution.objects.for_list().order_by("-exe_num")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Job)
class JobAdmin(StepsAdmin, HistoryAdmin):
    filterset = JobFilterSet
    inlines = [JobExecutionInline]
    list_display = ["id", "job_type", "revision", "status", "error", "node", "last_status_change"]
    sortable_by = ["last_status_change"]  # the only one with an index in its order
    list_filter = ["status", "error__category", ErrorNameFilter, NodeFilter, VersionFilter]
    linked_lookups = ("error_name", "node", "job_type_version")
    search_fields = ["id", "job_type__name"]
    search_help_text = "Finds the job with this id, or else the jobs of the job types whose name holds this."
    ordering = ["-last_status_change"]
    actions = ["cancel", "requeue"]
    fieldsets = [
        (None, {"fields": ["id", "job_type", "job_type_rev", "status", "waiting", "error", "exit_code"]}),
        ("Ends of the logs of the last try", {"fields": ["logs"]}),
        ("Queue", {"fields": ["priority", "node", "num_exes", "max_tries", "created_by", "canceled_from"]}),
        ("Times", {"fields": ["created", "queued", "started", "ended", "last_status_change", "last_modified"]}),
        ("Files", {"fields": ["files_read", "files_made"]}),
        ("Documents", {"fields": ["input_text", "output_text", "configuration_text"]}),
    ]
    input_text, output_text, configuration_text = map(document, DOCUMENTS)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        """Leave out the documents, which only the page of one job reads."""
        return Job.objects.for_list()

    def named(self, queryset: QuerySet[Job], term: str) -> QuerySet[Job]:
        """Look up the job types with this in the name, and then their jobs."""
        job_types = JobType.objects.filter(name__icontains=term).values_list("pk", flat=True)
        return queryset.filter(job_type_id__in=list(job_types))

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("jobs.cancel_job")

    def has_requeue_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("jobs.requeue_job")

    @confirmed(lambda jobs: _by_status(cancelable(jobs), "canceled"))
    @admin.action(
        description="Cancel: those that wait never run, those that run are stopped", permissions=["cancel"]
    )
    def cancel(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        self._step(request, cancelable(jobs), cancel_jobs, [Status.CANCELED])

    @confirmed(lambda jobs: _by_status(requeueable(jobs), "requeued"))
    @admin.action(description="Requeue: failed and canceled jobs are tried again", permissions=["requeue"])
    def requeue(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        self._step(request, requeueable(jobs), requeue_jobs, WAITING)

    @transaction.atomic
    def _step(
        self,
        request: HttpRequest,
        jobs: QuerySet[Job],
        service: Callable[..., Stepped],
        after: Collection[str],
    ) -> None:
        """Let ``service`` change ``jobs``, which can all be changed, to a status in ``after``; log each.

        They are locked first, so that those found in ``after`` afterwards are those that this operator changed.
        """
        candidates = jobs.order_by("pk").values_list("pk", flat=True)
        ids = list(candidates.select_for_update(of=("self",), no_key=True)[:MOST_AT_ONCE])
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

    @admin.display(description="why it waits")
    def waiting(self, job: Job) -> str:
        reasons = reasons_to_wait(job_id=job.pk, status=job.status)
        return "It does not wait." if reasons is None else format_html_join("", "<p>{description}</p>", reasons)

    @admin.display(description="stdout, then stderr")
    def logs(self, job: Job) -> SafeString | str:
        tries = JobExecution.objects.filter(job=job).order_by("-exe_num").values_list("stdout", "stderr")
        written = [text for text in tries.first() or () if text]
        return format_html_join("", '<pre class="scale-document">{}</pre>', ((text,) for text in written)) or "none"

    @admin.display(description="what it reads")
    def files_read(self, job: Job) -> str:
        ids = ids_in(job.input)[:MOST_FILES]
        known = _NAMED_FILES.in_bulk(ids) if ids else {}
        return _linked([known[pk] for pk in ids if pk in known])

    @admin.display(description="what it left")
    def files_made(self, job: Job) -> str:
        return _linked(_NAMED_FILES.filter(job=job).order_by("job_output", "pk")[:MOST_FILES])

    def steps(self, row: Job) -> Iterator[str]:
        if row.status in statuses_before(Status.CANCELED):
            yield "cancel"
        if row.status in REQUEUED_FROM and row.job_type.is_active:
            yield "requeue"

    def revision(self, job: Job) -> int:
        return job.job_type_rev.revision_num


@admin.register(JobExecution)
class JobExecutionAdmin(HistoryAdmin):
    filterset = ExecutionFilterSet
    list_display = ["id", "job_id", "number", "ended_by_what", "error", "node", "started", "ended"]
    sortable_by = ["id"]  # the only one with an index in its order
    list_filter = [StatusOfTryFilter, EndFilter, ErrorNameFilter, NodeFilter]
    linked_lookups = ("status", "end", "error_name", "node")
    search_fields = ["job_id"]
    search_help_text = "Finds the tries of the job with this id."
    ordering = ["-id"]
    fieldsets = [
        (None, {"fields": ["job", "exe_num", "job_type_rev", "status", "end", "ended_by", "error", "exit_code"]}),
        ("Node", {"fields": ["node", "account", "claim_id", "lease_expires", "times_out"]}),
        ("Times", {"fields": ["queued", "started", "ended"]}),
        ("Logs", {"fields": ["stdout_text", "stderr_text", "log_workspace"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[JobExecution]:
        """Leave out the logs, which only the page of one try reads."""
        return JobExecution.objects.for_list()

    @admin.display(description="try")
    def number(self, one: JobExecution) -> int:
        return one.exe_num

    @admin.display(description="end")
    def ended_by_what(self, one: JobExecution) -> str:
        """Return what ended a try, which says more than its status."""
        return one.end or "runs"

    @admin.display(description="stdout")
    def stdout_text(self, one: JobExecution) -> SafeString:
        return _as_logged(one.stdout)

    @admin.display(description="stderr")
    def stderr_text(self, one: JobExecution) -> SafeString:
        return _as_logged(one.stderr)


def _linked(files: Iterable[File]) -> str:
    """Return files as links to their pages in the admin."""
    pages = ((reverse("admin:files_file_change", args=[file.pk]), file) for file in files)
    return format_html_join("", '<p><a href="{}">{}</a></p>', pages) or "none"


def _as_logged(text: str) -> SafeString:
    return format_html('<pre class="scale-document">{}</pre>', text)
