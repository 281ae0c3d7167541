"""What the page of a job type shows: its interface, its configuration, its revisions, its recipes, its errors."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypedDict

from django.db.models import Count, Max, Q
from django.utils import timezone

from core.reads.prepared import fetch
from errors.models import Error
from job_types.image_checks import moved_image
from job_types.models import ImageCheck, JobType, JobTypeRevision, JobTypeSecret
from job_types.querysets import REVISION_COLUMNS, RevisionRow
from job_types.selectors import JobTypeDetails, get_details
from jobs import tally
from jobs.models import Job
from jobs.states import Status
from metrics.periods import Periods
from metrics.statistics import statistics
from pages.charts import Chart, Series
from pages.content.job_types import Number, Version, query_of
from pages.content.words import utc
from pages.navigation import url_of
from seed import Manifest, usable_configuration

_DAYS_OF_ERRORS = 7
_MOST_ERRORS = 20
_MOST_PORTS = 100  # inputs, and outputs, in the drawing
_MOST_REVISIONS = 10
_MOST_VERSIONS = 20
# What resources are called, and their units; all others are in MiB.
_RESOURCES = {
    "cpus": ("CPUs", ""),
    "gpus": ("GPUs", ""),
    "mem": ("Memory", " MiB"),
    "disk": ("Disk", " MiB"),
    "sharedmem": ("Shared memory", " MiB"),
}


class Port(NamedTuple):
    """An input or an output in the drawing of an interface: its name, and what it takes or is."""

    name: str
    kind: str
    about: str


class Interface(TypedDict):
    """The drawing of an interface; ``more_inputs`` and ``more_outputs`` are how many are left out."""

    inputs: Sequence[Port]
    more_inputs: int
    outputs: Sequence[Port]
    more_outputs: int
    command: str


class Setting(NamedTuple):
    """A setting: its value, None if it has none or is secret, and whether it is set."""

    name: str
    is_secret: bool
    is_set: bool
    value: str | None


class Place(NamedTuple):
    """A mount, or a file output, and where the configuration puts it ("" for nowhere)."""

    name: str
    about: str
    where: str


class Configuration(TypedDict):
    """A configuration beside what its manifest declares."""

    priority: int
    settings: list[Setting]
    mounts: list[Place]
    outputs: list[Place]


class ErrorRow(TypedDict):
    """An error of which jobs failed lately, or that the manifest declares."""

    error: Mapping[str, Any]
    count: int
    last: datetime | None
    url: str


class JobTypeContent(TypedDict):
    """All of the page of a job type."""

    job_type: JobTypeDetails
    manifest: Manifest
    versions: list[Version]
    figures: list[Number]
    interface: Interface
    resources: list[tuple[str, str]]
    configuration: Configuration
    revisions: list[RevisionRow]
    errors: list[ErrorRow]
    total: Mapping[str, Any]
    queue: Mapping[str, Any]
    charts: list[Chart]
    jobs_url: str
    moved_image: ImageCheck | None


def job_type_content(*, name: str, version: str, periods: Periods) -> JobTypeContent:
    """Return what the page of a job type shows, with its charts over ``periods``.

    Ten queries, one or two more where its details are not kept, and one if its image is pinned. Raises Missing.
    """
    job_type = get_details(name=name, version=version)
    manifest = Manifest.read(job_type["manifest"])
    numbers = statistics(job_type["id"], periods)
    now, query = tally.counts_of([job_type["id"]])[job_type["id"]], query_of(job_type)
    length = timedelta(hours=periods.hours)
    window = {**query, "started": utc(periods.first), "ended": utc(periods.first + periods.count * length)}
    secrets = JobTypeSecret.objects.filter(job_type=job_type["id"]).values_list("name", flat=True)
    revisions = JobTypeRevision.objects.filter(job_type=job_type["id"]).order_by("-revision_num")
    versions = JobType.objects.filter(name=name).newest_version_first().values(*Version.__annotations__)
    return {
        "job_type": job_type,
        "manifest": manifest,
        "versions": fetch(versions[:_MOST_VERSIONS]),
        "figures": [
            _figure("Queued", now[Status.QUEUED], "info", {**query, "status": "QUEUED"}),
            _figure("Running", now[Status.RUNNING], "run", {**query, "status": "RUNNING"}),
            _figure("Completed", numbers["total"]["completed_count"], "good", {**window, "status": "COMPLETED"}),
            _figure("Failed", numbers["total"]["failed_count"], "bad", {**window, "status": "FAILED"}),
        ],
        "interface": _interface(manifest),
        "resources": [_resource(one.name, one.value) for one in manifest.resources],
        "configuration": _configuration(job_type["configuration"], manifest, frozenset(secrets)),
        "revisions": fetch(revisions.values(*REVISION_COLUMNS)[:_MOST_REVISIONS]),
        "errors": _errors(job_type),
        "total": numbers["total"],
        "queue": numbers["queue"],
        "charts": _charts(numbers["periods"], length),
        "jobs_url": url_of("jobs", query=query),
        "moved_image": moved_image(job_type["id"]) if job_type["docker_image_digest"] else None,
    }


def _figure(title: str, value: int, colour: str, query: Mapping[str, str]) -> Number:
    return {"title": title, "value": value, "colour": colour, "url": url_of("jobs", query=query)}


def _interface(manifest: Manifest) -> Interface:
    inputs = [
        *(
            Port(one.name, _files(one.multiple), _words(*one.media_types, optional=not one.required))
            for one in manifest.input_files
        ),
        *(Port(one.name, one.type, _words(optional=not one.required)) for one in manifest.input_json),
    ]
    outputs = [
        *(
            Port(one.name, _files(one.multiple), _words(one.pattern, one.media_type, optional=not one.required))
            for one in manifest.output_files
        ),
        *(Port(one.name, one.type, _words(one.key, optional=not one.required)) for one in manifest.output_json),
    ]
    return {
        "inputs": inputs[:_MOST_PORTS],
        "more_inputs": max(0, len(inputs) - _MOST_PORTS),
        "outputs": outputs[:_MOST_PORTS],
        "more_outputs": max(0, len(outputs) - _MOST_PORTS),
        "command": manifest.command or "",
    }


def _files(are_many: bool) -> str:
    return "files" if are_many else "file"


def _words(*words: str | None, optional: bool) -> str:
    return ", ".join([word for word in words if word] + ["optional"] * optional)


def _resource(name: str, value: float) -> tuple[str, str]:
    title, unit = _RESOURCES.get(name.lower(), (name, " MiB"))
    return title, f"{value:,.6g}{unit}"


def _configuration(stored: Mapping[str, Any], manifest: Manifest, secrets: frozenset[str]) -> Configuration:
    usable = usable_configuration(stored)
    settings, spaces = usable["settings"], usable["output_workspaces"]
    return {
        "priority": usable["priority"],
        "settings": [
            Setting(one.name, True, one.name in secrets, None)
            if one.secret
            else Setting(one.name, False, one.name in settings, settings.get(one.name))
            for one in manifest.settings
        ],
        "mounts": [
            Place(one.name, f"{one.path} ({one.mode})", _source(usable["mounts"].get(one.name)))
            for one in manifest.mounts
        ],
        "outputs": [
            Place(one.name, one.pattern, spaces["outputs"].get(one.name) or spaces["default"])
            for one in manifest.output_files
        ],
    }


def _source(mount: Mapping[str, Any] | None) -> str:
    """Return where a mount of a configuration leads to."""
    if mount is None:
        return ""
    if mount.get("type") == "host":
        return f"host: {mount.get('host_path')}"
    options = ", ".join(f"{name}={value}" for name, value in mount.get("driver_opts", {}).items())
    return f"volume: {mount.get('driver') or 'default driver'}{options and f' ({options})'}"


def _errors(job_type: JobTypeDetails) -> list[ErrorRow]:
    """Return the errors of which most jobs failed in the last seven days, and those that are declared.

    One query of the index job_failed, and one of errors.
    """
    since = timezone.now() - timedelta(days=_DAYS_OF_ERRORS)
    failed = Job.objects.filter(
        status=Status.FAILED,
        job_type=job_type["id"],
        last_status_change__gte=since,
        error__in=Error.objects.filter(Q(job_type_name=job_type["name"]) | Q(is_builtin=True)),
    ).order_by()
    groups = failed.values("error_id").annotate(count=Count("*"), last=Max("last_status_change"))
    counts = {pk: (count, last) for pk, count, last in fetch(groups.values_list("error_id", "count", "last"))}
    wanted = Q(job_type_name=job_type["name"]) | Q(pk__in=counts)
    errors = fetch(Error.objects.filter(wanted).order_by("name", "id").values("id", "name", "title", "category"))
    rows: list[ErrorRow] = []
    for error in errors:
        count, last = counts.get(error["id"], (0, None))
        query = {**query_of(job_type), "status": "FAILED", "error_id": str(error["id"])}
        rows.append({"error": error, "count": count, "last": last, "url": url_of("jobs", query=query)})
    return sorted(rows, key=lambda row: -row["count"])[:_MOST_ERRORS]


def _charts(periods: Sequence[Mapping[str, Any]], length: timedelta) -> list[Chart]:
    starts = [period["datetime"] for period in periods]
    ended = [
        Series(title, colour, [period[f"{name}_count"] for period in periods])
        for title, colour, name in (
            ("Completed", "good", "completed"),
            ("Failed: system", "bad", "error_system"),
            ("Failed: algorithm", "warn", "error_algorithm"),
            ("Failed: data", "info", "error_data"),
            ("Canceled", "plain", "canceled"),
        )
    ]
    lasted = [
        Series(title, colour, [period[measure]["mean"] for period in periods])
        for title, colour, measure in (("In the queue", "info", "wait"), ("Running", "run", "run"))
    ]
    return [
        Chart("How jobs ended", starts, length, ended),
        Chart("How long jobs took on average, in seconds", starts, length, lasted, is_lines=True),
    ]
