"""What can go wrong between a client and the service, as exceptions that carry what the service said."""

from typing import Any

import httpx

from client.models import Finding


class ScaleError(Exception):
    """Anything that the SDK raises about the service."""


class Unreachable(ScaleError):
    """No answer came: no connection, a connection that broke, or a time-out."""


class UnexpectedAnswer(ScaleError):
    """An answer that no service of this API sends, such as that of a proxy or of another server."""


class Rejected(ScaleError):
    """The service answered with an error: ``status``, ``detail`` (a sentence), ``errors`` and ``warnings``.

    Of an error without findings, both lists are empty. ``is_of_service`` is false if the answer had not the form of
    the service's errors: something else on the way may have sent it.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: list[Finding],
        warnings: list[Finding],
        is_of_service: bool = True,
    ) -> None:
        super().__init__(detail)
        self.is_of_service = is_of_service
        self.status = status
        self.detail = detail
        self.errors = errors
        self.warnings = warnings


class Invalid(Rejected):
    """400: a body, a document or a parameter is not valid."""


class Unauthorized(Rejected):
    """401: there is no token, or not one that the service knows."""


class Forbidden(Rejected):
    """403: the account lacks a right, which ``detail`` names."""


class NotFound(Rejected):
    """404: there is no such thing."""


class Changed(Rejected):
    """412: somebody else changed it since the tag in ``if_match``, or it exists already."""


class Unavailable(Rejected):
    """429, 502, 503 or 504: the service, or what is before it, cannot answer now."""


_BY_STATUS = {
    400: Invalid,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    412: Changed,
    429: Unavailable,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}


def error_of(response: httpx.Response) -> ScaleError:
    """Return the exception for an answer that is none of success. The token and the sent body are not in it."""
    status = response.status_code
    if status < 400:
        place = response.headers.get("Location")
        hint = f" to {place}; give the service's own URL" if place else ""
        return UnexpectedAnswer(f"{response.request.url} answered {status}{hint}.")
    document = _document_of(response)
    detail = document.get("detail")
    is_of_service = isinstance(detail, str)
    if not isinstance(detail, str):
        detail = f"{response.request.url} answered {status} {response.reason_phrase}".rstrip() + "."
    lists = {member: _findings(document.get(member)) for member in ("errors", "warnings")}
    return _BY_STATUS.get(status, Rejected)(status, detail, **lists, is_of_service=is_of_service)


def _document_of(response: httpx.Response) -> dict[str, Any]:
    try:
        document = response.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _findings(items: object) -> list[Finding]:
    """Return the findings of a list of any shape, as far as they are some."""
    if not isinstance(items, list):
        return []
    return [
        Finding(name=str(item.get("name", "")), description=item["description"], path=str(item.get("path", "")))
        for item in items
        if isinstance(item, dict) and isinstance(item.get("description"), str)
    ]
