"""Paginators that ask the database for no more than a page needs."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet, Window

from core.reads.prepared import Statement

Kept = TypeVar("Kept")

LARGEST_OFFSET = 2**62


@dataclass(frozen=True, slots=True)
class ListKey:
    """What a list depends on, where that is known: while it is the same, nothing is worked out again.

    `rows` is what the SQL of its pages depends on: the database, the URL, filters and order. `number` is what the
    number of its rows does: the database, the URL, filters, and the state of what is listed.
    """

    rows: Hashable
    number: Hashable


# Nothing is answered from these that is not so any more: they hold no rows, and no number of another state.
_statements: dict[Hashable, Statement] = {}
_numbers: dict[Hashable, int] = {}
_MOST_STATEMENTS, _MOST_NUMBERS = 200, 1000


class FrugalPaginator(Paginator):
    """Pages of rows of columns (`values()`), counted only where that must be: one that is not full tells it."""

    object_list: QuerySet[Any, Any]

    def __init__(self, *args: Any, key: ListKey | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.key = key

    @cached_property
    def count(self) -> int:
        if self.key is None:
            return self.object_list.count()
        number = _numbers.get(self.key.number)
        if number is None:
            number = self.object_list.count()
            _keep(_numbers, self.key.number, number, most=_MOST_NUMBERS)
        return number

    def page(self, number: int | str) -> Page:
        first = (int(number) - 1) * self.per_page
        # No database skips more rows than its integers count.
        rows = self.rows(first) if first <= LARGEST_OFFSET else []
        if len(rows) < self.per_page and (rows or not first):
            self.count = first + len(rows)
        return Page(rows, self.validate_number(number), self)

    def rows(self, first: int) -> list[Any]:
        """The rows of the page that begins at `first`, from 0."""
        place = self.key and (self.key.rows, first, self.per_page)
        statement = _statements.get(place)
        if statement is None:
            try:
                statement = Statement(self.whole()[first : first + self.per_page])
            except EmptyResultSet:
                # The ORM sees that no row can match, and has no SQL for it.
                return []
            if place:
                _keep(_statements, place, statement, most=_MOST_STATEMENTS)
        return statement.rows()

    def whole(self) -> QuerySet[Any, Any]:
        """All pages."""
        return self.object_list

    def _check_object_list_is_ordered(self) -> None:
        """Lists are in a total order (see OrderFilter); to look would be to work out what may not be needed."""


def _keep(known: dict[Hashable, Kept], key: Hashable, value: Kept, *, most: int) -> None:
    if len(known) >= most:
        known.clear()
    known[key] = value


class OneQueryPaginator(FrugalPaginator):
    """Pages that are each fetched with the number of all rows in one query."""

    def whole(self) -> QuerySet[Any, Any]:
        return self.object_list.annotate(number_of_rows=Window(Count("*")))

    def rows(self, first: int) -> list[Any]:
        rows = super().rows(first)
        # A page past the end has no row that knows the number: then `count` asks for it.
        for row in rows:
            self.count = row.pop("number_of_rows")
        return rows
