"""The watchdog: a process of its own that freezes what runs without a lease, and thaws it when it has one again.

It outlives an agent that is killed, or stopped, so that no container of it runs beside somebody else's try. All
that it knows is the file of leases: what runs longer than that says is frozen, what is frozen and has one goes on.

There is one at any time. Each agent starts a watchdog of its own at once, which makes itself ready and then waits
for the one before it. That one leaves when somebody waits, and not sooner while there is an agent or a container.
"""

import json
import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from agent.clock import now
from agent.engines import ENGINES, EngineOptions
from agent.leases import read_leases
from agent.logs import log_to
from agent.node import LABELS, labels_of_agent
from agent.settings import Settings
from agent.state import Lock, StateFolder
from seed.run.engine import EngineError, LastingContainer, LastingEngine, State

log = logging.getLogger(__name__)

_TICK_SECONDS = 0.2
# While nothing is frozen and no lease ends, the engine is asked no more often than this for what has none at all.
_LOOK_SECONDS = 5.0
# What runs on for so long although it was told to freeze, as where there is no cgroup to do it by, is killed.
_FREEZE_SECONDS = 10.0
# The agent starts another watchdog while it runs.
_PATIENCE_SECONDS = 60.0
_RESTART_SECONDS = 1.0


class Guard:
    """What an agent does so that it has a watchdog, from its first moment on."""

    def __init__(self, settings: Settings, state: StateFolder) -> None:
        options = {
            "state_dir": str(state.root),
            "engine": settings.engine,
            "engine_url": settings.engine_url,
            "labels": labels_of_agent(state.root),
        }
        self._command = [sys.executable, "-m", "agent.watchdog", json.dumps(options)]

    def start(self) -> None:
        """Start a watchdog, and another one whenever it has ended, until this process ends."""
        threading.Thread(target=self._keep, name="guard", daemon=True).start()

    def _keep(self) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        while True:
            try:
                # In a session of its own, so that no signal for the agent's reaches it.
                subprocess.Popen(  # noqa: S603  (it is this program)
                    self._command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
                ).wait()
                log.warning("the watchdog has ended, and is started again")
            except OSError as error:
                log.error("the watchdog cannot be started", extra={"reason": str(error)})
            time.sleep(_RESTART_SECONDS)


class Watchdog:
    """Watches the containers with some labels until the next one waits, or its agent and all of them have gone."""

    def __init__(self, state: StateFolder, engine: LastingEngine, labels: dict[str, str]) -> None:
        self._state = state
        self._engine = engine
        self._labels = labels
        self._agent = Lock(state.agent_lock)
        self._next = Lock(state.next_watchdog_lock)
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
        if self._next.is_held():
            return True
        has_agent = self._agent.is_held()
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
    """Be the watchdog of a state folder, when the one before has made way."""
    log_to(logging.INFO)
    state = StateFolder(Path(options["state_dir"]))
    if engine := _connected(EngineOptions(options["engine_url"], state.root), options["engine"]):
        following = Lock(state.next_watchdog_lock)
        following.wait()
        # Held until the process ends.
        lock = Lock(state.watchdog_lock)
        lock.wait()
        following.release()
        Watchdog(state, engine, options["labels"]).watch()


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
