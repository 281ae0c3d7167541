"""The WSGI application that a server such as gunicorn runs."""

import os
from collections.abc import Iterable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scale.settings.embedded")

_django = get_wsgi_application()

from core.api.parsers import discard  # noqa: E402  (needs the settings)


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Call Django, with a length for bodies that come in chunks: Django reads no body without one.

    No more of such a body is read into memory than the parser needs to see that it is too long.
    """
    if environ.get("wsgi.input_terminated") and not environ.get("CONTENT_LENGTH"):
        body = environ["wsgi.input"].read(settings.MAX_BODY_BYTES + 1)
        discard(environ["wsgi.input"])
        environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    return _django(environ, start_response)
