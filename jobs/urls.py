"""The URLs of jobs, their tries, nodes, the scheduler and the status services."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from jobs import execution_views, file_views, node_views, views

router = SimpleRouter(use_regex_path=False)
router.register("jobs", views.JobViewSet)
router.register("jobs/<number:job_id>/executions", execution_views.JobExecutionsViewSet, "job-executions-of-job")
router.register("jobs/<number:job_id>/input_files", file_views.InputFilesViewSet, "job-input-files")
router.register("job-executions", execution_views.ExecutionViewSet, "job-execution")
router.register("nodes", node_views.NodeViewSet)
router.register("job-types/status", views.JobTypeStatusViewSet, basename="job-type-status")
router.register("job-types/pending", views.JobTypePendingViewSet, basename="job-type-pending")
router.register("job-types/running", views.JobTypeRunningViewSet, basename="job-type-running")
router.register("job-types/system-failures", views.JobTypeFailuresViewSet, basename="job-type-system-failures")
router.register("queue/status", views.QueueStatusViewSet, basename="queue-status")

# There is one scheduler, and one fleet, so that these URLs have neither a list nor a key.
scheduler = node_views.SchedulerViewSet.as_view({"get": "retrieve", "patch": "partial_update"})
fleet_status = node_views.FleetStatusViewSet.as_view({"get": "retrieve"})
urlpatterns = [
    path("scheduler/", scheduler, name="scheduler"),
    path("status/", fleet_status, name="status"),
]
