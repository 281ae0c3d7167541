"""Jobs of another system, answered as a live Scale answers: for tests of what becomes of them here."""

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from errors.services import builtin_error
from job_types.models import JobType
from takeover.source import BadAnswer
from tests.factories import iso

Document = dict[str, Any]

NODE = {"id": 7, "hostname": "old-01.example.com"}
_IN_DETAILS_ALONE = ("superseded_by_job", "resources", "execution", "input", "output", "configuration")


class JobsThere:
    """A source with jobs alone. ``details`` are those of jobs by id; ``tries`` of some, and ``hidden`` are a 404.

    With ``filters`` it knows the filters and orders of v6, else pages alone. ``page_size`` is the most that it
    shows, and ``asked`` what was asked. ``before`` is called with each path, and may change or raise something.
    """

    base = "https://scale.example.com/api/v6/"

    def __init__(self, *, filters: bool = True, page_size: int = 1000) -> None:
        self.details: dict[int, Document] = {}
        self.tries: dict[int, list[Document]] = {}
        self.hidden: set[int] = set()
        self.filters, self.page_size = filters, page_size
        self.asked: list[str] = []
        self.before: Callable[[str], None] = lambda path: None

    def add(self, job_type: JobType, status: str = "COMPLETED", /, **members: Any) -> Document:
        """Add a job of a job type that has the same ids there, which ended a minute after the one before."""
        number = len(self.details) + 1
        details = job_there(job_type, status, number, **members)
        self.details[details["id"]] = details
        return details

    def get(self, path: str, **params: Any) -> Document | None:
        self.asked.append(path)
        self.before(path)
        if path == "jobs/":
            return self._page(**params)
        pk = int(path.split("/")[1])
        return None if pk in self.hidden else deepcopy(self.details.get(pk))

    def all_rows(self, path: str) -> list[Document]:
        self.asked.append(path)
        return deepcopy(self.tries[int(path.split("/")[1])])

    def map(self, read: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        return map(read, items)

    def _page(self, *, page: int = 1, page_size: int, status: Any = (), started: str = "", order: Any = ()) -> Any:
        jobs = list(self.details.values())
        if order == "-id":
            jobs.sort(key=lambda job: -job["id"])
        elif self.filters:
            since = datetime.fromisoformat(started) if started else None
            jobs = [
                job
                for job in jobs
                if job["status"] in status and not (since and datetime.fromisoformat(job["last_modified"]) < since)
            ]
            jobs.sort(key=lambda job: tuple(job[name] for name in order))
        size = min(page_size, self.page_size)
        some = jobs[(page - 1) * size : page * size]
        if page > 1 and not some:
            return None
        results = [{name: job[name] for name in job if name not in _IN_DETAILS_ALONE} for job in some]
        next_page = "https://elsewhere.example.com/v6/jobs/?page=" if page * size < len(jobs) else None
        return {"count": len(jobs), "next": next_page, "previous": None, "results": deepcopy(results)}


def job_there(job_type: JobType, status: str, number: int, /, **members: Any) -> Document:
    """Return the details of a job with the id ``number`` as v6 shows them; ``members`` replaces some."""
    created = timezone.now().replace(minute=0, second=0, microsecond=5) - timedelta(days=2) + number * _MINUTE
    started, ended = created + 10 * _MINUTE, created + 20 * _MINUTE
    has_run = status in ("COMPLETED", "FAILED")
    changed = ended if has_run else started
    brief = {"id": job_type.pk, "name": job_type.name, "version": job_type.version}
    revision = job_type.revisions.get(revision_num=job_type.revision_num)
    details = {
        "id": number,
        "job_type": brief,
        "status": status,
        "job_type_rev": {"id": revision.pk, "job_type": brief, "revision_num": revision.revision_num},
        "recipe": None,
        "batch": None,
        "is_superseded": False,
        "node": NODE if has_run else None,
        "error": None,
        "max_tries": 3,
        "num_exes": 1,
        "created": iso(created),
        "queued": iso(created + _MINUTE),
        "started": iso(started) if has_run else None,
        "ended": iso(ended) if has_run else None,
        "last_status_change": iso(changed),
        "last_modified": iso(changed),
        "execution": try_there(number, 1, started, ended, status) if has_run else None,
        "input": {"files": {"image": [number]}, "json": {"order": f"order-{number}"}},
        "output": {"files": {}, "json": {}},
        "configuration": {
            "mounts": {},
            "priority": 100,
            "output_workspaces": {"default": "", "outputs": {}},
            "settings": {},
        },
    }
    return details | members


def try_there(job: int, exe_num: int, started: datetime, ended: datetime, status: str, **members: Any) -> Document:
    """Return a try as v6 shows it."""
    return {
        "id": job * 10 + exe_num,
        "status": status,
        "exe_num": exe_num,
        "created": iso(started),
        "queued": iso(started - _MINUTE),
        "started": iso(started),
        "ended": iso(ended),
        "job": {"id": job},
        "node": NODE,
        "error": None,
        "timeout": 3600,
        **members,
    }


def refused(path: str) -> None:
    """Let every request for a job fail."""
    if path != "jobs/":
        raise BadAnswer(f"{path}: it answers 500, 8 times in a row.")


_MINUTE = timedelta(minutes=1)


def shown_error(name: str) -> Document:
    """Return an error that both systems bring along, as it is shown with a job or a try."""
    error = builtin_error(name)
    return {"id": error.pk, "name": name, "job_type_name": None}
