"""What a run needs of whatever runs containers: the interface of an engine."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from seed.run.plan import RunPlan

Output = Callable[[str, bytes], bool]
"""Takes what a container prints, piece by piece, with ``stdout`` or ``stderr``; returns whether it wants more."""


class EngineError(Exception):
    """An engine that cannot be reached, or that refused what it was asked; the text is a sentence for a person."""


class ImageMissing(EngineError):
    """An image that the engine does not have and could not get."""


@dataclass(frozen=True, slots=True)
class Exit:
    """How a container ended: its exit code, and whether the kernel killed a process of it for its memory."""

    code: int
    out_of_memory: bool = False


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

    def send(self, signal: str) -> None:
        """Send a signal, such as ``SIGTERM``; nothing happens if it has ended."""

    def drain(self, seconds: float) -> None:
        """Wait until all that it printed was handed out, at most for some seconds; call it after it ended."""

    def remove(self) -> None:
        """Kill it if it runs, and remove it with all that it left in the engine."""


class Engine(Protocol):
    """Something that runs containers. All of its methods raise EngineError."""

    def start(self, plan: RunPlan, output: Output) -> Container:
        """Start a container as planned, whose output goes to ``output``; nothing is left if that fails."""
