"""Scale's web client under /ui/: its files, its page for its own URLs, its policy, and nothing else."""

import gzip
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import set_script_prefix

from scale.client import _load

PAGE = """<!doctype html><html><HEAD lang="en"><title>Scale</title><base href="/"></HEAD><body>
<script>start()</script><script src="main.js"></script></body></html>"""
MAIN = "main.0123456789abcdef0123.js"
NAVIGATION = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Any:
    """The folder of a client, beside which there is a file that is no part of it."""
    built = tmp_path / "built"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text(PAGE, encoding="utf-8")
    (built / MAIN).write_text("main()", encoding="utf-8")
    (built / "styles.css").write_text("a {}" * 100, encoding="utf-8")
    (built / "styles.css.gz").write_bytes(gzip.compress(b"a {}" * 100))
    (built / "assets" / "appConfig.json").write_text("{}", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("what-nobody-may-read", encoding="utf-8")
    settings.SCALE_UI_DIR = str(built)
    _load.cache_clear()
    yield built
    _load.cache_clear()


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.parametrize("path", ["", MAIN, "assets/appConfig.json", "index.html"])
def test_without_a_folder_nothing_is_served(path: str, db: None) -> None:
    assert Client().get(f"/ui/{path}", headers=NAVIGATION).status_code == 404


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "path", ["", "index.html", "processing/jobs", "configuration/job-types/tiler/1.0.0", "a/b/?page=1&x=.."]
)
def test_the_page_is_served_at_all_of_its_urls(path: str) -> None:
    answer = Client().get(f"/ui/{path}", headers=NAVIGATION)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.content.decode() == PAGE.replace('href="/"', 'href="/ui/"')
    assert answer["Cache-Control"] == "no-cache"


@pytest.mark.usefixtures("folder")
def test_the_base_follows_the_mount() -> None:
    set_script_prefix("/scale/")
    try:
        answer = Client().get("/ui/", headers=NAVIGATION, SCRIPT_NAME="/scale")
    finally:
        set_script_prefix("/")
    assert b'<base href="/scale/ui/">' in answer.content


def test_a_page_without_a_base_gets_one(folder: Path) -> None:
    (folder / "index.html").write_text("<html><head><title>Scale</title></head></html>", encoding="utf-8")
    answer = Client().get("/ui/")
    assert answer.content == b'<html><head><base href="/ui/"><title>Scale</title></head></html>'


@pytest.mark.usefixtures("folder")
def test_the_page_has_a_policy_of_its_own_also_when_it_has_not_changed() -> None:
    answer = Client().get("/ui/", headers=NAVIGATION)
    policy = answer["Content-Security-Policy"]
    digest = b64encode(sha256(b"start()").digest()).decode()
    assert re.findall(r"script-src ([^;]*)", policy) == [f"'self' 'sha256-{digest}'"]
    assert re.findall(r"base-uri ([^;]*)", policy) == ["'self'"]
    assert "frame-ancestors 'none'" in policy
    assert (answer["X-Content-Type-Options"], answer["X-Frame-Options"]) == ("nosniff", "DENY")
    again = Client().get("/ui/", headers={**NAVIGATION, "If-None-Match": answer["ETag"]})
    assert (again.status_code, again["Content-Security-Policy"]) == (304, policy)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("path", "content_type", "cached"),
    [
        (MAIN, "text/javascript", "immutable"),
        ("styles.css", "text/css", "max-age=60"),
        ("assets/appConfig.json", "application/json", "max-age=60"),
    ],
)
def test_a_file_is_served_and_cached(path: str, content_type: str, cached: str) -> None:
    answer = Client().get(f"/ui/{path}", headers={"Accept": "*/*"})
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, content_type)
    assert cached in answer["Cache-Control"]
    assert body(answer)
    again = Client().get(f"/ui/{path}", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304


@pytest.mark.usefixtures("folder")
def test_a_compressed_file_is_sent_to_browsers_that_take_it() -> None:
    answer = Client().get("/ui/styles.css", headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert gzip.decompress(body(answer)) == b"a {}" * 100


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("path", ["none.js", "assets/", "assets", "index.html/x", "styles.css/", "%00", "a%0Ab"])
def test_a_file_that_is_not_there_is_a_404(path: str, db: None) -> None:
    assert Client().get(f"/ui/{path}", headers={"Accept": "*/*"}).status_code == 404


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "..%2Fsecret.txt",
        "%2e%2e/secret.txt",
        "assets/../../secret.txt",
        "..\\secret.txt",
        "%5C..%5Csecret.txt",
        "/etc/passwd",
        "//etc/passwd",
        "%2Fetc%2Fpasswd",
        "./../secret.txt",
        "....//secret.txt",
    ],
)
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_no_path_leads_out_of_the_folder(path: str, accept: str, db: None) -> None:
    answer = Client().generic("GET", f"/ui/{path}", headers={"Accept": accept})
    assert answer.status_code in (200, 404)
    assert b"what-nobody-may-read" not in body(answer)
    assert b"root:" not in body(answer)
    assert answer.status_code == 404 or b"<title>Scale</title>" in body(answer)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_is_only_read(method: str) -> None:
    assert getattr(Client(), method)("/ui/").status_code == 405


def test_a_folder_that_has_lost_its_page_is_a_404(folder: Path, db: None) -> None:
    (folder / "index.html").unlink()
    assert Client().get("/ui/", headers=NAVIGATION).status_code == 404
