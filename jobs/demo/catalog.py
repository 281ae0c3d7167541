"""The world of the demo: its job types, read from ``job-types/``, and how much work each of them has."""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from job_types.changes import JobTypeFields
from job_types.models import JobType
from job_types.services import edit_job_type, register_job_type
from seed import Manifest

_FOLDER = Path(__file__).parent
# Its workspaces and nodes, what each node has (no graphics processors, so that one job type has unmet resources),
# and how frequent each outcome of a job and each error of the system is.
WORLD: dict[str, dict[str, Any]] = json.loads((_FOLDER / "world.json").read_text(encoding="utf-8"))
# As Seed names images: the version of the job is in the name, that of its packaging is the tag.
_IMAGE = "{image}-{version}-seed:{packageVersion}"


@dataclass(frozen=True, slots=True)
class Work:
    """The work of a job type: ``per_day`` jobs that have ended, and how many are in each other status ``now``.

    A job takes between the two numbers of ``minutes``. Jobs that wait have waited for ``waiting_hours`` at most.
    ``values`` maps names of inputs and outputs to their possible values; other values are made up by their type.
    ``steps`` are lines of its logs, where ``{n}`` is a number.
    """

    per_day: int = 0
    minutes: tuple[float, float] = (1, 5)
    waiting_hours: float = 0.5
    now: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, list[Any]] = field(default_factory=dict)
    steps: Sequence[str] = ()


def job_type_names() -> list[str]:
    """Return the names of the job types of the demo."""
    return [family["job"]["name"] for family in _families()]


def register_job_types() -> list[tuple[JobType, Work]]:
    """Register every version and every revision of the demo's job types. Raises EncryptionError."""
    return [
        (
            _register(family, version),
            Work(**version["work"], values=family.get("values", {}), steps=family["steps"]),
        )
        for family in _families()
        for version in family["versions"]
    ]


def system_job_types() -> list[tuple[JobType, Work]]:
    """Return those of the system job types that are registered and have work."""
    works: dict[str, Any] = json.loads((_FOLDER / "system-work.json").read_text(encoding="utf-8"))
    job_types = JobType.objects.filter(is_system=True, name__in=works).order_by("name")
    return [(job_type, Work(**works[job_type.name])) for job_type in job_types]


def _families() -> Iterator[dict[str, Any]]:
    """Read the files, each of one name: what its versions have in common, and what each has of its own."""
    for file in sorted((_FOLDER / "job-types").glob("*.json")):
        yield json.loads(file.read_text(encoding="utf-8"))


def _register(family: Mapping[str, Any], version: Mapping[str, Any]) -> JobType:
    """Register the first revision of a version, then edit it once for each later one."""
    job = {**family["job"], "jobVersion": version["version"], **version.get("job", {})}
    key = {"name": job["name"], "version": version["version"]}
    fields: JobTypeFields
    for place, revision in enumerate(version["revisions"]):
        job |= revision
        manifest = {"seedVersion": "1.0.0", "job": dict(job)}
        fields = {"manifest": manifest, "docker_image": _IMAGE.format(image=family["image"], **key, **revision)}
        if place == 0:
            fields |= {
                "icon_code": family["icon_code"],
                "configuration": _with_secrets(family["configuration"], manifest),
                **version.get("fields", {}),
            }
            register_job_type(fields=fields)
        else:
            edit_job_type(**key, fields=fields)
    return JobType.objects.with_key(**key).get()


def _with_secrets(configuration: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration with a random value for each secret setting."""
    values = {name: secrets.token_urlsafe(24) for name in sorted(Manifest.read(manifest).secret_settings)}
    return {**configuration, "settings": {**configuration.get("settings", {}), **values}}
