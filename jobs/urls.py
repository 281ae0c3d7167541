"""The URLs of jobs and of the status services."""

from rest_framework.routers import SimpleRouter

from jobs import views

router = SimpleRouter(use_regex_path=False)
router.register("jobs", views.JobViewSet)
router.register("nodes", views.NodeViewSet)
router.register("job-types/status", views.JobTypeStatusViewSet, basename="job-type-status")
router.register("job-types/pending", views.JobTypePendingViewSet, basename="job-type-pending")
router.register("job-types/running", views.JobTypeRunningViewSet, basename="job-type-running")
router.register("job-types/system-failures", views.JobTypeFailuresViewSet, basename="job-type-system-failures")
router.register("queue/status", views.QueueStatusViewSet, basename="queue-status")
