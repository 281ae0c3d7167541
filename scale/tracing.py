"""Traces of requests, by OpenTelemetry; imported only where TRACES_ENDPOINT says where they are sent to.

A span holds no path, query, header or body: any of them may hold a secret. The standard variables of OpenTelemetry
(``OTEL_SERVICE_NAME``, ``OTEL_TRACES_SAMPLER``, …) apply.
"""

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import extract
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode, Tracer

from core.http.logs import current_request_id
from core.http.slow import current_work
from metrics.labels import method_of, route_of


class TracingMiddleware:
    """Makes a span of each request, in the trace of the client if that sends one (``traceparent``)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        method = method_of(request)
        with tracer().start_as_current_span(method, extract(request.headers), SpanKind.SERVER) as span:
            response = self.get_response(request)
            route, work = route_of(request), current_work()
            span.update_name(f"{method} {route}")
            span.set_attributes(
                {
                    "http.request.method": method,
                    "http.route": route,
                    "http.response.status_code": response.status_code,
                    "scale.request_id": current_request_id() or "",
                    "scale.statements": work.queries,
                    "scale.database_milliseconds": work.database,
                }
            )
            if response.status_code >= 500:
                span.set_status(StatusCode.ERROR)
            return response


@cache
def tracer() -> Tracer:
    """Return what makes the spans of this process, and sends them from a thread of its own."""
    own = Resource({"service.name": "scale-job-types", "service.version": settings.VERSION})
    provider = TracerProvider(resource=Resource.create().merge(own).merge(OTELResourceDetector().detect()))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(settings.TRACES_ENDPOINT)))
    return provider.get_tracer("scale")
