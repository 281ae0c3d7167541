"""System checks of ``manage.py check``: what an operator should know before serving.

What is wrong with a single setting is found before (``scale.settings.environment``).
"""

from collections.abc import Sequence
from importlib.util import find_spec

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


@register("security", deploy=True)
def check_host_mounts_are_limited(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Return a warning when job types may mount any directory of the hosts."""
    if settings.ALLOWED_HOST_MOUNTS:
        return []
    return [
        Warning(
            "ALLOWED_HOST_MOUNTS is empty: job types may mount any directory of the hosts, even /.",
            hint="Name the directories that job types may mount; one that holds nothing, if they may mount none.",
            id="scale.W002",
        )
    ]


@register("security")
def check_encryption_keys(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Return a warning when secrets cannot be stored."""
    if settings.ENCRYPTION_KEYS:
        return []
    return [
        Warning(
            "ENCRYPTION_KEYS is empty: a configuration with a secret will be refused.",
            hint="`manage.py write_env` makes a key.",
            id="scale.W001",
        )
    ]


@register()
def check_tracing(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Return an error when requests are to be traced and nothing that traces them is installed."""
    if not settings.TRACES_ENDPOINT or find_spec("opentelemetry"):
        return []
    return [
        Error(
            "TRACES_ENDPOINT is set, and OpenTelemetry is not installed.",
            hint="Install requirements-otel.txt, or leave TRACES_ENDPOINT empty.",
            id="scale.E004",
        )
    ]
