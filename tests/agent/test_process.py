"""The processes of an agent, from outside: its own and its watchdog, with the service away."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from agent.clock import now
from agent.labels import JOB, TRY
from agent.leases import Leases
from agent.node import labels_of_agent
from agent.state import StateFolder
from seed.run.engine import State
from seed.run.plan import Limits, RunPlan
from seed.run.users import User
from tests.agent.engine import ProcessContainer, ProcessEngine
from tests.load.server import ROOT

PATIENCE = 60
URL = "http://127.0.0.1:9"
# Let each process of the agent have the engine of the tests, in the folder that its URL names.
_SITE = """
from pathlib import Path
from agent import engines
from tests.agent.engine import ProcessEngine
engines.ENGINES["docker"] = lambda options: ProcessEngine(Path(options.url))
"""

Begin = Callable[..., subprocess.Popen[bytes]]


def wait_for(seen: Callable[[], Any], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while not seen():
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.02)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """What all agents log."""
    path = tmp_path / "log"
    path.touch()
    return path


@pytest.fixture
def begin(tmp_path: Path, log: Path) -> Iterator[Begin]:
    """Start an agent, whose service is away; ``path`` is where Python looks for modules first."""
    token = tmp_path / "token"
    token.touch(mode=0o600)
    token.write_text("sesame", encoding="utf-8")

    def start(engine_url: str, path: str = "") -> subprocess.Popen[bytes]:
        with log.open("ab") as stream:
            return subprocess.Popen(
                [
                    *(sys.executable, "-m", "agent", "--url", URL, "--token-file", str(token)),
                    *("--node", "a", "--state-dir", str(tmp_path / "state"), "--host-root", str(tmp_path)),
                    *("--engine-url", engine_url),
                ],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": path},
                stdout=stream,
                stderr=stream,
            )

    yield start
    for process in processes_of(tmp_path):
        with suppress(psutil.NoSuchProcess):
            process.kill()


def processes_of(folder: Path, module: str = "") -> list[psutil.Process]:
    """Return the processes whose command line names a folder, and a module if one is given."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            line = process.cmdline()
            if any(str(folder) in word for word in line) and (not module or module in line):
                found.append(process)
    return found


@pytest.fixture
def container(tmp_path: Path) -> Iterator[ProcessContainer]:
    """A container of the agent, of job 7."""
    labels = labels_of_agent(tmp_path / "state") | {JOB: "7", TRY: "1"}
    plan = RunPlan(
        image="i",
        command=("sleep", "600"),
        environment={},
        binds=(),
        output_folder=tmp_path,
        limits=Limits(cpus=1, memory=64, shared_memory=64, disk=64),
        timeout=None,
        network="none",
        user=User(""),
        writable_root=False,
        labels=labels,
        shown_command=(),
        shown_environment={},
        name="one",
    )
    container = ProcessEngine(tmp_path / "engine").start(plan, lambda *_: True)
    yield container
    container.remove()


def test_it_ends_in_an_orderly_way_however_often_it_is_told(begin: Begin, tmp_path: Path, log: Path) -> None:
    # There is no engine, for which it waits.
    process = begin(f"unix://{tmp_path}/no.sock")
    wait_for(lambda: b"the engine does not answer" in log.read_bytes(), log)
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        process.send_signal(signal.SIGTERM)
        time.sleep(0.0005)
    assert process.returncode == 0, log.read_text()


@pytest.mark.parametrize("is_told_to_end", [False, True])
def test_a_container_is_held_to_its_lease_while_an_agent_that_was_killed_and_started_again_waits_for_the_service(
    begin: Begin, tmp_path: Path, log: Path, container: ProcessContainer, is_told_to_end: bool
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(_SITE, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path / "site"), str(ROOT)])
    state = StateFolder(tmp_path / "state")
    state.prepare()
    Leases(state.leases).begin([(7, 1)], now(), 600)
    first = begin(str(tmp_path / "engine"), path)
    wait_for(lambda: log.read_bytes().count(b"the service does not answer") > 0, log)
    (before,) = processes_of(state.root, "agent.watchdog")
    first.kill()
    first.wait()
    said = log.stat().st_size
    second = begin(str(tmp_path / "engine"), path)
    wait_for(lambda: b"the service does not answer" in log.read_bytes()[said:], log)
    # The watchdog of the first agent has made way.
    wait_for(lambda: [one.pid for one in processes_of(state.root, "agent.watchdog")] != [before.pid], log)
    wait_for(lambda: len(processes_of(state.root, "agent.watchdog")) == 1, log)
    if is_told_to_end:
        second.terminate()
        assert second.wait(PATIENCE) == 0, log.read_text()
    assert container.state == State.RUNNING
    # The agents have written to the file since.
    Leases(state.leases).end((7, 1))
    wait_for(lambda: container.state == State.PAUSED, log)
    second.kill()
    second.wait()
    container.remove()
    wait_for(lambda: processes_of(state.root) == [], log)
