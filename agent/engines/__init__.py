"""The engines of a node, by their names; each is a ``LastingEngine`` of ``seed.run.engine``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from seed.run import docker_engine
from seed.run.engine import LastingEngine


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What an engine is made of: its URL (None: where it usually is), and where it may keep notes of its own."""

    url: str | None
    state_dir: Path


def _docker(options: EngineOptions) -> LastingEngine:
    return docker_engine.connect(options.url)


def _slurm(options: EngineOptions) -> LastingEngine:
    # Its steps import this package on their nodes, and need neither this nor what it needs.
    from agent.engines.slurm.engine import SlurmOptions, connect
    from agent.state import StateFolder

    state = StateFolder(options.state_dir)
    return connect(SlurmOptions(state.root / "slurm", state.leases, options.url))


ENGINES: Mapping[str, Callable[[EngineOptions], LastingEngine]] = {"docker": _docker, "slurm": _slurm}
"""Engine name -> the function that connects to it, which raises EngineError. Add another engine here."""
