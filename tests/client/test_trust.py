"""Whom clients trust: with TLS the authorities that the environment or certifi names, without it nobody."""

import ssl
from pathlib import Path

import httpx
import pytest

from client import AsyncScale, Retries, Scale, Unreachable
from tests.seed.registry.server import certify
from tests.takeover.wire import saying

BODY = b'{"version": "6.1.0"}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n" + BODY
ONCE = Retries(most=0)


def trust_of(client: Scale | AsyncScale) -> ssl.SSLContext:
    transport = client._http._transport
    assert isinstance(transport, httpx.HTTPTransport | httpx.AsyncHTTPTransport)
    trust = transport._pool._ssl_context
    assert trust is not None
    return trust


def test_a_certificate_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = certify(tmp_path, "IP:127.0.0.1")
    with saying(ANSWER, certificate=certificate) as wire:
        with (
            Scale(wire.url, "token", retries=ONCE) as scale,
            pytest.raises(Unreachable, match="CERTIFICATE_VERIFY"),
        ):
            scale.fleet.version()
        assert wire.requests == []
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        with Scale(wire.url, "token", retries=ONCE) as scale:
            assert scale.fleet.version().version == "6.1.0"
        monkeypatch.delenv("SSL_CERT_FILE")
        own = ssl.create_default_context(cafile=str(tmp_path / "certificate.pem"))
        with Scale(wire.url, "token", retries=ONCE, verify=own) as scale:
            assert trust_of(scale) is own


@pytest.mark.parametrize("kind", [Scale, AsyncScale])
def test_without_tls_nobody_is_trusted(kind: type[Scale | AsyncScale]) -> None:
    trust = trust_of(kind("http://127.0.0.1:8000", "token"))
    assert (trust.verify_mode, trust.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert trust.cert_store_stats()["x509_ca"] == 0
    assert trust_of(kind("https://scale.example.com", "token")).cert_store_stats()["x509_ca"] > 0
