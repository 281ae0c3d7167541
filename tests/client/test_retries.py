"""What the SDK does when a service does not answer, or says that it cannot now."""

import asyncio
import json
import socket
from collections.abc import Callable

import httpx
import pytest

from client import (
    AsyncScale,
    Changed,
    Invalid,
    Rejected,
    Retries,
    Scale,
    Unavailable,
    UnexpectedAnswer,
    Unreachable,
)
from client.calls import Answer
from client.exchange import Memory
from tests.client.faulty import Faulty, Scripted, faulty_server

QUICK = Retries(most=2, first=0.01, longest=5)
TOKEN = "a-token-that-nobody-may-see"
VERSION = Scripted(body=b'{"version": "6.1.0"}')
STEPPED = Scripted(body=b'{"count": 1, "remaining": 0}')
BUSY = Scripted(503, b'{"detail": "The database is unavailable."}', {"Retry-After": "0"})
DROP = Scripted(drop=True)


def client_of(server: Faulty) -> Scale:
    return Scale(server.url, TOKEN, retries=QUICK)


@pytest.mark.parametrize(
    "faults", [[BUSY], [BUSY, DROP], [Scripted(429)], [Scripted(502, b"<html>")], [DROP, DROP]]
)
def test_reads_are_sent_again(faults: list[Scripted]) -> None:
    with faulty_server(*faults, VERSION) as server, client_of(server) as scale:
        assert scale.fleet.version().version == "6.1.0"
    assert [asked[:2] for asked in server.asked] == [("GET", "/v6/version/")] * (len(faults) + 1)


def test_it_ends_after_a_bounded_number_of_tries() -> None:
    with faulty_server(BUSY) as server, client_of(server) as scale, pytest.raises(Unavailable) as raised:
        scale.fleet.version()
    assert (len(server.asked), raised.value.status, str(raised.value)) == (3, 503, "The database is unavailable.")


def test_all_tries_of_a_write_have_the_same_key() -> None:
    with faulty_server(BUSY, DROP, STEPPED) as server, client_of(server) as scale:
        assert scale.jobs.cancel({"job_id": 1}).count == 1
        assert scale.jobs.cancel({"job_id": 1}).count == 1
    keys = [headers["Idempotency-Key"] for _, _, headers, _ in server.asked]
    assert len(keys) == 4
    assert keys[0] == keys[1] == keys[2] != keys[3]
    assert len({body for *_, body in server.asked}) == 1


def test_a_request_that_is_in_progress_is_asked_for_again() -> None:
    with faulty_server(Scripted(409), STEPPED) as server, client_of(server) as scale:
        assert scale.jobs.requeue({"job_id": 1}).count == 1
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "write",
    [
        lambda scale: scale.workspaces.create({"title": "Archive"}),
        lambda scale: scale.jobs.claim({"node": "node-01", "limit": 1}),
        lambda scale: scale.job_types.edit("test", "1.0.0", {}, if_match='"1"'),
        lambda scale: scale.job_types.register({}, only_new=True),
    ],
)
@pytest.mark.parametrize(("fault", "error"), [(BUSY, Unavailable), (DROP, Unreachable)])
def test_what_must_not_happen_twice_is_sent_once(
    write: Callable[[Scale], object], fault: Scripted, error: type[Exception]
) -> None:
    with faulty_server(fault) as server, client_of(server) as scale, pytest.raises(error):
        write(scale)
    assert len(server.asked) == 1


def test_a_fault_of_the_request_is_not_sent_again() -> None:
    finding = {"name": "A", "description": "b", "path": "/c"}
    refusal = {"detail": "No.", "errors": [finding, "odd"], "warnings": None}
    with (
        faulty_server(Scripted(400, json.dumps(refusal).encode())) as server,
        client_of(server) as scale,
        pytest.raises(Invalid) as raised,
    ):
        scale.fleet.version()
    assert len(server.asked) == 1
    assert [finding.model_dump() for finding in raised.value.errors] == [finding]
    assert raised.value.warnings == []


def test_a_service_that_asks_for_too_long_a_wait_is_not_waited_for() -> None:
    late = Scripted(503, b"{}", {"Retry-After": "3600"})
    with faulty_server(late) as server, client_of(server) as scale, pytest.raises(Unavailable):
        scale.fleet.version()
    assert len(server.asked) == 1


def test_the_wait_is_what_the_service_asks_for() -> None:
    in_seconds = Scripted(503, b"{}", {"Retry-After": "1"})
    by_date = Scripted(503, b"{}", {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})
    with faulty_server(in_seconds, by_date, VERSION) as server, client_of(server) as scale:
        pauses: list[float | None] = []
        scale._http.event_hooks["response"] = [lambda response: pauses.append(QUICK.pause(0, response))]
        scale.fleet.version()
    assert pauses[:2] == [1.0, 0.0]


@pytest.mark.parametrize("text", ["", "soon", "1.5", "-1", "²", "Mon, 1 Jan 2020 00:00:00 +99999999999999"])
def test_a_wait_that_cannot_be_read_is_as_good_as_none(text: str) -> None:
    response = httpx.Response(503, headers=[(b"Retry-After", text.encode())])
    pause = Retries(first=1).pause(0, response)
    assert pause is not None
    assert 0.5 <= pause <= 1


def test_pauses_double_and_are_spread() -> None:
    retries = Retries(most=9, first=1, longest=20)
    lost = httpx.ConnectError("lost")
    pauses = [retries.pause(number, lost) for number in range(9)]
    limits = [1, 2, 4, 8, 16, 20, 20, 20, 20]
    assert all(
        pause is not None and limit / 2 <= pause <= limit for pause, limit in zip(pauses, limits, strict=True)
    )
    assert retries.pause(9, lost) is None


def test_nobody_listening_is_an_error_in_words_without_the_token() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with Scale(url, TOKEN, retries=QUICK) as scale, pytest.raises(Unreachable) as raised:
            scale.workspaces.create({"title": "Archive"})
    assert str(raised.value).startswith(f"{url} cannot be reached: ")
    assert TOKEN not in f"{raised.value!r} {scale!r} {vars(raised.value)}"


def test_a_service_that_says_nothing_is_a_time_out() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with (
            Scale(url, timeout=0.05, retries=Retries(most=1, first=0.01)) as scale,
            pytest.raises(Unreachable) as raised,
        ):
            scale.fleet.version()
    assert str(raised.value) == f"{url} did not answer in time."


def test_redirects_take_the_token_nowhere() -> None:
    with faulty_server(VERSION) as other:
        away = Scripted(302, b"", {"Location": f"{other.url}/v6/version/"})
        with faulty_server(away) as server, client_of(server) as scale, pytest.raises(UnexpectedAnswer) as raised:
            scale.fleet.version()
    assert other.asked == []
    assert str(raised.value) == f"{server.url}/v6/version/ answered 302 to {other.url}/v6/version/; give the " + (
        "service's own URL."
    )


@pytest.mark.parametrize("body", [b"<html>a secret page</html>", b"[]", b'{"version": {"a secret": 1}}', b"\xff"])
def test_an_answer_of_another_shape_is_an_error_that_shows_none_of_it(body: bytes) -> None:
    shapeless = pytest.raises(UnexpectedAnswer, match="The answer is no Version of this API: ")
    with faulty_server(Scripted(body=body)) as server, client_of(server) as scale, shapeless as raised:
        scale.fleet.version()
    assert "secret" not in str(raised.value)


def test_an_error_without_json_says_its_status() -> None:
    teapot = Scripted(418, b"<html>")
    with faulty_server(teapot) as server, client_of(server) as scale, pytest.raises(Rejected) as raised:
        scale.fleet.version()
    assert str(raised.value) == f"{server.url}/v6/version/ answered 418 I'm a Teapot."


def test_what_a_newer_service_shows_is_kept() -> None:
    newer = Scripted(body=b'{"version": "7.0.0", "codename": "Heron"}')
    with faulty_server(newer) as server, client_of(server) as scale:
        assert scale.fleet.version().model_dump() == {"version": "7.0.0", "codename": "Heron"}


def test_pages_are_asked_for_by_number_whatever_host_next_names() -> None:
    def page(name: str, more: bool) -> Scripted:
        row = {"id": 1, "name": name, "title": name, "description": "", "category": "SYSTEM", "is_builtin": True}
        times = {"created": "2026-11-24T09:00:00Z", "last_modified": "2026-11-24T09:00:00Z"}
        shown = {**row, **times, "job_type_name": None, "should_be_retried": False, "is_active": True}
        following = "http://inner:8000/other/v6/errors/?page=2" if more else None
        return Scripted(body=json.dumps({"count": 2, "next": following, "results": [shown]}).encode())

    with faulty_server(page("a", True), page("b", False)) as server:
        scale = Scale(f"{server.url}/mount/v6/", retries=QUICK)
        assert [error.name for error in scale.errors.list(page_size=1)] == ["a", "b"]
        scale.close()
    assert [path for _, path, _, _ in server.asked] == [f"/mount/v6/errors/?page_size=1&page={n}" for n in (1, 2)]


def test_no_more_is_remembered_than_the_limit() -> None:
    memory = Memory(most_bytes=10)
    for path in ("a", "b", "a", "c"):
        memory.put(path, Answer(200, b"1234", etag=f'"{path}"'))
    assert [memory.get(path) is not None for path in ("a", "b", "c")] == [True, False, True]
    memory.put("a", Answer(200, b"1234"))
    assert memory.get("a") is None


def test_a_page_that_is_gone_meanwhile_is_the_end() -> None:
    first = Scripted(body=b'{"count": 2, "next": "?page=2", "results": []}')
    with faulty_server(first, Scripted(404)) as server, client_of(server) as scale:
        assert list(scale.errors.list()) == []


def test_awaited_requests_are_sent_again_too() -> None:
    async def ask(url: str) -> str:
        async with AsyncScale(url, TOKEN, retries=QUICK) as scale:
            return (await scale.fleet.version()).version

    with faulty_server(BUSY, DROP, VERSION) as server:
        assert asyncio.run(ask(server.url)) == "6.1.0"
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    "url",
    ["", "localhost:8000", "ftp://host", "http://", "http://user:a-secret@host/", "http://host/?token=a-secret"],
)
def test_what_is_no_url_of_a_service_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="The URL of a service") as raised:
        Scale(url)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("token", ["", "two words", "a\nline", "ключ"])
def test_what_is_no_token_is_refused_without_being_repeated(token: str) -> None:
    with pytest.raises(ValueError, match="characters that no token has"):
        Scale("http://127.0.0.1", token)


@pytest.mark.parametrize("key", ["", 'a"b', "a\\b", "a\nb", "é", "a" * 256])
def test_what_no_header_can_have_is_no_key(key: str) -> None:
    with faulty_server(STEPPED) as server, client_of(server) as scale, pytest.raises(ValueError, match="printable"):
        scale.jobs.cancel({"job_id": 1}, idempotency_key=key)
    assert server.asked == []


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_name_that_no_url_can_have_asks_for_nothing_else(name: str) -> None:
    with faulty_server(VERSION) as server, client_of(server) as scale, pytest.raises(ValueError, match="no part"):
        scale.job_types.show(name, "1.0.0")
    assert server.asked == []


def test_names_are_quoted_in_urls() -> None:
    with faulty_server(Scripted(412)) as server, client_of(server) as scale, pytest.raises(Changed):
        scale.job_types.show("a/b?c#d", "1.0.0+é")
    assert server.asked[0][1] == "/v6/job-types/a%2Fb%3Fc%23d/1.0.0%2B%C3%A9/"
