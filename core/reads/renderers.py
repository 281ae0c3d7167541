"""The JSON renderer."""

from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import JSONRenderer
from rest_framework.utils.encoders import JSONEncoder


class _Encoder(JSONEncoder):
    def default(self, obj: Any) -> Any:
        return orjson.loads(orjson.dumps(obj)) if isinstance(obj, orjson.Fragment) else super().default(obj)


class FastJSONRenderer(JSONRenderer):
    """JSON written by orjson, datetimes included. Indented JSON, for people, is written by DRF.

    An ``orjson.Fragment`` is a part that is JSON already.
    """

    encoder_class = _Encoder

    def render(
        self,
        data: object,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> Any:
        if data is None or self.get_indent(accepted_media_type or "", dict(renderer_context or {})):
            return super().render(data, accepted_media_type, renderer_context)
        try:
            return orjson.dumps(data, default=self.encoder_class().default, option=orjson.OPT_UTC_Z)
        except orjson.JSONEncodeError:
            # A document that was taken over may hold a whole number of more than 64 bits.
            return super().render(data, accepted_media_type, renderer_context)
