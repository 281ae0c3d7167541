"""The URLs of errors."""

from rest_framework.routers import SimpleRouter

from errors.views import ErrorViewSet

router = SimpleRouter(use_regex_path=False)
router.register("errors", ErrorViewSet)
