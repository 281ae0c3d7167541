"""Bare Django views of the statements in the variable BARE: no middleware, no account, no serializer, no pages."""

import json
import os

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

from scale.settings.environment import set_up
from tests.benchmarks.floors import as_json, fetch

set_up()
settings.MIDDLEWARE = []
settings.ROOT_URLCONF = __name__
settings.DATABASES["default"]["CONN_HEALTH_CHECKS"] = False  # as Django has it

from django.core.wsgi import get_wsgi_application  # noqa: E402

_statements = json.loads(os.environ["BARE"])  # by the paths of the service that return the same rows


def view(request: HttpRequest) -> HttpResponse:
    """Return the rows of a statement."""
    body = as_json(fetch(_statements[request.get_full_path()]))
    # Without the length gunicorn would send it in chunks; a middleware of Django's adds it elsewhere.
    return HttpResponse(body, content_type="application/json", headers={"Content-Length": len(body)})


# The server is up once this one answers.
urlpatterns = [
    path("readyz", lambda request: HttpResponse()),
    *(path(full.partition("?")[0].removeprefix("/"), view) for full in _statements),
]
application = get_wsgi_application()
