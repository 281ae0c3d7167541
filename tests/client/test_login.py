"""``scale login``: where the token is kept, who can read it, and where it is sent."""

import os
import stat
from pathlib import Path

import pytest

from client.cli.scale.credentials import Credentials, credentials_file, keep_credentials
from tests.client.conftest import Command
from tests.client.faulty import Scripted, faulty_server
from tests.factories import make_job_type

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_token_that_the_service_knows_is_kept_for_its_owner_alone(command: Command, url: str, token: str) -> None:
    mask = os.umask(0)
    try:
        ran = command("login", url, stdin=f"{token}\n")
    finally:
        os.umask(mask)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"Logged in at {url}/v6/ as operator; the token is in {credentials_file()}.\n"
    assert stat.S_IMODE(credentials_file().stat().st_mode) == 0o600
    assert stat.S_IMODE(credentials_file().parent.stat().st_mode) == 0o700
    assert os.listdir(credentials_file().parent) == ["credentials.json"]  # noqa: PTH208  (hidden ones, too)
    make_job_type()
    assert command("job-types", "pause", "test", "1.0.0").code == 0
    assert command("logout").out == "Logged out.\n"
    assert not credentials_file().exists()
    assert command("logout").out == "There was no login.\n"


def test_a_token_that_the_service_does_not_know_is_not_kept(command: Command, url: str) -> None:
    ran = command("login", url, stdin="a-token-of-nobody\n")
    assert ran.code == 1
    assert "a-token-of-nobody" not in ran.out + ran.err
    assert not credentials_file().exists()


def test_a_token_comes_from_a_file_too(command: Command, url: str, token: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{token}\n")
    assert command("--token-file", file, "--url", url, "login").code == 0
    assert credentials_file().exists()
    missing = command("--token-file", tmp_path / "none", "--url", url, "login")
    assert (missing.code, missing.err) == (2, f"{tmp_path / 'none'}: No such file or directory\n")


def test_a_kept_token_is_sent_to_no_other_service(command: Command) -> None:
    answer = Scripted(body=b'{"count": 0, "next": null, "results": []}')
    with faulty_server(answer) as one, faulty_server(answer) as other:
        keep_credentials(Credentials(f"{one.url}/v6/", "a-kept-token"))
        assert command("job-types", "list").code == 0
        assert command("--url", one.url, "job-types", "list").code == 0
        assert command("--url", other.url, "job-types", "list").code == 0
    assert [asked[2]["Authorization"] for asked in one.asked] == ["Token a-kept-token"] * 2
    assert [asked[2].get("Authorization") for asked in other.asked] == [None]


def test_a_file_that_others_can_read_is_refused(command: Command) -> None:
    path = keep_credentials(Credentials("http://127.0.0.1:1/", "a-kept-token"))
    path.chmod(0o640)
    ran = command("job-types", "list")
    assert (ran.code, ran.err) == (
        2,
        f"{path}: others can read it; use chmod 600, or log in again and revoke the token.\n",
    )
    path.chmod(0o600)
    path.write_text("[]")
    assert command("job-types", "list").err == f"{path}: it is broken; log in again.\n"


def test_without_a_service_a_command_says_how_to_choose_one(command: Command) -> None:
    ran = command("jobs", "list")
    assert (ran.code, ran.err) == (2, "No service is chosen. Use scale login, --url or SCALE_URL.\n")
    assert command("login").err == "Which service? Give its URL: scale login https://scale.example.com\n"
