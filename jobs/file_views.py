"""HTTP for the files that jobs read."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.mixins import ListModelMixin
from rest_framework.serializers import BaseSerializer

from core.api.filters import RepeatedFilter, applied_by_the_view
from core.api.pagination import SequencePagination
from core.api.query import query_parameters
from core.api.views import ApiViewSet
from core.models.columns import array_of
from files.filters import TimesFilterSet
from files.models import File
from files.rows import FileRow, file_rows
from files.serializers import FileSerializer
from jobs.inputs import ids_in
from jobs.models import Job
from jobs.rows import no_such_job


class InputFilesFilterSet(TimesFilterSet):
    """Which files of the input of a job."""

    job_input = RepeatedFilter(
        method=applied_by_the_view, help_text="Only files of these inputs of the job; may repeat."
    )


@extend_schema_view(
    list=extend_schema(operation_id="jobs_input_files_list", summary="List the files that a job reads")
)
class InputFilesViewSet(ListModelMixin, ApiViewSet[File]):
    """The files of the input of one job, each once, in the order of the inputs."""

    queryset = File.objects.all()
    serializer_class: type[BaseSerializer[Any]] = FileSerializer
    filterset_class = InputFilesFilterSet
    pagination_class = SequencePagination

    def paginate_queryset(self, queryset: QuerySet[File]) -> Sequence[FileRow]:  # type: ignore[override]
        """Return the rows of the page, without ids that no file has, which earlier releases took."""
        pk = self.kwargs["job_id"]
        document = Job.objects.filter(pk=pk).values_list("input", flat=True).first()
        if document is None:
            raise no_such_job(pk)
        ids = ids_in(document, query_parameters(self.request).getlist("job_input"))
        found = set(queryset.filter(id__any_of=array_of(ids)).values_list("pk", flat=True)) if ids else set()
        page: Any = super().paginate_queryset([pk for pk in ids if pk in found])  # type: ignore[arg-type]
        return file_rows(page)
