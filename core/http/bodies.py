"""Request bodies, of any URL and method: how much of them is read, and that forms are forms."""

from collections.abc import Callable
from contextlib import suppress
from typing import IO

from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, UnreadablePostError

MOST_PARTS = 200
"""How many parts a multipart form may have. Django counts fields alone, and parts that are none cost as much."""

_MOST_DISCARDED, _CHUNK = 64 * 1024 * 1024, 64 * 1024  # bytes


class BodyMiddleware:
    """Reads the body of each request into memory, before anything else does.

    Django raises RequestDataTooBig for a body larger than DATA_UPLOAD_MAX_MEMORY_SIZE, which ``handler400`` turns
    into a 413. By itself it would read only the bodies that a view asks for, and exempt uploads from the limit.

    Outside of the API, which takes no forms, a form that cannot be read is a 400 here. Elsewhere it could be a 500,
    since Django's pages for errors read it again.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            _ = request.body
            if not request.path.startswith("/v6/"):
                if request.encoding:
                    request.encoding = "utf-8"  # Forms have no other, whatever their Content-Type says.
                if _number_of_parts(request) > MOST_PARTS:
                    # Of these exceptions, this is one after which Django does not parse the form for the page.
                    raise TooManyFieldsSent(f"The form has more than {MOST_PARTS} parts.")
                _ = request.POST
        except RequestDataTooBig:
            _discard(request.META["wsgi.input"])
            raise
        except (UnreadablePostError, ValueError):
            raise BadRequest("The client went away, or its Content-Length is no number.") from None
        return self.get_response(request)


def _number_of_parts(request: HttpRequest) -> int:
    boundary = (request.content_params or {}).get("boundary")
    return request.body.count(f"--{boundary}".encode()) if boundary else 0


def _discard(stream: IO[bytes]) -> None:
    """Read the rest of a body, so that a client that reads the answer only after it has sent everything gets it.

    Of a very long rest, only the first 64 MiB are read; then the server closes the connection.
    """
    # The client may go away meanwhile, or break its chunks. Each server has exceptions of its own for that.
    with suppress(Exception):
        for _ in range(_MOST_DISCARDED // _CHUNK):
            if not stream.read(_CHUNK):
                return
