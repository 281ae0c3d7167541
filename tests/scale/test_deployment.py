"""The settings are the same in the code, .env.example, the README and docker-compose.yml, and the limits agree."""

import gc
import re
import runpy
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.fernet import Fernet
from django.conf import settings

from scale.settings.environment import Production
from scale.worker import LONGEST_LINE, MOST_HELD

ROOT = Path(settings.BASE_DIR)
# Set by the image, or made of the password in docker-compose.yml.
NOT_PASSED_ON = {"ENV_FILE", "DJANGO_SETTINGS_MODULE", "BIND", "PROBE_BIND", "DATABASE_URL"}


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def names(pattern: str, texts: Iterable[str]) -> set[str]:
    return {name for one in texts for name in re.findall(pattern, one, re.MULTILINE)}


@pytest.fixture
def read() -> set[str]:
    """The variables that the code reads: those of the table, and the one that names the file."""
    return {row.name for row in fields(Production)} | {"ENV_FILE"}


@pytest.fixture
def compose() -> Any:
    return yaml.safe_load(text("docker-compose.yml"))


def test_the_example_of_the_environment_names_the_variables_that_are_read(read: set[str]) -> None:
    assert names(r"^#?([A-Z_]+)=", [text(".env.example")]) | {"ENV_FILE"} == read


def test_the_readme_names_the_variables_that_are_read(read: set[str]) -> None:
    table = text("README.md").partition("| variable | default | what |")[2].partition("\n\n")[0]
    assert names(r"`([A-Z_]+)`", [row.partition("|")[0] for row in re.split(r"^\| ", table, flags=re.M)]) == read


def test_compose_passes_every_variable_on_to_all_that_run_the_service(read: set[str], compose: Any) -> None:
    for service in ("setup", "web"):
        passed = compose["services"][service]["environment"]
        assert passed.keys() - {"DATABASE_URL"} == read - NOT_PASSED_ON
        assert {name for name, value in passed.items() if f"${{{name}:" not in value} == {"DATABASE_URL"}


def test_the_defaults_of_compose_are_those_of_the_code(compose: Any) -> None:
    example = dict(re.findall(r"^#([A-Z_]+)=(.*)$", text(".env.example"), re.MULTILINE))
    # In production only accounts read; what the example shows of these is no default.
    other = {"PUBLIC_READ_API", "ALLOWED_HOSTS", "ALLOWED_HOST_MOUNTS"}
    passed = compose["services"]["web"]["environment"]
    defaults = {name: re.findall(r":-(.*)\}", value)[0] for name, value in passed.items() if ":-" in value}
    assert {name: value for name, value in defaults.items() if example[name] != value}.keys() <= other


def test_compose_publishes_on_this_machine_alone_and_gives_requests_time_to_end(compose: Any) -> None:
    services = compose["services"]
    gunicorn = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert [port.partition(":")[0] for port in ports] == ["127.0.0.1"]
    assert int(services["web"]["stop_grace_period"].removesuffix("s")) > gunicorn["graceful_timeout"]
    assert all("mem_limit" in service for service in services.values())


def test_the_processes_of_compose_fit_into_its_memory(compose: Any) -> None:
    web = compose["services"]["web"]
    (processes,) = re.findall(r":-(\d+)\}", web["environment"]["WEB_CONCURRENCY"])
    (gib,) = re.findall(r":-(\d+)g\}", web["mem_limit"])
    operations, held = text("docs/operations.md"), MOST_HELD >> 20
    assert f"a web process takes some 100 MiB, and up to {held} more" in operations
    assert int(processes) * (100 + held) < 0.75 * 1024 * int(gib)
    for file in ("README.md", ".env.example", "docs/operations.md"):
        assert re.search(rf"\b{processes} in compose", text(file)), file


def test_the_documents_let_no_container_print_a_secret() -> None:
    containers = r"^ *docker (?:compose )?run .*(?:\bcat\b|--print|tokens create).*$"
    for file in (ROOT / "README.md", *ROOT.glob("docs/*.md"), ROOT / "docker-compose.yml"):
        assert not re.findall(containers, file.read_text(encoding="utf-8"), re.MULTILINE), file


def test_the_keys_that_the_documents_make_without_django_are_good_and_private(tmp_path: Path) -> None:
    (line,) = re.findall(r"^    (\(umask 077.*)$", text("docs/operations.md"), re.MULTILINE)
    subprocess.run(["sh", "-c", line], cwd=tmp_path, check=True)
    file = tmp_path / ".env"
    written = file.read_text(encoding="utf-8")
    variables = dict(one.split("=", 1) for one in written.splitlines())
    assert (file.stat().st_mode & 0o777, variables.keys()) == (0o600, {"SECRET_KEY", "ENCRYPTION_KEYS"})
    assert len(variables["SECRET_KEY"]) >= 50
    Fernet(variables["ENCRYPTION_KEYS"])
    # A file that exists is left as it is.
    assert subprocess.run(["sh", "-c", line], cwd=tmp_path, check=False, capture_output=True).returncode != 0
    assert file.read_text(encoding="utf-8") == written


def test_images_can_be_pinned_by_a_variable(compose: Any) -> None:
    assert compose["services"]["database"]["image"] == "${POSTGRES_IMAGE:-postgres:17}"
    argument = compose["services"]["web"]["build"]["args"]["PYTHON_IMAGE"]
    default = re.findall(r"^ARG PYTHON_IMAGE=(.*)$", text("Dockerfile"), re.MULTILINE)
    assert [argument] == [f"${{PYTHON_IMAGE:-{one}}}" for one in default]
    assert set(re.findall(r"^FROM (\S+)", text("Dockerfile"), re.MULTILINE)) == {"${PYTHON_IMAGE}"}


def test_nginx_agrees_with_the_service() -> None:
    nginx, gunicorn = text("deploy/nginx.conf"), runpy.run_path(str(ROOT / "gunicorn.conf.py"))

    def value(name: str) -> int:
        return int(re.findall(rf"^ *{name} (?:\d+ )?(\d+)", nginx, re.MULTILINE)[0])

    assert value("client_max_body_size") == settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert value("large_client_header_buffers") * 1024 > LONGEST_LINE
    assert value("keepalive_timeout") < gunicorn["keepalive"]
    assert value("proxy_read_timeout") > settings.DATABASE_REQUEST_TIMEOUT


def test_all_views_are_loaded_before_the_processes_are_forked() -> None:
    code = "import sys, scale.wsgi; print({'jobs.views', 'pages.views.jobs', 'files.views'} <= sys.modules.keys())"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == ["True"]


def test_garbage_is_collected_between_requests_and_old_objects_are_seldom_visited() -> None:
    config = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    requests = config["COLLECTIONS"] + 2
    gc.disable()
    try:
        gc.collect()
        before = [generation["collections"] for generation in gc.get_stats()]
        for _ in range(requests):
            kept: list[list[None]] = [[] for _ in range(2 * config["GARBAGE"])]
            config["post_request"](None, None, None, None)
            del kept
        after = [generation["collections"] for generation in gc.get_stats()]
    finally:
        gc.enable()
    assert [now - then for now, then in zip(after, before, strict=True)] == [0, requests - 1, 1]
