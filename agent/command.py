"""The command ``scale-agent``."""

import logging
import os
import socket
import stat
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from agent.settings import Settings
from client.cli import apps

app = typer.Typer(
    help="Run the jobs of a Scale service on this machine.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class EngineName(StrEnum):
    """The engines that a node may have."""

    DOCKER = "docker"
    SLURM = "slurm"


class Level(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _option(
    name: str, text: str, *, metavar: str | None = None, least: float | None = None, most: float | None = None
) -> object:
    variable = f"SCALE_AGENT_{name.removeprefix('--').replace('-', '_').upper()}"
    return typer.Option(name, help=text, envvar=variable, metavar=metavar, min=least, max=most)


@app.command()
def agent(
    url: Annotated[str, _option("--url", "The URL of the service, such as https://scale.example.com.")],
    token_file: Annotated[
        Path,
        _option("--token-file", "The file with the token of an account of Workers, which nobody else may read."),
    ],
    engine: Annotated[EngineName, _option("--engine", "What runs the containers.")] = EngineName.DOCKER,
    engine_url: Annotated[
        str | None,
        _option(
            "--engine-url",
            "Where Docker or Podman listens, such as unix:///run/podman/podman.sock. By default DOCKER_HOST, or "
            "the first usual socket that answers.",
        ),
    ] = None,
    node: Annotated[str | None, _option("--node", "The name of this node. [default: that of the host]")] = None,
    slots: Annotated[
        int | None,
        _option(
            "--slots", "How many jobs it runs at a time. [default: the number of its cpus]", least=1, most=10_000
        ),
    ] = None,
    cpus: Annotated[float | None, _option("--cpus", "The cpus that it offers. [default: all]", least=0)] = None,
    mem: Annotated[
        float | None, _option("--mem", "The memory that it offers, in MiB. [default: all]", least=0)
    ] = None,
    disk: Annotated[
        float | None,
        _option(
            "--disk", "The disk that it offers, in MiB. [default: what is free where the state folder is]", least=0
        ),
    ] = None,
    gpus: Annotated[int, _option("--gpus", "The gpus that it offers.", least=0)] = 0,
    labels: Annotated[
        list[str] | None,
        _option("--label", "What operators see of the node; again for each.", metavar="NAME=VALUE"),
    ] = None,
    state_dir: Annotated[
        Path, _option("--state-dir", "Where it keeps what it must know after a restart, and the files of its jobs.")
    ] = Path("/var/lib/scale-agent"),
    nfs: Annotated[
        list[str] | None,
        _option(
            "--nfs",
            "Where an export of a workspace of the type nfs is mounted here; again for each.",
            metavar="HOST:/PATH=/LOCAL",
        ),
    ] = None,
    host_roots: Annotated[
        list[Path] | None,
        _option(
            "--host-root",
            "A folder that workspaces of the type host and mounts of jobs may be in; again for each. Without any, "
            "none is allowed: who may register a job type would read the whole machine.",
        ),
    ] = None,
    s3_endpoint: Annotated[
        str | None, _option("--s3-endpoint", "The URL of an S3 that is not Amazon's, such as https://minio:9000.")
    ] = None,
    network: Annotated[
        str, _option("--network", "The network of the engine that jobs have, such as bridge; none without it.")
    ] = "none",
    poll: Annotated[
        float, _option("--poll", "The seconds between two claims while there is nothing to do.", least=0.01)
    ] = 0.25,
    wait: Annotated[
        int,
        _option("--wait", "The seconds that a claim may wait for a job while none runs here.", least=0, most=20),
    ] = 2,
    drain: Annotated[
        float,
        _option(
            "--drain", "The seconds that jobs have to finish after SIGTERM, before they are given back.", least=0
        ),
    ] = 30.0,
    pull_timeout: Annotated[
        float, _option("--pull-timeout", "The seconds that getting an image may take.", least=1)
    ] = 1800.0,
    log_limit: Annotated[
        int,
        _option(
            "--log-limit",
            "How much of each log is stored, in MiB, where the service has a workspace for them; 0 for nothing.",
            least=0,
            most=10_000,
        ),
    ] = 100,
    metrics: Annotated[
        str | None, _option("--metrics", "Where /metrics for Prometheus is served.", metavar="HOST:PORT")
    ] = None,
    log_level: Annotated[Level, _option("--log-level", "How much is logged.")] = Level.INFO,
    version: apps.VersionOption = False,
) -> None:
    """Claim jobs of a Scale service, run them in containers on this machine, and report how they end.

    SIGTERM: it takes no more jobs, lets those that run finish within --drain, and gives the rest back. The second
    SIGTERM does not wait. Killed and started again, it goes on with what runs.

    Exit code: 0 ended by a signal, 2 wrong usage, or what an operator has to mend.
    """
    from agent.offers import offered

    if engine is EngineName.SLURM:
        slots, cpus, mem = _of_cluster(slots, cpus, mem)
    settings = Settings(
        url=url,
        token=_token(token_file),
        node=node or socket.gethostname(),
        state_dir=state_dir,
        engine=engine.value,
        engine_url=engine_url,
        slots=slots or os.cpu_count() or 1,
        resources=offered(state_dir, cpus=cpus, mem=mem, disk=disk, gpus=gpus),
        labels=dict(_pairs("--label", labels)),
        nfs={export: _absolute("--nfs", Path(local)) for export, local in _pairs("--nfs", nfs)},
        host_roots=tuple(_absolute("--host-root", root) for root in host_roots or ()),
        s3_endpoint=s3_endpoint,
        network=network,
        poll=poll,
        wait=wait,
        drain=drain,
        pull_timeout=pull_timeout,
        log_limit=log_limit,
    )
    _run(settings, _address(metrics), logging.getLevelNamesMapping()[log_level.name])


def _run(settings: Settings, metrics_at: tuple[str, int] | None, level: int) -> None:
    from agent.agent import Agent
    from agent.logs import log_to
    from agent.metrics import Metrics
    from agent.state import StateError
    from client import ScaleError

    log_to(level)
    metrics = Metrics()
    try:
        if metrics_at:
            metrics.serve(*metrics_at)
        Agent(settings, metrics).run()
    except (StateError, ScaleError, ValueError, OSError) as error:
        logging.getLogger("agent").error("cannot go on", extra={"reason": str(error)})
        raise typer.Exit(2) from error


def _of_cluster(slots: int | None, cpus: float | None, mem: float | None) -> tuple[int, float, float]:
    """Return how many jobs, cpus and how much memory to take: what is not given is that of the whole cluster."""
    from agent.engines.slurm.commands import size
    from seed.run.engine import EngineError

    if slots and cpus and mem:
        return slots, cpus, mem
    try:
        found = size()
    except EngineError as error:
        sentence = f"{error}; give --slots, --cpus and --mem to start without asking Slurm"
        raise typer.BadParameter(sentence, param_hint="--engine") from error
    return slots or found.cpus, cpus or float(found.cpus), mem or float(found.memory)


def _token(path: Path) -> str:
    """Return the token in a file that nobody else can read. Raises BadParameter."""
    try:
        with path.open("rb") as file:
            if _is_open_to_others(os.fstat(file.fileno())):
                sentence = f"others can read {path}, and so could take the jobs and secrets of this node: chmod 600"
                raise typer.BadParameter(sentence, param_hint="--token-file")
            return file.read(10_000).decode(errors="replace").strip()
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}", param_hint="--token-file") from error


def _is_open_to_others(status: os.stat_result) -> bool:
    """Return whether others than its owner may read a file; the group of root is that of an ACL of systemd's."""
    return bool(status.st_mode & stat.S_IRWXO or (status.st_mode & stat.S_IRWXG and status.st_gid != 0))


def _pairs(name: str, texts: list[str] | None) -> list[tuple[str, str]]:
    pairs = [text.partition("=")[::2] for text in texts or ()]
    for given, value in pairs:
        if not given or not value:
            raise typer.BadParameter(f"{given!r}: it must be of the form NAME=VALUE", param_hint=name)
    return pairs


def _address(text: str | None) -> tuple[str, int] | None:
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise typer.BadParameter(f"{text}: it must be of the form HOST:PORT", param_hint="--metrics")
    return host, int(port)


def _absolute(name: str, path: Path) -> Path:
    if not path.is_absolute():
        raise typer.BadParameter(f"{path}: it must be an absolute path", param_hint=name)
    return path
