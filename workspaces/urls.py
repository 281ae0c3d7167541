"""The URLs of workspaces."""

from rest_framework.routers import SimpleRouter

from workspaces.views import WorkspaceViewSet

router = SimpleRouter(use_regex_path=False)
router.register("workspaces", WorkspaceViewSet)
