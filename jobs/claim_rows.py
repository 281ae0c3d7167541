"""Jobs as claims hand them out: with all that a node needs to run them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, TypedDict

from django.db.models import BooleanField, Case, Exists, ExpressionWrapper, QuerySet, Value, When
from django.db.models.functions import Concat, Now
from django.db.models.lookups import LessThanOrEqual

from catalogue.models import as_text, columns
from core.models.columns import Bytes, array_of
from core.models.plans import SQL
from core.reads.prepared import Parameter, prepared
from jobs.models import Job, JobExecution, Node, Scheduler
from jobs.products import product_path
from jobs.secrets import SECRET_BYTES
from jobs.selectors import revisions_at
from jobs.states import Status
from jobs.supplies import FROZEN, InputFile, Row, Supply
from workspaces.selectors import OpenWorkspace


class ClaimedJob(TypedDict):
    """A job that was handed out: its present try, and what to run."""

    id: int
    job_type: Mapping[str, Any]
    job_type_rev: Mapping[str, Any]
    input: dict[str, Any]
    configuration: dict[str, Any]
    priority: int
    num_exes: int
    started: datetime
    secrets: dict[str, str]
    files: dict[str, list[InputFile]]
    workspaces: dict[str, OpenWorkspace]
    product_path: str
    log_workspace: str | None
    timeout: int | None
    lease_expires: datetime | None


_COLUMNS = ("id", "job_type_id", "job_type_rev_id", "priority", "queued", "num_exes", "last_status_change")
_DOCUMENTS = ("input", "configuration", FROZEN)
# How large the documents are that are handed out of a job; the database measures them.
_SIZE = sum(map(Bytes, _DOCUMENTS), SECRET_BYTES)
# How large a document is, in bytes, that is read by the statement that locks its job: of a hundred jobs, they are
# less than the documents of one answer may have.
_SMALL = 2**14
_SMALL_DOCUMENTS = {
    f"small_{name}": Case(When(LessThanOrEqual(Bytes(name), _SMALL), then=name)) for name in _DOCUMENTS
}


def claim_rows(ids: Iterable[int]) -> list[Row]:
    """Return the rows of the jobs with these ids, from which ``claimed_job`` makes what is handed out.

    They are in the order of the queue. ``now`` is the time of the query, and ``setting_names`` are those of the
    manifest if the job type has secrets. One query, and one where revisions are not cached.
    """
    return _with_revisions(_rows(ids=array_of(ids)))


def lock_rows(ids: Iterable[int], *earlier: SQL, node: int, claim: Mapping[str, Parameter], most: int) -> list[Row]:
    """Lock the first ``most`` of the queued jobs with ``ids`` that nobody has locked, for ``rows_of_locked``.

    Return their rows, in the order of the queue, each with the ``size`` of the documents that are handed out, the
    revision of the catalogue (``number`` and ``stamp``), and in ``may_run`` whether neither the scheduler nor the
    ``node`` (id) is paused or deprecated. None is locked while tries of ``claim`` (see ``going_on``) go on, which
    it began when it was sent before. All is as it is after ``earlier`` statements, in the same round trip.
    """
    return _lock.after(*earlier, ids=array_of(ids), most=most, node=node, **claim)


def rows_of_locked(locked: Sequence[Row]) -> list[Row]:
    """Return the rows of locked jobs as ``claim_rows`` does, without its first query unless a document is large."""
    if any(row[name] is None for row in locked for name in _SMALL_DOCUMENTS):
        return claim_rows([row["id"] for row in locked])
    documents = tuple(zip(_DOCUMENTS, _SMALL_DOCUMENTS, strict=True))
    rows = _with_revisions([{**row, **{name: row[small] for name, small in documents}} for row in locked])
    # A later look at the queue may have found a job that came meanwhile.
    return sorted(rows, key=itemgetter("priority", "queued", "id"))


def _with_revisions(rows: Sequence[Row]) -> list[Row]:
    """Return rows with what claims hand out of the revisions and job types of their jobs."""
    if not rows:
        return []
    # The last row has the latest of the revisions, so that what is kept of it is new enough for all rows.
    catalogue = as_text(rows[-1]["number"], rows[-1]["stamp"])
    revisions = revisions_at(catalogue, {row["job_type_rev_id"] for row in rows})
    return [{**row, **revisions[row["job_type_rev_id"]].handed_out} for row in rows]


def claimed_job(row: Row, one: Row, supply: Supply) -> ClaimedJob:
    """Return what is handed out of the job in ``row`` with its try ``one``, and with what it needs."""
    job_type = row["job_type"]
    return {
        "id": row["id"],
        "job_type": job_type,
        "job_type_rev": row["job_type_rev"],
        "input": row["input"],
        "configuration": supply.configuration,
        "priority": row["priority"],
        "num_exes": one["exe_num"],
        "started": one["started"],
        "secrets": supply.secrets,
        "files": supply.files,
        "workspaces": supply.workspaces,
        "product_path": product_path(job_type["name"], job_type["version"], row["id"], one["exe_num"]),
        "log_workspace": supply.log_workspace,
        "timeout": row["timeout"],
        "lease_expires": one["lease_expires"],
    }


@prepared
def _rows(*, ids: str) -> QuerySet[Job, Row]:
    number, stamp = columns()
    jobs = Job.objects.filter(pk__any_of=ids).order_by("priority", "queued", "pk")
    return jobs.values(*_COLUMNS, *_DOCUMENTS, number=number, stamp=stamp, now=Now())


@prepared
def _lock(*, ids: str, most: int, node: int, claim_id: str, hostname: str, account: int) -> QuerySet[Job, Row]:
    open_nodes = Node.objects.filter(pk=node, is_active=True, is_paused=False)
    is_open = Exists(open_nodes) & ~Exists(Scheduler.objects.filter(is_paused=True))
    may_run = ExpressionWrapper(is_open, output_field=BooleanField())
    going_on = JobExecution.objects.going_on(claim_id=claim_id, hostname=hostname, account=account)
    number, stamp = columns()
    # By their ids: an index of queued jobs, which may look small to PostgreSQL, does not hold this text.
    queued = Job.objects.alias(text=Concat("status", Value(""))).filter(pk__any_of=ids, text=Status.QUEUED)
    free = queued.filter(~Exists(going_on), retry_after=None)
    locked = free.select_for_update(of=("self",), skip_locked=True)
    shown = {"number": number, "stamp": stamp, "size": _SIZE, "may_run": may_run, "now": Now()}
    return locked.order_by("priority", "queued", "pk").values(*_COLUMNS, **_SMALL_DOCUMENTS, **shown)[:most]
