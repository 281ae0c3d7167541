"""Connections to the other system: what servers and the proxies before them may say on them."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from takeover.source.connections import ConnectionFailed, Connections, TooLarge
from takeover.source.errors import SourceError
from tests.seed.registry.server import certify
from tests.takeover.wire import END, saying

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;a=b\r\n}\r\n0\r\n\r\n"
LAST = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
OLD = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"
UNTIL_CLOSED = b"HTTP/1.1 200 OK\r\n\r\n{}"
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Type: text/html\r\n\r\n" + WHOLE
MORE = WHOLE + b"and more"


@pytest.fixture
def connections() -> Iterator[Connections]:
    opened = made()
    yield opened
    opened.close()


def made() -> Connections:
    return Connections({"Accept": "application/json"}, connect_timeout=10, timeout=10)


def get(connections: Connections, url: str) -> tuple[int, bytes]:
    response = connections.get(url, most_bytes=1_000)
    return response.status, response.content


def test_requests_follow_each_other_on_one_connection(connections: Connections) -> None:
    with saying(WHOLE, CHUNKED, INTERIM, WHOLE) as wire:
        for number in range(4):
            assert get(connections, f"{wire.url}v6/jobs/?page={number}") == (200, b"{}")
    host = wire.url.split("/")[2].encode()
    assert wire.connections == 1
    assert wire.requests[2] == (
        b"GET /v6/jobs/?page=2 HTTP/1.1\r\nHost: " + host + b"\r\n"
        b"Accept: application/json\r\nAccept-Encoding: identity\r\n\r\n"
    )


@pytest.mark.parametrize(
    "answer", [LAST, OLD, MORE, UNTIL_CLOSED, WHOLE], ids=["close", "1.0", "more", "no length", "closed while idle"]
)
def test_a_connection_is_replaced_after_its_last_answer(connections: Connections, answer: bytes) -> None:
    with saying(answer, END, WHOLE) as wire:
        assert get(connections, f"{wire.url}a/") == (200, b"{}")
        assert get(connections, f"{wire.url}b/") == (200, b"{}")
    assert (wire.connections, len(wire.requests)) == (2, 2)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
        b"HTTP/1.1 200 OK\r\nX-A: a\r\n b\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nX-A: \x01\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2  \r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    ],
    ids=["identity", "identity-length", "both", "lf", "folded", "control", "blanks", "1.2"],
)
def test_proxies_that_bend_the_rules_are_borne_with(connections: Connections, answer: bytes) -> None:
    with saying(answer, END) as wire:
        assert get(connections, wire.url) == (200, b"{}")


def test_what_follows_the_body_is_no_header(connections: Connections) -> None:
    with saying(CHUNKED[:-2] + b"Location: /elsewhere/\r\n\r\n") as wire:
        assert connections.get(wire.url, most_bytes=1_000).headers == {"transfer-encoding": "chunked"}


def test_a_url_without_a_path_asks_for_the_root(connections: Connections) -> None:
    with saying(WHOLE, WHOLE) as wire:
        get(connections, wire.url.rstrip("/"))
        get(connections, wire.url.rstrip("/") + "?a=b")
    assert [request.split(b" HTTP")[0] for request in wire.requests] == [b"GET /", b"GET /?a=b"]


def test_an_answer_is_no_garbage(connections: Connections) -> None:
    """Its memory is free at once, whole or not: while answers are large, collections of garbage are rare."""
    gc.collect()
    gc.disable()
    try:
        with saying(WHOLE, WHOLE[:-1]) as wire:
            get(connections, wire.url)
            with pytest.raises(ConnectionFailed):
                get(connections, wire.url)
        assert [one for one in gc.get_objects() if type(one).__name__ == "_Answer"] == []
    finally:
        gc.enable()


@pytest.mark.parametrize("callback", ["on_header", "on_message_begin", "on_message_complete"])
def test_ctrl_c_is_heard_while_an_answer_is_read(
    connections: Connections, monkeypatch: pytest.MonkeyPatch, callback: str
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"takeover.source.connections._Answer.{callback}", stop)
    with saying(WHOLE) as wire, pytest.raises(KeyboardInterrupt):
        get(connections, wire.url)


def test_headers_are_found_by_small_letters_and_those_of_an_interim_answer_are_none(
    connections: Connections,
) -> None:
    with saying(INTERIM) as wire:
        response = connections.get(wire.url, most_bytes=1_000)
    assert response.headers == {"content-type": "application/json", "content-length": "2"}


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (WHOLE[:-1], "ConnectionResetError"),
        (CHUNKED[:-5], "ConnectionResetError"),
        (WHOLE[:20], "ConnectionResetError"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "HttpParserError"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HttpParserError"),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nabc", "HttpParserUpgrade"),
    ],
    ids=["body", "chunks", "head", "other", "length", "upgrade"],
)
@pytest.mark.parametrize("earlier", [0, 1])
def test_what_is_no_whole_answer_is_not_taken_for_one_and_not_asked_for_again(
    connections: Connections, answer: bytes, name: str, earlier: int
) -> None:
    with saying(*[WHOLE] * earlier, answer) as wire:
        for _ in range(earlier):
            get(connections, wire.url)
        with pytest.raises(ConnectionFailed, match=rf"^{name}$"):
            get(connections, wire.url)
    assert len(wire.requests) == earlier + 1


def test_a_connection_that_is_closed_at_once_is_asked_once(connections: Connections) -> None:
    with saying(END, WHOLE) as wire:
        with pytest.raises(ConnectionFailed, match=r"^Connection"):
            get(connections, wire.url)
        assert get(connections, wire.url) == (200, b"{}")
    assert (wire.connections, len(wire.requests)) == (2, 1)


@pytest.mark.parametrize("size", [1_000, 1_000_000])
def test_no_more_is_read_than_may_be(connections: Connections, size: int) -> None:
    endless = b"HTTP/1.1 200 OK\r\nX-Much: " + b"a" * size
    with saying(endless, WHOLE) as wire:
        with pytest.raises(TooLarge):
            get(connections, wire.url)
        assert get(connections, wire.url) == (200, b"{}")


def test_what_will_be_too_large_is_not_waited_for(connections: Connections) -> None:
    with saying(b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n") as wire, pytest.raises(TooLarge):
        get(connections, wire.url)


def test_a_url_that_no_request_can_hold_fails(connections: Connections) -> None:
    with pytest.raises(ConnectionFailed, match="UnicodeEncodeError"):
        get(connections, "http://127.0.0.1:9/ä")


def test_a_certificate_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = certify(tmp_path, "IP:127.0.0.1")
    with saying(WHOLE, certificate=pem) as wire:
        with pytest.raises(ConnectionFailed, match="SSLCertVerificationError"):
            get(made(), wire.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        trusting = made()
        assert get(trusting, wire.url) == (200, b"{}")
        trusting.close()
    assert len(wire.requests) == 1


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_authorities_that_cannot_be_read_are_no_fault_of_the_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    file = tmp_path / "authorities.pem"
    if text is not None:
        file.write_text(text)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with saying(certificate=certify(tmp_path, "IP:127.0.0.1")) as wire, pytest.raises(SourceError, match=r"^SSL_"):
        get(made(), wire.url)
    with saying(WHOLE) as wire:
        assert get(made(), wire.url) == (200, b"{}")
