"""The commands of Slurm: a job submitted, all jobs asked for at once, a job cancelled."""

import math
import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from seed.run.engine import EngineError, EngineLost
from seed.wording import printable

STEP_MEMORY = 96
"""MiB that a Slurm job gets beside the memory of its container, for the step that runs it."""

SPARE_SECONDS = 300
"""How much longer than its timeout a Slurm job may take: to get the image, and to end in an orderly way."""

_COMMAND_SECONDS, _ANSWER_SECONDS = 60, 15
# What a Slurm job gets to see of the environment of the agent, in which there may be its token.
_PASSED_ON = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "SLURM_CONF")
_NO_ANSWER = ("Unable to contact", "timed out", "Connection refused", "Zero Bytes were transmitted")
_UNUSABLE = ("down", "drain", "fail", "inval", "unknown", "future", "power")
# Name last, as those of others may have any character.
_FORMAT = "%i|%T|%r|%j"


class SlurmState(StrEnum):
    """What becomes of a Slurm job, as far as it matters here."""

    WAITS = "waits"
    RUNS = "runs"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    LOST = "lost"

    @property
    def is_over(self) -> bool:
        """Whether nothing of the job runs or will run."""
        return self not in (SlurmState.WAITS, SlurmState.RUNS)


# Any other state is one in which a job waits for its end, such as COMPLETING or SUSPENDED.
_STATES = {
    "PENDING": SlurmState.WAITS,
    "CONFIGURING": SlurmState.WAITS,
    "REQUEUED": SlurmState.WAITS,
    "REQUEUE_HOLD": SlurmState.WAITS,
    "REQUEUE_FED": SlurmState.WAITS,
    "SPECIAL_EXIT": SlurmState.WAITS,
    "COMPLETED": SlurmState.COMPLETED,
    "FAILED": SlurmState.FAILED,
    "CANCELLED": SlurmState.CANCELLED,
    "TIMEOUT": SlurmState.TIMED_OUT,
    "DEADLINE": SlurmState.TIMED_OUT,
    "OUT_OF_MEMORY": SlurmState.OUT_OF_MEMORY,
    "NODE_FAIL": SlurmState.LOST,
    "BOOT_FAIL": SlurmState.LOST,
    "PREEMPTED": SlurmState.LOST,
    "REVOKED": SlurmState.LOST,
}
# Reasons for which a job waits that no waiting ends.
_HOPELESS = frozenset(
    {
        *("BadConstraints", "PartitionConfig", "PartitionNodeLimit", "PartitionTimeLimit", "AccountNotAllowed"),
        *("QOSNotAllowed", "InvalidAccount", "InvalidQOS", "JobHoldAdmin", "DependencyNeverSatisfied"),
        *("AssocMaxCpuPerJobLimit", "AssocMaxMemPerJob", "AssocMaxWallDurationPerJobLimit", "QOSMaxMemoryPerJob"),
        *("QOSMaxCpuPerJobLimit", "QOSMaxGRESPerJob", "QOSMaxWallDurationPerJobLimit"),
    }
)


@dataclass(frozen=True, slots=True)
class SlurmJob:
    """A Slurm job: its id, its state, why it waits or ended, and Slurm's own words for both."""

    id: str
    state: SlurmState
    words: str
    is_hopeless: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """What a Slurm job is to get: memory in MiB, ``seconds`` as far as it is bound by any."""

    name: str
    comment: str
    cpus: float
    memory: int
    gpus: int
    seconds: float | None
    log: Path


@dataclass(frozen=True, slots=True)
class ClusterSize:
    """What the nodes of a cluster have together, memory in MiB, and the most processors that one of them has."""

    cpus: int
    memory: int
    most_cpus: int


def sbatch_words(request: Request) -> list[str]:
    """Return the words of the command that submits a job, whose script it reads from stdin.

    What else it is to be given an operator says in the environment of the agent, such as SBATCH_PARTITION.
    """
    words = [
        *("sbatch", "--parsable", "--no-requeue", "--export=ALL", "--nodes=1", "--ntasks=1", "--chdir=/"),
        f"--job-name={request.name}",
        f"--comment={request.comment}",
        f"--cpus-per-task={max(1, math.ceil(request.cpus))}",
        f"--mem={request.memory + STEP_MEMORY}M",
        # In the name of this file a % begins a field.
        f"--output={str(request.log).replace('%', '%%')}",
        "--open-mode=append",
    ]
    if request.gpus:
        words.append(f"--gres=gpu:{request.gpus}")
    if request.seconds is not None:
        words.append(f"--time={math.ceil((request.seconds + SPARE_SECONDS) / 60)}")
        # So that the step ends the container, and not Slurm the step.
        words.append("--signal=B:TERM@60")
    return words


def batch_script(python: str, source: Path, folder: Path) -> str:
    """Return the script of a Slurm job; Slurm shows it to others, so that nothing but paths is in it."""
    return (
        "#!/bin/sh\n"
        f"export PYTHONPATH={shlex.quote(str(source))}\n"
        f"exec {shlex.quote(python)} -m agent.engines.slurm.step {shlex.quote(str(folder))}\n"
    )


def submit(request: Request, script: str) -> str:
    """Submit a job, and return its id; raises EngineError, with what Slurm says, if it is refused."""
    printed = _run(sbatch_words(request), script)
    # With several clusters, the name of the cluster follows.
    return printed.strip().partition(";")[0]


def jobs() -> dict[str, SlurmJob]:
    """Return the jobs of this account by name, those included that ended in the last minutes.

    Of several with one name, it is the one that may still run. Raises EngineError.
    """
    words = ["squeue", "--me", "--states=all", "--noheader", f"--format={_FORMAT}"]
    return parse_jobs(_run(words, seconds=_ANSWER_SECONDS))


def parse_jobs(printed: str) -> dict[str, SlurmJob]:
    """Read what ``squeue`` prints in the format of ``jobs``; lines of another form are left out."""
    found: dict[str, SlurmJob] = {}
    for line in printed.splitlines():
        fields = line.split("|", 3)
        if len(fields) != 4:
            continue
        number, word, reason, name = fields
        state = _STATES.get(word, SlurmState.RUNS)
        words = word if reason in ("None", "") else f"{word}, {reason}"
        job = SlurmJob(number, state, printable(words), state == SlurmState.WAITS and reason in _HOPELESS)
        if name not in found or found[name].state.is_over:
            found[name] = job
    return found


def size() -> ClusterSize:
    """Return how large the cluster is; raises EngineError."""
    return parse_size(_run(["sinfo", "--noheader", "--Node", "--format=%N|%c|%m|%T"]))


def parse_size(printed: str) -> ClusterSize:
    """Read what ``sinfo`` prints in the format of ``size``: a line for each node in each of its partitions.

    Raises EngineError if no node can be used.
    """
    nodes = {}
    for line in printed.splitlines():
        name, cpus, memory, state = line.split("|")
        if not state.startswith(_UNUSABLE):
            nodes[name] = (int(cpus), int(memory))
    if not nodes:
        raise EngineError("no node of the cluster can be used: see `sinfo`")
    return ClusterSize(
        cpus=sum(cpus for cpus, _ in nodes.values()),
        memory=sum(memory for _, memory in nodes.values()),
        most_cpus=max(cpus for cpus, _ in nodes.values()),
    )


def cancel(name: str) -> None:
    """Cancel all jobs of this account with a name, in whatever state; Slurm sends SIGTERM, later SIGKILL.

    Raises EngineError.
    """
    _run(["scancel", "--me", "--quiet", f"--name={name}"])


def _run(words: list[str], stdin: str = "", seconds: float = _COMMAND_SECONDS) -> str:
    command = words[0]
    try:
        done = subprocess.run(  # noqa: S603
            words,
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            env=_environment(os.environ),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise EngineLost(f"{command} does not answer within {seconds:g} s") from error
    except OSError as error:
        raise EngineError(f"{command} cannot be started ({error.strerror}): install Slurm's commands") from error
    if done.returncode:
        lost = any(words in done.stderr for words in _NO_ANSWER)
        reason = _sentence(done.stderr) or f"exit code {done.returncode}"
        raise (EngineLost if lost else EngineError)(f"{command} failed: {reason}")
    return done.stdout


def _environment(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if name in _PASSED_ON or name.startswith(("LC_", "SBATCH_"))
    }


def _sentence(printed: str) -> str:
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    return printable("; ".join(line.removeprefix("sbatch: ").removeprefix("error: ") for line in lines))[:1000]
