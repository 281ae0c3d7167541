"""Registers the project itself as an app, for its commands, checks and templates."""

from django.apps import AppConfig
from django.core.signals import request_started
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_save


class ScaleConfig(AppConfig):
    name = "scale"
    verbose_name = "Scale"

    def ready(self) -> None:
        from django.contrib.auth.models import User

        from core.connections import trust_silent_connections
        from core.http.slow import watch
        from core.models.plans import plan_for_any_values
        from core.reads.timestamps import read_times_by_the_standard_library
        from scale import checks  # noqa: F401  (registers the system checks)
        from scale.accounts import end_tokens_without_password
        from scale.groups import keep_groups

        pre_save.connect(end_tokens_without_password, sender=User)
        post_migrate.connect(keep_groups)
        connection_created.connect(read_times_by_the_standard_library)
        connection_created.connect(plan_for_any_values)
        connection_created.connect(watch)
        request_started.connect(trust_silent_connections)
