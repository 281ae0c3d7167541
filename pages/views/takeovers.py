"""Takeovers: the list, the page of one with what a person has to do, and what arrived otherwise than it was."""

from typing import Any

from pages.content.takeovers import difference_rows, get_takeover, takeover_content
from pages.views.base import ListPage, Page
from takeover.filters import DifferenceFilterSet, TakeoverFilterSet
from takeover.models import Takeover
from takeover.selectors import differences

_RIGHT = "takeover.view_takeover"


class TakeoverListPage(ListPage):
    """All takeovers, the one whose last run began last first."""

    template = "pages/takeovers/list.html"
    right = _RIGHT
    filterset_class = TakeoverFilterSet

    def rows(self, **kwargs: Any) -> Any:
        return Takeover.objects.values("id", "url", "origin_version", "started", "finished")

    def content(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().content(**kwargs), "title": "Takeovers"}


class TakeoverPage(Page):
    """One takeover."""

    template = "pages/takeovers/detail.html"
    right = _RIGHT

    def content(self, **kwargs: Any) -> dict[str, Any]:
        return {**takeover_content(kwargs["pk"]), "title": "Takeover"}


class TakeoverDifferencesPage(ListPage):
    """What arrived otherwise than it was."""

    template = "pages/takeovers/differences.html"
    right = _RIGHT
    filterset_class = DifferenceFilterSet

    def rows(self, **kwargs: Any) -> Any:
        columns = ("kind", "source_id", "object_id", "is_whole", "findings", "remarks")
        return differences(kwargs["pk"]).values(*columns)

    def shown(self, rows: Any) -> Any:
        return difference_rows(rows)

    def content(self, **kwargs: Any) -> dict[str, Any]:
        takeover = get_takeover(kwargs["pk"])
        return {**super().content(**kwargs), "takeover": takeover, "title": "What differs"}
