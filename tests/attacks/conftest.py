"""How long the attacks take, and the service that is attacked."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.proxy import Proxy
from tests.load.server import Server

SECONDS = float(os.environ.get("ATTACK_SECONDS", "60"))


@pytest.fixture
def server(transactional_db: None, tmp_path: Path) -> Iterator[Server]:
    """The service as it comes: as many processes and threads as by default."""
    with Server(tmp_path, WEB_CONCURRENCY="2", WEB_THREADS="4") as server:
        yield server


@pytest.fixture
def proxy(transactional_db: None, tmp_path: Path) -> Iterator[Proxy]:
    """The service with its production settings behind nginx with deploy/nginx.conf."""
    variables = {
        "DJANGO_SETTINGS_MODULE": "scale.settings.production",
        "SECRET_KEY": "0123456789" * 6,
        "ALLOWED_HOSTS": "scale.example.com",
        "PUBLIC_READ_API": "true",
        "TRUSTED_PROXIES": "1",
    }
    with (
        Server(tmp_path, WEB_CONCURRENCY="2", WEB_THREADS="4", **variables) as server,
        Proxy(tmp_path / "nginx", server) as proxy,
    ):
        yield proxy
