"""Registers the project itself as an app, for its commands, checks and templates."""

from django.apps import AppConfig


class ScaleConfig(AppConfig):
    name = "scale"
    verbose_name = "Scale"

    def ready(self) -> None:
        from scale import checks  # noqa: F401  (importing registers the system checks)
