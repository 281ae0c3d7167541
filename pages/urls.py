"""URLs of the pages. The navigation shows those that ``pages.navigation`` names as soon as they are here."""

from django.urls import path

from pages.views.dashboard import DashboardPage
from pages.views.job_steps import CancelPage, RequeuePage
from pages.views.jobs import JobDetailsPage, JobListPage
from pages.views.look import look
from pages.views.nodes import (
    ActivateNodePage,
    DeprecateNodePage,
    NodeDetailsPage,
    NodeListPage,
    PauseNodePage,
    ResumeNodePage,
)

app_name = "pages"

urlpatterns = [
    path("", DashboardPage.as_view(), name="dashboard"),
    path("jobs/", JobListPage.as_view(), name="jobs"),
    path("jobs/cancel/", CancelPage.as_view(), name="cancel-jobs"),
    path("jobs/requeue/", RequeuePage.as_view(), name="requeue-jobs"),
    path("jobs/<number:pk>/", JobDetailsPage.as_view(), name="job"),
    path("nodes/", NodeListPage.as_view(), name="nodes"),
    path("nodes/<number:pk>/", NodeDetailsPage.as_view(), name="node"),
    path("nodes/<number:pk>/pause/", PauseNodePage.as_view(), name="pause-node"),
    path("nodes/<number:pk>/resume/", ResumeNodePage.as_view(), name="resume-node"),
    path("nodes/<number:pk>/deprecate/", DeprecateNodePage.as_view(), name="deprecate-node"),
    path("nodes/<number:pk>/activate/", ActivateNodePage.as_view(), name="activate-node"),
    path("look/", look, name="look"),
]
