"""A request uses the connection of the last one, and notices when the server has closed it."""

from threading import Thread
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.signals import request_started
from django.db import connection, connections

from core.connections import trust_silent_connections

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.only_on("postgresql", because="SQLite is no server"),
]


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The connection, which Django checks before the first query of a request."""
    checked = connections["default"]
    checked.ensure_connection()
    monkeypatch.setattr(checked, "health_check_enabled", True)
    return checked


def process_of(checked: Any) -> int:
    with checked.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
        return pid


def begin_request(checked: Any) -> None:
    """Do what a request begins with, in this order; the client of the tests changes the order of receivers."""
    assert trust_silent_connections in [reference() for _, reference, *_ in request_started.receivers]
    checked.close_if_unusable_or_obsolete()
    trust_silent_connections()


def end_in_another_thread(pid: int) -> None:
    def end() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        connection.close()

    thread = Thread(target=end)
    thread.start()
    thread.join()


def test_a_connection_on_which_nothing_came_is_used_without_a_question(
    checked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = process_of(checked)
    asked = Mock(return_value=True)
    monkeypatch.setattr(checked, "is_usable", asked)
    begin_request(checked)
    assert process_of(checked) == pid
    asked.assert_not_called()


def test_a_connection_that_the_server_closed_is_made_anew(checked: Any) -> None:
    pid = process_of(checked)
    end_in_another_thread(pid)
    begin_request(checked)
    assert process_of(checked) != pid
