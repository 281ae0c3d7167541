"""HTTP for workspaces: list, read, create, edit, validate."""

from functools import partial
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue.views import CatalogueMixin
from core.api.bodies import report_on_body, require_valid_body
from core.api.openapi import ReportSerializer
from core.api.permissions import ReadersRead
from core.api.views import ApiViewSet
from seed import Report
from workspaces import services
from workspaces.filters import WorkspaceFilterSet
from workspaces.models import Workspace
from workspaces.selectors import get_workspace
from workspaces.serializers import (
    WorkspaceBody,
    WorkspaceDetailsSerializer,
    WorkspaceEditBody,
    WorkspaceSerializer,
    WrittenWorkspaceSerializer,
)

_DOCUMENTS = ("configuration",)


@extend_schema_view(
    list=extend_schema(summary="List workspaces"),
    retrieve=extend_schema(summary="Show one workspace", responses={200: WorkspaceDetailsSerializer}),
)
class WorkspaceViewSet(CatalogueMixin, ApiViewSet[Workspace]):
    """The places that outputs go to."""

    links = {"create": {"workspaces_retrieve": ["name"], "workspaces_partial_update": ["name"]}}
    bodies = {"create": WorkspaceBody, "partial_update": WorkspaceEditBody}
    queryset = Workspace.objects.values(*WorkspaceSerializer.Meta.fields)
    serializer_class = WorkspaceSerializer
    filterset_class = WorkspaceFilterSet
    lookup_field = "name"
    lookup_value_converter = "segment"

    def retrieve(self, request: Request, name: str) -> Response:
        """By its name or its id; with its configuration, but without the credentials."""
        row = get_workspace(key=name, columns=WorkspaceDetailsSerializer.Meta.fields)
        return Response(WorkspaceDetailsSerializer(row).data)

    @extend_schema(summary="Create a workspace", responses={201: WrittenWorkspaceSerializer})
    def create(self, request: Request) -> Response:
        """The answer's `Location` is the URL of the new workspace."""
        body = WorkspaceBody(data=request.data)
        require_valid_body(body, documents=_DOCUMENTS, check=services.validate_workspace)
        fields = body.changes
        workspace, report = services.create_workspace(name=fields.pop("name", None), fields=fields)
        location = request.build_absolute_uri(reverse("workspace-detail", kwargs={"name": workspace.name}))
        return Response(_written(workspace, report), status=201, headers={"Location": location})

    @extend_schema(summary="Edit a workspace", responses={200: WrittenWorkspaceSerializer})
    def partial_update(self, request: Request, name: str, **kwargs: object) -> Response:
        """A field that is absent stays as it is."""
        body = WorkspaceEditBody(data=request.data)
        require_valid_body(body, documents=_DOCUMENTS, check=partial(services.validate_workspace, name=name))
        workspace, report = services.edit_workspace(name=name, fields=body.changes, shown=body.shown)
        return Response(_written(workspace, report))

    @extend_schema(
        operation_id="workspaces_validate", summary="Validate a workspace", responses={200: ReportSerializer}
    )
    @action(detail=False, methods=["post"], serializer_class=WorkspaceBody, permission_classes=[ReadersRead])
    def validation(self, request: Request) -> Response:
        """All who may read may validate. A name that exists is validated as an edit of that workspace."""
        body = WorkspaceBody(data=request.data)
        return Response(report_on_body(body, documents=_DOCUMENTS, check=services.validate_workspace).as_dict())


def _written(workspace: Workspace, report: Report) -> dict[str, Any]:
    columns = {name: getattr(workspace, name) for name in WorkspaceDetailsSerializer.Meta.fields}
    return WrittenWorkspaceSerializer({**columns, "warnings": report.as_dict()["warnings"]}).data
