"""What the pages of jobs show: one job with its tries and logs, and what a step of many jobs would change."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from hashlib import blake2b
from typing import Any, NamedTuple, TypedDict

from django.db.models import OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.functions import MD5, Concat
from django.utils import timezone

from catalogue.models import Revision
from core.api.filters import LARGEST_ID
from core.reads.prepared import fetch
from core.services import Missing
from files.models import File
from files.rows import url_of as url_in_workspace
from jobs import rows
from jobs.execution_rows import execution, execution_rows, without_accounts
from jobs.logs import COMBINED, STREAMS, read_logs
from jobs.models import Job, JobExecution, Node, Scheduler
from jobs.rescue import rescued
from jobs.selectors import brief_job_types
from jobs.services import MOST_AT_ONCE
from jobs.states import ENDED, REQUEUED_FROM, End, Status, statuses_before
from jobs.waiting import reasons_to_wait
from pages.content.files import link_to
from pages.content.waiting import Hint, hints
from pages.content.words import job_type_in_words, jobs_in_words, size_in_words
from pages.navigation import url_of
from seed import Manifest, is_of_type
from workspaces.models import Workspace

MOST_TRIES = 20
MOST_GROUPS = 50
# Of each input or output.
MOST_FILES = 100
# How much is shown of a value of an input or output; the API shows all of it.
_LONGEST = 2_000
# For how long what is said about the queue, and about files, may be out of date.
_QUEUE_SECONDS = 15


class Try(TypedDict):
    """A try of a job, and where its bar lies in the time of all tries that are shown, in percent."""

    execution: Mapping[str, Any]
    end: str
    seconds: float
    left: float
    width: float


class Named(TypedDict):
    """A part of a document: its name, what it is, and its value as text."""

    name: str
    kind: str
    value: str


class FileOf(TypedDict):
    """A file that a job reads or made; of an id that no file has, the id alone, with ``is_known`` false."""

    id: int
    is_known: bool
    name: str
    about: str
    is_deleted: bool


class LogFile(NamedTuple):
    """A file in a workspace with a whole log, and where it can be read, if that is known."""

    path: str
    link: str


class WholeLogs(TypedDict):
    """The workspace that has the whole logs of a try, as its node said; ``is_known`` is whether there is one."""

    workspace: str
    is_known: bool
    files: list[LogFile]


class Given(Named):
    """An input or output: a value, or ``files``, of which ``more`` are not shown."""

    files: list[FileOf]
    more: int


class JobPage(TypedDict):
    """A job, its last tries, newest first, and of the chosen one the ends of the logs, name -> text.

    ``whole_logs`` says where they are stored whole, if they are.
    """

    job: Mapping[str, Any]
    waiting: list[Hint]
    is_over: bool
    can_cancel: bool
    can_requeue: bool
    tries: list[Try]
    chosen: Mapping[str, Any] | None
    logs: list[tuple[str, str]]
    whole_logs: WholeLogs | None
    input: list[Given]
    output: list[Given]
    configuration: list[Named]


class Group(TypedDict):
    """Jobs of one job type in one status: how many, in words, and the URL of their list. The rest has none."""

    text: str
    url: str


class Preview(TypedDict):
    """How many jobs a step would change, 10,000 at most, and which; ``others`` were chosen and stay as they are."""

    count: int
    others: int
    groups: list[Group]


def mark(pk: int) -> str | None:
    """Return what changes with the page of a job: one query; None for one that is over, or does not exist.

    What it says about its job type changes with the catalogue, and why it waits with the switches of the scheduler
    and of nodes. It depends on other jobs and on files too, so that it changes with the time.
    """
    last = JobExecution.objects.filter(job=OuterRef("pk"), exe_num=OuterRef("num_exes"))
    logs = last.values(digest=MD5(Concat("stdout", Value("\n", TextField()), "stderr")))
    job = Job.objects.filter(pk=pk).exclude(status__in=ENDED)
    around = [
        Revision.objects.values("number"),
        Revision.objects.values("stamp"),
        Scheduler.objects.filter(pk=1).values("is_paused"),
        Node.objects.order_by("-last_modified").values("last_modified")[:1],
    ]
    row = job.values_list("status", "last_modified", "num_exes", *map(Subquery, (logs, *around))).first()
    if row is None:
        return None
    moment = timezone.now().timestamp() // _QUEUE_SECONDS
    return blake2b(repr((row, moment)).encode(), digest_size=12).hexdigest()


def job_page(pk: int, *, try_num: int | None, with_accounts: bool) -> JobPage:
    """Return the page of a job, with the logs of the try of this number, or else of the last one.

    Three queries, one more if it has files, one if its whole logs are somewhere, and those of ``reasons_to_wait``.
    Raises Missing.
    """
    for row in rescued(partial(rows.details_rows, pk)):
        job = rows.details_of(row) if with_accounts else rows.without_accounts(rows.details_of(row))
        break
    else:
        raise rows.no_such_job(pk)
    of_job = execution_rows(JobExecution.objects.filter(job_id=pk).order_by("-exe_num"))
    executions = [execution(one) for one in of_job[:MOST_TRIES]]
    if not with_accounts:
        executions = [without_accounts(one) for one in executions]
    chosen = next((one for one in executions if try_num in (None, one["exe_num"])), None)
    if chosen is None and try_num is not None:
        raise Missing(f"The job {pk} has no try {try_num} among its last {MOST_TRIES}.")
    status = job["status"]
    files = _files_of(job["input"], job["output"])
    return {
        "job": job,
        "waiting": list(hints(reasons_to_wait(job_id=pk, status=status) or [], job["job_type"])),
        "is_over": status in ENDED,
        "can_cancel": status in statuses_before(Status.CANCELED),
        "can_requeue": status in REQUEUED_FROM and job["job_type"]["is_active"],
        "tries": _timeline(executions),
        "chosen": chosen,
        "logs": list(read_logs(pk=chosen["id"], name=COMBINED).texts.items()) if chosen else [],
        "whole_logs": _whole_logs(chosen) if chosen and chosen["log_workspace"] else None,
        "input": list(_data(job["input"], files)),
        "output": list(_data(job["output"], files)),
        "configuration": _configuration(job["configuration"], Manifest.read(job["job_type_rev"]["manifest"])),
    }


def _whole_logs(one: Mapping[str, Any]) -> WholeLogs:
    """Return where the whole logs of a try are, whose node stored them: one query."""
    name = one["log_workspace"]
    base_url = Workspace.objects.filter(name=name).values_list("base_url", flat=True).first()
    paths = [f"{one['log_path']}/{stream}.log" for stream in STREAMS]
    files = [LogFile(path, link_to(url_in_workspace(base_url or "", path))) for path in paths]
    return {"workspace": name, "is_known": base_url is not None, "files": files}


def preview(chosen: QuerySet[Job], changing: QuerySet[Job]) -> Preview:
    """Return which of the ``chosen`` jobs a step would change: the first 10,000 of ``changing``.

    Two queries, and those of ``brief_job_types``. The largest groups are shown one by one, the others together.
    """
    counts = Counter(fetch(changing.order_by("pk").values_list("job_type_id", "status")[:MOST_AT_ONCE]))
    largest = counts.most_common(MOST_GROUPS)
    job_types = {row["id"]: row for row in brief_job_types(sorted({pk for (pk, _), _ in largest}))}
    groups: list[Group] = [
        {
            "text": f"{job_type_in_words(job_types[pk])}: {number:,} {status.lower()}",
            "url": url_of("jobs", query={"job_type_id": pk, "status": status}),
        }
        for (pk, status), number in largest
    ]
    count = counts.total()
    if rest := count - sum(number for _, number in largest):
        groups.append({"text": f"{jobs_in_words(rest)} of other job types or in other statuses", "url": ""})
    matching = chosen.order_by()[: MOST_AT_ONCE + 1].count()
    return {"count": count, "others": matching - count if matching <= MOST_AT_ONCE else 0, "groups": groups}


def _timeline(executions: list[dict[str, Any]]) -> list[Try]:
    """Return tries, newest first, each with its place between the first start and the last end."""
    if not executions:
        return []
    now = timezone.now()
    first = executions[-1]["started"]
    whole = max((one["ended"] or now) - first for one in executions).total_seconds() or 1
    shown: list[Try] = []
    for one in executions:
        seconds = max(((one["ended"] or now) - one["started"]).total_seconds(), 0)
        left = min(max(100 * (one["started"] - first).total_seconds() / whole, 0), 99)
        width = min(max(100 * seconds / whole, 1), 100 - left)
        end = str(End(one["end"]).label) if one["end"] else ""
        shown.append(
            {"execution": one, "end": end, "seconds": seconds, "left": round(left, 2), "width": round(width, 2)}
        )
    return shown


def _group(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the files or the values of an input or output by name; what has another shape is one of them.

    Workers may report an output of any shape.
    """
    group = document[name]
    return group if isinstance(group, dict) else {name: group}


def _ids(given: object) -> list[int]:
    """Return the ids of files that an input or output holds; none where it holds something else."""
    if not isinstance(given, list) or not all(is_of_type(one, "integer") and one > 0 for one in given):
        return []
    return [int(one) for one in given]


def _files_of(*documents: Mapping[str, Any]) -> dict[int, FileOf]:
    """Return the files in the input and the output of a job by id, as far as they are shown: one query at most."""
    given = (value for document in documents for value in _group(document, "files").values())
    ids = {one for value in given for one in _ids(value)[:MOST_FILES] if one <= LARGEST_ID}
    known = File.objects.filter(pk__in=ids) if ids else File.objects.none()
    return {
        pk: {
            "id": pk,
            "is_known": True,
            "name": name,
            "about": ", ".join(part for part in (size_in_words(size), media_type) if part),
            "is_deleted": is_deleted,
        }
        for pk, name, size, media_type, is_deleted in known.values_list(
            "pk", "file_name", "file_size", "media_type", "is_deleted"
        )
    }


def _data(document: Mapping[str, Any], files: Mapping[int, FileOf]) -> Iterator[Given]:
    """Yield what an input or output holds: files, and JSON values."""
    for name, value in _group(document, "files").items():
        ids = _ids(value)
        shown = [files.get(one) or _unknown(one) for one in ids[:MOST_FILES]]
        text = "" if ids or not value else _text(value)
        yield {"name": name, "kind": "file", "value": text, "files": shown, "more": len(ids) - len(shown)}
    for named in _named({"value": _group(document, "json")}):
        yield {**named, "files": [], "more": 0}


def _unknown(pk: int) -> FileOf:
    return {"id": pk, "is_known": False, "name": str(pk), "about": "", "is_deleted": False}


def _configuration(configuration: Mapping[str, Any], manifest: Manifest) -> list[Named]:
    """Return what a job is configured with; of secret settings that they are never shown."""
    workspaces = configuration["output_workspaces"]
    default = {"all others": workspaces["default"]} if workspaces["default"] else {}
    kinds: dict[str, Mapping[str, Any]] = {
        "setting": configuration.get("settings", {}),
        "mount": configuration.get("mounts", {}),
        "output workspace": {**workspaces["outputs"], **default},
    }
    secrets: list[Named] = [
        {"name": name, "kind": "secret setting", "value": "handed out with a claim, and never shown"}
        for name in sorted(manifest.secret_settings)
    ]
    return _named(kinds) + secrets


def _named(kinds: Mapping[str, Mapping[str, Any]]) -> list[Named]:
    """Return the members of documents, by kind, with the beginnings of their values as text."""
    return [
        {"name": name, "kind": kind, "value": _text(value)}
        for kind, members in kinds.items()
        for name, value in members.items()
    ]


def _text(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
