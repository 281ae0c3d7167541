"""Pages of lists: `count`, `next`, `previous`, `results`."""

from collections.abc import Hashable
from functools import cached_property, partial
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet, Window
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.views import APIView

from scale.api.exceptions import InvalidQuery
from scale.api.query import query_parameters, whole_number
from scale.prepared import fetch

LARGEST_OFFSET = 2**62


# What the number of rows of a list depends on -> that number. Nothing is told from here that is not so any more.
_counts: dict[Hashable, int] = {}
_MOST_COUNTS = 1000
_NO_FILTERS = frozenset({"page", "page_size", "order"})


class FrugalPaginator(Paginator):
    """Pages of rows of columns (`values()`), counted only where that must be: one that is not full tells it.

    `key` is what the number depends on, if that is known: while it is the same, nothing is counted again.
    """

    object_list: QuerySet[Any, Any]

    def __init__(self, *args: Any, key: Hashable | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.key = key

    @cached_property
    def count(self) -> int:
        if self.key is None:
            return self.object_list.count()
        if self.key not in _counts:
            if len(_counts) >= _MOST_COUNTS:
                _counts.clear()
            _counts[self.key] = self.object_list.count()
        return _counts[self.key]

    def page(self, number: int | str) -> Page:
        first = (int(number) - 1) * self.per_page
        # No database skips more rows than its integers count.
        rows = self.rows(first) if first <= LARGEST_OFFSET else []
        if len(rows) < self.per_page and (rows or not first):
            self.count = first + len(rows)
        return Page(rows, self.validate_number(number), self)

    def rows(self, first: int) -> list[Any]:
        """The rows of the page that begins at `first`, from 0."""
        return fetch(self.object_list[first : first + self.per_page])


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
        key = _key_of_count(queryset, request, view)
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

    def rows(self, first: int) -> list[dict[str, Any]]:
        counted = self.object_list.annotate(number_of_rows=Window(Count("*")))
        rows = fetch(counted[first : first + self.per_page])
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


def _key_of_count(queryset: QuerySet[Any, Any], request: Request, view: APIView | None) -> Hashable | None:
    """What the number of rows of a list depends on: the view's `counted_by`, the URL, and the filters."""
    counted_by = getattr(view, "counted_by", None)
    if counted_by is None:
        return None
    filters = tuple(
        (name, *values) for name, values in query_parameters(request).lists() if name not in _NO_FILTERS
    )
    return counted_by, queryset.db, request.path, filters
