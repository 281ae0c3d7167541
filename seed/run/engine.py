"""What a run needs of whatever runs containers: the interface of an engine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from seed.run.plan import RunPlan

Output = Callable[[str, bytes], bool]
"""Takes what a container prints, piece by piece, with ``stdout`` or ``stderr``; returns whether it wants more."""


class EngineError(Exception):
    """An engine that cannot be reached, or that refused what it was asked; the text is a sentence for a person."""


class EngineLost(EngineError):
    """An engine that does not answer at the moment; what runs in it may run on."""


class NotStarted(EngineError):
    """A container that never ran; an engine that runs it elsewhere learns that after ``start`` has returned."""


class ImageMissing(NotStarted):
    """An image that the engine does not have and could not get."""


class PullTimedOut(ImageMissing):
    """An image that was not there in the time that getting it may take."""


@dataclass(frozen=True, slots=True)
class Exit:
    """How a container ended: its exit code, and why, as far as the engine knows.

    ``out_of_memory`` is true if the kernel killed a process of it for its memory, ``timed_out`` if the engine ended
    it at the timeout of the plan by itself, and ``is_lost`` if something outside of it did: a machine that failed.
    """

    code: int
    out_of_memory: bool = False
    timed_out: bool = False
    is_lost: bool = False


@dataclass(frozen=True, slots=True)
class Image:
    """What an engine says of an image: its labels, its user, its variables, and where it declares volumes."""

    labels: dict[str, str]
    user: str
    environment: dict[str, str]
    volumes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What an engine says of itself: its processors, whether it runs without root, and whether it is Podman."""

    cpus: float
    is_rootless: bool
    is_podman: bool


class Container(Protocol):
    """A container that was started."""

    @property
    def name(self) -> str:
        """The name by which people find it."""

    def exit(self) -> Exit | None:
        """Return how it ended, None while it runs."""

    def wait(self, seconds: float) -> Exit | None:
        """Return how it ended as soon as it has, None if it has not after some seconds."""

    def send(self, signal: str) -> None:
        """Send a signal, such as ``SIGTERM``; nothing happens if it has ended."""

    def drain(self, seconds: float) -> None:
        """Wait until all that it printed was handed out, at most for some seconds; call it after it ended."""

    def remove(self) -> None:
        """Kill it if it runs, and remove it with all that it left in the engine; nothing happens if it is gone."""


class Engine(Protocol):
    """Something that runs containers. All of its methods raise EngineError."""

    def start(self, plan: RunPlan, output: Output) -> Container:
        """Start a container as planned, whose output goes to ``output``; nothing is left if that fails."""


class State(StrEnum):
    """Where a container is in its life."""

    CREATED = "created"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


class LastingContainer(Container, Protocol):
    """A container that can be found again, by another process than the one that started it."""

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels of the plan that it was started with."""

    @property
    def state(self) -> State:
        """Where it was in its life when it was found; a container in CREATED never ran, and never will."""

    def follow(self, output: Output) -> None:
        """Begin to hand out what it prints, from its beginning, as far as the engine has kept it."""

    def pause(self) -> None:
        """Freeze all of its processes; nothing happens if it is frozen or has ended."""

    def unpause(self) -> None:
        """Let a frozen container go on; nothing happens if it runs or has ended."""


class LastingEngine(Engine, Protocol):
    """An engine whose containers outlast the process that started them: what a node needs.

    The folder for outputs and the inputs are where the containers run, too: on a shared file system, if that is
    another machine. A container is named as its plan says; a second one of the same name is refused. It runs on
    while nobody follows it, and is there until it is removed.
    """

    @property
    def facts(self) -> Facts:
        """What the engine says of itself."""

    def start(self, plan: RunPlan, output: Output) -> LastingContainer:
        """Start a container as planned, whose output goes to ``output``; nothing is left if that fails."""

    def image(self, reference: str) -> Image:
        """Return what an image says of itself; raises ImageMissing if the engine does not have it."""

    def pull(self, reference: str, seconds: float | None = None) -> None:
        """Get an image from its registry; raises ImageMissing, or PullTimedOut after so many seconds."""

    def find(self, labels: Mapping[str, str]) -> Sequence[LastingContainer]:
        """Return all containers with these labels, whatever their state, in one request."""
