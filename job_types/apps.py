"""Registers the job_types app."""

from django.apps import AppConfig


class JobTypesConfig(AppConfig):
    name = "job_types"
    verbose_name = "Job types"
