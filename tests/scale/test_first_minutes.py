"""What somebody may do wrong in the first minutes: a line that says what to do, before anything is changed."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from scale.settings.environment import BASE_DIR

KEYS = "SECRET_KEY=0123456789\n"


def run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the repository with these variables and no others."""
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": "", **variables}
    return subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)


def preflight(port: str, **variables: str) -> str:
    """Return what ``make run`` prints before it installs anything; without packages, as on a new machine."""
    return run(sys.executable, "-S", "-m", "scale.preflight", port, **variables).stderr


@pytest.fixture
def taken() -> Iterator[str]:
    """The number of a port that another program has."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield str(other.getsockname()[1])


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.fixture
def free() -> str:
    """The number of a port that nobody has."""
    return free_port()


def test_nothing_is_said_when_all_is_well(free: str) -> None:
    assert preflight(free) == ""


@pytest.mark.parametrize("port", ["80000", "0", "abc", "-1", ""])
def test_a_port_that_is_none(port: str) -> None:
    assert preflight(port) == "PORT must be a whole number from 1 to 65535.\n"


def test_a_port_that_is_taken(taken: str) -> None:
    line = f"PORT={taken} cannot be used (Address already in use): choose another, as in `make run PORT=8001`.\n"
    assert preflight(taken) == line


def test_settings_that_are_wrong(free: str, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f"{KEYS}DATABASE_URL=nonsense\nTOKEN_TTL_DAYS=abc\n", encoding="utf-8")
    lines = preflight(free, ENV_FILE=str(file)).splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["DATABASE_URL", "TOKEN_TTL_DAYS"]


def test_the_module_of_the_settings_may_be_named_in_the_file(free: str, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f"{KEYS}DJANGO_SETTINGS_MODULE=scale.settings.production\nDEBUG=true\n", encoding="utf-8")
    for outcome in (
        preflight(free, ENV_FILE=str(file)),
        run(sys.executable, "manage.py", "check", ENV_FILE=str(file)).stderr,
        run(sys.executable, "-c", "import scale.wsgi", ENV_FILE=str(file)).stderr,
        run(sys.executable, "-m", "gunicorn", ENV_FILE=str(file)).stderr,
    ):
        assert [line.partition(" ")[0] for line in outcome.splitlines()] == [
            "SECRET_KEY",
            "ENCRYPTION_KEYS",
            "DEBUG",
        ]


def test_a_postgresql_that_is_down(free: str) -> None:
    """``make run`` finds it before anything is installed, and each command by itself."""
    url = f"postgres://user:private@127.0.0.1:{free}/scale"
    assert re.fullmatch(
        rf"No PostgreSQL listens at 127\.0\.0\.1, port {free} \(Connection refused\): start it, .+\n",
        preflight(free_port(), DATABASE_URL=url),
    )
    outcome = run(sys.executable, "manage.py", "bootstrap", DATABASE_URL=url)
    line = outcome.stderr.splitlines()[-1]
    assert line.startswith("The database does not serve; check that it runs, and DATABASE_URL: ")
    assert "Connection refused" in line
    assert "Traceback" not in outcome.stderr
    assert "private" not in outcome.stderr


def test_a_folder_that_the_database_cannot_be_in(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    outcome = run(
        sys.executable, "manage.py", "bootstrap", DATABASE_URL=f"sqlite:///{tmp_path}/file/new/scale.sqlite3"
    )
    assert outcome.stderr.endswith(f"DATABASE_URL: {tmp_path}/file/new cannot be made: Not a directory.\n")


UNMIGRATED = """
from django.test import Client
from scale.wsgi import application
client = Client(raise_request_exception=False)
for path in PATHS:
    answer = client.get(path, headers={"host": "localhost"})
    print(answer.status_code, path, b"manage.py migrate" in answer.content or answer.content[:200])
"""


def test_an_unmigrated_database_is_a_503_in_words(tmp_path: Path) -> None:
    names = ("job-types", "job-types/status", "jobs", "recipe-types", "nodes", "errors", "status", "load")
    paths = [f"/v6/{name}/" for name in names]
    program = UNMIGRATED.replace("PATHS", repr(paths))
    outcome = run(sys.executable, "-c", program, DATABASE_URL=f"sqlite:///{tmp_path}/empty.sqlite3")
    assert outcome.stdout.splitlines() == [f"503 {path} True" for path in paths], outcome.stderr


def test_a_command_on_an_unmigrated_database_says_so_in_a_line(tmp_path: Path) -> None:
    outcome = run(sys.executable, "manage.py", "check_counts", DATABASE_URL=f"sqlite:///{tmp_path}/empty.sqlite3")
    assert outcome.returncode == 1
    (line,) = [line for line in outcome.stderr.splitlines() if line.startswith("The database")]
    assert line == "The database lacks migrations: run `manage.py migrate`, or `make run`, which does that first."
    assert "Traceback" not in outcome.stderr


@pytest.mark.django_db(transaction=True)
def test_a_table_that_a_missing_migration_makes_is_a_503_for_the_api_and_for_pages(
    anyone: APIClient, admin_client: Client
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE workspaces_workspace RENAME TO elsewhere")
        cursor.execute("UPDATE django_migrations SET app = 'else' WHERE app = 'workspaces'")
    admin_client.raise_request_exception = False
    try:
        answers: list[Any] = [anyone.get("/v6/workspaces/"), admin_client.get("/admin/workspaces/workspace/")]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO workspaces_workspace")
            cursor.execute("UPDATE django_migrations SET app = 'workspaces' WHERE app = 'else'")
    assert [(answer.status_code, answer["Retry-After"]) for answer in answers] == [(503, "5")] * 2
    assert all(b"run `manage.py migrate`" in answer.content for answer in answers)


def test_an_environment_that_was_made_halfway_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "Makefile").symlink_to(BASE_DIR / "Makefile")
    (tmp_path / "requirements.txt").touch()
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(tmp_path / "gone")
    # What would be installed is left out: it takes minutes.
    command = ["make", "-C", str(tmp_path), ".venv/run-ready", f"PYTHON={sys.executable}", "PIP=true"]
    made = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Making the environment in .venv" in made.stdout
    subprocess.run([python, "-m", "pip", "--version"], check=True, capture_output=True)
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Making" not in again.stdout


def test_an_environment_that_no_longer_works_is_installed_again(tmp_path: Path, free: str) -> None:
    for name in ("Makefile", "scale"):
        (tmp_path / name).symlink_to(BASE_DIR / name)
    ready = tmp_path / ".venv" / "run-ready"
    ready.parent.mkdir()
    ready.touch()
    command = ["make", "-C", str(tmp_path), "preflight", f"PYTHON={sys.executable}", f"PORT={free}"]
    subprocess.run(command, env={"PATH": os.environ["PATH"], "ENV_FILE": ""}, check=True, capture_output=True)
    assert not ready.exists()
