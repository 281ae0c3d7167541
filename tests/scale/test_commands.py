"""The commands that set up a service: write_env and bootstrap."""

import io
import re
import stat
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
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


@pytest.mark.django_db
def test_bootstrap_prints_a_token_that_is_valid_and_prints_it_once(anyone: APIClient) -> None:
    def bootstrap() -> str:
        output = io.StringIO()
        call_command("bootstrap", workspace=["w"], operator="op", stdout=output)
        return output.getvalue()

    token = re.search(r"API token: (\S+)", bootstrap())
    assert token
    anyone.credentials(HTTP_AUTHORIZATION=f"Token {token[1]}")
    assert anyone.patch("/v6/workspaces/w/", {"title": "W"}, format="json").status_code == 200
    again = bootstrap()
    assert "token" not in again
    assert "assword" not in again
    assert (Workspace.objects.count(), get_user_model().objects.count()) == (1, 1)
