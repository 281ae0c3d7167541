"""The dashboard: how work is going now."""

from typing import Any

from django.core.cache import cache

from pages.content.dashboard import dashboard, mark
from pages.views.base import Page

_KEPT = 60  # seconds: the mark changes with the minute


class DashboardPage(Page):
    """How work is going now, and what needs attention first."""

    template = "pages/dashboard.html"
    mark = ""

    def tag(self, **kwargs: Any) -> str:
        self.mark = mark()
        return self.mark

    def content(self, **kwargs: Any) -> dict[str, Any]:
        # While nothing changes, one look at the database is enough for all who look at the page.
        known, shown = cache.get("pages.dashboard") or (None, None)
        if shown is None or known != self.mark:
            shown = dashboard()
            cache.set("pages.dashboard", (self.mark, shown), _KEPT)
        return {"title": "Dashboard", **shown}
