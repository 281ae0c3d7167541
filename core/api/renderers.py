"""The renderers of the browsable API and of plain text."""

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import BaseRenderer, BrowsableAPIRenderer

from core.reads.renderers import FastJSONRenderer


class PageRenderer(BrowsableAPIRenderer):
    """The browsable API, without the style sheet that it puts into its pages if pygments is installed."""

    def get_context(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context(*args, **kwargs), "code_style": None}


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
