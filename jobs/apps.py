"""The app of jobs."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        """Fill in what job types need of jobs."""
        from job_types import hooks
        from jobs import configurations, selectors

        hooks.jobs = hooks.JobHooks(
            settings_became_secret=configurations.remove_settings, queued_and_running=selectors.queued_and_running
        )
