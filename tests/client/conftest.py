"""A service that listens, and clients of it."""

import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import User
from knox.models import AuthToken
from pytest_django.live_server_helper import LiveServer

from client import Scale
from client.cli.scale import app
from client.cli.scale.session import run
from errors.services import load_builtin_errors
from workspaces.services import create_workspace


@pytest.fixture
def token(transactional_db: None) -> str:
    """The token of an operator, in a database with the built-in errors and a workspace."""
    load_builtin_errors()
    create_workspace(name="workspace_1", fields={})
    return AuthToken.objects.create(User.objects.create_superuser("operator"))[1]


@pytest.fixture
def url(live_server: LiveServer, token: str) -> str:
    """The URL of a service that listens."""
    return live_server.url


@pytest.fixture
def scale(url: str, token: str) -> Iterator[Scale]:
    """A client of the operator."""
    with Scale(url, token) as client:
        yield client


@dataclass(frozen=True)
class Ran:
    """What a command did: its exit code, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What it wrote as JSON."""
        return json.loads(self.out)

    @property
    def table(self) -> list[list[str]]:
        """The cells of each line of a table that it wrote, without its head."""
        return [re.split(r" {2,}", line.strip()) for line in self.out.splitlines()[1:]]


Command = Callable[..., Ran]


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> Command:
    """The command ``scale`` with a configuration directory of its own, and nobody logged in."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
    for name in ("SCALE_URL", "SCALE_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: object, stdin: str = "") -> Ran:
        monkeypatch.setattr(sys, "argv", ["scale", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        code = run(app)
        return Ran(code, *capsys.readouterr())

    return call


@pytest.fixture
def operator(command: Command, url: str, token: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command ``scale`` of an operator."""
    monkeypatch.setenv("SCALE_URL", url)
    monkeypatch.setenv("SCALE_TOKEN", token)
    return command
