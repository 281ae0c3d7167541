"""A service with workspaces on this machine, job types and jobs, and what is to become of each job."""

import hashlib
import random
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from knox.models import AuthToken

from client import Scale
from errors.services import load_builtin_errors
from job_types.models import JobType
from tests.agents.images import IMAGE, KINDS, SECRET, manifest_of

INBOX, ARCHIVE, LOGS = "inbox", "archive", "logs"
TEXTS = 20
# How many jobs of a thousand are of each kind; the rest are `upper`.
SHARES = {
    "split": 150, "fail": 80, "stubborn": 30, "greedy": 40, "secretive": 80, "chatty": 50, "lazy": 40,
    "missing": 20, "deleted": 20, "canceled": 30,
}  # fmt: skip


@dataclass(frozen=True)
class Text:
    """A file of the inbox: its id, and what it holds."""

    id: int
    path: Path
    content: bytes


@dataclass(frozen=True)
class Expected:
    """What is to become of a job: its status, its error, its products and its JSON by output, its stdout."""

    status: str = "COMPLETED"
    error: str | None = None
    products: Mapping[str, Sequence[bytes]] = field(default_factory=dict)
    json: Mapping[str, Any] = field(default_factory=dict)
    stdout: str = ""


@dataclass
class Site:
    """Everything that agents work for: the service at ``url``, and folders below ``folder``."""

    url: str
    folder: Path
    rng: random.Random
    secret: str = field(default_factory=lambda: secrets.token_hex(24))
    expected: dict[int, Expected] = field(default_factory=dict)  # by the id of the job
    numbers: dict[int, int] = field(default_factory=dict)  # the number in the diary by the id of the job
    to_cancel: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        names = (INBOX, ARCHIVE, LOGS, "diary")
        self.inbox, self.archive, self.logs, self.diary = folders = [self.folder / name for name in names]
        for path in folders:
            path.mkdir()
        # Containers run as nobody.
        self.diary.chmod(0o777)
        account = get_user_model().objects.create_user("operator", is_staff=True)
        self.operator = Scale(self.url, AuthToken.objects.create(account)[1])

    def prepare(self) -> None:
        """Create the workspaces, the files of the inbox and the job types."""
        load_builtin_errors()
        for name in (INBOX, ARCHIVE, LOGS):
            broker = {"type": "host", "host_path": str(self.folder / name)}
            self.operator.workspaces.create({"name": name, "configuration": {"broker": broker}})
        self.texts = [self.add_text(f"texts/{number:02}.txt") for number in range(TEXTS)]
        for name, kind in KINDS.items():
            settings = {SECRET: self.secret} if "settings" in kind.interface else {}
            configuration = {
                "mounts": {"DIARY": {"type": "host", "host_path": str(self.diary)}},
                "output_workspaces": {"default": ARCHIVE},
                "settings": settings,
            }
            self.operator.job_types.register(
                {
                    "docker_image": IMAGE,
                    "manifest": manifest_of(name),
                    "configuration": configuration,
                }
            )
        # Each time that an agent or an engine is killed may cost one. No client may say how many there are.
        JobType.objects.filter(name__in=KINDS).update(max_tries=20)

    def add_text(self, name: str) -> Text:
        """Write a file into the inbox, and register it."""
        path = self.inbox / name
        path.parent.mkdir(exist_ok=True)
        lines = [f"{name} {self.rng.getrandbits(64):x} abc\n" for _ in range(self.rng.randint(1, 400))]
        content = "".join(lines).encode()
        path.write_bytes(content)
        body = {
            "workspace": INBOX,
            "file_path": name,
            "file_size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "media_type": "text/plain",
        }
        return Text(self.operator.files.register(body).id, path, content)

    def create_jobs(self, count: int) -> None:
        """Create jobs of all kinds, in random order."""
        kinds = [kind for kind, share in SHARES.items() for _ in range(max(1, count * share // 1000))]
        kinds = kinds[:count] + ["upper"] * (count - len(kinds))
        self.rng.shuffle(kinds)
        for kind in kinds:
            self._create_job(kind)

    def _create_job(self, kind: str) -> None:
        if kind == "missing":
            text = self.add_text(f"missing/{len(self.expected)}.txt")
            self._send("upper", {"TEXT": [text]}, Expected("FAILED", "missing-file"))
            text.path.unlink()
        elif kind == "deleted":
            text = self.add_text(f"deleted/{len(self.expected)}.txt")
            self._send("upper", {"TEXT": [text]}, Expected("FAILED", "deleted-file"))
            self.operator.files.edit(text.id, {"is_deleted": True})
        elif kind == "canceled":
            text = self.rng.choice(self.texts)
            self.to_cancel.add(self._send("upper", {"TEXT": [text]}, Expected("CANCELED"), tenths=10_000))
        else:
            self._send(kind, *self._plan(kind))

    def _send(
        self, kind: str, files: Mapping[str, Sequence[Text]], expected: Expected, tenths: int | None = None
    ) -> int:
        """Create a job that works for some tenths of a second, and return its id."""
        number = len(self.expected)
        values = {"NUMBER": number, "WORK": self.rng.randint(0, 20) if tenths is None else tenths}
        ids = {name: [text.id for text in texts] for name, texts in files.items()}
        job_type = {"job_type_name": kind, "job_type_version": "1.0.0"}
        job = self.operator.jobs.create({**job_type, "input": {"files": ids, "json": values}})
        self.expected[job.id], self.numbers[job.id] = expected, number
        return job.id

    def _plan(self, kind: str) -> tuple[Mapping[str, Sequence[Text]], Expected]:
        """Return the input files of a job, and what is to become of it."""
        text = self.rng.choice(self.texts)
        texts = sorted(self.rng.sample(self.texts, self.rng.randint(1, 5)), key=lambda one: one.path)
        products = {
            "PARTS": [_backwards(one.content) for one in texts],
            "ALL": [b"".join(one.content for one in texts)],
        }
        digest = hashlib.sha256(self.secret.encode()).hexdigest()
        plans: dict[str, tuple[Mapping[str, Sequence[Text]], Expected]] = {
            "upper": ({"TEXT": [text]}, Expected(products={"UPPER": [text.content.upper()]})),
            "split": ({"TEXTS": texts}, Expected(products=products, json={"COUNT": len(texts)})),
            "fail": ({}, Expected("FAILED", "no-sun")),
            "stubborn": ({}, Expected("FAILED", "timeout")),
            "greedy": ({}, Expected("FAILED", "out-of-memory")),
            "secretive": ({}, Expected(products={"DIGEST": [f"{digest}\n".encode()]})),
            "chatty": ({}, Expected(stdout="".join(f"out {line}\n" for line in range(1, 501)))),
            "lazy": ({"TEXT": [text]}, Expected("FAILED", "missing-required-output")),
        }
        return plans[kind]


def _backwards(content: bytes) -> bytes:
    return b"".join(reversed(content.splitlines(keepends=True)))
