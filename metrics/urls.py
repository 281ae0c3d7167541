"""The URLs of numbers over time."""

from rest_framework.routers import SimpleRouter

from metrics import views

router = SimpleRouter(use_regex_path=False)
router.register("load", views.LoadViewSet, "load")
router.register("metrics/job-types/plot-data", views.PlotViewSet, "plot-data")
router.register("metrics/job-types", views.PlotTypeViewSet, "plot-type")
router.register("stats", views.StatisticsViewSet, "stats")
router.register(
    "job-types/<segment:name>/<segment:version>/stats", views.JobTypeStatisticsViewSet, "job-type-stats"
)
