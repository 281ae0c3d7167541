"""Traces of requests: off unless they are sent somewhere, and without anything private."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from rest_framework.test import APIClient

from scale import tracing

pytestmark = pytest.mark.django_db


@pytest.fixture
def traced(settings: Any) -> None:
    """The service traces requests, as with TRACES_ENDPOINT in the environment."""
    log, *others = settings.MIDDLEWARE
    settings.MIDDLEWARE = [log, "scale.tracing.TracingMiddleware", *others]


@pytest.fixture
def spans(traced: None, monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "tracer", lambda: provider.get_tracer("tests"))
    return exporter


def the_one(spans: InMemorySpanExporter) -> ReadableSpan:
    (span,) = spans.get_finished_spans()
    return span


def test_a_request_is_a_span_named_by_its_route_with_nothing_that_was_sent(
    spans: InMemorySpanExporter, anyone: APIClient
) -> None:
    anyone.get(
        "/v6/job-types/private/1.0.0/?keyword=private", headers={"X-Request-ID": "known", "X-Other": "private"}
    )
    span = the_one(spans)
    route = "/v6/job-types/<segment:name>/<segment:version>/"
    assert (span.name, span.kind, span.status.status_code) == (f"GET {route}", SpanKind.SERVER, StatusCode.UNSET)
    assert {name: value for name, value in (span.attributes or {}).items() if "milliseconds" not in name} == {
        "http.request.method": "GET",
        "http.route": route,
        "http.response.status_code": 400,
        "scale.request_id": "known",
        "scale.statements": 0,
    }
    assert "private" not in span.to_json()


def test_a_span_belongs_to_the_trace_of_the_client(spans: InMemorySpanExporter, anyone: APIClient) -> None:
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    anyone.get("/v6/", headers={"traceparent": f"00-{trace}-{parent}-01"})
    span = the_one(spans)
    assert span.context is not None
    assert span.parent is not None
    assert (f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}") == (trace, parent)


@pytest.mark.parametrize("sent", ["", "x", "00-0-0-01", "00-" + "f" * 10_000])
def test_a_header_that_names_no_trace_begins_one(spans: InMemorySpanExporter, anyone: APIClient, sent: str) -> None:
    assert anyone.get("/v6/", headers={"traceparent": sent}).status_code == 200
    assert the_one(spans).parent is None


def test_a_fault_is_an_error(spans: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> Any:
        raise RuntimeError("private")

    monkeypatch.setattr("core.api.index.IndexRouter.APIRootView.get", fail, raising=False)
    assert APIClient(raise_request_exception=False).get("/v6/").status_code == 500
    span = the_one(spans)
    assert (span.status.status_code, span.events) == (StatusCode.ERROR, ())


def test_spans_are_sent_to_the_endpoint(traced: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    received: Queue[ExportTraceServiceRequest] = Queue()

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.put(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Log nothing."""

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.TRACES_ENDPOINT = f"http://127.0.0.1:{server.server_port}/v1/traces"
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
        monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=tests")
        tracing.tracer.cache_clear()
        APIClient().get("/v6/")
        (of_service,) = received.get(timeout=20).resource_spans
        server.shutdown()
    resource = {one.key: one.value.string_value for one in of_service.resource.attributes}
    assert (resource["service.name"], resource["service.version"]) == ("scale-job-types", settings.VERSION)
    assert resource["deployment.environment.name"] == "tests"
    assert [span.name for scope in of_service.scope_spans for span in scope.spans] == ["GET /v6/"]


def test_without_an_endpoint_and_a_token_no_library_for_them_is_imported() -> None:
    code = "import scale.wsgi, sys; print(sorted({'opentelemetry', 'prometheus_client'} & sys.modules.keys()))"
    environment = {
        name: value for name, value in os.environ.items() if name not in ("METRICS_TOKEN", "TRACES_ENDPOINT")
    }
    environment |= {"ENV_FILE": "", "DJANGO_SETTINGS_MODULE": "scale.settings.embedded"}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
