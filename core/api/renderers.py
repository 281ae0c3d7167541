"""What answers are written as: JSON, and pages for browsers."""

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer


class FastJSONRenderer(JSONRenderer):
    """JSON by orjson, which writes times itself. With an indent, for people, it takes the slow way."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> Any:
        if data is None or self.get_indent(accepted_media_type or "", dict(renderer_context or {})):
            return super().render(data, accepted_media_type, renderer_context)
        return orjson.dumps(data, default=self.encoder_class().default, option=orjson.OPT_UTC_Z)


class PageRenderer(BrowsableAPIRenderer):
    """The browsable API without the style sheet that it writes into its pages where pygments is installed."""

    def get_context(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context(*args, **kwargs), "code_style": None}
