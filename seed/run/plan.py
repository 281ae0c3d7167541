"""The plan of a run: all that an engine must do to run an image as its manifest says, decided before it starts."""

import math
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seed.findings import Finding, Report
from seed.manifest import Manifest, environment_variable
from seed.run.arguments import SEED_FOLDER, Arguments, json_text
from seed.run.command import command_words
from seed.run.users import User
from seed.workspace import MASK

INPUT_FOLDER = f"{SEED_FOLDER}/inputs"
OUTPUT_FOLDER = f"{SEED_FOLDER}/outputs"
"""Where a container finds its inputs and leaves its outputs, ``OUTPUT_DIR``."""

DEFAULTS = {"cpus": 1.0, "mem": 1024.0, "disk": 1024.0, "sharedmem": 64.0, "gpus": 0.0}
"""What a job gets that says nothing; all but cpus and gpus in MiB."""

PIDS = 1024
"""How many processes and threads a container may have at a time."""

GRACE_SECONDS = 10.0
"""How long a container has between SIGTERM and SIGKILL."""

# With less memory than this no container starts, and with less disk there is no room for seed.outputs.json.
_LEAST_MEMORY, _LEAST_DISK = 8, 1.0
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Bind:
    """A file or folder of the host, and where it is in the container."""

    source: str
    target: str
    read_only: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """What a container may use: memory, shared memory and disk in MiB, of which disk is that of its outputs.

    ``gpu_ids`` are which ones of the machine, if that is decided elsewhere.
    """

    cpus: float
    memory: int
    shared_memory: int
    disk: float
    gpus: int = 0
    pids: int = PIDS
    gpu_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """What whoever runs an image decides, beside its inputs.

    ``timeout`` (seconds, 0 for none) and ``resources`` (by name in lower case) take the place of those of the
    manifest. ``network`` is one of the engine. ``name`` is that of the container; without it, the engine makes one.
    """

    network: str = "none"
    timeout: float | None = None
    resources: Mapping[str, float] = field(default_factory=dict)
    pids: int = PIDS
    writable_root: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What an engine runs. ``command`` is empty where the image has to say it; ``timeout`` is None for none.

    ``name`` is empty where the engine names the container.
    ``shown_command`` has asterisks for secrets, and ``shown_environment`` too; the others are not to be shown.
    """

    image: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    binds: tuple[Bind, ...]
    output_folder: Path
    limits: Limits
    timeout: float | None
    network: str
    user: User
    writable_root: bool
    labels: Mapping[str, str]
    shown_command: tuple[str, ...]
    shown_environment: Mapping[str, str]
    name: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the plan for people and programs, without secrets."""
        return {
            "image": self.image,
            "command": list(self.shown_command),
            "environment": dict(self.shown_environment),
            "mounts": [
                {"source": bind.source, "target": bind.target, "read_only": bind.read_only} for bind in self.binds
            ],
            "limits": {
                "cpus": self.limits.cpus,
                "mem": self.limits.memory,
                "sharedMem": self.limits.shared_memory,
                "disk": self.limits.disk,
                "gpus": self.limits.gpus,
                "pids": self.limits.pids,
            },
            "timeout": self.timeout,
            "network": self.network,
            "user": self.user.name or None,
        }


def amounts_of(
    manifest: Manifest, input_size: float, instead: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Return what a job is given of each resource, by its name in lower case (Seed 1.0.0, resource variables).

    ``input_size`` is that of all input files together, in MiB; ``instead`` takes the place of what is stated.
    """
    stated = {
        resource.name.lower(): resource.value + (resource.input_multiplier or 0.0) * input_size
        for resource in manifest.resources
    }
    return {**DEFAULTS, **stated, **(instead or {})}


def make_plan(
    image: str,
    manifest: Manifest,
    arguments: Arguments,
    output_folder: Path,
    user: User,
    options: Options = Options(),
    machine_cpus: float = math.inf,
) -> tuple[RunPlan, Report]:
    """Plan a run with arguments in which ``check_arguments`` found no error.

    ``machine_cpus`` is what the engine has in all: more cannot be asked of it. Returns the plan, and warnings:
    MISSING_RESOURCE (a limit that the manifest does not state), FEWER_CPUS, NONSTANDARD_RESOURCE (nothing provides
    it here).
    """
    amounts = amounts_of(manifest, _input_size(arguments), options.resources)
    cpus = min(amounts["cpus"], machine_cpus)
    limits = Limits(
        cpus=cpus,
        memory=max(math.ceil(amounts["mem"]), _LEAST_MEMORY),
        shared_memory=math.ceil(amounts["sharedmem"]),
        disk=max(amounts["disk"], _LEAST_DISK),
        gpus=math.ceil(amounts["gpus"]),
        pids=options.pids,
    )
    allocated = amounts | {"cpus": cpus, "mem": float(limits.memory), "disk": limits.disk}
    values = _inputs(manifest, arguments)
    environment = {
        **{environment_variable(name): value for name, value in values.items()},
        **_allocated(manifest, allocated),
        "OUTPUT_DIR": OUTPUT_FOLDER,
    }
    hidden = {environment_variable(name): MASK for name in manifest.secret_settings & values.keys()}
    timeout = manifest.timeout if options.timeout is None else options.timeout
    plan = RunPlan(
        image=image,
        command=_command(manifest, environment),
        environment=environment,
        binds=_binds(manifest, arguments, output_folder),
        output_folder=output_folder,
        limits=limits,
        timeout=float(timeout) if timeout > 0 else None,
        network=options.network,
        user=user,
        writable_root=options.writable_root,
        labels=options.labels,
        shown_command=_command(manifest, environment | hidden),
        shown_environment=environment | hidden,
        name=options.name,
    )
    return plan, Report.of(warnings=_resource_warnings(manifest, amounts, machine_cpus, options.resources))


def _input_size(arguments: Arguments) -> float:
    """Return the size of all input files together, in MiB."""
    return sum(file.size for files in arguments.files.values() for file in files) / _MIB


def _allocated(manifest: Manifest, amounts: Mapping[str, float]) -> dict[str, str]:
    names = dict.fromkeys(["cpus", "mem", "disk", *(resource.name for resource in manifest.resources)])
    return {f"ALLOCATED_{environment_variable(name)}": str(float(amounts[name.lower()])) for name in names}


def _inputs(manifest: Manifest, arguments: Arguments) -> dict[str, str]:
    """Return the value of each input and setting that is given, as the job reads it."""
    values = {}
    for file in manifest.input_files:
        if given := arguments.files.get(file.name):
            folder = f"{INPUT_FOLDER}/{file.name}"
            values[file.name] = folder if file.multiple else f"{folder}/{given[0].shown_name}"
    for value in manifest.input_json:
        if value.name in arguments.json:
            values[value.name] = json_text(arguments.json[value.name])
    for setting in manifest.settings:
        if setting.name in arguments.settings:
            values[setting.name] = arguments.settings[setting.name]
    return values


def _binds(manifest: Manifest, arguments: Arguments, output_folder: Path) -> tuple[Bind, ...]:
    inputs = []
    for file in manifest.input_files:
        for given in arguments.files.get(file.name, ()):
            folder = f"{INPUT_FOLDER}/{file.name}"
            inputs.append(Bind(str(given.path), folder if given.is_folder else f"{folder}/{given.shown_name}"))
    mounts = [
        Bind(
            str(arguments.mounts[mount.name]),
            posixpath.normpath("/" + mount.path.lstrip("/")),
            read_only=mount.mode != "rw",
        )
        for mount in manifest.mounts
        if mount.name in arguments.mounts
    ]
    return (*inputs, *mounts, Bind(str(output_folder), OUTPUT_FOLDER, read_only=False))


def _command(manifest: Manifest, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the words of the command; its references are to variables, to names as declared, and to mounts."""
    variables: dict[str, str | None] = {mount.name: mount.path for mount in manifest.mounts}
    names = [
        *(file.name for file in manifest.input_files),
        *(value.name for value in manifest.input_json),
        *(setting.name for setting in manifest.settings),
    ]
    for name in names:
        variable = environment_variable(name)
        variables[name] = variables[variable] = environment.get(variable)
    return tuple(command_words(manifest.command or "", {**variables, **environment}))


def _resource_warnings(
    manifest: Manifest, amounts: Mapping[str, float], machine_cpus: float, instead: Mapping[str, float]
) -> Iterable[Finding]:
    place = ("job", "resources", "scalar")
    stated = {resource.name.lower() for resource in manifest.resources} | instead.keys()
    for name, unit in (("cpus", ""), ("mem", " MiB"), ("disk", " MiB")):
        if name not in stated:
            sentence = f"states no {name}; the job gets {DEFAULTS[name]:g}{unit}"
            yield Finding.at(place, "MISSING_RESOURCE", sentence)
    if amounts["cpus"] > machine_cpus:
        sentence = f"requires {amounts['cpus']:g} cpus, and the engine has {machine_cpus:g}, which the job gets"
        yield Finding.at(place, "FEWER_CPUS", sentence)
    for name in sorted(stated - DEFAULTS.keys()):
        sentence = f"requires {amounts[name]:g} {name}, which nothing provides or limits here"
        yield Finding.at(place, "NONSTANDARD_RESOURCE", sentence)
