"""Registries that lead elsewhere, never end, or show a certificate that is not theirs."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seed.registry import Limits, Registry, RegistryError, read_label
from tests.seed.registry.server import Request, Server, certify, running, secured

QUICK = Limits(seconds=0.5)


@pytest.fixture
def other() -> Iterator[Server]:
    """A second server, that no setting names."""
    with running(Server()) as one:
        yield one


def read(server: Server, options: str = "", limits: Limits | None = None, registry: Registry | None = None) -> str:
    registries = [registry or server.registry(options)]
    image = f"{registries[0].name}/team/image:1.0.0"
    return read_label(image, registries=registries, architecture="amd64", limits=limits or Limits()).text


def refusal(*args: Any, **kwargs: Any) -> tuple[str, str]:
    with pytest.raises(RegistryError) as raised:
        read(*args, **kwargs)
    return raised.value.name, str(raised.value)


def redirecting(server: Server, to: Callable[[str], str], part: str = "/blobs/") -> None:
    """Let a server redirect the requests whose path holds `part`."""

    def handle(request: Request) -> None:
        if part in request.path:
            request.send(307, Location=to(request.path))
        else:
            server.serve(request)

    server.handle = handle


@pytest.mark.parametrize("part", ["/blobs/", "/manifests/"])
def test_a_redirect_to_another_server_is_refused_and_not_followed(server: Server, other: Server, part: str) -> None:
    server.add_image("label")
    redirecting(server, lambda path: other.url + path, part)
    sentence = f"The registry redirects to {other.url}, which its settings do not name as a host of it."
    assert refusal(server) == ("HOST_NOT_ALLOWED", sentence)
    assert other.seen == []


@pytest.mark.parametrize(
    "location",
    ["http://169.254.169.254/latest", "https://localhost/", "http://[::1]/", "file:///etc/passwd", "//["],
)
def test_a_redirect_to_what_is_inside_is_refused(server: Server, location: str) -> None:
    server.add_image("label")
    redirecting(server, lambda path: location)
    assert refusal(server)[0] in ("HOST_NOT_ALLOWED", "INVALID_REGISTRY_ANSWER")


def test_a_redirect_to_a_host_of_the_settings_is_followed_without_credentials(
    server: Server, other: Server
) -> None:
    server.add_image("label")
    other.documents = server.documents
    redirecting(server, lambda path: other.url + path)
    assert read(server, f"blobs={other.url} internal=127.0.0.1") == "label"
    [(_, headers)] = other.seen
    assert "Authorization" not in headers


def test_a_host_of_blobs_may_be_inside_only_if_it_is_named_as_internal(server: Server, other: Server) -> None:
    server.add_image("label")
    redirecting(server, lambda path: f"http://storage.localhost:{other.server_port}{path}")
    # The name leads to 127.0.0.1, as the resolver would say.
    registry = server.registry(f"blobs=http://storage.localhost:{other.server_port}")
    answers = {"storage.localhost": "127.0.0.1"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", looking_up(answers))
        name, sentence = refusal(server, registry=registry)
    assert (name, sentence) == (
        "HOST_NOT_ALLOWED",
        "storage.localhost has an address of the internal network, and is not named as internal in the settings; "
        "only an operator can allow that.",
    )
    assert other.seen == []


def looking_up(answers: dict[str, str]) -> Callable[..., Any]:
    real = socket.getaddrinfo

    def look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        return real(answers.get(str(host), host), *args, **kwargs)

    return look_up


def test_a_registry_whose_name_leads_inside_is_refused_unless_it_is_named_as_internal(server: Server) -> None:
    server.add_image("label")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", looking_up({"registry.example.com": "127.0.0.1"}))
        entry = f"http://registry.example.com:{server.server_port}"
        assert refusal(server, registry=Registry.parse(entry))[0] == "HOST_NOT_ALLOWED"
        assert server.seen == []
        assert read(server, registry=Registry.parse(f"{entry} internal")) == "label"


def test_redirects_without_end_are_refused(server: Server) -> None:
    redirecting(server, lambda path: path, "/")
    name = ("INVALID_REGISTRY_ANSWER", "The registry leads from one URL to the next without end.")
    assert refusal(server) == name
    assert len(server.seen) == 12


def endless(request: Request) -> None:
    """Begin a body that never ends."""
    request.send_response(200)
    request.send_header("Transfer-Encoding", "chunked")
    request.end_headers()
    while True:
        request.wfile.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


def long(request: Request) -> None:
    """Promise a body of a terabyte, and begin it."""
    request.send_response(200)
    request.send_header("Content-Length", str(1 << 40))
    request.end_headers()
    while True:
        request.wfile.write(b" " * 0x10000)


@pytest.mark.parametrize("handle", [endless, long])
def test_a_body_without_end_is_left_at_the_limit(server: Server, handle: Callable[[Request], None]) -> None:
    server.handle = handle
    sentence = "An answer of the registry is larger than the limit of 4194304 bytes."
    assert refusal(server) == ("REGISTRY_ANSWER_TOO_LARGE", sentence)


def dripping_body(request: Request) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    for _ in range(1000):
        request.wfile.write(b" ")
        time.sleep(0.05)


def dripping_head(request: Request) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    for _ in range(1000):
        request.wfile.write(b"a")
        time.sleep(0.05)


def silent(request: Request) -> None:
    time.sleep(5)


@pytest.mark.parametrize("handle", [dripping_body, dripping_head, silent])
def test_an_answer_that_drips_ends_with_the_time_for_all(server: Server, handle: Callable[[Request], None]) -> None:
    server.handle = handle
    began = time.monotonic()
    sentence = "The registry did not answer in time; try again later."
    assert refusal(server, limits=QUICK) == ("REGISTRY_TOO_SLOW", sentence)
    assert time.monotonic() - began < 4


def speaking_ssh(request: Request) -> None:
    request.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n")
    request.close_connection = True


def breaking_off(request: Request) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    request.close_connection = True


def test_an_answer_that_is_no_http_or_breaks_off_is_said(server: Server) -> None:
    server.handle = speaking_ssh
    assert refusal(server) == ("REGISTRY_UNAVAILABLE", f"The answer of {server.name} is no HTTP.")
    server.handle = breaking_off
    assert refusal(server)[0] == "REGISTRY_UNAVAILABLE"


@pytest.mark.parametrize(
    ("status", "name"),
    [(500, "REGISTRY_UNAVAILABLE"), (429, "REGISTRY_UNAVAILABLE"), (403, "REGISTRY_ACCESS_DENIED"), (204, None)],
)
def test_other_statuses_are_said(server: Server, status: int, name: str | None) -> None:
    server.handle = lambda request: request.send(status)
    assert refusal(server)[0] == (name or "INVALID_REGISTRY_ANSWER")


def test_a_registry_that_is_not_there_is_said() -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    registry = Registry.parse(f"http://127.0.0.1:{port}")
    with pytest.raises(RegistryError) as raised:
        read_label(f"127.0.0.1:{port}/image", registries=[registry])
    assert str(raised.value) == f"127.0.0.1 accepts no connection at port {port}."


@pytest.mark.parametrize(
    ("body", "what"), [(b"[]", "is not a JSON object"), (b"{", "is not acceptable JSON"), (b"\xff", "UTF-8")]
)
def test_a_manifest_that_is_no_json_object_is_said(server: Server, body: bytes, what: str) -> None:
    server.handle = lambda request: request.send(200, body)
    name, sentence = refusal(server)
    assert name == "INVALID_REGISTRY_ANSWER"
    assert what in sentence


def test_a_compressed_answer_is_refused(server: Server) -> None:
    server.handle = lambda request: request.send(200, b"...", Content_Encoding="gzip")
    assert "compressed" in refusal(server)[1]


def test_a_certificate_is_verified(tmp_path: Path) -> None:
    pem = certify(tmp_path, "IP:127.0.0.1")
    with running(secured(Server(), pem)) as server:
        server.add_image("label")
        name, sentence = refusal(server)
        assert name == "UNTRUSTED_CERTIFICATE"
        assert sentence.startswith("The certificate of 127.0.0.1 is not valid: self-signed certificate")
        assert server.seen == []
        assert read(server, f"ca={pem}") == "label"


def test_a_certificate_of_another_host_is_refused(tmp_path: Path) -> None:
    pem = certify(tmp_path, "DNS:other.example.com")
    with running(secured(Server(), pem)) as server:
        name, sentence = refusal(server, f"ca={pem}")
        assert (name, server.seen) == ("UNTRUSTED_CERTIFICATE", [])
        assert "mismatch" in sentence


def test_a_file_of_certificates_that_cannot_be_read_is_said(server: Server, tmp_path: Path) -> None:
    name, sentence = refusal(server, f"ca={tmp_path / 'missing.pem'}")
    assert (name, "cannot be read" in sentence) == ("UNTRUSTED_CERTIFICATE", True)


def test_plain_http_where_tls_is_expected_is_said(server: Server) -> None:
    registry = Registry.parse(server.name)
    assert refusal(server, registry=registry) == (
        "REGISTRY_UNAVAILABLE",
        "127.0.0.1 does not speak TLS as it should.",
    )


def test_no_proxy_of_the_environment_is_asked(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.add_image("label")
    assert read(server) == "label"
