"""The URLs of job types. Their fixed words are names that no job type can have (seed.RESERVED_NAMES)."""

from django.urls import path

from job_types import views

urlpatterns = [
    path("job-type-names/", views.JobTypeNameViewSet.as_view({"get": "list"}), name="job-type-names"),
    path("job-types/", views.JobTypeViewSet.as_view({"get": "list", "post": "create"}), name="job-types"),
    path("job-types/validation/", views.JobTypeValidationView.as_view(), name="job-type-validation"),
    path(
        "job-types/<segment:name>/",
        views.JobTypeVersionViewSet.as_view({"get": "list"}),
        name="job-type-versions",
    ),
    path(
        "job-types/<segment:name>/<segment:version>/",
        views.JobTypeDetailsViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="job-type-details",
    ),
    path(
        "job-types/<segment:name>/<segment:version>/revisions/",
        views.JobTypeRevisionViewSet.as_view({"get": "list"}),
        name="job-type-revisions",
    ),
    path(
        "job-types/<segment:name>/<segment:version>/revisions/<number:revision_num>/",
        views.JobTypeRevisionViewSet.as_view({"get": "retrieve"}),
        name="job-type-revision",
    ),
]
