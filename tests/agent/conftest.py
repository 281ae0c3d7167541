"""A service that listens, the account of a node, and an engine whose containers are processes."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from knox.models import AuthToken
from pytest_django.live_server_helper import LiveServer

from agent.claims import Claims
from agent.heartbeats import Heartbeats
from agent.leases import Leases
from agent.metrics import Metrics
from agent.node import Node
from agent.service import Service
from agent.settings import Settings
from agent.state import StateFolder
from agent.work import Try
from errors.services import load_builtin_errors
from tests.agent.engine import ProcessEngine

NODE = "node-01"


@dataclass
class Machine:
    """A node of the service with its state folder, and the tries that it has."""

    settings: Settings
    engine: ProcessEngine
    tries: list[Try] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Be an agent that was just started, after one that was killed if there was one."""
        self.tries = []
        self.service = Service(self.settings.url, self.settings.token, NODE)
        self.state = StateFolder(self.settings.state_dir)
        self.state.prepare()
        self.claims = Claims(self.service, self.state)
        leases = Leases(self.state.leases)
        self.node = Node(
            self.settings,
            self.service,
            self.state,
            self.engine,
            leases,
            Metrics(),
            lambda: self.heartbeats.beat_now(),
        )
        self.heartbeats = Heartbeats(self.node, lambda: list(self.tries), lambda: {"cpus": 1.0})

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left of any try."""
        return not self.engine.find({}) and not self.state.job_keys()

    def claim(self, limit: int = 1) -> list[Try]:
        """Claim jobs, as the agent does."""
        claimed = self.claims.send(limit, {"cpus": 8.0, "mem": 8192.0, "disk": 8192.0, "sharedMem": 64.0})
        self.node.leases.begin([one.key for one in claimed.assignments], claimed.asked, claimed.lease_seconds)
        tries = [Try(self.node, one) for one in claimed.assignments]
        for one in tries:
            one.write_down()
        self.tries += tries
        return tries

    def resume(self) -> list[Try]:
        """Send the claims of before again, and go on with what they answer."""
        answers, _ = self.claims.send_again()
        for claimed in answers:
            self.node.leases.begin([one.key for one in claimed.assignments], claimed.asked, claimed.lease_seconds)
            for one in claimed.assignments:
                found = self.engine.find(self.node.labels_of(one.key))
                self.tries.append(Try(self.node, one, found[0] if found else None))
        return self.tries

    def in_background(self, one: Try) -> threading.Thread:
        """Let a try be carried out in a thread."""
        thread = threading.Thread(target=one.carry_out, daemon=True)
        thread.start()
        return thread


@pytest.fixture
def token(transactional_db: None) -> str:
    """The token of the account of a node, in a database with the built-in errors."""
    load_builtin_errors()
    account = User.objects.create_user(NODE)
    account.groups.add(Group.objects.get_or_create(name="Workers")[0])
    return AuthToken.objects.create(account)[1]


@pytest.fixture
def new_machine(live_server: LiveServer, token: str, tmp_path: Path) -> Iterator[Callable[..., Machine]]:
    """Make a node of a service that listens; settings may be given."""
    machines = []

    def make(**settings: Any) -> Machine:
        given = Settings(
            **{"url": live_server.url, "token": token, "node": NODE, "state_dir": tmp_path / "state", **settings}
        )
        machines.append(Machine(given, ProcessEngine(tmp_path / "engine")))
        return machines[-1]

    yield make
    for machine in machines:
        machine.service.close()
        machine.engine.remove_all()


@pytest.fixture
def machine(new_machine: Callable[..., Machine], tmp_path: Path) -> Machine:
    """A node whose jobs may reach ``tmp_path``."""
    return new_machine(host_roots=(tmp_path,))
