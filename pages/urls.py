"""URLs of the pages."""

from django.urls import path

from pages.views import job_type_edits
from pages.views.audit import AuditPage
from pages.views.dashboard import DashboardPage
from pages.views.errors import ErrorsPage, KnownErrorsPage
from pages.views.files import (
    DeleteFilePage,
    EditFilePage,
    FileListPage,
    FilePage,
    RegisterFilePage,
    RestoreFilePage,
)
from pages.views.importing import ImportPage
from pages.views.job_steps import CancelPage, RequeuePage
from pages.views.job_type_configuration import ConfigurationPage, SecretPage
from pages.views.job_type_edits import SwitchPage
from pages.views.job_types import JobTypeNamesPage, JobTypePage, JobTypeRevisionPage, JobTypeVersionsPage
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
from pages.views.recipes import (
    ActivateRecipePage,
    DeprecateRecipePage,
    RecipeListPage,
    RecipePage,
    RecipeRevisionPage,
)
from pages.views.registration import RegistrationPage
from pages.views.scheduler import PauseSchedulerPage, ResumeSchedulerPage
from pages.views.takeovers import TakeoverDifferencesPage, TakeoverListPage, TakeoverPage
from pages.views.workspaces import CreateWorkspacePage, EditWorkspacePage, WorkspaceListPage, WorkspacePage

app_name = "pages"
_RECIPE = "recipes/<segment:name>/"
_JOB_TYPE = "job-types/<segment:name>/<segment:version>/"

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
    path("scheduler/pause/", PauseSchedulerPage.as_view(), name="pause-scheduler"),
    path("scheduler/resume/", ResumeSchedulerPage.as_view(), name="resume-scheduler"),
    path("look/", look, name="look"),
    path("job-types/", JobTypeNamesPage.as_view(), name="job-types"),
    path("job-types/import/", ImportPage.as_view(), name="import-job-type"),
    path("job-types/validation/", RegistrationPage.as_view(), name="register-job-type"),
    path("job-types/<segment:name>/", JobTypeVersionsPage.as_view(), name="job-type-versions"),
    path(_JOB_TYPE, JobTypePage.as_view(), name="job-type"),
    path(f"{_JOB_TYPE}pause/", SwitchPage.as_view(switch=job_type_edits.PAUSE), name="pause-job-type"),
    path(f"{_JOB_TYPE}resume/", SwitchPage.as_view(switch=job_type_edits.RESUME), name="resume-job-type"),
    path(f"{_JOB_TYPE}deprecate/", SwitchPage.as_view(switch=job_type_edits.DEPRECATE), name="deprecate-job-type"),
    path(f"{_JOB_TYPE}activate/", SwitchPage.as_view(switch=job_type_edits.ACTIVATE), name="activate-job-type"),
    path(f"{_JOB_TYPE}configuration/", ConfigurationPage.as_view(), name="configure-job-type"),
    path(f"{_JOB_TYPE}secrets/<segment:setting>/", SecretPage.as_view(), name="replace-secret"),
    path(f"{_JOB_TYPE}revisions/<number:revision_num>/", JobTypeRevisionPage.as_view(), name="job-type-revision"),
    path("audit/", AuditPage.as_view(), name="audit"),
    path("errors/", ErrorsPage.as_view(window="day"), name="errors"),
    path("errors/week/", ErrorsPage.as_view(window="week"), name="errors-of-week"),
    path("errors/known/", KnownErrorsPage.as_view(), name="known-errors"),
    path("files/", FileListPage.as_view(), name="files"),
    path("files/register/", RegisterFilePage.as_view(), name="register-file"),
    path("files/<number:pk>/", FilePage.as_view(), name="file"),
    path("files/<number:pk>/edit/", EditFilePage.as_view(), name="edit-file"),
    path("files/<number:pk>/delete/", DeleteFilePage.as_view(), name="delete-file"),
    path("files/<number:pk>/restore/", RestoreFilePage.as_view(), name="restore-file"),
    path("recipes/", RecipeListPage.as_view(), name="recipes"),
    path(_RECIPE, RecipePage.as_view(), name="recipe"),
    path(f"{_RECIPE}deprecate/", DeprecateRecipePage.as_view(), name="deprecate-recipe"),
    path(f"{_RECIPE}activate/", ActivateRecipePage.as_view(), name="activate-recipe"),
    path(f"{_RECIPE}revisions/<number:revision_num>/", RecipeRevisionPage.as_view(), name="recipe-revision"),
    path("takeovers/", TakeoverListPage.as_view(), name="takeovers"),
    path("takeovers/<number:pk>/", TakeoverPage.as_view(), name="takeover"),
    path("takeovers/<number:pk>/differences/", TakeoverDifferencesPage.as_view(), name="takeover-differences"),
    path("workspaces/", WorkspaceListPage.as_view(), name="workspaces"),
    # With a dash between, since "create" may be the name of a workspace.
    path("workspaces/-/create/", CreateWorkspacePage.as_view(), name="create-workspace"),
    path("workspaces/<segment:name>/", WorkspacePage.as_view(), name="workspace"),
    path("workspaces/<segment:name>/edit/", EditWorkspacePage.as_view(), name="edit-workspace"),
]
