"""The shape of all errors: ``detail``, a sentence, and for an invalid body its findings."""

import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from itertools import islice
from typing import Any, TypeAlias

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler
from rest_framework.views import set_rollback

from core.api.conditional import NotModified
from core.api.exceptions import (
    DatabaseSilent,
    PreconditionFailed,
    RowsLocked,
    ServiceUnavailable,
    StatementTooSlow,
    Unmigrated,
)
from core.deadlines import Overdue
from core.encryption import EncryptionError
from core.entity_tags import Stale
from core.outages import is_outage, lacks_migrations
from core.services import Missing, Refused
from seed import MOST_COUNTED, MOST_FINDINGS, Finding, Report, json_pointer

# The details of DRF's errors: nested as the request body is.
ErrorDetails: TypeAlias = "str | Sequence[ErrorDetails] | Mapping[str, ErrorDetails]"

logger = logging.getLogger(__name__)

# Codes of PostgreSQL, appendix A: query_canceled and lock_not_available.
_OUTAGES = {"57014": StatementTooSlow, "55P03": RowsLocked}
_BAD_REQUEST = "The request is not acceptable: check its host name, its headers and its form data."
# DRF's code of an error -> the name of the finding; for all other codes that is INVALID_FIELD.
_FINDING_NAMES = {"required": "MISSING_FIELD", "unknown_field": "UNKNOWN_FIELD"}


def exception_handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer to ``exception``, or None, which makes it a 500, for a fault of the service."""
    if outage := _outage(exception):
        logger.error("database unavailable", extra={"cause": exception})
        exception = outage
    elif isinstance(exception, SuspiciousOperation):
        exception = exceptions.ParseError(_BAD_REQUEST)
    elif isinstance(exception, EncryptionError):
        exception = ServiceUnavailable(str(exception))
    elif isinstance(exception, exceptions.ValidationError):
        exception = Refused(Report(errors=body_findings(exception.detail)))
    elif isinstance(exception, NotModified):
        return Response(status=304, headers={"ETag": exception.tag})
    elif isinstance(exception, Stale):
        exception = PreconditionFailed(exception)
    elif isinstance(exception, Missing):
        exception = exceptions.NotFound(str(exception))
    elif isinstance(exception, Http404):
        exception = exceptions.NotFound("There is no such resource; the list above it shows what there is.")
    elif isinstance(exception, PermissionDenied):
        exception = exceptions.PermissionDenied()
    if isinstance(exception, Refused):
        set_rollback()
        body = {"detail": _summary(exception.report), **exception.report.as_dict()}
        wait = {"Retry-After": str(ServiceUnavailable.wait)} if exception.status == 503 else None
        return Response(body, status=exception.status, headers=wait)
    response = drf_exception_handler(exception, context)
    if response is not None and isinstance(exception, exceptions.APIException):
        response.data = {"detail": str(exception.detail)}
        if isinstance(exception, PreconditionFailed) and exception.tag:
            response["ETag"] = exception.tag
    return response


def _outage(exception: BaseException | None) -> ServiceUnavailable | None:
    """Return the 503 with the sentence for the reason if the database cannot serve; None if that is not it."""
    if is_outage(exception):
        if isinstance(exception.__cause__, Overdue):
            return DatabaseSilent()
        return _OUTAGES.get(getattr(exception.__cause__, "pgcode", None) or "", ServiceUnavailable)()
    return Unmigrated() if lacks_migrations(exception) else None


def body_findings(errors: ErrorDetails) -> tuple[Finding, ...]:
    """Return the ``errors`` of a serializer as findings, in the order of its fields."""
    return tuple(islice(_findings(errors), MOST_COUNTED))


def _summary(report: Report) -> str:
    """Return the sentence for ``detail``: the first fault, and how many more there are."""
    first, *others = (finding.description for finding in report.errors)
    if not others:
        return first
    faults = "fault" if len(others) == 1 else "faults"
    listed = "all" if len(others) < MOST_FINDINGS else f"the first {MOST_FINDINGS} of them"
    return f"{first.rstrip('.')}; and {len(others)} more {faults}, {listed} listed in errors."


def _findings(detail: ErrorDetails, parts: tuple[str | int, ...] = ()) -> Iterator[Finding]:
    """Yield a finding for each of DRF's nested error details; ``parts`` is the path to ``detail`` in the body."""
    if isinstance(detail, Mapping):
        for field, inner in detail.items():
            yield from _findings(inner, parts if field == "non_field_errors" else (*parts, field))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _findings(inner, parts)
    else:
        code = getattr(detail, "code", "invalid")
        sentence = f"{'.'.join(map(str, parts))}: {detail}" if parts else str(detail)
        # A missing field is not in the body: its pointer leads to the object that should hold it.
        place = parts[:-1] if code == "required" else parts
        yield Finding(_FINDING_NAMES.get(code, "INVALID_FIELD"), sentence, json_pointer(place))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the 400 for a request that Django itself refuses: JSON under ``/v6/``, an HTML page elsewhere.

    A body that is too large is a 413.
    """
    if isinstance(exception, RequestDataTooBig):
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return in_words(request, f"The body is larger than the limit of {limit} bytes.", status=413)
    if request.path.startswith("/v6/"):
        return JsonResponse({"detail": _BAD_REQUEST}, status=400)
    return defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the 500 for a fault of the service: JSON under ``/v6/``, an HTML page elsewhere.

    The cause is only logged. A database that cannot serve, where no view of the API has handled that, is a 503.
    """
    if outage := _outage(sys.exception()):
        return in_words(request, str(outage.detail), status=503, headers={"Retry-After": str(outage.wait)})
    if request.path.startswith("/v6/"):
        detail = "The service failed; the fault is logged under the X-Request-ID of this answer."
        return JsonResponse({"detail": detail}, status=500)
    return defaults.server_error(request)


def in_words(
    request: HttpRequest, text: str, *, status: int, headers: dict[str, str] | None = None
) -> HttpResponse:
    """Return ``text``, which says what is wrong, as JSON under ``/v6/``, elsewhere as a page, or as text.

    A browser gets the page, ``words.html``, as Django's own handlers show ``404.html``.
    """
    if request.path.startswith("/v6/"):
        return JsonResponse({"detail": text}, status=status, headers=headers)
    if "text/html" in request.headers.get("Accept", ""):
        page = render_to_string("words.html", {"title": HTTPStatus(status).phrase, "text": text})
        return HttpResponse(page, status=status, headers=headers)
    return HttpResponse(f"{text}\n", content_type="text/plain; charset=utf-8", status=status, headers=headers)
