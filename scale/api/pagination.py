"""Pages of lists: `count`, `next`, `previous`, `results`."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Page, Paginator
from django.db import router
from django.db.models import Count, QuerySet, Window
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.views import APIView

from scale.api.exceptions import InvalidQuery
from scale.api.query import query_parameters, whole_number
from scale.prepared import Statement

Kept = TypeVar("Kept")

LARGEST_OFFSET = 2**62
_NO_FILTERS = frozenset({"page", "page_size", "order"})


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


class Pagination(PageNumberPagination):
    """`page` from 1 (past the end: 404) and `page_size` from 1 to 1000, by default 100 (else: 400)."""

    django_paginator_class = FrugalPaginator
    page_size = 100
    max_page_size = 1000
    page_size_query_param = "page_size"
    page_query_description = "The page of the results to return, from 1."
    page_size_query_description = "The number of results on a page, from 1 to 1000."
    invalid_page_message = "Page {page_number} is past the end of the results."

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any] | None:
        key = _key_of(request, view)
        self.django_paginator_class = partial(type(self).django_paginator_class, key=key)  # type: ignore[assignment]
        return super().paginate_queryset(queryset, request, view)

    def get_page_size(self, request: Request) -> int:
        size = _whole_number(request, "page_size", self.page_size)
        if not 1 <= size <= self.max_page_size:
            raise InvalidQuery(f"page_size: must be from 1 to {self.max_page_size}.")
        return size

    def get_page_number(self, request: Request, paginator: Paginator) -> int:
        number = _whole_number(request, "page", 1)
        if number < 1:
            raise InvalidQuery("page: pages are numbered from 1.")
        return number

    @property
    def number_of_rows(self) -> int:
        """How many rows all pages have; known once a page was fetched."""
        return self.page.paginator.count if self.page else 0

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limits = {"page": {"minimum": 1}, "page_size": {"minimum": 1, "maximum": self.max_page_size}}
        return [
            {**parameter, "schema": {**parameter["schema"], **limits[parameter["name"]]}}
            for parameter in super().get_schema_operation_parameters(view)
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        # The examples are what the examples of lists are wrapped in.
        link = {"type": ["string", "null"], "format": "uri", "example": None}
        return {
            "type": "object",
            "required": ["count", "next", "previous", "results"],
            "properties": {
                "count": {
                    "type": "integer",
                    "description": "How many results there are on all pages.",
                    "example": 1,
                },
                "next": {**link, "description": "The URL of the next page; null on the last one."},
                "previous": {**link, "description": "The URL of the page before; null on the first one."},
                "results": schema,
            },
        }


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


class GroupPagination(Pagination):
    """For rows that cost a pass over many others: it is made once for a page and the count."""

    django_paginator_class = OneQueryPaginator


def _whole_number(request: Request, name: str, default: int) -> int:
    text = query_parameters(request).get(name)
    if text is None:
        return default
    try:
        return whole_number(text)
    except ValueError as error:
        raise InvalidQuery(f"{name}: {error}") from None


def _key_of(request: Request, view: Any) -> ListKey | None:
    """The key of the list of a view that knows what it depends on, `counted_by`, beside the URL."""
    counted_by = getattr(view, "counted_by", None)
    if counted_by is None:
        return None
    given = [(name, *values) for name, values in query_parameters(request).lists()]
    list_of = (router.db_for_read(view.queryset.model), request.path)
    return ListKey(
        rows=(*list_of, *(one for one in given if one[0] not in ("page", "page_size"))),
        number=(counted_by, *list_of, *(one for one in given if one[0] not in _NO_FILTERS)),
    )
