"""The URLs of files."""

from rest_framework.routers import SimpleRouter

from files.views import FileViewSet

router = SimpleRouter(use_regex_path=False)
router.register("files", FileViewSet)
