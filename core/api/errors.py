"""The one shape of every error: `detail`, and for a body at fault the findings beside it."""

import logging
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler
from rest_framework.views import set_rollback

from core.api.conditional import NotModified
from core.api.exceptions import PreconditionFailed, ServiceUnavailable
from core.encryption import EncryptionError
from core.entity_tags import Stale
from core.services import Missing, Refused
from seed import Finding, Report, json_pointer

logger = logging.getLogger(__name__)

_READ_ONLY_TRANSACTION = "25006"  # PostgreSQL, appendix A
_BAD_REQUEST = "The request cannot be read: its host name, its headers or its form are not acceptable here."


def exception_handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Answers `exception` with `detail`, or with a 304; None (a 500) for what is a fault of the service."""
    if is_outage(exception):
        logger.error("database unavailable", extra={"cause": str(exception).partition("\n")[0]})
        exception = ServiceUnavailable()
    elif isinstance(exception, SuspiciousOperation):
        exception = exceptions.ParseError(_BAD_REQUEST)
    elif isinstance(exception, EncryptionError):
        exception = ServiceUnavailable(str(exception))
    elif isinstance(exception, exceptions.ValidationError):
        exception = Refused(Report(errors=body_findings(exception.detail)))
    elif isinstance(exception, NotModified):
        return Response(status=304, headers={"ETag": exception.tag})
    elif isinstance(exception, Stale):
        exception = PreconditionFailed(exception.tag)
    elif isinstance(exception, Missing):
        exception = exceptions.NotFound(str(exception))
    elif isinstance(exception, Http404):
        exception = exceptions.NotFound("There is no such resource; the list above it shows what there is.")
    elif isinstance(exception, PermissionDenied):
        exception = exceptions.PermissionDenied()
    if isinstance(exception, Refused):
        set_rollback()
        return Response({"detail": _summary(exception.report), **exception.report.as_dict()}, status=400)
    response = drf_exception_handler(exception, context)
    if response is not None and isinstance(exception, exceptions.APIException):
        response.data = {"detail": str(exception.detail)}
        if isinstance(exception, PreconditionFailed):
            response["ETag"] = exception.tag
    return response


def is_outage(exception: BaseException | None) -> bool:
    """Whether the database cannot do its work at the moment: away, read-only, full, or too busy.

    What a missing table or column says on SQLite is a fault of the installation instead.
    """
    if isinstance(exception, InternalError):
        return getattr(exception.__cause__, "pgcode", None) == _READ_ONLY_TRANSACTION
    if type(exception) is DatabaseError:
        # What psycopg says of a connection that breaks in the middle of an answer: no kind of error, and no code.
        return getattr(exception.__cause__, "pgcode", "") is None
    return isinstance(exception, OperationalError | InterfaceError) and not str(exception).startswith("no such")


def body_findings(errors: Any) -> tuple[Finding, ...]:
    """The findings that a serializer's `errors` amount to, in the order of its fields."""
    return tuple(_findings(errors))


def _summary(report: Report) -> str:
    """Return one sentence for `detail`: the first fault, and how many more `errors` holds."""
    first, *others = (finding.description for finding in report.errors)
    if not others:
        return first
    faults = "fault" if len(others) == 1 else "faults"
    return f"{first.rstrip('.')}; and {len(others)} more {faults}, all listed in errors."


_FINDING_NAMES = {"required": "MISSING_FIELD", "unknown_field": "UNKNOWN_FIELD"}


def _findings(detail: Any, parts: tuple[str | int, ...] = ()) -> Iterator[Finding]:
    """Walks the nested error details of DRF; `parts` is the way to `detail` in the body."""
    if isinstance(detail, Mapping):
        for field, inner in detail.items():
            yield from _findings(inner, parts if field == "non_field_errors" else (*parts, field))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _findings(inner, parts)
    else:
        code = getattr(detail, "code", "invalid")
        sentence = f"{'.'.join(map(str, parts))}: {detail}" if parts else str(detail)
        # A missing field has no place of its own: the pointer leads to the object that lacks it.
        place = parts[:-1] if code == "required" else parts
        yield Finding(_FINDING_NAMES.get(code, "INVALID_FIELD"), sentence, json_pointer(place))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The 400 of what Django itself refuses: JSON under /v6/, a page elsewhere."""
    if request.path.startswith("/v6/"):
        return JsonResponse({"detail": _BAD_REQUEST}, status=400)
    return defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """The 500 of a fault of the service: JSON under /v6/, a page elsewhere, the cause in the log alone.

    A 503 where the database is what failed, outside of the API's own views: in the admin, in sessions.
    """
    if is_outage(sys.exception()):
        return _unavailable(request)
    if request.path.startswith("/v6/"):
        detail = "The service failed; the fault is logged under the X-Request-ID of this answer."
        return JsonResponse({"detail": detail}, status=500)
    return defaults.server_error(request)


def _unavailable(request: HttpRequest) -> HttpResponse:
    sentence, headers = str(ServiceUnavailable.default_detail), {"Retry-After": str(ServiceUnavailable.wait)}
    if request.path.startswith("/v6/"):
        return JsonResponse({"detail": sentence}, status=503, headers=headers)
    return HttpResponse(f"{sentence}\n", content_type="text/plain; charset=utf-8", status=503, headers=headers)
