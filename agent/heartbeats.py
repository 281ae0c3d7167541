"""Heartbeats: one request for all tries of the node, each third of a lease, which renews and may stop them."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from agent.clock import now
from agent.control import Stop
from agent.node import Node
from agent.service import pauses
from agent.work import Try
from client import ScaleError
from client.version import version

log = logging.getLogger(__name__)

# The service takes bodies of 2 MiB, and a thousand tries.
_MOST_BYTES, _MOST_TRIES = 3 * 2**19, 1000
_LONGEST_PAUSE = 3.0


class Heartbeats:
    """Sends heartbeats in a thread of its own until ``stop`` is called."""

    def __init__(
        self, node: Node, tries: Callable[[], Sequence[Try]], free: Callable[[], dict[str, float]]
    ) -> None:
        self._node = node
        self._tries = tries
        self._free = free
        self._wake = threading.Event()
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="heartbeats", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Send no more, and wait for the one that is being sent."""
        self._is_over = True
        self._wake.set()
        self._thread.join()

    def beat_now(self) -> None:
        """Send the next one at once."""
        self._wake.set()

    def _run(self) -> None:
        after_failure: Iterator[float] | None = None
        while not self._is_over:
            if self._is_answered():
                after_failure = None
                self._wake.wait(self._node.leases.seconds / 3)
                self._wake.clear()
            else:
                after_failure = after_failure or pauses(longest=min(_LONGEST_PAUSE, self._node.leases.seconds / 6))
                # Not sooner, whoever is in a hurry: the service may be in trouble.
                time.sleep(next(after_failure))

    def _is_answered(self) -> bool:
        try:
            return self._beat()
        except Exception:
            # Without heartbeats all tries of the node would end.
            log.exception("a fault of the agent")
            return False

    def _beat(self) -> bool:
        """Send a heartbeat, in several requests if the logs are large; return whether all were answered."""
        base = {
            "resources": self._free(),
            "software_version": version(),
            "labels": dict(self._node.settings.labels),
        }
        were_answered = [self._send(base, part) for part in self._parts()]
        return all(were_answered)

    def _parts(self) -> Iterator[list[tuple[Try, dict[str, Any]]]]:
        """Yield the tries with what is said of each, as many as are good for one request; at least one part."""
        part: list[tuple[Try, dict[str, Any]]] = []
        size = 0
        for one in self._tries():
            row: dict[str, Any] = {"job_id": one.key[0], "num_exes": one.key[1]}
            if ends := one.logs.ends(only_new=True):
                row["log"] = ends
            bytes_of_row = len(json.dumps(row, ensure_ascii=False).encode())
            if part and (size + bytes_of_row > _MOST_BYTES or len(part) == _MOST_TRIES):
                yield part
                part, size = [], 0
            part.append((one, row))
            size += bytes_of_row
        yield part

    def _send(self, base: dict[str, Any], part: list[tuple[Try, dict[str, Any]]]) -> bool:
        asked = now()
        try:
            orders = self._node.service.heartbeat({**base, "jobs": [row for _, row in part]})
        except ScaleError as error:
            log.warning("no heartbeat", extra={"reason": str(error)})
            for one, _ in part:
                one.logs.not_sent()
            return False
        self._node.metrics.last_heartbeat.set_to_current_time()
        # First, whatever becomes of the rest.
        renewed = {(one.job_id, one.num_exes) for one in orders.results if one.action == "continue"}
        self._node.leases.renew(renewed, asked, orders.lease_seconds)
        by_key = {one.key: one for one, _ in part}
        for order in orders.results:
            if order.action != "continue" and (told := by_key.get((order.job_id, order.num_exes))):
                log.info("told to stop", extra={**told.names, "reason": order.reason})
                told.control.end(_stop_of(order.reason))
        return True


def _stop_of(reason: str | None) -> Stop:
    """Return the order with the reason that the service gives; for one of a newer service, the try is not ours."""
    try:
        return Stop(reason or Stop.NOT_YOURS)
    except ValueError:
        return Stop.NOT_YOURS
