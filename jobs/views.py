"""HTTP for jobs, and for the services that show how the work of job types is going."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from orjson import OPT_UTC_Z, Fragment, dumps
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from catalogue.views import CatalogueLists, revision_for
from core.api.filters import require_valid
from core.api.pagination import GroupPagination, Pagination, SequencePagination
from core.api.query import query_parameters
from core.api.views import ApiViewSet
from core.http.addresses import is_confidential
from core.http.holding import hold, waited
from core.reads.pages import IdListing
from core.rights import described
from core.services import Refused
from idempotency.views import idempotent
from job_types.models import JobType
from job_types.querysets import BRIEF_COLUMNS
from jobs import rows, selectors, services, status_counts
from jobs.bodies import ClaimBody, RequeueBody, SelectionBody, TransitionsBody
from jobs.claims import claim_jobs
from jobs.creation import create_job, create_jobs
from jobs.creation_bodies import JobBody, JobsBody
from jobs.filters import JobFilterSet, JobTypePendingFilterSet, JobTypeStatusFilterSet
from jobs.models import Job
from jobs.nodes import meet_node
from jobs.rescue import rescued
from jobs.serializers import (
    ClaimedSerializer,
    CreatedJobSerializer,
    CreatedJobsSerializer,
    JobDetailsSerializer,
    JobSerializer,
    JobTypeFailuresSerializer,
    JobTypePendingSerializer,
    JobTypeRunningSerializer,
    JobTypeStatusSerializer,
    OutcomesSerializer,
    QueueStatusSerializer,
    SteppedSerializer,
)
from jobs.totals import JOBS
from jobs.transitions import OUTCOMES, Change, apply_changes
from jobs.waiting import reasons_to_wait

_CLAIM_OVER_HTTP = (
    "A claim hands out secrets, so other hosts have to send it over HTTPS; nothing was claimed. Use the https:// "
    "address of the service, or let an operator set CLAIMS_OVER_HTTP where nobody else can read the network."
)
_CLAIM = "jobs.claim_job"
# Secrets are for the node alone, and for no cache on the way.
_IN_NO_CACHE = {"Cache-Control": "no-store"}
# A POST of a body to a URL of its own. Pages in a browser show no filters beside the answer.
_post = partial(action, detail=False, methods=["post"], pagination_class=None)


@extend_schema_view(
    list=extend_schema(summary="List jobs"),
    retrieve=extend_schema(summary="Show one job"),
)
class JobViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet[Job]):
    """The jobs of all job types."""

    bodies = {"create": JobBody}
    queryset = Job.objects.all()
    serializer_class = JobSerializer
    filterset_class = JobFilterSet
    lookup_value_converter = "number"
    right: str | None = None  # of actions other than to add a job

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return JobDetailsSerializer if self.action == "retrieve" else super().get_serializer_class()

    def get_object(self) -> Any:
        """Return the details of the job."""
        pk = self.kwargs["pk"]
        for row in rescued(partial(rows.details_rows, pk)):
            (shown,) = self._for_reader([rows.details_of(row)])
            return {**shown, "waiting": reasons_to_wait(job_id=row["id"], status=row["status"])}
        raise rows.no_such_job(pk)

    def paginate_queryset(  # type: ignore[override]  # of rows instead of models
        self, queryset: QuerySet[Job]
    ) -> Sequence[rows.JobRow]:
        """Return the rows of the page, which is found by ids alone."""
        page: Any = super().paginate_queryset(cast(Any, IdListing(queryset, JOBS)))
        return self._for_reader(rows.job_rows([row["pk"] for row in page]))

    @extend_schema(summary="Create a job", responses={201: CreatedJobSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """The job is of the current revision of its job type, and QUEUED."""
        job, report = create_job(fields=JobBody.read(request))
        location = self.reverse_action("detail", kwargs={"pk": job["id"]})
        shown: Any = {**job, "warnings": report.as_dict()["warnings"]}
        return Response(CreatedJobSerializer(shown).data, status=201, headers={"Location": location})

    @extend_schema(operation_id="jobs_bulk", summary="Create jobs", responses={201: CreatedJobsSerializer})
    @idempotent
    @_post(serializer_class=JobsBody, right="jobs.add_job")
    def bulk(self, request: Request) -> Response:
        """Up to 1,000 jobs, each as `POST /v6/jobs/` creates it: all of them or, if anything is wrong, none.

        The findings have the place of what they are about, such as `/jobs/17/input/files/image`.
        """
        ids, report = create_jobs(**JobsBody.read(request))
        answer = {"count": len(ids), "ids": ids, "warnings": report.as_dict()["warnings"]}
        return Response(CreatedJobsSerializer(answer).data, status=201)

    @extend_schema(
        operation_id="jobs_transitions",
        summary="Report what became of jobs",
        responses={200: OutcomesSerializer},
    )
    @_post(serializer_class=TransitionsBody, right="jobs.report_job")
    def transitions(self, request: Request) -> Response:
        """One transaction; a change that is not legal is refused, and the others are carried out.

        With `claim`, jobs are claimed afterwards, as `POST /v6/jobs/claim/` does, and `claimed` is its answer.
        What would refuse the claim as a whole refuses the request, and nothing is changed.
        """
        body = TransitionsBody.read(request)
        changes = [Change(**change) for change in body["changes"]]
        account = cast(User, request.user)
        if claim := body.get("claim"):
            if not account.has_perm(_CLAIM):
                raise PermissionDenied(f"`claim` needs {described(_CLAIM)}; ask an operator.")
            _require_confidence(request)
            # Before anything is changed. The claim meets it again: a pause may have come meanwhile.
            meet_node(hostname=claim["node"], account=account)
        worker = None if account.has_perm("jobs.change_job") else account
        outcomes = apply_changes(changes=changes, atomic=body.get("atomic", False), worker=worker)
        counts = Counter(outcome["outcome"] for outcome in outcomes)
        answer = {"results": outcomes, **{name: counts[name] for name in OUTCOMES}}
        claimed = _claimed(claim, account) if claim else None
        headers = _IN_NO_CACHE if claim else None
        return Response(OutcomesSerializer({**answer, "claimed": claimed}).data, headers=headers)

    @extend_schema(operation_id="jobs_claim", summary="Claim jobs to run", responses={200: ClaimedSerializer})
    @_post(serializer_class=ClaimBody, right=_CLAIM)
    def claim(self, request: Request) -> Response:
        """The jobs in the answer are RUNNING on the node from now on, and no other node gets them.

        They fit together into the resources that are named. There may be fewer than `limit` while others wait:
        the documents of all have at most 8 MiB. `OTHER_ACCOUNT` (403): the node is another account's.
        The answer holds secrets: without TLS, a claim from another host is a 403 `CLAIM_OVER_HTTP`.
        """
        _require_confidence(request)
        body = ClaimBody.read(request)
        wait = body.pop("wait", 0)
        claimed = {**_claimed(body, cast(User, request.user)), "waited": waited(request)}
        if not claimed["results"]:
            hold(request, wait)
        return Response(ClaimedSerializer(claimed).data, headers=_IN_NO_CACHE)

    @extend_schema(operation_id="jobs_cancel", summary="Cancel jobs", responses={200: SteppedSerializer})
    @idempotent
    @_post(serializer_class=SelectionBody, right="jobs.cancel_job")
    def cancel(self, request: Request) -> Response:
        """Cancels those of the chosen jobs that are not over, or FAILED; at most 10,000."""
        return Response(SteppedSerializer(services.cancel_jobs(**SelectionBody.read(request))).data)

    @extend_schema(operation_id="jobs_requeue", summary="Requeue jobs", responses={200: SteppedSerializer})
    @idempotent
    @_post(serializer_class=RequeueBody, right="jobs.requeue_job")
    def requeue(self, request: Request) -> Response:
        """Queues those of the chosen jobs that FAILED or were CANCELED; at most 10,000.

        A job that was PENDING or BLOCKED when it was canceled is so again.
        """
        return Response(SteppedSerializer(services.requeue_jobs(**RequeueBody.read(request))).data)

    def _for_reader(self, shown: Sequence[Any]) -> Sequence[Any]:
        """Return jobs without the names of accounts, unless the reader has an account."""
        return shown if self.request.user.is_authenticated else [rows.without_accounts(job) for job in shown]


def _require_confidence(request: Request) -> None:
    """Raise Refused if others may read what a claim is answered."""
    if not (settings.CLAIMS_OVER_HTTP or is_confidential(request)):
        raise Refused.because("CLAIM_OVER_HTTP", _CLAIM_OVER_HTTP, status=403)


def _claimed(claim: dict[str, Any], account: User) -> dict[str, Any]:
    """Return the answer to a claim."""
    jobs = claim_jobs(**claim, account=account)
    return {"results": jobs, "lease_seconds": settings.LEASE_SECONDS, "waited": 0.0}


@extend_schema_view(list=extend_schema(summary="Count the jobs of job types by status"))
class JobTypeStatusViewSet(CatalogueLists, ApiViewSet[JobType]):
    """Every job type, by name and version, with the counts of its jobs."""

    queryset = JobType.objects.order_by("name", "version_key", "id").values(*BRIEF_COLUMNS)
    serializer_class = JobTypeStatusSerializer  # for the API document; what it shows is in jobs.status_counts
    filterset_class = JobTypeStatusFilterSet

    def list(self, request: Request) -> Response:
        """Counts the jobs whose last status change lies in the window, and all that are RUNNING."""
        self.revision = revision_for(request)
        query = query_parameters(request)
        filterset = require_valid(JobTypeStatusFilterSet(data=query, queryset=self.get_queryset()))
        started, ended = (filterset.form.cleaned_data[end] for end in ("started", "ended"))
        page = self.page_of(lambda: filterset.qs)
        statuses = status_counts.job_type_statuses(page, revision=self.revision, started=started, ended=ended)
        # As they are: a serializer would look at each, and keep them until garbage is collected.
        return self.get_paginated_response(Fragment(dumps(statuses, option=OPT_UTC_Z)))


class _JobTypeCountsViewSet(ListModelMixin, ApiViewSet[Job]):
    """Rows that count jobs of job types."""

    pagination_class: type[Pagination] = GroupPagination

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return the groups of the page with their job types, and their errors."""
        page: Any = super().paginate_queryset(queryset)
        return selectors.job_type_groups(page)


@extend_schema_view(list=extend_schema(summary="Count the jobs of job types that wait"))
class JobTypePendingViewSet(_JobTypeCountsViewSet):
    """Job types with jobs that wait, the longest wait first."""

    queryset = cast(QuerySet[Job], Job.objects.counts_waiting())
    serializer_class = JobTypePendingSerializer
    filterset_class = JobTypePendingFilterSet


@extend_schema_view(list=extend_schema(summary="Count the jobs of job types that are in the queue"))
class QueueStatusViewSet(_JobTypeCountsViewSet):
    """Job types with queued jobs, in the order of the queue."""

    queryset = Job.objects.all()
    serializer_class = QueueStatusSerializer
    pagination_class = SequencePagination

    def filter_queryset(self, queryset: object) -> Any:
        """Return the groups, of which there are no more than job types."""
        return selectors.queued_groups()


@extend_schema_view(list=extend_schema(summary="Count the jobs of job types that run"))
class JobTypeRunningViewSet(_JobTypeCountsViewSet):
    """Job types with running jobs, the longest run first."""

    queryset = cast(QuerySet[Job], Job.objects.counts_running())
    serializer_class = JobTypeRunningSerializer


@extend_schema_view(list=extend_schema(summary="Count the jobs that failed of errors of the system"))
class JobTypeFailuresViewSet(_JobTypeCountsViewSet):
    """Job types and the errors of the system that their jobs failed of, the last failure first."""

    queryset = cast(QuerySet[Job], Job.objects.counts_of_system_failures())
    serializer_class = JobTypeFailuresSerializer
