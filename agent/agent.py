"""The agent: it claims what fits, lets each try be carried out, and leaves nothing undone when it ends."""

import logging
import math
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType

from agent.claims import Claimed, Claims
from agent.clock import now
from agent.control import Stop
from agent.engines import ENGINES, EngineOptions
from agent.heartbeats import Heartbeats
from agent.leases import Leases
from agent.metrics import Metrics
from agent.node import LABELS, Node
from agent.products import Products
from agent.service import GaveUp, Service, is_passing, pauses
from agent.settings import Settings
from agent.state import Key, Lock, StateError, StateFolder, read_json
from agent.storage.brokers import Storages
from agent.watchdog import Guard
from agent.work import Try
from client import Forbidden, ScaleError, Unauthorized
from seed.run.engine import EngineError, LastingContainer, LastingEngine
from seed.run.plan import amounts_of

log = logging.getLogger(__name__)

_MIB = 2**20
_MOST_CLAIMED = 100


class Agent:
    """An agent with its settings, from its start to its end."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self.settings = settings
        self.metrics = metrics
        self.state = StateFolder(settings.state_dir)
        self.leaving = threading.Event()
        self.hurry = threading.Event()
        # When it was told to end, by the clock of leases.
        self._left = math.inf
        # Set whenever there may be something to claim for: a try has ended, or the agent is to end.
        self._wake = threading.Event()
        self._tries: dict[Key, Try] = {}
        self._needs: dict[Key, dict[str, float]] = {}
        self._lock = threading.Lock()

    def terminate(self, number: int, frame: FrameType | None) -> None:
        """Take no more claims, and end; the second time at once. It handles a signal."""
        if self.leaving.is_set():
            self.hurry.set()
        else:
            self._left = now()
        self.leaving.set()
        self._wake.set()

    def run(self) -> None:
        """Work until SIGTERM or SIGINT. Raises StateError, EngineError and ScaleError for what no waiting mends."""
        self.state.prepare()
        lock = Lock(self.state.agent_lock)
        if not _taken(lock):
            raise StateError(f"another agent uses the state folder {self.state.root}")
        # Before anything is waited for. Leases of before stay in their file until the claims are answered again.
        Guard(self.settings, self.state).start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.terminate)
        service = Service(self.settings.url, self.settings.token, self.settings.node)
        try:
            if engine := self._engine():
                self._work(service, engine)
        finally:
            service.close()
            lock.release()

    def _engine(self) -> LastingEngine | None:
        """Connect to the engine, which may start later than the agent; None if the agent is to end before."""
        options = EngineOptions(self.settings.engine_url, self.state.root)
        for pause in pauses(longest=10.0):
            try:
                return ENGINES[self.settings.engine](options)
            except EngineError as error:
                log.warning("the engine does not answer", extra={"reason": str(error)})
            if self.leaving.wait(pause):
                return None
        raise AssertionError("pauses never end")

    def _work(self, service: Service, engine: LastingEngine) -> None:
        claims = Claims(service, self.state)
        leases = Leases(self.state.leases)
        node = Node(self.settings, service, self.state, engine, leases, self.metrics, lambda: heartbeats.beat_now())
        heartbeats = Heartbeats(node, self._all, self._free)
        self.metrics.slots.set(self.settings.slots)
        self.metrics.engine.set_function(lambda: float(node.engine_answers.is_set()))
        log.info("started", extra={"node": self.settings.node, "url": service.url, "slots": self.settings.slots})
        if (found := self._found(claims, node)) is not None:
            answers, containers = found
            heartbeats.start()
            for claimed in answers:
                try:
                    self._begin(claimed, claims, node, containers)
                except OSError as error:
                    log.warning("not begun", extra={"claim": claimed.claim_id, "reason": str(error)})
            self._claim_until_leaving(claims, node)
            self._leave()
            heartbeats.stop()
            claims.close()
        log.info("ended", extra={"left": len(self._all())})

    # What was there before.

    def _found(self, claims: Claims, node: Node) -> tuple[list[Claimed], dict[Key, LastingContainer]] | None:
        """Return the tries of an earlier run to go on with, and their containers; None if the agent is to end.

        What is not ours any longer is removed.
        """
        answers: list[Claimed] = []
        over: set[Key] = set()
        for pause in pauses():
            try:
                answers, over = claims.send_again()
                break
            except ScaleError as error:
                self._fail_unless_passing(error)
            if self.leaving.wait(pause):
                return None
        if (containers := self._containers(node)) is None:
            return None
        ours = {one.key for claimed in answers for one in claimed.assignments}
        for key, container in containers.items():
            if key not in ours:
                self._remove(container)
        for key in over:
            try:
                self._forget(key, node, claims)
            except GaveUp:
                if self.leaving.is_set():
                    return None
                log.info("left for later", extra={"job_id": key[0], "num_exes": key[1]})
            except Exception:
                # It stays for the next start, and keeps the agent from nothing.
                log.exception("a fault of the agent", extra={"job_id": key[0], "num_exes": key[1]})
        return answers, containers

    def _forget(self, key: Key, node: Node, claims: Claims) -> None:
        """Remove what is left of a try that is over, and its products unless they count. Raises GaveUp."""
        log.info("over", extra={"job_id": key[0], "num_exes": key[1]})
        folder = self.state.job_folder(key)
        job = read_json(folder / "job.json") or {}
        # Without credentials, which no file has: what is in a bucket may have to be deleted by an operator.
        products = Products(job.get("product_path", ""), Storages(self.settings, job.get("workspaces", {})), folder)
        if products.are_there and not node.service.may_count(*key, self.leaving):
            products.delete()
        node.leases.end(key)
        self.state.remove_job(key)
        if job:
            claims.end(job["claim_id"])

    def _containers(self, node: Node) -> dict[Key, LastingContainer] | None:
        """Return the containers of this agent, by try; None if it is to end while the engine is away."""
        for pause in pauses(longest=5.0):
            try:
                found = node.engine.find(node.labels)
                return {(int(one.labels[f"{LABELS}.job"]), int(one.labels[f"{LABELS}.try"])): one for one in found}
            except EngineError as error:
                log.warning("the engine does not answer", extra={"reason": str(error)})
            if self.leaving.wait(pause):
                return None
        raise AssertionError("pauses never end")

    def _remove(self, container: LastingContainer) -> None:
        try:
            container.remove()
            log.info("removed", extra={"container": container.name})
        except EngineError as error:
            log.warning("not removed", extra={"container": container.name, "reason": str(error)})

    # Claiming.

    def _claim_until_leaving(self, claims: Claims, node: Node) -> None:
        after_failure = pauses()
        while not self.leaving.is_set():
            pause, asked = self.settings.poll, time.monotonic()
            if (limit := self._limit(node)) > 0:
                try:
                    # What is free changes with each try that ends, so that only a claim of an idle node can wait.
                    claimed = claims.send(limit, self._free(), 0 if self._all() else self.settings.wait)
                    if claimed.assignments:
                        self._begin(claimed, claims, node, {})
                        pause = 0.0
                        if claimed.asked > self._left:
                            self._give_back(claimed)
                    pause -= time.monotonic() - asked
                    after_failure = pauses()
                except (ScaleError, OSError) as error:
                    # Of the service, or of a disk that is full.
                    log.warning("no claim", extra={"reason": str(error)})
                    pause = next(after_failure)
            else:
                # A try that ends sets the event.
                pause = 1.0
            if pause > 0:
                self._wake.wait(pause)
                self._wake.clear()

    def _give_back(self, claimed: Claimed) -> None:
        """Let the tries of an answer end again: they began when the agent had been told to take no more."""
        for one in self._all():
            if one.assignment.claim_id == claimed.claim_id:
                one.control.end(Stop.LEAVING)

    def _limit(self, node: Node) -> int:
        """Return how many jobs to claim: none while the engine is away, as all of them would fail."""
        if not node.engine_answers.is_set():
            with suppress(EngineError):
                node.engine.find(node.labels)
                node.engine_answers.set()
            return 0
        return min(self.settings.slots - len(self._all()), _MOST_CLAIMED)

    def _begin(self, claimed: Claimed, claims: Claims, node: Node, containers: dict[Key, LastingContainer]) -> None:
        """Let the tries of an answer be carried out, each in a thread.

        Raises OSError, and begins none, if not all can be written down; the claim is the next one again then.
        """
        try:
            tries = [Try(node, one, containers.get(one.key)) for one in claimed.assignments]
            for one in tries:
                one.write_down()
        except OSError:
            claims.send_next(claimed)
            raise
        node.leases.begin([one.key for one in tries], claimed.asked, claimed.lease_seconds)
        with self._lock:
            self._tries |= {one.key: one for one in tries}
            self._needs |= {one.key: {} for one in tries}
        self.metrics.running.set(len(self._all()))
        for one in tries:
            log.info("claimed", extra=one.names)
            needs = self._needs_of(one, node)
            with self._lock:
                self._needs[one.key] = needs
            threading.Thread(target=self._carry_out, args=(one, claims), name=f"try {one.key}", daemon=True).start()

    def _needs_of(self, one: Try, node: Node) -> dict[str, float]:
        """Return what a try needs, which is not free until it is over; {} if its manifest cannot be read."""
        try:
            _, manifest = node.service.revision(one.assignment, self.leaving)
        except (ScaleError, GaveUp):
            return {}
        size = sum(row.get("file_size") or 0 for rows in one.assignment.files.values() for row in rows)
        return amounts_of(manifest, size / _MIB)

    def _carry_out(self, one: Try, claims: Claims) -> None:
        try:
            one.carry_out()
        except Exception:
            # It stays as it is: without heartbeats its lease ends, and the service tries it again.
            log.exception("a fault of the agent", extra=one.names)
            one.abandon()
        claim_id = one.assignment.claim_id
        if all(other.is_done for other in self._all() if other.assignment.claim_id == claim_id):
            claims.end(claim_id)
        with self._lock:
            del self._tries[one.key], self._needs[one.key]
        self.metrics.running.set(len(self._all()))
        self._wake.set()

    def _all(self) -> Sequence[Try]:
        with self._lock:
            return list(self._tries.values())

    def _free(self) -> dict[str, float]:
        """Return what is free of what this node offers."""
        with self._lock:
            used: Counter[str] = Counter()
            for needs in self._needs.values():
                used.update(needs)
        return {name: max(0.0, most - used[name.lower()]) for name, most in self.settings.resources.items()}

    # The end.

    def _leave(self) -> None:
        """Let the tries finish for a while, then stop and give back the rest."""
        log.info("ending", extra={"tries": len(self._all()), "drain": self.settings.drain})
        until = time.monotonic() + self.settings.drain
        while self._all() and time.monotonic() < until and not self.hurry.wait(0.05):
            continue
        for one in self._all():
            one.control.end(Stop.LEAVING)
        while self._all():
            if self.hurry.wait(0.05):
                for one in self._all():
                    one.control.hurry()
                self.hurry.clear()

    def _fail_unless_passing(self, error: ScaleError) -> None:
        """Raise what an operator has to mend before an agent can start."""
        if isinstance(error, Unauthorized | Forbidden) or not is_passing(error):
            raise error
        log.warning("the service does not answer", extra={"reason": str(error)})


def _taken(lock: Lock) -> bool:
    """Take a lock that a watchdog may hold for a moment, to see whether it is free."""
    for _ in range(10):
        if lock.take(str(os.getpid())):
            return True
        time.sleep(0.1)
    return False
