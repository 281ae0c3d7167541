"""The URLs of jobs and of the status services."""

from django.urls import path

from jobs import views

urlpatterns = [
    path("jobs/", views.JobViewSet.as_view({"get": "list", "post": "create"}), name="jobs"),
    path("jobs/transitions/", views.TransitionsView.as_view(), name="job-transitions"),
    path("jobs/claim/", views.ClaimView.as_view(), name="job-claim"),
    path("jobs/cancel/", views.CancelView.as_view(), name="job-cancel"),
    path("jobs/requeue/", views.RequeueView.as_view(), name="job-requeue"),
    path("jobs/<number:pk>/", views.JobViewSet.as_view({"get": "retrieve"}), name="job-details"),
    path("job-types/status/", views.JobTypeStatusViewSet.as_view({"get": "list"}), name="job-type-status"),
    path("job-types/pending/", views.JobTypePendingViewSet.as_view({"get": "list"}), name="job-type-pending"),
    path("job-types/running/", views.JobTypeRunningViewSet.as_view({"get": "list"}), name="job-type-running"),
    path(
        "job-types/system-failures/",
        views.JobTypeFailuresViewSet.as_view({"get": "list"}),
        name="job-type-system-failures",
    ),
]
