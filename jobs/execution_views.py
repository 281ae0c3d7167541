"""HTTP for the tries of jobs, and for what they logged."""

from collections.abc import Sequence
from functools import partial
from typing import Any, cast

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from core.api.exceptions import InvalidParameter
from core.api.filters import MomentFilter
from core.api.moments import parse_moment
from core.api.query import query_parameters
from core.api.renderers import PageRenderer, TextRenderer
from core.api.views import ApiViewSet
from core.reads.pages import IdListing
from core.reads.renderers import FastJSONRenderer
from core.services import Missing
from jobs import execution_rows, logs
from jobs.execution_serializers import ExecutionDetailsSerializer, ExecutionSerializer
from jobs.filters import ExecutionFilterSet, ExecutionsOfJobFilterSet
from jobs.models import Job, JobExecution
from jobs.rescue import rescued
from jobs.rows import no_such_job
from jobs.totals import TRIES


class _ExecutionsViewSet(ListModelMixin, RetrieveModelMixin, ApiViewSet[JobExecution]):
    """Tries of jobs."""

    queryset = JobExecution.objects.all()
    serializer_class = ExecutionSerializer

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return ExecutionDetailsSerializer if self.action == "retrieve" else super().get_serializer_class()

    def get_object(self) -> Any:
        """Return the details of the try."""
        for row in rescued(partial(execution_rows.details_rows, self.kwargs)):
            (shown,) = self._for_reader([execution_rows.execution_details(row)])
            return shown
        raise self._missing(self.kwargs[self.lookup_field])

    def _missing(self, key: int) -> Missing:
        """Return the exception that says that there is no try with this key."""
        return execution_rows.no_such_try(key)

    def _for_reader(self, shown: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return tries without the names of accounts, unless the reader has an account."""
        if self.request.user.is_authenticated:
            return list(shown)
        return [execution_rows.without_accounts(one) for one in shown]


@extend_schema_view(
    list=extend_schema(operation_id="jobs_executions_list", summary="List the tries of a job"),
    retrieve=extend_schema(operation_id="jobs_executions_retrieve", summary="Show one try of a job"),
)
class JobExecutionsViewSet(_ExecutionsViewSet):
    """The tries of one job, newest first."""

    filterset_class = ExecutionsOfJobFilterSet
    lookup_field = "exe_num"
    lookup_value_converter = "number"

    def get_queryset(self) -> QuerySet[JobExecution]:
        return super().get_queryset().filter(job_id=self.kwargs["job_id"]).order_by("-exe_num")

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return the tries of the page."""
        rows = execution_rows.execution_rows(queryset)
        paginate: Any = super().paginate_queryset
        found = rescued(lambda using: paginate(rows.using(using)))
        job = self.kwargs["job_id"]
        if not found and not Job.objects.filter(pk=job).exists():
            raise no_such_job(job)
        return self._for_reader([execution_rows.execution(row) for row in found])

    def _missing(self, key: int) -> Missing:
        job = self.kwargs["job_id"]
        return Missing(f"There is no try {key} of the job {job}; see /v6/jobs/{job}/executions/.")


_LOG = OpenApiParameter("log_id", str, OpenApiParameter.PATH, enum=logs.NAMES, description="Which log.")
_SINCE = OpenApiParameter(
    "started",
    MomentFilter.json_schema,
    description="Nothing is returned of a try that ended before: a datetime, a date, or a duration.",
)


@extend_schema_view(
    list=extend_schema(summary="List the tries of all jobs"),
    retrieve=extend_schema(summary="Show one try"),
)
class ExecutionViewSet(_ExecutionsViewSet):
    """The tries of all jobs."""

    filterset_class = ExecutionFilterSet
    lookup_value_converter = "number"

    def paginate_queryset(self, queryset: Any) -> Any:
        """Return the tries of the page, which is found by ids alone."""
        page: Any = super().paginate_queryset(cast(Any, IdListing(queryset, TRIES)))
        return self._for_reader(execution_rows.executions_with([row["pk"] for row in page]))

    @extend_schema(
        operation_id="job_executions_logs",
        summary="Show the end of a log of a try",
        parameters=[_LOG, _SINCE],
        responses={
            (200, "application/json"): logs.SCHEMA,
            (200, "text/plain"): OpenApiTypes.STR,
            204: None,
        },
    )
    @action(
        detail=True,
        url_path="logs/<segment:log_id>",
        renderer_classes=[FastJSONRenderer, TextRenderer, PageRenderer],
        filterset_class=None,
        pagination_class=None,
    )
    def logs(self, request: Request, pk: int, log_id: str) -> Response:
        """What the node reported last, 64 KiB of each log at most; 204 while it has reported nothing.

        `Accept: text/plain` returns the text alone, `combined` with a line before each of the two logs.
        """
        since = self._since(request)
        found = logs.read_logs(pk=pk, name=log_id)
        if not found.texts or (since is not None and found.written < since):
            return Response(status=204)
        is_text = request.accepted_renderer.format == TextRenderer.format
        return Response(logs.as_text(found) if is_text else logs.as_hits(found))

    def _known_parameters(self) -> list[str]:
        return [_SINCE.name] if "logs" in self.action_map.values() else super()._known_parameters()

    def _since(self, request: Request) -> Any:
        text = query_parameters(request).get(_SINCE.name)
        try:
            return text and parse_moment(text, now=timezone.now())
        except ValueError as error:
            raise InvalidParameter(f"{_SINCE.name}: {error}") from None
