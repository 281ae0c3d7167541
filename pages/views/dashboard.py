"""The dashboard: how work is going now."""

from typing import Any

from pages.content.dashboard import dashboard, mark
from pages.views.base import Page


class DashboardPage(Page):
    """How work is going now, and what needs attention first."""

    template = "pages/dashboard.html"

    def tag(self, **kwargs: Any) -> str:
        return mark()

    def content(self, **kwargs: Any) -> dict[str, Any]:
        return {"title": "Dashboard", **dashboard()}
