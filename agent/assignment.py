"""What a claim hands out: a try of a job, with all that this node has to know of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from agent.clock import boot_id, now
from agent.state import Key
from client.models import ClaimedJob


@dataclass(frozen=True, slots=True)
class Assignment:
    """A try that this node has. ``asked`` is the moment before its claim was sent, from which all else counts.

    ``files`` has the rows of the input files by input, ``workspaces`` the brokers by name, with their credentials.
    """

    job_id: int
    number: int
    claim_id: str
    asked: float
    job_type: str
    version: str
    revision_id: int
    revision: int
    input: Mapping[str, Any]
    configuration: Mapping[str, Any]
    timeout: float | None
    secrets: Mapping[str, str] = field(repr=False)
    files: Mapping[str, list[dict[str, Any]]]
    workspaces: Mapping[str, dict[str, Any]] = field(repr=False)
    product_path: str
    log_workspace: str | None

    @classmethod
    def of(cls, job: ClaimedJob, claim_id: str, asked: float) -> Self:
        """Read one of the jobs of the answer to a claim."""
        document = job.model_dump(mode="json")
        return cls(
            job_id=job.id,
            number=job.num_exes or 1,
            claim_id=claim_id,
            asked=asked,
            job_type=job.job_type.name,
            version=job.job_type.version,
            revision_id=job.job_type_rev.id,
            revision=job.job_type_rev.revision_num,
            input=job.input,
            configuration=job.configuration,
            timeout=job.timeout,
            secrets=job.secrets,
            files=document.get("files") or {},
            workspaces=document.get("workspaces") or {},
            product_path=document.get("product_path") or f"{job.id}/{job.num_exes}",
            log_workspace=document.get("log_workspace"),
        )

    @property
    def key(self) -> Key:
        """The job and the number of the try."""
        return self.job_id, self.number

    @property
    def left(self) -> float | None:
        """The seconds until its timeout, None without one."""
        return None if self.timeout is None else self.asked + self.timeout - now()

    def as_dict(self) -> dict[str, Any]:
        """Return what may be written down: no secrets, and no credentials."""
        return {
            "job_id": self.job_id,
            "num_exes": self.number,
            "claim_id": self.claim_id,
            "boot_id": boot_id(),
            "asked": self.asked,
            "timeout": self.timeout,
            "job_type": {"name": self.job_type, "version": self.version, "revision_num": self.revision},
            "input": dict(self.input),
            "files": dict(self.files),
            "workspaces": {name: _without_credentials(one) for name, one in self.workspaces.items()},
            "product_path": self.product_path,
        }


def _without_credentials(workspace: Mapping[str, Any]) -> dict[str, Any]:
    broker = workspace.get("broker") or {}
    return {"broker": {name: value for name, value in broker.items() if name != "credentials"} or None}
