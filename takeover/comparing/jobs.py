"""The comparison of jobs that are over, page by page: they have no names, so that the map of ids pairs them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from jobs.states import ENDED
from seed import object_in
from takeover.comparing.differences import ABSENT, About, Difference, differences, is_undeclared
from takeover.comparing.ours import Ours
from takeover.run import Progress
from takeover.source import BadAnswer, Source, is_id, path_to
from takeover.source.jobs import JobPages, moment_of_change

_LIST = "jobs/"
_RELATED = ("job_type", "error")

Document = dict[str, Any]


class JobComparison:
    """The rows and details of the jobs that are over in the other system, and of what they became here.

    Those that changed there before ``since`` are left out, and so are jobs that ran here.
    """

    def __init__(self, source: Source, ours: Ours, progress: Progress, *, since: datetime) -> None:
        self._source, self._ours, self._progress, self._since = source, ours, progress, since
        self._own, self._ids = ours.own_names(), ours.ids()
        self._last_run = ours.last_run(source.base)

    def differences(self) -> Iterator[Difference]:
        """Yield all differences. Raises SourceError where the other system cannot be read any further."""
        if self._last_run is None:
            sentence = "no job was taken over from this URL; give it as import_scale was given it"
            yield Difference("jobs", _LIST, "", sentence, ABSENT)
            return
        pages = JobPages(self._source, statuses=ENDED, since=self._since)
        try:
            for number, rows in enumerate(pages):
                if number == 0:
                    self._progress.begin("jobs", pages.count)
                yield from self._compare(rows)
                self._progress.advance(len(rows))
        except BadAnswer as error:
            yield Difference("jobs", _LIST, "", str(error), ABSENT)
        if pages.remark or pages.has_odd:
            sentence = pages.remark or "some rows of the list have no usable id, status or last_modified"
            yield Difference("jobs", _LIST, "/results", sentence, ABSENT)

    def _compare(self, rows: list[Document]) -> Iterator[Difference]:
        here = self._ours.jobs(self._source.base, [row["id"] for row in rows])
        arrived = [row for row in rows if row["id"] in here]
        details = self._source.map(self._read, arrived)
        for place, row in enumerate(rows):
            mine = here.get(row["id"])
            yield from self._found(row, mine, _LIST, row, ABSENT if mine is None else mine, f"/results/{place}")
            if mine is not None:
                shown = self._ours.get(path_to("jobs", mine["id"])) or ABSENT
                yield from self._found(row, mine, path_to("jobs", row["id"]), next(details), shown)

    def _read(self, row: Document) -> object:
        """Return the details of a job in the other system, a text where it fails."""
        try:
            details = self._source.get(path_to("jobs", row["id"]))
        except BadAnswer as error:
            return str(error)
        return ABSENT if details is None else details

    def _is_own(self, related: Mapping[str, Any]) -> bool:
        """Return whether a job type or error is one that this service has by itself."""
        is_built_in = bool(related.get("is_system") or related.get("is_builtin"))
        return is_built_in and str(related.get("name")) in self._own

    def _found(
        self, row: Document, mine: Document | None, url: str, there: object, here: object, pointer: str = ""
    ) -> Iterator[Difference]:
        is_newer = self._last_run is None or moment_of_change(row) >= self._last_run
        own = [name for name in _RELATED if self._is_own(object_in(row, name))]
        of_own = tuple(f"{pointer}{part}/{name}/" for part in ("", "/execution") for name in own)
        for at, theirs, ours in differences(there, here, pointer):
            about = About.OTHER
            if is_newer:
                about = About.NEWER
            elif at.startswith(of_own) and not at.endswith("/name"):
                about = About.OWN
            elif at.endswith("/id") and is_id(theirs) and is_id(ours):
                is_job = mine is not None and (theirs, ours) == (row["id"], mine["id"])
                about = About.MOVED if is_job or (theirs, ours) in self._ids else About.OTHER
            elif is_undeclared(there, at):
                about = About.UNDECLARED
            yield Difference(str(row["id"]), url, at, theirs, ours, about)
