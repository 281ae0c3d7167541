"""What jobs need that are handed out, beside their own documents: secrets, input files, and workspaces."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypedDict

from django.conf import settings
from django.core.cache import cache
from django.db.models import QuerySet

from core.models.columns import array_of
from core.reads.prepared import prepared
from files.models import File
from jobs.inputs import inputs_of
from jobs.secrets import Row, pause_without_key, read_secrets
from seed import overlay_configuration
from workspaces.selectors import OpenWorkspace, open_workspaces

_logger = logging.getLogger(__name__)

# How often it is said that logs are stored nowhere, in seconds.
_SAID_EVERY = 60

# The column with the configuration of the job type that the job of a row runs with.
FROZEN = "job_type_configuration__configuration"


class InputFile(TypedDict):
    """A file that a job reads, as claims show it."""

    id: int
    file_name: str
    media_type: str
    file_size: int
    sha256: str
    workspace: str
    file_path: str
    is_deleted: bool


@dataclass(frozen=True, slots=True)
class Supply:
    """What a job is handed out with: ``files`` by input, ``secrets`` and ``workspaces`` by name, all in clear."""

    configuration: dict[str, Any]
    secrets: dict[str, str]
    files: dict[str, list[InputFile]]
    workspaces: dict[str, OpenWorkspace]
    log_workspace: str | None


def read_supplies(rows: Collection[Row]) -> dict[int, Supply]:
    """Return job id -> what each of the jobs in ``rows`` (see ``claim_rows``) needs, if all of it can be read.

    The workspaces are those of its input files, those that its configuration names for its outputs, and that of
    LOG_WORKSPACE, if nodes can store anything there. Files and workspaces that do not exist are left out. Three
    queries at most: one if a job type has secrets, one if a job reads files, and one if a workspace is named.

    If no key decrypts a secret or a credential, the jobs that need it are left out, and their job types are paused
    when the transaction is committed, so that they do not stand in the way of others.
    """
    if not rows:
        return {}
    ids_by_job = {row["id"]: dict(inputs_of(row["input"])) for row in rows}
    secrets = read_secrets(rows)
    files = _read_files({pk for by_input in ids_by_job.values() for ids in by_input.values() for pk in ids})
    inputs: dict[int, dict[str, list[InputFile]]] = {}
    configurations: dict[int, dict[str, Any]] = {}
    named: dict[int, set[str]] = {}
    for row in rows:
        pk = row["id"]
        inputs[pk] = {name: [files[one] for one in ids if one in files] for name, ids in ids_by_job[pk].items()}
        configurations[pk] = overlay_configuration(row[FROZEN], row["configuration"])
        spaces = configurations[pk]["output_workspaces"]
        named[pk] = {file["workspace"] for some in inputs[pk].values() for file in some}
        named[pk] |= {spaces["default"], *spaces["outputs"].values()} - {""}
    names = {settings.LOG_WORKSPACE, *chain.from_iterable(named.values())} - {""}
    workspaces, closed = open_workspaces(names) if names else ({}, frozenset())
    if closed:
        pause_without_key((row for row in rows if named[row["id"]] & closed), "workspace credentials")
    log_workspace = _log_workspace(workspaces)
    supplies = {}
    for pk in inputs:
        if pk in secrets and not named[pk] & closed:
            wanted = {*named[pk], log_workspace or ""}
            opened = {name: one for name, one in sorted(workspaces.items()) if name in wanted}
            supplies[pk] = Supply(configurations[pk], secrets[pk], inputs[pk], opened, log_workspace)
    return supplies


def _log_workspace(workspaces: Mapping[str, OpenWorkspace]) -> str | None:
    """Return the name of LOG_WORKSPACE, if nodes can store logs there. Otherwise it is logged, once a minute.

    Jobs run all the same: nobody would rather have no result than no log.
    """
    name = settings.LOG_WORKSPACE
    if (found := workspaces.get(name)) and found["is_active"] and found["broker"]:
        return name
    if name and cache.add("jobs.no_log_workspace", True, _SAID_EVERY):
        reason = "there is no such workspace, it is deprecated or has no broker, or no key decrypts its credentials"
        _logger.error("whole logs are stored nowhere", extra={"workspace": name, "reason": reason})
    return None


def number_of_inputs(row: Row) -> int:
    """Return how many files the job in ``row`` reads."""
    return sum(len(ids) for _, ids in inputs_of(row["input"]))


def _read_files(ids: Collection[int]) -> dict[int, InputFile]:
    found = _files(ids=array_of(ids)) if ids else []
    return {
        row["id"]: {
            "id": row["id"],
            "file_name": row["file_name"],
            "media_type": row["media_type"],
            "file_size": row["file_size"],
            "sha256": row["sha256"],
            "workspace": row["workspace__name"],
            "file_path": row["file_path"],
            "is_deleted": row["is_deleted"],
        }
        for row in found
    }


@prepared
def _files(*, ids: str) -> QuerySet[File, Row]:
    columns = ("id", "file_name", "media_type", "file_size", "sha256", "file_path", "is_deleted")
    return File.objects.filter(pk__any_of=ids).values(*columns, "workspace__name")
