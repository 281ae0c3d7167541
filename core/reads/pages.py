"""Pages of rows that ask the database, and the ORM, for no more than each page needs."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet, Window

from core.reads.prepared import Statement

Rows = QuerySet[Any, dict[str, Any]]
Value = TypeVar("Value")

LARGEST_OFFSET = 2**62
# Nothing outdated can be read from these: statements hold no rows, and each number is that of a revision.
_statements: dict[Hashable, Statement] = {}
_numbers: dict[Hashable, tuple[Hashable, int]] = {}
_MOST_STATEMENTS, _MOST_NUMBERS = 200, 1000


@dataclass(frozen=True, slots=True)
class ListKey:
    """What a list is made of: while both are the same, so are the SQL of its pages and the number of its rows.

    ``query`` identifies the query: database, URL, filters and order. ``revision`` is the state of the tables.
    """

    query: Hashable
    revision: Hashable


class Listing:
    """The rows of columns (``values()``) that ``build`` returns as a queryset; it is called only when it must be.

    With a ``key``, a process remembers the SQL of each page, and the number of rows of a revision.
    """

    def __init__(self, build: Callable[[], Rows], key: ListKey | None = None) -> None:
        self._build, self._key = build, key

    @cached_property
    def queryset(self) -> Rows:
        return self._build()

    def rows(self, first: int, size: int) -> list[dict[str, Any]]:
        """Return up to ``size`` rows from the row ``first`` on, which is counted from 0: one query."""
        place = self._key and (self._key.query, first, size)
        statement = _statements.get(place)
        if statement is None:
            try:
                statement = Statement(self.queryset[first : first + size])
            except EmptyResultSet:
                return []  # no row can match, and the ORM has no SQL for that
            if place:
                _remember(_statements, place, statement, most=_MOST_STATEMENTS)
        return statement.rows()

    def count(self) -> int:
        """Return the number of all rows: one query, or none when it is known of this revision."""
        if self._key is None:
            return self.queryset.count()
        revision, number = _numbers.get(self._key.query, (None, 0))
        if revision != self._key.revision:
            number = self.queryset.count()
            _remember(_numbers, self._key.query, (self._key.revision, number), most=_MOST_NUMBERS)
        return number


class FrugalPaginator(Paginator):
    """Pages of a Listing, counted only where that must be: a page that is not full shows the number."""

    object_list: Listing  # type: ignore[assignment]  # counts and slices by methods of its own

    def __init__(self, listing: Listing | Rows, per_page: int, **options: Any) -> None:
        rows: Any = listing if isinstance(listing, Listing) else Listing(lambda: listing)
        super().__init__(rows, per_page, **options)

    @cached_property
    def count(self) -> int:
        return self.object_list.count()

    def page(self, number: int | str) -> Page:
        first = (int(number) - 1) * self.per_page
        # No database skips more rows than its integers count.
        rows = self.rows(first) if first <= LARGEST_OFFSET else []
        if len(rows) < self.per_page and (rows or not first):
            self.count = first + len(rows)
        return Page(rows, self.validate_number(number), self)

    def rows(self, first: int) -> list[dict[str, Any]]:
        """Return the rows of the page that begins at ``first``, from 0."""
        return self.object_list.rows(first, self.per_page)

    def _check_object_list_is_ordered(self) -> None:
        """Lists are in a total order (see OrderFilter); a look would build a query that may not be needed."""


class GroupPaginator(FrugalPaginator):
    """Pages of groups that cost a pass over many rows: it is made once, for the page and the number of groups."""

    def rows(self, first: int) -> list[dict[str, Any]]:
        counted = self.object_list.queryset.annotate(number_of_rows=Window(Count("*")))
        rows = Listing(lambda: counted).rows(first, self.per_page)
        # A page past the end has no row that knows the number: then `count` asks for it.
        for row in rows:
            self.count = row.pop("number_of_rows")
        return rows


def _remember(known: dict[Hashable, Value], key: Hashable, value: Value, *, most: int) -> None:
    if len(known) >= most:
        known.clear()
    known[key] = value
