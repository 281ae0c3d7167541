"""The examples of requests and answers that the API document shows: ``docs/api-examples.json``."""

import json
from functools import cache
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiExample

PASSWORD = "the password"  # noqa: S105  (it is none)


def examples_of(operation: str) -> list[OpenApiExample]:
    """Return the examples of the operation with an id.

    Each in the file names its operations and has a summary and either a ``request`` or an ``answer``, with a
    ``status`` if that is not 200. A value ``{"$ref": "file.json#/member"}`` stands for that member of another file
    below ``docs/``, or for the whole file.
    """
    return [
        OpenApiExample(
            one["summary"],
            value=one["request"] if "request" in one else one["answer"],
            request_only="request" in one,
            response_only="answer" in one,
            status_codes=[one.get("status", "200")],
        )
        for one in _read("api-examples.json")
        if operation in one["operations"]
    ]


@cache
def _read(file: str) -> Any:
    text = (settings.BASE_DIR / "docs" / file).read_text(encoding="utf-8")
    # The document is an answer of the service too, and no answer holds a password, not even an example's.
    return json.loads(text.replace("secret_password", PASSWORD), object_hook=_resolve)


def _resolve(value: dict[str, Any]) -> Any:
    if "$ref" not in value:
        return value
    file, _, member = value["$ref"].partition("#/")
    return _read(file)[member] if member else _read(file)
