"""Tokens and Basic authentication at registries, and where credentials go."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from seed.registry import Credentials, Registry, RegistryError, read_docker_config, read_label
from tests.seed.registry.server import Request, Server, running

ACCOUNT = Credentials("ci", "s3cret:pass")


@pytest.fixture
def tokens() -> Iterator[Server]:
    """A server that hands out tokens."""
    with running(Server()) as one:
        one.handle = lambda request: request.send(200, b'{"access_token": "t0ken"}')
        yield one


def read(server: Server, options: str = "", account: Credentials | None = None) -> str:
    registry = server.registry(options, accounts={server.name: account} if account else {})
    return read_label(f"{server.name}/team/image:1.0.0", registries=[registry], architecture="amd64").text


def refusal(server: Server, options: str = "", account: Credentials | None = None) -> tuple[str, str]:
    with pytest.raises(RegistryError) as raised:
        read(server, options, account)
    return raised.value.name, str(raised.value)


def asking(server: Server, challenge: str, authorization: str) -> None:
    """Let a registry want this value of `Authorization`, and ask for it with a challenge."""
    server.add_image("label")

    def handle(request: Request) -> None:
        if request.headers.get("Authorization") == authorization:
            server.serve(request)
        else:
            request.send(401, WWW_Authenticate=challenge)

    server.handle = handle


def bearer(realm: str) -> str:
    return f'Bearer realm="{realm}",service="registry.example.com",scope="repository:team/image:pull,push"'


def test_a_token_is_fetched_to_pull_from_this_repository_alone(server: Server, tokens: Server) -> None:
    asking(server, bearer(f"{tokens.url}/token?a=b"), "Bearer t0ken")
    assert read(server, f"tokens={tokens.url}") == "label"
    [(path, headers)] = tokens.seen
    assert urlsplit(path).path == "/token"
    assert parse_qs(urlsplit(path).query) == {
        "a": ["b"],
        "service": ["registry.example.com"],
        "scope": ["repository:team/image:pull"],
    }
    assert "Authorization" not in headers
    # It was refused once: the token is sent with the requests that follow.
    assert len(server.seen) == 3


def test_the_account_is_sent_for_the_token_and_the_token_to_the_registry(server: Server, tokens: Server) -> None:
    asking(server, bearer(f"{tokens.url}/token"), "Bearer t0ken")
    assert read(server, f"tokens={tokens.url}", ACCOUNT) == "label"
    assert tokens.seen[0][1]["Authorization"] == ACCOUNT.basic
    assert all(headers.get("Authorization") in (None, "Bearer t0ken") for _, headers in server.seen)


def test_a_token_service_that_is_not_named_in_the_settings_is_not_asked(server: Server, tokens: Server) -> None:
    asking(server, bearer(f"{tokens.url}/token"), "Bearer t0ken")
    assert refusal(server, account=ACCOUNT) == (
        "HOST_NOT_ALLOWED",
        f"The registry wants a token to be fetched from {tokens.url}, "
        "which its settings do not name as a host of it.",
    )
    assert tokens.seen == []


@pytest.mark.parametrize(
    ("status", "body", "name"),
    [
        (401, b"", "REGISTRY_ACCESS_DENIED"),
        (200, b"{}", "INVALID_REGISTRY_ANSWER"),
        (200, b'{"token": "a b"}', "INVALID_REGISTRY_ANSWER"),
        (200, b'{"token": 1}', "INVALID_REGISTRY_ANSWER"),
        (200, b'{"token": "%s"}' % (b"a" * 70_000), "REGISTRY_ANSWER_TOO_LARGE"),
        (307, b"", "INVALID_REGISTRY_ANSWER"),
        (503, b"", "REGISTRY_UNAVAILABLE"),
    ],
)
def test_what_is_no_token_is_said(server: Server, tokens: Server, status: int, body: bytes, name: str) -> None:
    asking(server, bearer(f"{tokens.url}/token"), "Bearer t0ken")
    tokens.handle = lambda request: request.send(status, body, Location="http://127.0.0.1:1/")
    assert refusal(server, f"tokens={tokens.url}")[0] == name


def test_basic_authentication_is_used_where_the_registry_asks_for_it(server: Server) -> None:
    asking(server, 'Basic realm="a registry"', ACCOUNT.basic)
    assert read(server, account=ACCOUNT) == "label"
    wrong = Credentials("ci", "wrong")
    assert refusal(server, account=wrong) == (
        "REGISTRY_ACCESS_DENIED",
        f"{server.name} refuses team/image to the account that is set for it, or has no such repository.",
    )


def test_a_registry_that_wants_an_account_says_so_to_anyone(server: Server) -> None:
    asking(server, "Basic", ACCOUNT.basic)
    assert refusal(server) == (
        "REGISTRY_ACCESS_DENIED",
        f"{server.name} asks for an account, and none is set for it.",
    )


@pytest.mark.parametrize("challenge", ["", "Negotiate", 'Digest realm="a"'])
def test_another_kind_of_authentication_is_said(server: Server, challenge: str) -> None:
    asking(server, challenge, ACCOUNT.basic)
    assert refusal(server, account=ACCOUNT)[0] == "INVALID_REGISTRY_ANSWER"


def test_of_several_challenges_the_token_is_chosen(server: Server, tokens: Server) -> None:
    asking(server, f'Basic realm="a, b", {bearer(tokens.url)}', "Bearer t0ken")
    assert read(server, f"tokens={tokens.url}", ACCOUNT) == "label"


def test_accounts_are_read_from_the_file_of_docker_login(tmp_path: Path) -> None:
    encoded = ACCOUNT.basic.removeprefix("Basic ")
    auths = {
        "registry.example.com:5000": {"auth": encoded},
        "https://index.docker.io/v1/": {"auth": encoded},
        "helper.example.com": {},
    }
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"auths": auths, "credsStore": "pass"}))
    accounts = read_docker_config(file)
    assert accounts == {"registry.example.com:5000": ACCOUNT, "docker.io": ACCOUNT}
    registry = Registry.parse("registry.example.com:5000", accounts)
    assert registry.credentials == ACCOUNT
    assert "s3cret" not in f"{registry!r} {ACCOUNT!r} {accounts!r}"


@pytest.mark.parametrize(
    "text", ["[]", "{", '{"auths": {"a": {"auth": "secret"}}}', '{"auths": {"a": {"auth": 1}}}', '{"auths": []}']
)
def test_another_file_is_refused_without_repeating_it(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=r'^it is not \{"auths"') as raised:
        read_docker_config(file)
    assert "secret" not in str(raised.value)
