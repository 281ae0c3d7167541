"""Pages of rows, with no more work for the database and the ORM than a page needs."""

from array import array
from collections import defaultdict
from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet, Window

from core.models.totals import Total
from core.reads.cache import Kept, RevisionCache
from core.reads.prepared import fetch

Rows = QuerySet[Any, dict[str, Any]]

MOST_SKIPPED = 1_000_000
"""How many rows may come before a page: the database reads all of them, and returns none."""
MOST_COUNTED = 10_000
"""How many rows are counted for people: the database reads all of them, to return a number."""

# By database the ids of whole lists, by name: 1,000 lists, or 1,000,000 ids.
_MOST_IDS = 1_000_000
_lists: "defaultdict[str, Kept[Hashable, array[int]]]" = defaultdict(
    lambda: Kept(size=lambda ids: max(len(ids), _MOST_IDS // 1_000), most=_MOST_IDS)
)


class Listing:
    """A list whose queryset, of ``values()``, is only built if it is needed: ``build`` returns it."""

    def __init__(self, build: Callable[[], Rows]) -> None:
        self._build = build

    @cached_property
    def queryset(self) -> Rows:
        return self._build()

    def rows(self, first: int, size: int) -> list[dict[str, Any]]:
        """Return up to ``size`` rows, beginning with row ``first``, counted from 0: one query."""
        return fetch(self.queryset[first : first + size])

    def count(self) -> int:
        """Return the number of all rows: one query."""
        return self.queryset.count()


class IdListing(Listing):
    """The ids of a queryset. If nothing filters it, the number of all rows is ``total``, which is kept."""

    def __init__(self, queryset: QuerySet[Any], total: Total) -> None:
        super().__init__(lambda: queryset.values("pk"))
        self._total = total

    def count(self) -> int:
        return super().count() if self.queryset.query.has_filters() else self._total.count()


class KeptListing(Listing):
    """A list of the catalogue in a ``database``, at a revision that was read before it. A process keeps its ids.

    ``name`` is what the list is made of: its URL, filters and order. ``rows_by_id`` has the rows themselves.
    """

    def __init__(
        self,
        build: Callable[[], Rows],
        *,
        name: Hashable,
        database: str,
        revision: str,
        rows_by_id: RevisionCache[int, dict[str, Any]],
    ) -> None:
        super().__init__(build)
        self._lists, self._name, self._revision, self._rows_by_id = _lists[database], name, revision, rows_by_id

    @cached_property
    def ids(self) -> "array[int]":
        """The ids of all rows, in the order of the list: one query, or none if they are kept for this revision."""
        if (ids := self._lists.of(self._revision).get(self._name)) is None:
            ids = array("q", (pk for (pk,) in fetch(self.queryset.values_list("pk"))))
            self._lists.keep(self._revision, {self._name: ids})
        return ids

    def rows(self, first: int, size: int) -> list[dict[str, Any]]:
        """Return the rows that ``Listing`` does: one query, or none if they are kept for this revision."""
        return list(self._rows_by_id.at(self._revision, self.ids[first : first + size]).values())

    def count(self) -> int:
        """Return the number of all rows."""
        return len(self.ids)


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
