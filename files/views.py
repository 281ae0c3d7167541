"""HTTP for files: list, read, register, edit."""

from collections.abc import Sequence
from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import ApiViewSet
from core.reads.pages import IdListing
from files import rows, services
from files.filters import FileFilterSet
from files.models import File
from files.serializers import (
    FileBody,
    FileDetailsSerializer,
    FileSerializer,
    NewFileBody,
    RegisteredFileSerializer,
)
from files.totals import FILES
from idempotency.views import idempotent


@extend_schema_view(list=extend_schema(summary="List files"))
class FileViewSet(ListModelMixin, ApiViewSet[File]):
    """What lies in workspaces: sources, and products of jobs."""

    links = {"create": {"files_retrieve": ["id"], "files_partial_update": ["id"]}}
    bodies = {"create": NewFileBody, "partial_update": FileBody}
    queryset = File.objects.all()
    serializer_class = FileSerializer
    filterset_class = FileFilterSet
    lookup_value_converter = "segment"

    def paginate_queryset(self, queryset: QuerySet[File]) -> Sequence[rows.FileRow]:  # type: ignore[override]
        """Return the rows of the page, which is found by ids alone."""
        page: Any = super().paginate_queryset(cast(Any, IdListing(queryset, FILES)))
        return rows.file_rows([row["pk"] for row in page])

    @extend_schema(summary="Show one file", responses={200: FileDetailsSerializer})
    def retrieve(self, request: Request, pk: str) -> Response:
        """By its id or its UUID."""
        return Response(FileDetailsSerializer(rows.file_details(pk)).data)

    @extend_schema(
        summary="Register a file", responses={201: RegisteredFileSerializer, 200: RegisteredFileSerializer}
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """The service never reads the file itself: who registers it says how large it is.

        A file of the same size and digest that is registered at this place already is the answer, with a 200.
        `FILE_EXISTS` (400): another file is.
        """
        registered = services.register_file(fields=NewFileBody.read(request))
        pk = str(registered.file.pk)
        shown = {**rows.file_details(pk), "warnings": registered.report.as_dict()["warnings"]}
        location = self.reverse_action("detail", kwargs={"pk": pk})
        status = 201 if registered.is_new else 200
        return Response(RegisteredFileSerializer(shown).data, status=status, headers={"Location": location})

    @extend_schema(summary="Edit a file", responses={200: FileDetailsSerializer})
    def partial_update(self, request: Request, pk: str, **kwargs: object) -> Response:
        """A field that is absent stays as it is. A deleted file frees its path, for another to be registered."""
        body = FileBody(data=request.data)
        body.is_valid(raise_exception=True)
        services.edit_file(key=pk, fields=body.changes, shown=body.shown)
        return Response(FileDetailsSerializer(rows.file_details(pk)).data)
