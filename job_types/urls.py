"""The URLs of job types. Their fixed words are names that no job type can have (``seed.RESERVED_NAMES``)."""

from rest_framework.routers import SimpleRouter

from job_types import views

_VERSIONS = "job-types/<segment:name>"

router = SimpleRouter(use_regex_path=False)
router.register("job-type-names", views.JobTypeNameViewSet, "job-type-names")
router.register("job-types", views.JobTypeViewSet, "job-types")
router.register(_VERSIONS, views.JobTypeVersionViewSet, "job-type-versions")
router.register(_VERSIONS, views.JobTypeDetailsViewSet, "job-type")
router.register(f"{_VERSIONS}/<segment:version>/revisions", views.JobTypeRevisionViewSet, "job-type-revisions")
router.register(f"{_VERSIONS}/<segment:version>/diff", views.JobTypeDifferenceViewSet, "job-type-diff")
