"""Registers the project itself as an app, for its commands, checks and templates."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class ScaleConfig(AppConfig):
    name = "scale"
    verbose_name = "Scale"

    def ready(self) -> None:
        from core.reads.timestamps import read_times_by_the_standard_library
        from scale import checks  # noqa: F401  (registers the system checks)

        connection_created.connect(read_times_by_the_standard_library)
