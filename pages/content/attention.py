"""What needs the attention of an operator first, from what stops most to what stops least."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypedDict

from core.words import listed
from job_types.image_checks import moved_images
from jobs.fleet_status import NodeState
from jobs.models import JobExecution
from jobs.states import End
from pages.content.words import job_type_in_words, jobs_in_words
from pages.navigation import url_of

# A node sends heartbeats three times in a lease, of which one in a minute is noted.
_SILENT = timedelta(minutes=5)
_MOST_COUNTED = 1_000
_MOST_SHOWN = 12
_MOST_NAMED = 8
_MOST_IMAGES = 3
# What the service ended by itself: in words, and what jobs fail of whose last try ended so.
_TRIES = {
    End.NODE_LOST: ("lost with a node, which did not renew the lease", "node-lost"),
    End.TIMED_OUT: ("ended by the timeouts of their manifests", "timeout"),
}


class Notice(TypedDict):
    """Something that needs attention: how bad it is (``bad`` or ``warn``), a sentence, and where to look."""

    level: str
    text: str
    since: datetime | None
    url: str


def notices(
    *,
    is_paused: bool,
    groups: Sequence[Mapping[str, Any]],
    job_types: Mapping[int, Mapping[str, Any]],
    nodes: Sequence[Mapping[str, Any]],
    now: datetime,
) -> list[Notice]:
    """Return what needs attention, of the queue by job type, and of the nodes with their states. Two queries."""
    found = [
        *_of_scheduler(is_paused, groups),
        *_of_queue(groups, job_types),
        *_of_nodes(nodes, now),
        *_of_tries(now - timedelta(days=1)),
        *_of_images(),
    ]
    return sorted(found, key=lambda notice: notice["level"])[:_MOST_SHOWN]


def _of_scheduler(is_paused: bool, groups: Sequence[Mapping[str, Any]]) -> Iterator[Notice]:
    if is_paused:
        queued = sum(group["count"] for group in groups)
        text = f"The scheduler is paused: no node gets a job, and {jobs_in_words(queued)} wait."
        yield {"level": "bad", "text": text, "since": None, "url": url_of("nodes")}


def _of_queue(groups: Sequence[Mapping[str, Any]], job_types: Mapping[int, Mapping[str, Any]]) -> Iterator[Notice]:
    for group in groups:
        job_type = job_types[group["job_type_id"]]
        jobs = jobs_in_words(group["count"])
        name = job_type_in_words(job_type)
        if job_type["is_paused"] or not job_type["is_active"]:
            level, state = "warn", "paused" if job_type["is_active"] else "deprecated"
            text = f"{name} is {state} with {jobs} in its queue."
        elif job_type["unmet_resources"]:
            lacking = ", ".join(job_type["unmet_resources"].split(","))
            level, text = "bad", f"{name}: no node has the {lacking} that {jobs} in its queue require."
        else:
            continue
        url = url_of("job-type", name=job_type["name"], version=job_type["version"])
        yield {"level": level, "text": text, "since": group["longest_queued"], "url": url}


def _of_nodes(nodes: Sequence[Mapping[str, Any]], now: datetime) -> Iterator[Notice]:
    silent = [
        node
        for node in nodes
        if node["state"] == NodeState.OFFLINE
        or (node["state"] == NodeState.ACTIVE and node["last_seen"] < now - _SILENT)
    ]
    if silent:
        names = sorted(str(node["hostname"]) for node in silent)
        text = f"Not heard of: {listed(names, _MOST_NAMED)}."
        since = max(node["last_seen"] for node in silent)
        url = url_of("node", pk=silent[0]["id"]) if len(silent) == 1 else url_of("nodes")
        yield {"level": "bad", "text": text, "since": since, "url": url}
    for node in nodes:
        if node["state"] == NodeState.PAUSED:
            reason = f": {node['pause_reason']}" if node["pause_reason"] else "."
            text = f"{node['hostname']} is paused{reason}"
            yield {"level": "warn", "text": text, "since": None, "url": url_of("node", pk=node["id"])}


def _of_images() -> Iterator[Notice]:
    """Yield the images whose tags mean something else than what jobs run."""
    moved = moved_images()
    for check in moved[:_MOST_IMAGES]:
        job_type = check.job_type
        text = f"{job_type}: {check.docker_image} is another image by now than the one that jobs run."
        url = url_of("job-type", name=job_type.name, version=job_type.version)
        yield {"level": "warn", "text": text, "since": check.found, "url": url}
    if (more := len(moved) - _MOST_IMAGES) > 0:
        text = f"{more} more images of job types are others by now than those that jobs run."
        yield {"level": "warn", "text": text, "since": None, "url": url_of("job-types")}


def _of_tries(since: datetime) -> Iterator[Notice]:
    """Yield what the service itself ended: a step into the index execution_ended for each of these ends."""
    tries = JobExecution.objects.filter(end__in=_TRIES, started__gt=since).order_by("-started")
    counts = Counter(tries.values_list("end", flat=True)[:_MOST_COUNTED])
    for end, (words, error) in _TRIES.items():
        if count := counts[end]:
            more = " or more" if count == _MOST_COUNTED else ""
            tries_were = "try was" if count == 1 else "tries were"
            text = f"{count:,}{more} {tries_were} {words}, of those that began in the last 24 hours."
            url = url_of("jobs", query={"error_name": error, "started": "P1D"})
            yield {"level": "warn", "text": text, "since": None, "url": url}
