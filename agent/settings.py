"""What an operator decides about an agent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of an agent. Memory and disk are in MiB, times in seconds.

    ``nfs`` has, by export (``HOST:/PATH``), where that is mounted here. ``host_roots`` are the folders that brokers
    of the type host and mounts may reach. ``drain`` is how long jobs may finish after SIGTERM. ``log_limit`` is how
    much of each log is stored whole, in MiB.
    """

    url: str
    token: str = field(repr=False)
    node: str
    state_dir: Path
    engine: str = "docker"
    engine_url: str | None = None
    slots: int = 1
    resources: Mapping[str, float] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    nfs: Mapping[str, Path] = field(default_factory=dict)
    host_roots: tuple[Path, ...] = ()
    s3_endpoint: str | None = None
    network: str = "none"
    poll: float = 0.25
    wait: int = 2
    drain: float = 30.0
    pull_timeout: float = 1800.0
    log_limit: int = 100
