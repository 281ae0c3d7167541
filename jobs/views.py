"""HTTP for jobs, and for the four services that say how the work of job types is going."""

from collections import Counter
from typing import Any, cast

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from core.api.filters import QueryFilterBackend, require_valid
from core.api.pagination import GroupPagination
from job_types.models import JobType
from jobs import claims, examples, selectors, services, transitions
from jobs.filters import JobFilterSet, JobSelectionFilterSet, JobTypeStatusFilterSet
from jobs.models import Job
from jobs.serializers import (
    ClaimBody,
    ClaimedSerializer,
    JobBody,
    JobDetailsSerializer,
    JobSerializer,
    JobTypeFailuresSerializer,
    JobTypePendingSerializer,
    JobTypeRunningSerializer,
    JobTypeStatusSerializer,
    OutcomesSerializer,
    SelectionBody,
    SteppedSerializer,
    TransitionsBody,
)


@extend_schema_view(
    list=extend_schema(summary="List jobs"),
    retrieve=extend_schema(summary="Show one job", examples=[examples.DETAILS]),
)
class JobViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[Job]):
    """The jobs of all job types."""

    serializer_class = JobSerializer
    filterset_class = JobFilterSet
    queryset = Job.objects.for_details()

    def get_serializer_class(self) -> type[JobSerializer]:
        return JobDetailsSerializer if self.action == "retrieve" else JobSerializer

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return the rows of the page; what is skipped on the way to it is not fetched."""
        page: Any = super().paginate_queryset(queryset.values("pk"))
        return selectors.job_rows([row["pk"] for row in page])

    @extend_schema(
        summary="Create a job",
        request=JobBody,
        responses={201: JobDetailsSerializer},
        examples=[examples.CREATION, examples.CREATED],
    )
    def create(self, request: Request) -> Response:
        """Staff only. The job is of the current revision of its job type, and QUEUED."""
        body = JobBody(data=request.data)
        body.is_valid(raise_exception=True)
        job = services.create_job(fields=body.validated_data)
        location = request.build_absolute_uri(reverse("job-details", kwargs={"pk": job.pk}))
        return Response(JobDetailsSerializer(job).data, status=201, headers={"Location": location})


class TransitionsView(APIView):
    """What schedulers and workers report."""

    @extend_schema(
        operation_id="jobs_transitions",
        summary="Report what became of jobs",
        request=TransitionsBody,
        responses={200: OutcomesSerializer},
        examples=[examples.CHANGES, examples.OUTCOMES],
    )
    def post(self, request: Request) -> Response:
        """Staff only. One transaction; a change that is not legal is refused, and the rest are carried out."""
        body = TransitionsBody(data=request.data)
        body.is_valid(raise_exception=True)
        changes = [transitions.Change(**change) for change in body.validated_data["changes"]]
        outcomes = transitions.apply_changes(changes=changes, atomic=body.validated_data.get("atomic", False))
        counts = Counter(outcome.outcome for outcome in outcomes)
        results = [
            {
                "job_id": outcome.job_id,
                "outcome": outcome.outcome,
                "status": outcome.status,
                "refusal": outcome.refusal.as_dict() if outcome.refusal else None,
            }
            for outcome in outcomes
        ]
        return Response({"results": results, **{name: counts[name] for name in _OUTCOMES}})


_OUTCOMES = ("changed", "unchanged", "refused")


class ClaimView(APIView):
    """Work for nodes."""

    @extend_schema(
        operation_id="jobs_claim",
        summary="Claim jobs to run",
        request=ClaimBody,
        responses={200: ClaimedSerializer},
    )
    def post(self, request: Request) -> Response:
        """Staff only. The jobs answered are RUNNING on the node from now on, and no other gets them."""
        body = ClaimBody(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(ClaimedSerializer({"results": claims.claim_jobs(**body.validated_data)}).data)


class _StepView(APIView):
    """Changes all jobs that the filters of a body choose."""

    def selected(self, request: Request) -> QuerySet[Job]:
        body = SelectionBody(data=request.data)
        body.is_valid(raise_exception=True)
        query = QueryDict(mutable=True)
        for name, texts in body.validated_data.items():
            query.setlist(name, texts)
        return require_valid(JobSelectionFilterSet(data=query, queryset=Job.objects.all())).qs

    def answer(self, stepped: tuple[int, int]) -> Response:
        count, remaining = stepped
        return Response({"count": count, "remaining": remaining})


class CancelView(_StepView):
    """Cancels jobs."""

    @extend_schema(
        operation_id="jobs_cancel",
        summary="Cancel jobs",
        request=SelectionBody,
        responses={200: SteppedSerializer},
        examples=[examples.SELECTION, examples.STEPPED],
    )
    def post(self, request: Request) -> Response:
        """Staff only. Cancels those of the chosen jobs that are not over, or FAILED; at most 10,000."""
        return self.answer(services.cancel_jobs(jobs=self.selected(request)))


class RequeueView(_StepView):
    """Requeues jobs."""

    @extend_schema(
        operation_id="jobs_requeue",
        summary="Requeue jobs",
        request=SelectionBody,
        responses={200: SteppedSerializer},
        examples=[examples.SELECTION, examples.STEPPED],
    )
    def post(self, request: Request) -> Response:
        """Staff only. Queues those of the chosen jobs that FAILED or were CANCELED; at most 10,000."""
        return self.answer(services.requeue_jobs(jobs=self.selected(request)))


@extend_schema_view(
    list=extend_schema(
        operation_id="job_types_status_list",
        summary="Count the jobs of job types by status",
        responses=JobTypeStatusSerializer(many=True),
        examples=[examples.STATUS],
    )
)
class JobTypeStatusViewSet(GenericViewSet[JobType]):
    """Every job type, by name and version, with what became of its jobs lately."""

    queryset = JobType.objects.order_by("name", "version_key", "id")
    serializer_class = JobTypeStatusSerializer
    filterset_class = JobTypeStatusFilterSet
    pagination_class = GroupPagination

    def list(self, request: Request) -> Response:
        """Counts the jobs whose last status change lies in the window, and all that are RUNNING."""
        backend = QueryFilterBackend()
        filterset = require_valid(backend.get_filterset(request, self.get_queryset(), self))
        window = filterset.form.cleaned_data
        page: Any = self.paginate_queryset(filterset.qs.values("id"))
        rows = selectors.job_type_statuses(
            [row["id"] for row in page], started=window["started"], ended=window["ended"]
        )
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


class _JobTypeCountsViewSet(ListModelMixin, GenericViewSet[Job]):
    """Rows that count jobs of job types."""

    filter_backends = []
    pagination_class = GroupPagination

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return the groups of the page with their job types, and their errors."""
        page: Any = super().paginate_queryset(queryset)
        return selectors.job_type_groups(page)


@extend_schema_view(
    list=extend_schema(
        operation_id="job_types_pending_list",
        summary="Count the jobs of job types that wait",
        examples=[examples.PENDING],
    )
)
class JobTypePendingViewSet(_JobTypeCountsViewSet):
    """Job types with jobs that wait, the longest wait first."""

    queryset = cast(QuerySet[Job], Job.objects.counts_waiting())
    serializer_class = JobTypePendingSerializer


@extend_schema_view(
    list=extend_schema(
        operation_id="job_types_running_list",
        summary="Count the jobs of job types that run",
        examples=[examples.RUNNING],
    )
)
class JobTypeRunningViewSet(_JobTypeCountsViewSet):
    """Job types with running jobs, the longest run first."""

    queryset = cast(QuerySet[Job], Job.objects.counts_running())
    serializer_class = JobTypeRunningSerializer


@extend_schema_view(
    list=extend_schema(
        operation_id="job_types_system_failures_list",
        summary="Count the jobs that failed of errors of the system",
        examples=[examples.FAILURES],
    )
)
class JobTypeFailuresViewSet(_JobTypeCountsViewSet):
    """Job types and the errors of the system that their jobs failed of, the last failure first."""

    queryset = cast(QuerySet[Job], Job.objects.counts_of_system_failures())
    serializer_class = JobTypeFailuresSerializer
