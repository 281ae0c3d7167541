"""The settings: what production refuses, which keys are reported, and which variables .env.example names."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as django_settings

from scale.checks import check_encryption_keys, check_tracing

ROOT = Path(django_settings.BASE_DIR)

GOOD = {
    "SECRET_KEY": "k" * 30 + "0123456789abcdefghijklmnopqrst",
    "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "ALLOWED_HOSTS": "scale.example.com",
    "ALLOWED_HOST_MOUNTS": "/data",
}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``manage.py`` in a process of its own, with this environment and no other."""
    base = {"PATH": os.environ["PATH"], "ENV_FILE": "", "DJANGO_SETTINGS_MODULE": "scale.settings.production"}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=base | environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"DEBUG": "true"}, "DEBUG"),
        ({"ENCRYPTION_KEYS": ""}, "ENCRYPTION_KEYS"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"METRICS_TOKEN": "short"}, "METRICS_TOKEN"),
    ],
)
def test_production_refuses_to_start_with_insecure_settings(change: dict[str, str], reason: str) -> None:
    outcome = run("check", **{**GOOD, **change})
    assert outcome.returncode != 0
    assert re.fullmatch(f"{reason} must be .+\n", outcome.stderr)


def test_production_starts_with_secure_settings_and_without_a_warning() -> None:
    outcome = run("check", "--deploy", "--fail-level", "WARNING", **GOOD)
    assert outcome.returncode == 0, outcome.stderr


def test_production_warns_while_job_types_may_mount_any_directory() -> None:
    outcome = run("check", "--deploy", "--fail-level", "WARNING", **GOOD | {"ALLOWED_HOST_MOUNTS": ""})
    assert outcome.returncode != 0
    assert re.findall(r"\(scale\.W\d+\)", outcome.stderr) == ["(scale.W002)"]


def test_missing_encryption_keys_are_reported_by_the_system_check(settings: Any) -> None:
    assert check_encryption_keys(None) == []
    settings.ENCRYPTION_KEYS = []
    assert [message.id for message in check_encryption_keys(None)] == ["scale.W001"]


def test_traces_without_what_makes_them_are_an_error_of_the_system_check(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRACES_ENDPOINT = "http://collector:4318/v1/traces"
    assert check_tracing(None) == []
    monkeypatch.setattr("scale.checks.find_spec", lambda name: None)
    assert [message.id for message in check_tracing(None)] == ["scale.E004"]
    settings.TRACES_ENDPOINT = ""
    assert check_tracing(None) == []
