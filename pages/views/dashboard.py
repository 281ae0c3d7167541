"""The dashboard: how work is going now."""

from typing import Any

from pages.views.base import Page


class Dashboard(Page):
    """How work is going."""

    template = "pages/dashboard.html"

    def content(self, **kwargs: Any) -> dict[str, Any]:
        return {"title": "Dashboard"}
