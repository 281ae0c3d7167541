"""The log: a line of JSON for each request and for each fault, with the id of the request and nothing private."""

import copy
import logging
import re
import uuid
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from pythonjsonlogger.json import JsonFormatter

from core.faults import brief, describe, without_values
from core.http.addresses import client_address
from core.http.slow import watched

REQUEST_ID_HEADER = "X-Request-ID"

logger = logging.getLogger("scale.requests")

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
# An id that a client sends is used if it is harmless in logs and headers. No library does that: django-guid takes
# UUIDs alone, and django-log-request-id any text of any length.
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def current_request_id() -> str | None:
    """Return the id of the request that is being served; None outside of a request."""
    return _request_id.get()


class RequestContextFilter(logging.Filter):
    """Adds ``request_id`` to each record of the log; null outside of a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = _request_id.get()
        return True


class PrivateFormatter(JsonFormatter):
    """Writes records as JSON, those of libraries too, without what clients sent and without rows of the database.

    Exceptions are shown as ``core.faults`` describes them, wherever a record holds them. Messages lose what is
    quoted in them, and the queries of URLs. Fields that are no plain values, such as Django's ``request``, are left
    out.
    """

    def format(self, record: logging.LogRecord) -> str:
        shown = copy.copy(record)
        shown.msg = _shown(record.msg)
        if isinstance(record.args, Mapping):
            shown.args = {name: _shown(value) for name, value in record.args.items()}
        else:
            shown.args = tuple(map(_shown, record.args or ()))
        shown.msg, shown.args = without_values(shown.getMessage()), None
        shown.exc_text = None  # what another formatter made of the exception
        return super().format(shown)

    def formatException(self, ei: Any) -> str:  # noqa: N802  (a method of the standard library)
        return describe(ei[1]) if ei[1] else ""

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        shown = {name: _shown(value) for name, value in log_data.items()}
        return {name: value for name, value in shown.items() if isinstance(value, _PLAIN)}


_PLAIN = (str, int, float, datetime, type(None))


def _shown(value: Any) -> Any:
    return brief(value) if isinstance(value, BaseException) else value


class RequestLogMiddleware:
    """Gives each request an id, which the answer has in ``X-Request-ID``, and logs the request.

    Bodies, query strings and headers are never logged: any of them may hold a secret.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent_id = request.headers.get(REQUEST_ID_HEADER, "")
        request_id = sent_id if _ACCEPTABLE_ID.fullmatch(sent_id) else uuid.uuid4().hex
        token = _request_id.set(request_id)
        try:
            with watched(request) as work:
                response = self.get_response(request)
                milliseconds = work.milliseconds()
                work.end(response.status_code, milliseconds)
            response[REQUEST_ID_HEADER] = request_id
            logger.info(
                "request",
                extra={
                    "method": request.method,
                    "path": request.path,
                    "status": response.status_code,
                    "milliseconds": round(milliseconds, 2),
                    "client": str(client_address(request) or ""),
                },
            )
            return response
        finally:
            _request_id.reset(token)
