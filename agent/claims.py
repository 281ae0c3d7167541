"""Claims: each has an id that is on the disk before it is sent, so that no answer gets lost with the agent."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from agent.assignment import Assignment
from agent.clock import boot_id, now
from agent.service import Service
from agent.state import Key, StateFolder, read_json, write_json

# The service takes so many in one heartbeat.
_MOST_TRIES = 1000


@dataclass(frozen=True, slots=True)
class Claimed:
    """The answer to a claim that was sent at the moment ``asked``, or that waited at the service until then."""

    claim_id: str
    assignments: list[Assignment]
    asked: float
    lease_seconds: float


class Claims:
    """The claims of an agent. One thread sends them; any may end one."""

    def __init__(self, service: Service, state: StateFolder) -> None:
        self._service = service
        self._state = state
        # Those on the disk that are sent next: the service may have answered them, and nobody here knows with what.
        self._next: list[str] = []
        self._was_empty = False

    def send(self, limit: int, resources: dict[str, float], wait: int = 0) -> Claimed:
        """Claim up to ``limit`` jobs for which there is room. Raises ScaleError; it is sent again then, as it was.

        The service may answer only ``wait`` seconds later that there is none.

        A claim whose answer was empty is not over for the service either: its id serves for the next one, so that a
        node that waits for work writes nothing. Raises OSError, and sends nothing, if it cannot be written down.
        """
        if not self._next:
            claim_id = str(uuid4())
            write_json(self._path(claim_id), {"claim_id": claim_id}, durable=True)
            self._next.append(claim_id)
        self._was_empty = False
        claimed = self._ask(self._next[0], limit, resources, wait)
        self._was_empty = not claimed.assignments
        if claimed.assignments:
            self._next.pop(0)
        elif len(self._next) > 1:
            self.end(self._next.pop(0))
        return claimed

    def send_next(self, claimed: Claimed) -> None:
        """Let the next claim be this one again: not all of what it answered has begun."""
        self._next.insert(0, claimed.claim_id)

    def send_again(self) -> tuple[list[Claimed], set[Key]]:
        """Send the claims of an earlier run of the agent whose tries still run. Raises ScaleError.

        Nothing new is started by that, whatever the node has free. Claims of which no try is known here, as their
        answers got lost, are sent next. Returns the answers, and the tries that have a folder here and are not ours
        any longer.
        """
        claim_of = self._claims_of_tries()
        running = self._running(list(claim_of))
        waiting = {claim_of[key] for key in running}
        answers = []
        self._next = []
        for path in self._state.claim_files():
            if path.stem in waiting:
                # One that has ended at this moment is answered as a new claim, which asks for next to nothing.
                claimed = self._ask(path.stem, 1, {})
                answers += [claimed] if claimed.assignments else []
            elif path.stem not in claim_of.values():
                self._next.append(path.stem)
        ours = {one.key for claimed in answers for one in claimed.assignments}
        return answers, claim_of.keys() - ours

    def close(self) -> None:
        """Forget the claim that had no jobs, but not one whose answer is not known."""
        if self._was_empty:
            self.end(self._next.pop(0))

    def end(self, claim_id: str) -> None:
        """Forget a claim of which no try is left here, unless it is to be sent again."""
        if claim_id not in self._next and claim_id not in self._claims_of_tries().values():
            self._path(claim_id).unlink(missing_ok=True)

    def _claims_of_tries(self) -> dict[Key, str]:
        """Return the claims of the tries that have a folder; "" where that does not say so."""
        notes = {key: read_json(self._state.job_folder(key) / "job.json") for key in self._state.job_keys()}
        return {key: note["claim_id"] if isinstance(note, dict) else "" for key, note in notes.items()}

    def _running(self, keys: Sequence[Key]) -> set[Key]:
        """Return those of some tries that still run for the service, whose leases are renewed."""
        running = set()
        # At least one, which says early whether the token is one, and the node ours.
        for start in range(0, max(len(keys), 1), _MOST_TRIES):
            rows = [{"job_id": job, "num_exes": number} for job, number in keys[start : start + _MOST_TRIES]]
            orders = self._service.heartbeat({"jobs": rows}).results
            running |= {(order.job_id, order.num_exes) for order in orders if order.action == "continue"}
        return running

    def _path(self, claim_id: str) -> Path:
        return self._state.claims / f"{claim_id}.json"

    def _ask(self, claim_id: str, limit: int, resources: dict[str, float], wait: int = 0) -> Claimed:
        asked = now()
        body: dict[str, Any] = {"node": self._service.node, "limit": limit, "claim_id": claim_id}
        if wait:
            body["wait"] = wait
        # What system job types do, a service without Scale's own programs has nothing to run for.
        answer = self._service.claim({**body, "resources": resources, "is_system": False})
        # What came of the claim counts from when the service looked for it last: before, it would not have waited.
        asked += answer.waited or 0.0
        assignments = [
            Assignment.of(job, claim_id, self._started(job.id, job.num_exes, asked)) for job in answer.results
        ]
        return Claimed(claim_id, assignments, asked, float(answer.lease_seconds))

    def _started(self, job_id: int, number: int | None, asked: float) -> float:
        """Return from when the timeout of a try counts: from its first claim, unless that was before a reboot."""
        job = read_json(self._state.job_folder((job_id, number or 1)) / "job.json")
        is_known = isinstance(job, dict) and job.get("boot_id") == boot_id()
        return float(job["asked"]) if is_known else asked
