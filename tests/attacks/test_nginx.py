"""deploy/nginx.conf with a real nginx: what it passes on, and what it refuses."""

import http.client
import json
from typing import Any

from django.conf import settings

from scale.worker import LONGEST_LINE
from tests.attacks.proxy import HOST, Proxy
from tests.load.database import wait_for


def send(
    proxy: Proxy, method: str, path: str, body: bytes | None = None, address: str = "127.0.0.2", **headers: str
) -> tuple[Any, bytes]:
    """Return the answer and its body, for a client with this address."""
    client = proxy.client(address)
    client.request(method, path, body, {"Host": HOST, **headers})
    answer = client.getresponse()
    return answer, answer.read()


def test_the_service_sees_the_client_and_its_id_behind_nginx(proxy: Proxy) -> None:
    forged: dict[str, Any] = {"X-Forwarded-For": "10.9.8.7", "X-Forwarded-Proto": "http", "X-Request-ID": "mine-1"}
    answer, body = send(proxy, "GET", "/v6/job-types/?keyword=canary", **forged)
    assert (answer.status, answer.headers["X-Request-ID"]) == (200, "mine-1")
    assert answer.headers["Strict-Transport-Security"]
    assert json.loads(body)["count"] == 0
    lines = [json.loads(line) for line in proxy.server.log.read_text().splitlines() if '"mine-1"' in line]
    # A request that is slow has a line of another logger, too.
    clients = [line["client"] for line in lines if line["logger"] == "scale.requests"]
    assert clients == ["127.0.0.2"]
    # nginx logs the same id, and no query.
    wait_for(lambda: '"request_id": "mine-1"' in proxy.log())
    assert "canary" not in proxy.log()


def test_a_request_without_an_id_has_the_same_one_in_both_logs(proxy: Proxy) -> None:
    answer, _ = send(proxy, "GET", "/healthz")
    wait_for(lambda: answer.headers["X-Request-ID"] in proxy.log())


def test_http_leads_to_https(proxy: Proxy) -> None:
    client = http.client.HTTPConnection("127.0.0.1", proxy.plain_port, timeout=10)
    client.request("POST", "/v6/jobs/?a=1", headers={"Host": HOST})
    answer = client.getresponse()
    assert (answer.status, answer.headers["Location"]) == (308, f"https://{HOST}/v6/jobs/?a=1")


def test_the_longest_request_line_of_the_service_passes(proxy: Proxy) -> None:
    rest = len("GET /v6/job-types/?_= HTTP/1.1")
    path = f"/v6/job-types/?_={'x' * (LONGEST_LINE - rest)}"
    assert send(proxy, "GET", path)[0].status == 200
    answer, body = send(proxy, "GET", f"{path}x")
    assert (answer.status, json.loads(body)["detail"]) == (414, "The request line is longer than 64 KiB.")


def test_a_body_above_the_limit_is_refused_unread_and_one_at_the_limit_is_not(proxy: Proxy) -> None:
    answer, body = send(proxy, "POST", "/admin/login/", b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1))
    assert (answer.status, json.loads(body)["detail"]) == (413, "The body is too large.")
    answer, body = send(proxy, "POST", "/v6/job-types/validation/", b" " * settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    assert (answer.status, answer.headers["Content-Type"]) == (400, "application/json")


def test_more_requests_at_once_than_the_limit_are_a_429_for_that_address_alone(proxy: Proxy) -> None:
    slow = [proxy.client("127.0.0.9") for _ in range(50)]
    for client in slow:
        client.putrequest("POST", "/v6/jobs/")
        client.putheader("Content-Length", "1000")
        client.endheaders(b"{")
    wait_for(lambda: send(proxy, "GET", "/healthz", address="127.0.0.9")[0].status == 429)
    answer, body = send(proxy, "GET", "/healthz", address="127.0.0.9")
    assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
    assert json.loads(body)["detail"].startswith("Too many requests")
    assert send(proxy, "GET", "/healthz")[0].status == 200


def test_a_service_that_is_down_is_a_503_in_the_form_of_the_api(proxy: Proxy) -> None:
    proxy.server.kill()
    answer, body = send(proxy, "GET", "/v6/job-types/")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert json.loads(body)["detail"].startswith("The service does not respond")
