"""Pages of rows, with no more work for the database and the ORM than a page needs."""

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

MOST_SKIPPED = 1_000_000
"""How many rows may come before a page: the database reads all of them, and returns none."""
MOST_COUNTED = 10_000
"""How many rows are counted for people: the database reads all of them, to return a number."""

# Neither cache can be out of date: statements hold no rows, and each number belongs to a revision.
_statements: dict[Hashable, Statement] = {}
_numbers: dict[Hashable, tuple[Hashable, int]] = {}
_MOST_STATEMENTS, _MOST_NUMBERS = 200, 1000


@dataclass(frozen=True, slots=True)
class ListKey:
    """What identifies a list and its content.

    ``query`` is the database, the URL and the filters, ``revision`` the state of the tables: the number of rows
    depends on these two. The SQL of the pages depends on ``query`` and ``order``.
    """

    query: Hashable
    order: Hashable
    revision: Hashable


class Listing:
    """A list whose queryset, of ``values()``, is only built if it is needed: ``build`` returns it.

    With a ``key``, the process caches the SQL of each page, and the number of rows at a revision.
    """

    def __init__(self, build: Callable[[], Rows], key: ListKey | None = None) -> None:
        self._build, self._key = build, key

    @cached_property
    def queryset(self) -> Rows:
        return self._build()

    def rows(self, first: int, size: int) -> list[dict[str, Any]]:
        """Return up to ``size`` rows, beginning with row ``first``, counted from 0: one query."""
        key = self._key and (self._key.query, self._key.order, first, size)
        statement = _statements.get(key)
        if statement is None:
            try:
                statement = Statement(self.queryset[first : first + size])
            except EmptyResultSet:
                return []  # the ORM writes no SQL for a query that no row can match
            if key:
                _store(_statements, key, statement, most=_MOST_STATEMENTS)
        return statement.rows()

    def count(self) -> int:
        """Return the number of all rows: one query, or none if it is cached for this revision."""
        if self._key is None:
            return self.queryset.count()
        revision, number = _numbers.get(self._key.query, (None, 0))
        if revision != self._key.revision:
            number = self.queryset.count()
            _store(_numbers, self._key.query, (self._key.revision, number), most=_MOST_NUMBERS)
        return number


class FrugalPaginator(Paginator):
    """Pages of a Listing. A page that is not full shows how many rows there are, so that they are not counted."""

    object_list: Listing  # type: ignore[assignment]  # it has methods instead of len() and slices

    def __init__(self, listing: Listing | Rows, per_page: int, **options: Any) -> None:
        rows: Any = listing if isinstance(listing, Listing) else Listing(lambda: listing)
        super().__init__(rows, per_page, **options)

    @cached_property
    def count(self) -> int:
        return self.object_list.count()

    def page(self, number: int | str) -> Page:
        first = (int(number) - 1) * self.per_page
        # Past MOST_SKIPPED no row is looked for: `validate_number` raises EmptyPage.
        rows = self.rows(first) if first <= MOST_SKIPPED else []
        if len(rows) < self.per_page and (rows or not first):
            self.count = first + len(rows)
        return Page(rows, self.validate_number(number), self)

    def rows(self, first: int) -> list[dict[str, Any]]:
        """Return the rows of the page that begins with row ``first``, counted from 0."""
        return self.object_list.rows(first, self.per_page)

    def _check_object_list_is_ordered(self) -> None:
        """Skip the check: lists have a total order (see OrderFilter), and it would build the queryset."""


class BoundedPaginator(FrugalPaginator):
    """Pages for people: at most MOST_COUNTED rows are counted, and behind those one more than the page shows.

    ``is_counted`` is whether ``count`` is the number of all rows. Otherwise there are more than ``most``.
    """

    most = MOST_COUNTED

    def page(self, number: int | str) -> Page:
        self.most = max(MOST_COUNTED, int(number) * self.per_page)
        return super().page(number)

    @cached_property
    def count(self) -> int:
        return self.object_list.queryset.order_by()[: self.most + 1].count()

    @property
    def is_counted(self) -> bool:
        return self.count <= self.most


class GroupPaginator(FrugalPaginator):
    """Pages of groups of many rows: one pass over those rows returns both the page and the number of groups."""

    def rows(self, first: int) -> list[dict[str, Any]]:
        counted = self.object_list.queryset.annotate(number_of_rows=Window(Count("*")))
        rows = Listing(lambda: counted).rows(first, self.per_page)
        # A page past the end has no rows, and so no number: `count` then needs a query.
        for row in rows:
            self.count = row.pop("number_of_rows")
        return rows


def _store(cache: dict[Hashable, Value], key: Hashable, value: Value, *, most: int) -> None:
    if len(cache) >= most:
        cache.clear()
    cache[key] = value
