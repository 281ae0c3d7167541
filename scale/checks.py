"""System checks of ``manage.py check``: what an operator should know before serving."""

from collections.abc import Sequence
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from core.encryption import EncryptionError, encrypt
from scale.client import INDEX


@register("security")
def check_host_mounts(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Return an error for each root of ALLOWED_HOST_MOUNTS that is no absolute path."""
    return [
        Error(f"ALLOWED_HOST_MOUNTS: {root!r} is no absolute path.", id="scale.E002")
        for root in settings.ALLOWED_HOST_MOUNTS
        if not root.startswith("/")
    ]


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


@register()
def check_client(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Return an error when SCALE_UI_DIR holds no client."""
    if not settings.SCALE_UI_DIR or (Path(settings.SCALE_UI_DIR) / INDEX).is_file():
        return []
    return [Error(f"SCALE_UI_DIR: there is no {INDEX} in {settings.SCALE_UI_DIR!r}.", id="scale.E003")]


@register("security")
def check_encryption_keys(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Return a warning when secrets cannot be stored, and an error when a key is no Fernet key."""
    if not settings.ENCRYPTION_KEYS:
        return [
            Warning(
                "ENCRYPTION_KEYS is empty: a configuration with a secret will be refused.",
                hint="`manage.py write_env` makes a key.",
                id="scale.W001",
            )
        ]
    try:
        encrypt("")
    except EncryptionError as error:
        return [Error(str(error), id="scale.E001")]
    return []
