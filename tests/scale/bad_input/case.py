"""A bad request, and how it must be answered."""

import json
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"

JOB_TYPE = "/v6/job-types/test/1.0.0/"


# Texts that mean something to SQL, shells, templates and browsers; here they are only texts.
HOSTILE = [
    "'; DROP TABLE job_types_jobtype; --",
    '" OR 1=1',
    "100%",
    "_",
    "\\",
    "a\nb\r\nc",
    "\u202egnp.exe",
    "${jndi:ldap://x}",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "{{7*7}}",
]


@dataclass(frozen=True, slots=True)
class Case:
    """A request, the status of its answer, and a part of its ``detail`` (empty for a 2xx)."""

    title: str
    method: str
    path: str
    status: int
    says: str = ""
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": JSON})


def as_json(body: Any) -> bytes:
    """Return ``body`` as the bytes of a request."""
    return json.dumps(body).encode()
