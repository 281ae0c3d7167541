"""HTTP for workspaces: list, read, create, edit."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.mixins import RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue.views import CatalogueMixin
from core.api.views import ApiViewSet
from workspaces import services
from workspaces.filters import WorkspaceFilterSet
from workspaces.models import Workspace
from workspaces.serializers import WorkspaceBody, WorkspaceEditBody, WorkspaceSerializer


@extend_schema_view(
    list=extend_schema(summary="List workspaces"),
    retrieve=extend_schema(summary="Show one workspace"),
)
class WorkspaceViewSet(CatalogueMixin, RetrieveModelMixin, ApiViewSet[Workspace]):
    """The places that outputs go to."""

    links = {"create": {"workspaces_retrieve": ["name"], "workspaces_partial_update": ["name"]}}
    bodies = {"create": WorkspaceBody, "partial_update": WorkspaceEditBody}
    queryset = Workspace.objects.values(*WorkspaceSerializer.Meta.fields)
    serializer_class = WorkspaceSerializer
    filterset_class = WorkspaceFilterSet
    lookup_field = "name"
    lookup_value_converter = "segment"

    @extend_schema(summary="Create a workspace", responses={201: WorkspaceSerializer})
    def create(self, request: Request) -> Response:
        """The answer's `Location` is the URL of the new workspace."""
        fields = WorkspaceBody.read(request)
        name = fields.pop("name")
        workspace = services.create_workspace(name=name, fields=fields)
        location = request.build_absolute_uri(reverse("workspace-detail", kwargs={"name": name}))
        return Response(WorkspaceSerializer(workspace).data, status=201, headers={"Location": location})

    @extend_schema(summary="Edit a workspace", responses={200: WorkspaceSerializer})
    def partial_update(self, request: Request, name: str, **kwargs: object) -> Response:
        """A field that is absent stays as it is."""
        workspace = services.edit_workspace(name=name, fields=WorkspaceEditBody.read(request))
        return Response(WorkspaceSerializer(workspace).data)
