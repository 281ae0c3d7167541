"""The URLs of workspaces."""

from django.urls import path

from workspaces import views

urlpatterns = [
    path(
        "workspaces/",
        views.WorkspaceViewSet.as_view({"get": "list", "post": "create"}),
        name="workspaces",
    ),
    path(
        "workspaces/<segment:name>/",
        views.WorkspaceViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="workspace-details",
    ),
]
