"""What the API document says about operations that take an ``Idempotency-Key``."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from core.api.openapi import ApiSchema, InvalidRequestSerializer
from idempotency.keys import KEY
from idempotency.services import HEADER

REPLAYED = "Idempotency-Replayed"

_HEADERS = [
    OpenApiParameter(
        HEADER,
        {"type": "string", "pattern": f"^(?:{KEY.pattern})$"},
        OpenApiParameter.HEADER,
        description="A string that the client makes for this request, such as a UUID: 1 to 255 printable ASCII "
        "characters, in quotes or not. The same request with the same key gets the same answer for a day, and is "
        "carried out once. Keys of different accounts have nothing to do with each other. An answer with a status "
        "of 400 or above is not kept.",
    ),
    OpenApiParameter(
        REPLAYED,
        {"type": "string", "enum": ["true"]},
        OpenApiParameter.HEADER,
        description=f"With `{HEADER}`: the request was carried out before, and this is the answer to it.",
        response=[200, 201],
    ),
]
_ERRORS = {
    "409": OpenApiResponse(
        InvalidRequestSerializer, f"Another request with this `{HEADER}` is still being processed; try again."
    ),
    "410": OpenApiResponse(
        InvalidRequestSerializer,
        "The request was carried out before, and its answer is not shown any more: it may hold a setting that has "
        "become secret since.",
    ),
    "422": OpenApiResponse(
        InvalidRequestSerializer,
        f"This `{HEADER}` was sent with another request: its method, path, query, `Content-Type` or body differ. "
        "Nothing was changed.",
    ),
}


class IdempotentSchema(ApiSchema):
    """The description of an operation that takes an ``Idempotency-Key``."""

    def get_override_parameters(self) -> list[Any]:
        return [*super().get_override_parameters(), *_HEADERS]

    def _errors(self) -> dict[str, Any]:
        return super()._errors() | _ERRORS
