"""The log: one line of JSON for each request, with its id, and the cause of every fault."""

import io
import json
import logging
import logging.config
import re
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from rest_framework.test import APIClient

from core.http.logs import RequestContextFilter
from workspaces.views import WorkspaceViewSet

pytestmark = pytest.mark.django_db


@pytest.fixture
def log() -> Any:
    """A function that returns the lines that the configured formatter and filter have written since."""
    logs: dict[str, Any] = django_settings.LOGGING
    formatter = logging.config.DictConfigurator(logs).configure_formatter(dict(logs["formatters"]["json"]))
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    handler.addFilter(RequestContextFilter())
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)


def test_a_request_is_one_line_of_json_without_query_body_or_token(staff: APIClient, log: Any) -> None:
    answer = staff.post("/v6/workspaces/?keyword=hidden", {"name": "hidden"}, format="json")
    (line,) = [line for line in log() if line["logger"] == "scale.requests"]
    assert isinstance(line.pop("milliseconds"), float)
    assert line.pop("time")
    assert line == {
        "level": "INFO",
        "logger": "scale.requests",
        "message": "request",
        "request_id": answer["X-Request-ID"],
        "method": "POST",
        "path": "/v6/workspaces/",
        "status": 201,
        "client": "127.0.0.1",
    }


@pytest.mark.parametrize(("sent", "kept"), [("my-id.1_2", True), ("a b", False), ("x" * 65, False), ("é", False)])
def test_a_request_id_of_the_client_is_kept_when_it_is_harmless(anyone: APIClient, sent: str, kept: bool) -> None:
    answered = anyone.get("/healthz", headers={"X-Request-ID": sent})["X-Request-ID"]
    assert answered == sent if kept else re.fullmatch("[0-9a-f]{32}", answered)


def test_a_fault_is_a_500_without_its_cause_which_is_logged(monkeypatch: pytest.MonkeyPatch, log: Any) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the inner secret of the service")

    monkeypatch.setattr(WorkspaceViewSet, "list", fail)
    answer = Client(raise_request_exception=False).get("/v6/workspaces/")
    assert (answer.status_code, list(answer.json())) == (500, ["detail"])
    assert "inner secret" not in answer.content.decode()
    (line,) = [line for line in log() if "exc_info" in line]
    assert line["request_id"] == answer["X-Request-ID"]
    assert "inner secret" in line["exc_info"]
