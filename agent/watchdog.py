"""The watchdog: a process of its own that freezes what runs without a lease, and thaws it when it has one again.

It outlives an agent that is killed, or stopped, so that no container of it runs beside somebody else's try. All
that it knows is the file of leases: what runs longer than that says is frozen, what is frozen and has one goes on.
"""

import json
import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

from agent.clock import now
from agent.engines import ENGINES, EngineOptions
from agent.leases import read_leases
from agent.logs import log_to
from agent.node import LABELS, labels_of_node
from agent.settings import Settings
from agent.state import Lock, StateFolder
from client.service import base_url_of
from seed.run.engine import EngineError, LastingContainer, LastingEngine, State

log = logging.getLogger(__name__)

_TICK_SECONDS = 0.2
# While nothing is frozen and no lease ends, the engine is asked no more often than this for what has none at all.
_LOOK_SECONDS = 5.0
# What runs on for so long although it was told to freeze, as where there is no cgroup to do it by, is killed.
_FREEZE_SECONDS = 10.0
# The agent starts another watchdog while it runs.
_PATIENCE_SECONDS = 60.0


class Guard:
    """What an agent does so that it has a watchdog."""

    def __init__(self, settings: Settings, state: StateFolder) -> None:
        self.run_id = uuid4().hex
        self._state = state
        self._lock = Lock(state.watchdog_lock)
        self._process: subprocess.Popen[bytes] | None = None
        self._options = {
            "run_id": self.run_id,
            "state_dir": str(state.root),
            "engine": settings.engine,
            "engine_url": settings.engine_url,
            "labels": labels_of_node(settings.node, base_url_of(settings.url), state.root),
        }

    def keep(self) -> None:
        """Start a watchdog, unless there is one."""
        if self._process and self._process.poll() is None:
            return
        # That of an earlier agent ends by itself; until then, it is one.
        if not self._lock.take():
            return
        self._lock.release()
        command = [sys.executable, "-m", "agent.watchdog", json.dumps(self._options)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        # In a session of its own, so that no signal for the agent's reaches it.
        self._process = subprocess.Popen(  # noqa: S603  (it is this program)
            command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
        )


class Watchdog:
    """Watches the containers with some labels until its agent has gone, and none of them is left."""

    def __init__(self, state: StateFolder, engine: LastingEngine, labels: dict[str, str], run_id: str) -> None:
        self._state = state
        self._engine = engine
        self._labels = labels
        self._run_id = run_id
        self._agent = Lock(state.agent_lock)
        self._frozen: set[str] = set()
        # Since when those are to be frozen that still run.
        self._ordered: dict[str, float] = {}
        self._looked = float("-inf")

    def watch(self) -> None:
        """Look again and again, and return when there is nothing to watch any longer."""
        while True:
            try:
                is_over = self._look()
            except EngineError as error:
                # What cannot be asked cannot be frozen either; with most engines, nothing runs then.
                log.warning("the engine does not answer", extra={"reason": str(error)})
                is_over = False
            if is_over:
                return
            time.sleep(_TICK_SECONDS)

    def _look(self) -> bool:
        """Freeze and thaw what has to be, and return whether nothing is left to do."""
        note = self._agent.note()
        if note and note != self._run_id:
            # Another agent has begun, and starts a watchdog of its own.
            return True
        has_agent = not self._agent.take(self._run_id)
        if not has_agent:
            self._agent.release()
        leases = read_leases(self._state.leases)
        moment = now()
        has_ended = any(until <= moment for until in leases.values())
        if not (has_ended or self._frozen or self._ordered or moment - self._looked > _LOOK_SECONDS):
            return False
        self._looked = moment
        found = [one for one in self._engine.find(self._labels) if one.state in (State.RUNNING, State.PAUSED)]
        self._frozen = {one.name for one in found if one.state == State.PAUSED}
        running = {one.name for one in found if one.state == State.RUNNING}
        self._ordered = {name: since for name, since in self._ordered.items() if name in running}
        for one in found:
            try:
                self._treat(one, leases.get(f"{one.labels[f'{LABELS}.job']}-{one.labels[f'{LABELS}.try']}", 0.0))
            except EngineError as error:
                log.warning("not frozen, or not thawed", extra={"container": one.name, "reason": str(error)})
        return not has_agent and not found

    def _treat(self, one: LastingContainer, until: float) -> None:
        """Freeze a container that runs without a lease, thaw one that is frozen and has one."""
        if until > now():
            self._ordered.pop(one.name, None)
            if one.state == State.PAUSED:
                log.info("it has a lease again: thawed", extra={"container": one.name})
                one.unpause()
        elif one.state == State.RUNNING:
            since = self._ordered.setdefault(one.name, now())
            if now() - since > _FREEZE_SECONDS:
                log.error("its lease is over, and it does not freeze: killed", extra={"container": one.name})
                one.send("SIGKILL")
                return
            log.warning("its lease is over: frozen", extra={"container": one.name})
            one.pause()


def main(options: dict[str, Any]) -> None:
    """Be the watchdog of a state folder, unless there is one."""
    log_to(logging.INFO)
    state = StateFolder(Path(options["state_dir"]))
    lock = Lock(state.watchdog_lock)
    if not lock.take(options["run_id"]):
        return
    if engine := _connected(EngineOptions(options["engine_url"], state.root), options["engine"]):
        Watchdog(state, engine, options["labels"], options["run_id"]).watch()


def _connected(options: EngineOptions, name: str) -> LastingEngine | None:
    """Connect to the engine, None if it stays away: what it ran has ended then, too."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            return ENGINES[name](options)
        except EngineError as error:
            log.warning("the engine does not answer", extra={"reason": str(error)})
            time.sleep(1)
    return None


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
