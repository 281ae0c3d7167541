"""The WSGI application that a server such as gunicorn runs."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import reverse

from core import deadlines
from scale.settings.environment import set_up

set_up()
_django = get_wsgi_application()
deadlines.bind()
# This loads all views, and the names of their URLs, before the processes are forked. Each process would take half a
# second for it at its first request.
reverse("docs")


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Call Django, with a length for bodies that come in chunks: Django reads no body without one.

    ``BodyMiddleware`` refuses a body by its length. One that is too long is not read at all; if it comes in chunks,
    only enough of it is read to give it such a length.
    """
    most, length = settings.DATA_UPLOAD_MAX_MEMORY_SIZE, environ.get("CONTENT_LENGTH")
    if environ.get("wsgi.input_terminated") and not length:
        body = environ["wsgi.input"].read(most + 1)
        environ["CONTENT_LENGTH"] = str(len(body))
        if len(body) <= most:
            environ["wsgi.input"] = BytesIO(body)
    elif length and length.isdecimal() and int(length.lstrip("0")[:19] or 0) > most:
        environ["wsgi.input"] = BytesIO()
    return _django(environ, start_response)
