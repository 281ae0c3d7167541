"""The renderers of the browsable API and of plain text."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.safestring import mark_safe
from rest_framework.renderers import BaseRenderer, BrowsableAPIRenderer
from rest_framework.views import get_view_description

from core.reads.renderers import FastJSONRenderer


class PageRenderer(BrowsableAPIRenderer):
    """The browsable API, without the style sheet that it puts into its pages if pygments is installed."""

    def get_context(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context(*args, **kwargs), "code_style": None}


def describe_view(view: Any, html: bool = False) -> str:
    """Return the description of a view, in HTML with its words in backticks as code."""
    text: str = get_view_description(view, html)
    # The framework has escaped it.
    return mark_safe(re.sub("(`+)(.+?)\\1", r"<code>\2</code>", text)) if html else text  # noqa: S308


class TextRenderer(BaseRenderer):
    """Plain text. Errors are JSON with ``detail``, as everywhere."""

    media_type = "text/plain"
    format = "txt"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        if data is None or isinstance(data, str):
            return (data or "").encode(self.charset)
        if renderer_context:
            renderer_context["response"]["Content-Type"] = FastJSONRenderer.media_type
        return FastJSONRenderer().render(data)
