"""The app of job types."""

from django.apps import AppConfig


class JobTypesConfig(AppConfig):
    name = "job_types"
    verbose_name = "Job types"
