"""The URL of the audit."""

from rest_framework.routers import SimpleRouter

from audit.views import RecordViewSet

router = SimpleRouter(use_regex_path=False)
router.register("audit", RecordViewSet, basename="audit")
