"""All rows of a list whose pages may repeat some rows and lose others."""

from dataclasses import dataclass
from typing import Any, Protocol

from takeover.source.errors import BadAnswer

PAGE_SIZE = 1000
_MOST_PASSES = 6
_LARGEST_ID = 2**63 - 1


Key = int | str
"""By what rows of a list are told apart."""


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
    """What one reading of all pages showed: rows by key, rows without one, how many there are to be, and pages."""

    rows: dict[Key, dict[str, Any]]
    keyless: int
    count: int
    pages: int


def read_rows(read: ReadPage, key: str = "id") -> Rows:
    """Read all pages until two readings agree; one is enough where all rows are on one page.

    Pages that are sorted by a name alone repeat rows of the same name, and lose others: rows count once, by their
    ``key``, an id or a text, and those that one reading lost come with the next. Rows without one are left out.
    """
    rows: dict[Key, dict[str, Any]] = {}
    for _ in range(_MOST_PASSES):
        before = set(rows)
        seen = _read_once(read, key)
        rows |= seen.rows
        whole = seen.rows if seen.pages == 1 else rows
        if len(whole) + seen.keyless == seen.count and (seen.pages == 1 or before == set(rows)):
            left_out = f"{seen.keyless} rows of the list have no usable {key}, and are left out"
            return Rows(list(whole.values()), left_out if seen.keyless else "")
    return Rows(
        list(rows.values()),
        f"the list says that it has {seen.count} rows, and showed {len(rows)} in {_MOST_PASSES} readings",
    )


def is_id(value: object) -> bool:
    """Return whether a value can be the id of a row."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LARGEST_ID


def _read_once(read: ReadPage, key: str) -> _Pass:
    rows: dict[Key, dict[str, Any]] = {}
    count = number = keyless = 0
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
        keyed = {row[key]: row for row in results if _has_key(row, key)}
        keyless += sum(not _has_key(row, key) for row in results)
        rows |= keyed
        # Where `next` leads to does not matter; that there is one does.
        if not results or not page.get("next") or number >= count:
            break
    if keyless and not rows:
        raise BadAnswer(f"A list has rows without `{key}`; is this the API of a Scale 7?")
    return _Pass(rows, keyless, count, number)


def _has_key(row: object, key: str) -> bool:
    value = row.get(key) if isinstance(row, dict) else None
    return is_id(value) if key == "id" else isinstance(value, str)
