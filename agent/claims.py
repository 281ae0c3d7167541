"""Claims: each has an id that is on the disk before it is sent, so that no answer gets lost with the agent."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from agent.assignment import Assignment
from agent.clock import boot_id, now
from agent.service import Service
from agent.state import Key, StateFolder, read_json, write_json


@dataclass(frozen=True, slots=True)
class Claimed:
    """The answer to a claim that was sent at the moment ``asked``."""

    claim_id: str
    assignments: list[Assignment]
    asked: float
    lease_seconds: float


class Claims:
    """The claims of an agent. One thread sends them; any may end one."""

    def __init__(self, service: Service, state: StateFolder) -> None:
        self._service = service
        self._state = state
        self._open: str | None = None

    def send(self, limit: int, resources: dict[str, float]) -> Claimed:
        """Claim up to ``limit`` jobs for which there is room. Raises ScaleError; it is sent again then, as it was.

        Raises OSError, and sends nothing, if the claim cannot be written down.

        A claim whose answer was empty is not over for the service either: its id serves for the next one, so that a
        node that waits for work writes nothing.
        """
        if self._open is None:
            claim_id = str(uuid4())
            write_json(self._path(claim_id), {"claim_id": claim_id}, durable=True)
            self._open = claim_id
        claimed = self._ask(self._open, limit, resources)
        if claimed.assignments:
            self._open = None
        return claimed

    def send_again(self, resources: dict[str, float]) -> tuple[list[Claimed], set[Key]]:
        """Send all claims of an earlier run of the agent that may have jobs yet. Raises ScaleError.

        Returns the answers, and the tries that have a folder here and are not ours any longer.
        """
        folders = {key: read_json(self._state.job_folder(key) / "job.json") for key in self._state.job_keys()}
        answers = []
        for path in self._state.claim_files():
            claim_id = path.stem
            known = [
                key for key, job in folders.items() if isinstance(job, dict) and job.get("claim_id") == claim_id
            ]
            # If none of its tries runs any longer, it is answered as a new one.
            claimed = self._ask(claim_id, max(len(known), 1), resources)
            if claimed.assignments:
                answers.append(claimed)
            else:
                # All of its tries are over; their folders say which those were.
                self.end(claim_id)
        ours = {one.key for claimed in answers for one in claimed.assignments}
        return answers, folders.keys() - ours

    def send_next(self, claimed: Claimed) -> None:
        """Let the next claim be this one again: not all of what it answered has begun."""
        self._open = claimed.claim_id

    def close(self) -> None:
        """Forget the claim that had no jobs yet."""
        if self._open is not None:
            self._path(self._open).unlink(missing_ok=True)

    def end(self, claim_id: str) -> None:
        """Forget a claim all of whose tries are over, unless it is the next one."""
        if claim_id != self._open:
            self._path(claim_id).unlink(missing_ok=True)

    def _path(self, claim_id: str) -> Path:
        return self._state.claims / f"{claim_id}.json"

    def _ask(self, claim_id: str, limit: int, resources: dict[str, float]) -> Claimed:
        asked = now()
        body: dict[str, Any] = {"node": self._service.node, "limit": limit, "claim_id": claim_id}
        # What system job types do, a service without Scale's own programs has nothing to run for.
        answer = self._service.claim({**body, "resources": resources, "is_system": False})
        assignments = [
            Assignment.of(job, claim_id, self._started(job.id, job.num_exes, asked)) for job in answer.results
        ]
        return Claimed(claim_id, assignments, asked, float(answer.lease_seconds))

    def _started(self, job_id: int, number: int | None, asked: float) -> float:
        """Return from when the timeout of a try counts: from its first claim, unless that was before a reboot."""
        job = read_json(self._state.job_folder((job_id, number or 1)) / "job.json")
        is_known = isinstance(job, dict) and job.get("boot_id") == boot_id()
        return float(job["asked"]) if is_known else asked
