"""The log: one line of JSON for each request, with its id, and the cause of every fault."""

import io
import json
import logging
import logging.config
import re
import sys
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
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
    answer = staff.post("/v6/workspaces/?name=hidden", {"name": "hidden"}, format="json")
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
    answer = Client(raise_request_exception=False).get("/v6/workspaces/?name=secret")
    assert (answer.status_code, list(answer.json())) == (500, ["detail"])
    assert "inner secret" not in answer.content.decode()
    (line,) = [line for line in log() if "exc_info" in line]
    assert (line["request_id"], line["message"]) == (
        answer["X-Request-ID"],
        "Internal Server Error: /v6/workspaces/",
    )
    assert ", in fail\n" in line["exc_info"]
    assert line["exc_info"].endswith("RuntimeError")
    assert "request" not in line


ERROR = ValueError("hidden")


@pytest.mark.parametrize(
    ("message", "args", "extra", "shown"),
    [
        ("failed: %s", [ERROR], {}, {"message": "failed: ValueError"}),
        ("failed: %(error)s", [{"error": ERROR}], {}, {"message": "failed: ValueError"}),
        (ERROR, [], {}, {"message": "ValueError"}),
        ("failed", [], {"cause": ERROR}, {"message": "failed", "cause": "ValueError"}),
        ("failed", [], {"request": object(), "params": ["hidden"], "sql": 7}, {"message": "failed", "sql": 7}),
        ("Error handling request %s %s", ["GET", "/a?b=hidden"], {}, {"message": "Error handling request GET /a…"}),
        ("Invalid HTTP Header: 'hidden \"hidden\\' hidden'", [], {}, {"message": "Invalid HTTP Header: …"}),
        ("No more data after: %r", [b"hidden"], {}, {"message": "No more data after: …"}),
        ('cut off: "hidden', [], {}, {"message": "cut off: …"}),
        ("Worker (pid:%d) doesn't respond?", [7], {}, {"message": "Worker (pid:7) doesn't respond?"}),
        (
            "failed: %s",
            [ImproperlyConfigured("Set X.")],
            {},
            {"message": "failed: django.core.exceptions.ImproperlyConfigured: Set X."},
        ),
        ("failed: %s", [OSError(28, "No space", "hidden")], {}, {"message": "failed: OSError: No space"}),
        (
            "failed: %s",
            [OperationalError('near "hidden": syntax error')],
            {},
            {"message": "failed: django.db.utils.OperationalError: near …: syntax error"},
        ),
    ],
)
def test_a_record_of_any_logger_is_shown_without_values(
    log: Any, message: Any, args: list[Any], extra: dict[str, Any], shown: dict[str, Any]
) -> None:
    logging.getLogger("a.library").warning(message, *args, extra=extra)
    (line,) = log()
    assert line.pop("time")
    assert line == {"level": "WARNING", "logger": "a.library", "request_id": None, **shown}


def test_an_exception_is_shown_with_those_that_led_to_it_and_without_their_messages(log: Any) -> None:
    try:
        try:
            int("hidden")
        except ValueError as error:
            error.add_note("hidden")
            raise KeyError("hidden") from error
    except KeyError as error:
        error.__cause__.__cause__ = error  # type: ignore[union-attr]  # a circle, as careless code may make
        record = logging.LogRecord("a.library", logging.ERROR, "", 0, "failed", None, sys.exc_info())
        record.exc_text = "hidden"
        logging.getLogger("a.library").handle(record)
    shown = log()[0]["exc_info"]
    assert "hidden" not in shown.replace('"hidden"', "")  # the lines of this test itself
    assert [line for line in shown.splitlines() if line and not line.startswith(" ")] == [
        "Traceback (most recent call last):",
        "ValueError",
        "The exception above led to this one:",
        "Traceback (most recent call last):",
        "KeyError",
    ]


def test_statements_are_not_logged_even_where_everything_else_is() -> None:
    assert not logging.getLogger("django.db.backends").isEnabledFor(logging.DEBUG)
