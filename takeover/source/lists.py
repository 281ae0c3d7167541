"""All rows of a list whose pages may repeat some rows and lose others."""

from dataclasses import dataclass
from typing import Any, Protocol

from takeover.source.errors import BadAnswer

PAGE_SIZE = 1000
_MOST_PASSES = 6


class ReadPage(Protocol):
    """Reads the page with these parameters; None where there is none."""

    def __call__(self, **page: int) -> dict[str, Any] | None: ...


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a list in the order in which they were seen first, and a remark if some may be missing."""

    items: list[dict[str, Any]]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class _Pass:
    """What one reading of all pages showed: rows by id, how many there are to be, and the number of pages."""

    rows: dict[int, dict[str, Any]]
    count: int
    pages: int


def read_rows(read: ReadPage) -> Rows:
    """Read all pages until two readings agree; one is enough where all rows are on one page.

    Pages that are sorted by a name alone repeat rows of the same name, and lose others: rows count once, by their
    id, and those that one reading lost come with the next.
    """
    rows: dict[int, dict[str, Any]] = {}
    for _ in range(_MOST_PASSES):
        before = set(rows)
        seen = _read_once(read)
        rows |= seen.rows
        if seen.pages == 1 and len(seen.rows) == seen.count:
            return Rows(list(seen.rows.values()))
        if len(rows) == seen.count and before == set(rows):
            return Rows(list(rows.values()))
    return Rows(
        list(rows.values()),
        f"the list says that it has {seen.count} rows, and showed {len(rows)} in {_MOST_PASSES} readings",
    )


def _read_once(read: ReadPage) -> _Pass:
    rows: dict[int, dict[str, Any]] = {}
    count = number = 0
    while True:
        number += 1
        page = read(page_size=PAGE_SIZE) if number == 1 else read(page=number, page_size=PAGE_SIZE)
        if page is None and number == 1:
            raise BadAnswer("A list is a 404; is this the API of a Scale 7? Its base often ends in /api/.")
        if page is None:
            break
        results, told = page.get("results"), page.get("count")
        if not isinstance(results, list) or not isinstance(told, int):
            raise BadAnswer("A list has no `count` and `results`; is this the API of a Scale 7?")
        count = told
        rows |= {_id_of(row): row for row in results}
        # Where `next` leads to does not matter; that there is one does.
        if not results or not page.get("next") or number >= count:
            break
    return _Pass(rows, count, number)


def _id_of(row: object) -> int:
    pk = row.get("id") if isinstance(row, dict) else None
    if not isinstance(pk, int):
        raise BadAnswer("A list has a row without an `id`; is this the API of a Scale 7?")
    return pk
