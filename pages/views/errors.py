"""Errors: those that jobs failed of lately, by number and trend, and all that are known."""

from typing import Any

from rest_framework.request import Request

from core.api.query import refuse_unknown
from errors.filters import ErrorFilterSet
from errors.models import Error
from errors.selectors import COLUMNS
from pages.content.errors import WINDOWS, errors_content
from pages.views.base import ListPage, Page


class ErrorsPage(Page):
    """The errors that jobs failed of in a window of time, those of most jobs first."""

    template = "pages/errors/latest.html"
    window = ""

    def content(self, **kwargs: Any) -> dict[str, Any]:
        refuse_unknown(Request(self.request), [])
        window = WINDOWS[self.window]
        return {**errors_content(window), "title": "Errors", "chosen": self.window, "window": window}


class KnownErrorsPage(ListPage):
    """All errors that jobs may fail of, with the filters and orders of the API."""

    template = "pages/errors/known.html"
    filterset_class = ErrorFilterSet

    def rows(self, **kwargs: Any) -> Any:
        return Error.objects.values(*COLUMNS)

    def content(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().content(**kwargs), "title": "Known errors"}
