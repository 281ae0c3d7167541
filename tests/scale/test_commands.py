"""The commands that set up a service: write_env and bootstrap."""

import io
import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import Client
from rest_framework.test import APIClient

from workspaces.models import Workspace


def test_write_env_makes_a_file_for_its_owner_and_leaves_one_that_exists(tmp_path: Path, settings: Any) -> None:
    settings.BASE_DIR = tmp_path
    call_command("write_env", stdout=io.StringIO())
    file = tmp_path / ".env"
    written = file.read_text(encoding="utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert re.search(r"^SECRET_KEY='\w{50,}'\nENCRYPTION_KEYS=\S{44}$", written, re.MULTILINE)
    call_command("write_env", stdout=io.StringIO())
    assert file.read_text(encoding="utf-8") == written


def bootstrap(credentials: Path) -> str:
    output = io.StringIO()
    call_command("bootstrap", workspace=["w"], operator="op", credentials=credentials, stdout=output)
    return output.getvalue()


@pytest.mark.django_db
def test_bootstrap_writes_a_password_and_a_token_to_a_file_for_its_owner_and_prints_where(
    anyone: APIClient, client: Client, tmp_path: Path
) -> None:
    file = tmp_path / "new" / "credentials.txt"
    umask = os.umask(0)
    try:
        output = bootstrap(file)
    finally:
        os.umask(umask)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = dict(re.findall(r"^(.+?): +(\S+)$", file.read_text(encoding="utf-8"), re.MULTILINE))
    assert list(written) == ["User", "Password", "API token"]
    assert str(file) in output
    assert written["Password"] not in output
    assert written["API token"] not in output
    anyone.credentials(HTTP_AUTHORIZATION=f"Token {written['API token']}")
    assert anyone.patch("/v6/workspaces/w/", {"title": "W"}, format="json").status_code == 200
    login = {"username": "op", "password": written["Password"], "next": "/admin/"}
    assert client.post("/admin/login/", login).status_code == 302
    file.unlink()
    assert "op" not in bootstrap(file).split()
    assert not file.exists()
    assert (Workspace.objects.count(), get_user_model().objects.count()) == (1, 1)


@pytest.mark.django_db
def test_bootstrap_creates_no_account_whose_credentials_it_cannot_write(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("of another installation", encoding="utf-8")
    elsewhere = tmp_path / "elsewhere"
    (link := tmp_path / "link").symlink_to(elsewhere)
    for file in (taken, link, taken / "below", tmp_path):
        with pytest.raises(CommandError, match=re.escape(str(file))):
            bootstrap(file)
    assert taken.read_text(encoding="utf-8") == "of another installation"
    assert not elsewhere.exists()
    assert not get_user_model().objects.exists()
