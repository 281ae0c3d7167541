"""What an operator relies on: probes, logs, errors that disclose nothing, settings that refuse, commands."""

import io
import json
import logging
import logging.config
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from rest_framework.test import APIClient

from core.encryption import EncryptionError, decrypt, encrypt, rotate
from core.http.logs import RequestContextFilter
from scale.checks import check_encryption_keys
from workspaces.models import Workspace
from workspaces.views import WorkspaceViewSet

pytestmark = pytest.mark.django_db

ROOT = Path(django_settings.BASE_DIR)


@pytest.fixture
def log() -> Any:
    """What the service's own handler writes: a list of lines, made by the configured formatter and filter."""
    logs: dict[str, Any] = django_settings.LOGGING
    formatter = logging.config.DictConfigurator(logs).configure_formatter(dict(logs["formatters"]["json"]))
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    handler.addFilter(RequestContextFilter())
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


def test_the_probes_answer(anyone: APIClient) -> None:
    assert anyone.get("/healthz").json() == {"status": "ok"}
    assert anyone.get("/readyz").json() == {"status": "ok"}
    assert anyone.post("/healthz").status_code == 405


def test_a_missing_migration_is_named(anyone: APIClient) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'workspaces'")
    answer = anyone.get("/readyz")
    assert answer.status_code == 503
    assert "workspaces.0002_in_catalogue" in answer.json()["detail"]


def test_a_request_is_one_line_of_json_without_query_body_or_token(staff: APIClient, log: Any) -> None:
    answer = staff.post("/v6/workspaces/?keyword=hidden", {"name": "hidden"}, format="json")
    (line,) = [line for line in log() if line["logger"] == "scale.requests"]
    assert isinstance(line.pop("milliseconds"), float)
    assert line.pop("time")
    assert line == {
        "level": "INFO",
        "logger": "scale.requests",
        "message": "request",
        "request_id": answer["X-Request-ID"],
        "method": "POST",
        "path": "/v6/workspaces/",
        "status": 201,
        "client": "127.0.0.1",
    }


@pytest.mark.parametrize(("sent", "kept"), [("my-id.1_2", True), ("a b", False), ("x" * 65, False), ("é", False)])
def test_a_request_id_from_outside_is_kept_when_it_is_harmless(anyone: APIClient, sent: str, kept: bool) -> None:
    answered = anyone.get("/healthz", headers={"X-Request-ID": sent})["X-Request-ID"]
    assert answered == sent if kept else re.fullmatch("[0-9a-f]{32}", answered)


def test_a_fault_is_a_500_that_discloses_nothing_and_is_logged(monkeypatch: pytest.MonkeyPatch, log: Any) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the inner secret of the service")

    monkeypatch.setattr(WorkspaceViewSet, "list", fail)
    answer = Client(raise_request_exception=False).get("/v6/workspaces/")
    assert (answer.status_code, list(answer.json())) == (500, ["detail"])
    assert "inner secret" not in answer.content.decode()
    (line,) = [line for line in log() if "exc_info" in line]
    assert line["request_id"] == answer["X-Request-ID"]
    assert "inner secret" in line["exc_info"]


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_does_not_answer_is_a_503_to_try_again(
    monkeypatch: pytest.MonkeyPatch, anyone: APIClient, error: type[Exception]
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise error("connection to 10.0.0.1 refused")

    monkeypatch.setattr(WorkspaceViewSet, "list", fail)
    answer = anyone.get("/v6/workspaces/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "10.0.0.1" not in answer.json()["detail"]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py` in a process of its own, with this environment and no other."""
    base = {"PATH": os.environ["PATH"], "ENV_FILE": "", "DJANGO_SETTINGS_MODULE": "scale.settings.production"}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=base | environment, capture_output=True, text=True, check=False)


GOOD = {
    "SECRET_KEY": "k" * 30 + "0123456789abcdefghijklmnopqrst",
    "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "ALLOWED_HOSTS": "scale.example.com",
}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"DEBUG": "true"}, "DEBUG"),
        ({"ENCRYPTION_KEYS": ""}, "ENCRYPTION_KEYS"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
    ],
)
def test_production_refuses_to_start_with_an_open_door(change: dict[str, str], reason: str) -> None:
    outcome = run("check", **{**GOOD, **change})
    assert outcome.returncode != 0
    assert f"refuse to start: {reason}" in outcome.stderr


def test_production_starts_with_good_settings_and_has_nothing_to_warn_of() -> None:
    outcome = run("check", "--deploy", "--fail-level", "WARNING", **GOOD)
    assert outcome.returncode == 0, outcome.stderr


def test_the_example_of_the_environment_names_every_variable_that_is_read() -> None:
    files = [*ROOT.glob("scale/settings/*.py"), ROOT / "gunicorn.conf.py"]
    sources = "".join(file.read_text(encoding="utf-8") for file in files)
    read = set(re.findall(r'(?:env\.\w+|environ\.get)\(\s*"([A-Z_]+)"', sources)) - {"ENV_FILE"}
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE)) - {"DJANGO_SETTINGS_MODULE"}
    assert named == read


def test_what_one_key_wrote_others_behind_a_new_one_read(settings: Any) -> None:
    token = encrypt("text")
    old, new = settings.ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, old]
    rotated = rotate(token)
    settings.ENCRYPTION_KEYS = [new]
    assert decrypt(rotated) == "text"
    for use in (decrypt, rotate):
        with pytest.raises(EncryptionError, match="None of the configured keys"):
            use(token)


def test_keys_that_are_missing_or_none_are_said_in_words(settings: Any) -> None:
    assert check_encryption_keys(None) == []
    settings.ENCRYPTION_KEYS = []
    assert [message.id for message in check_encryption_keys(None)] == ["scale.W001"]
    settings.ENCRYPTION_KEYS = ["no key"]
    assert [message.id for message in check_encryption_keys(None)] == ["scale.E001"]


def test_write_env_makes_a_file_for_its_owner_and_leaves_one_that_exists(tmp_path: Path, settings: Any) -> None:
    settings.BASE_DIR = tmp_path
    call_command("write_env", stdout=io.StringIO())
    file = tmp_path / ".env"
    written = file.read_text(encoding="utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert re.search(r"^SECRET_KEY='\w{50,}'\nENCRYPTION_KEYS=\S{44}$", written, re.MULTILINE)
    call_command("write_env", stdout=io.StringIO())
    assert file.read_text(encoding="utf-8") == written


def test_bootstrap_prints_its_token_once_and_it_works(anyone: APIClient) -> None:
    def bootstrap() -> str:
        output = io.StringIO()
        call_command("bootstrap", workspace=["w"], operator="op", stdout=output)
        return output.getvalue()

    token = re.search(r"API token: (\S+)", bootstrap())
    assert token
    anyone.credentials(HTTP_AUTHORIZATION=f"Token {token[1]}")
    assert anyone.patch("/v6/workspaces/w/", {"title": "W"}, format="json").status_code == 200
    again = bootstrap()
    assert "token" not in again
    assert "assword" not in again
    assert (Workspace.objects.count(), get_user_model().objects.count()) == (1, 1)
