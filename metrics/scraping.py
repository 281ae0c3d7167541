"""``/metrics``: what Prometheus scrapes, for those who have the token."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from metrics import processes
from metrics.readings import DatabaseCollector

PATH = "/metrics"
# What every Prometheus reads.
_TEXT = "text/plain; version=0.0.4; charset=utf-8"

_registry = CollectorRegistry()
MultiProcessCollector(_registry, processes.folder())
_registry.register(DatabaseCollector())


class MetricsMiddleware:
    """Serves the metrics before the Host header is checked: Prometheus sends the address of a container."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return _metrics(request) if request.path_info == PATH else self.get_response(request)


@never_cache
@require_safe
def _metrics(request: HttpRequest) -> HttpResponse:
    if not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"):
        detail = "Send METRICS_TOKEN as a bearer token."
        return JsonResponse({"detail": detail}, status=401, headers={"WWW-Authenticate": "Bearer"})
    response = HttpResponse(generate_latest(_registry), content_type=_TEXT)
    response.headers["Content-Length"] = str(len(response.content))
    return response
