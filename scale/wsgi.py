"""The WSGI application that a server such as gunicorn runs."""

import os
from collections.abc import Iterable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from core import deadlines

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scale.settings.embedded")

_django = get_wsgi_application()
deadlines.bind()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Call Django, with a length for bodies that come in chunks: Django reads no body without one.

    Of a body that is too long, only enough is read to give it a length that ``BodyMiddleware`` refuses.
    """
    if environ.get("wsgi.input_terminated") and not environ.get("CONTENT_LENGTH"):
        body = environ["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        environ["CONTENT_LENGTH"] = str(len(body))
        if len(body) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            environ["wsgi.input"] = BytesIO(body)
    return _django(environ, start_response)
