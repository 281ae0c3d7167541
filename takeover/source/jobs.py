"""The jobs of a live Scale, page by page, while more of them end.

The list is read in the order of the last change, and each page begins at the last change that the one before it
showed, instead of at a number of rows: what changes meanwhile goes to the end of the list, and moves no other job
to a page that was read already. So no page is far from the first one, either.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from takeover.source.errors import BadAnswer
from takeover.source.lists import PAGE_SIZE, is_id
from takeover.source.session import Source

_LIST = "jobs/"
_MOST_PASSES = 6


class JobPages:
    """The jobs in ``statuses`` that changed at or after ``since``, or ever, in lists; the latest change last.

    One that changes meanwhile comes again.

    ``count`` is how many there are, as the first page says. ``has_odd`` says whether rows were left out, which have
    no usable id, status or time. A system that does not filter by time, or sorts otherwise, is read by the numbers
    of pages instead, again and again until no reading shows another job. ``remark`` says so if that never comes,
    or if a page was gone.
    """

    def __init__(self, source: Source, *, statuses: Collection[str], since: datetime | None = None) -> None:
        self._source, self._statuses, self._since = source, frozenset(statuses), since
        self._seen: set[int] = set()  # by time: those of the last page
        self.count: int | None = None
        self.has_odd = False
        self.remark = ""

    def __iter__(self) -> Iterator[list[dict[str, Any]]]:
        start, number = self._since, 1
        while (page := self._read(start, number)) is not None:
            rows, is_last = page
            moments = [moment_of_change(row) for row in rows]
            if moments != sorted(moments) or (start and moments and moments[0] < start):
                yield self._fresh(rows)
                yield from self._by_number(number + 1, is_last=is_last)
                return
            fresh = self._fresh(rows)
            if moments and moments[-1] != start:
                start, number = moments[-1], 1
                self._seen = {row["id"] for row in rows}
            else:
                # A page of jobs that changed at one moment. Those that follow it are on the next one.
                number += 1
            yield fresh
            if is_last:
                return
        # The page before it led here.
        self.remark = "a page of the list of jobs was gone before it was read; run it again"

    def _by_number(self, number: int, *, is_last: bool) -> Iterator[list[dict[str, Any]]]:
        """Yield what the pages from ``number`` on show that was not seen before, and what all of them do then."""
        for _ in range(_MOST_PASSES):
            before = len(self._seen)
            while not is_last and (page := self._read(self._since, number)) is not None:
                rows, is_last = page
                yield self._fresh(rows)
                number += 1
            if len(self._seen) == before:
                return
            number, is_last = 1, False
        self.remark = f"the list of jobs showed others in each of {_MOST_PASSES} readings; run it again"

    def _read(self, start: datetime | None, number: int) -> tuple[list[dict[str, Any]], bool] | None:
        """Return the rows of a page, and whether it is the last one; None beyond the last one."""
        params: dict[str, Any] = {"order": ["last_modified", "id"], "page_size": PAGE_SIZE}
        params["status"] = sorted(self._statuses)
        if start is not None:
            params["started"] = start.isoformat().replace("+00:00", "Z")
        if number > 1:
            params["page"] = number
        page = self._source.get(_LIST, **params)
        if page is None:
            if number == 1:
                raise BadAnswer("The list of jobs is a 404; is this the API of a Scale 7?")
            return None
        rows, count = page.get("results"), page.get("count")
        if not isinstance(rows, list) or not isinstance(count, int):
            raise BadAnswer("The list of jobs has no `count`, or no `results`.")
        if self.count is None:
            self.count = count
        jobs = [row for row in rows if _is_job(row)]
        self.has_odd = self.has_odd or len(jobs) < len(rows)
        return jobs, not rows or not page.get("next") or number > count

    def _fresh(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return those of the rows that are in one of the statuses, changed in time, and were not seen yet."""
        fresh = {row["id"]: row for row in rows if row["id"] not in self._seen}
        self._seen |= fresh.keys()
        return [
            row
            for row in fresh.values()
            if row["status"] in self._statuses and not (self._since and moment_of_change(row) < self._since)
        ]


def moment_of_change(row: Mapping[str, Any]) -> datetime:
    """Return when a job of a page changed last."""
    return datetime.fromisoformat(row["last_modified"])


def _is_job(row: object) -> bool:
    """Return whether a row is a job, as far as lists are read by it."""
    if not (isinstance(row, dict) and is_id(row.get("id")) and isinstance(row.get("status"), str)):
        return False
    try:
        return moment_of_change(row).tzinfo is not None
    except (KeyError, TypeError, ValueError):
        return False
