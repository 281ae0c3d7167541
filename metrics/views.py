"""HTTP for plots, for the load and for statistics."""

from typing import Any

from django.core.paginator import Paginator
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.filters import require_valid
from core.api.pagination import Pagination
from core.api.query import query_parameters
from core.api.views import ApiViewSet
from job_types.selectors import get_job_type
from metrics import plots
from metrics.filters import LoadFilterSet, PlotFilterSet
from metrics.loads import COUNTS, loads_of
from metrics.models import ALL_JOB_TYPES, HourlyCount, LoadSample
from metrics.periods import WindowFilterSet
from metrics.serializers import (
    LoadSerializer,
    PlotOfChoicesSerializer,
    PlotSerializer,
    PlotTypeSerializer,
    StatisticsSerializer,
)
from metrics.statistics import statistics


@extend_schema_view(
    list=extend_schema(operation_id="metrics_job_types_retrieve", summary="Show what there is to plot of job types")
)
class PlotTypeViewSet(ApiViewSet[HourlyCount]):
    """The columns of `plot-data/`, and all job types."""

    queryset = HourlyCount.objects.all()
    serializer_class = PlotTypeSerializer
    pagination_class = None

    def list(self, request: Request) -> Response:
        """What `column`, `group` and `choice_id` of `plot-data/` may be."""
        return Response(self.get_serializer(plots.describe()).data)


class _ColumnPagination(Pagination):
    """For the columns of a plot, which are known before any is read."""

    django_paginator_class = Paginator  # that of the base pages querysets alone


@extend_schema_view(
    list=extend_schema(operation_id="metrics_job_types_plot_data", summary="Plot how many jobs of job types ended")
)
class PlotViewSet(ApiViewSet[HourlyCount]):
    """How many jobs ended in each hour or day, and how."""

    queryset = HourlyCount.objects.all()
    serializer_class = PlotOfChoicesSerializer
    filterset_class = PlotFilterSet
    pagination_class = _ColumnPagination

    def list(self, request: Request) -> Response:
        """A result for each column, in the order of the parameters.

        A window of up to 48 hours is shown by hour, a longer one by day, in UTC; the first and the last of them
        count as a whole. What ends is counted within seconds. A job that is requeued does not count any more,
        until it ends again.
        """
        filterset = require_valid(PlotFilterSet(data=query_parameters(request), queryset=self.get_queryset()))
        chosen = filterset.form.cleaned_data
        columns: Any = self.paginate_queryset(chosen["column"])
        if (job_types := chosen["choice_id"]) is None:
            shown = PlotSerializer(plots.plot(columns, filterset.periods), many=True).data
        else:
            of_choices = plots.plot_choices(columns, filterset.periods, job_types=job_types)
            shown = PlotOfChoicesSerializer(of_choices, many=True).data
        return self.get_paginated_response(shown)


@extend_schema_view(list=extend_schema(summary="List how many jobs waited and ran, by minute"))
class LoadViewSet(ApiViewSet[LoadSample]):
    """Samples of the load, the earliest first."""

    queryset = LoadSample.objects.filter(job_type_id=ALL_JOB_TYPES).order_by("time")
    serializer_class = LoadSerializer
    filterset_class = LoadFilterSet

    def list(self, request: Request) -> Response:
        """One sample a minute for `LOAD_DAYS` days (31), before that one an hour for a year."""
        filterset = require_valid(LoadFilterSet(data=query_parameters(request), queryset=self.get_queryset()))
        page: Any = self.paginate_queryset(filterset.qs.values("time", *COUNTS))
        shown = loads_of(page, job_types=filterset.form.cleaned_data["job_type_id"] or None)
        return self.get_paginated_response(self.get_serializer(shown, many=True).data)


class _StatisticsViewSet(ApiViewSet[HourlyCount]):
    """Throughput, failures, waits and runs by hour or day, and the queue."""

    queryset = HourlyCount.objects.all()
    serializer_class = StatisticsSerializer
    filterset_class = WindowFilterSet
    pagination_class = None

    def _show(self, request: Request, job_type: int) -> Response:
        filterset = require_valid(WindowFilterSet(data=query_parameters(request), queryset=self.get_queryset()))
        return Response(self.get_serializer(statistics(job_type, filterset.periods)).data)


@extend_schema_view(list=extend_schema(operation_id="stats_retrieve", summary="Show statistics of all jobs"))
class StatisticsViewSet(_StatisticsViewSet):
    """Throughput, failures, waits and runs by hour or day, and when the queue is empty."""

    def list(self, request: Request) -> Response:
        """The statistics of all job types together."""
        return self._show(request, ALL_JOB_TYPES)


@extend_schema_view(
    list=extend_schema(operation_id="job_types_stats_retrieve", summary="Show statistics of a job type")
)
class JobTypeStatisticsViewSet(_StatisticsViewSet):
    """Throughput, failures, waits and runs by hour or day, and when the queue is empty."""

    def list(self, request: Request, name: str, version: str) -> Response:
        """The statistics of one job type."""
        return self._show(request, get_job_type(name=name, version=version)["id"])
