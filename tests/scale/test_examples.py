"""The examples of the API document and of the pages, sent to the demo as they are printed."""

import json
import re
import shlex
from argparse import ArgumentParser
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

import pytest
import pytest_django
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from knox.models import AuthToken

from tests.rows import shared

ROOT = Path(__file__).parent.parent.parent
FORM = "application/x-www-form-urlencoded"  # what curl calls every body

BLOCK = re.compile(r"(?:^    .*\n)+", re.MULTILINE)
STATUS = re.compile(r"#.*\b(\d{3})$")
ANSWER = re.compile(r"(?:\A|^here +(?P<status>\d{3}) +)(?P<body>\{.*)", re.DOTALL | re.MULTILINE)
VARIABLE = re.compile(r"'[^']*'|\$(\w+)")

CURL = ArgumentParser()
CURL.add_argument("url")
CURL.add_argument("-X", dest="method")
CURL.add_argument("-H", dest="headers", action="append", default=[])
CURL.add_argument("-d", dest="data")
CURL.add_argument("-i", "--compressed", action="store_true")


class Example(NamedTuple):
    """A command of a page, and what is printed of its answer; None for what is not."""

    command: str
    status: str | None
    body: str | None = None


def examples_of(page: str) -> list[Example]:
    """Return the curl commands of a page.

    A comment at the end of a command may name the status of the answer (``# 304``). The block after a command may
    show the answer; where it shows that of Scale 7 as well, ``here`` and the status precede that of this service.
    """
    found: list[Example] = []
    for block in map(dedent, BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))):
        if block.startswith("curl "):
            for command in re.split(r"\n(?=curl )", block.rstrip()):
                status = STATUS.search(command)
                found.append(Example(command, status and status[1]))
        elif answer := ANSWER.search(block):
            found[-1] = Example(found[-1].command, answer["status"] or found[-1].status, answer["body"])
    return found


def send(command: str, variables: dict[str, str]) -> HttpResponse:
    """Send what a curl command sends. Like a shell, leave variables in single quotes alone."""
    quoted = {name: value.replace('"', r"\"") for name, value in variables.items()}
    expanded = VARIABLE.sub(lambda found: quoted[found[1]] if found[1] else found[0], command)
    curl = CURL.parse_args(shlex.split(expanded.replace("\\\n", " "), comments=True)[1:])
    headers = dict(header.split(": ", 1) for header in curl.headers)
    data = curl.data or ""
    if data.startswith("@"):
        data = (ROOT / data[1:]).read_text(encoding="utf-8")
    method = curl.method or ("POST" if data else "GET")
    return Client().generic(method, curl.url, data, headers.pop("Content-Type", FORM), headers=headers)  # type: ignore[return-value]


def matches(printed: str, sent: str) -> bool:
    """Say whether ``sent`` is what is printed: ``…`` stands for anything, and numbers and times may differ."""
    plain, wanted = (re.sub(r"\d+", "0", re.sub(r"\s", "", text)) for text in (sent, printed))
    return re.fullmatch(".*".join(map(re.escape, wanted.split("…"))), plain) is not None


@pytest.fixture(scope="module")
def tokens(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[dict[str, str]]:
    """The tokens of the operator of what ``make demo`` serves, and of a worker, as the pages call them."""
    with shared(django_db_blocker):
        for command in ("load_builtin_errors", "seed_system_job_types", "load_demo"):
            call_command(command, stdout=StringIO())
        operator = User.objects.create_user("operator", is_staff=True)
        worker = User.objects.create_user("worker-01")
        worker.groups.add(Group.objects.get(name="Workers"))
        accounts = {"TOKEN": operator, "WORKER": worker}
        yield {name: AuthToken.objects.create(account)[1] for name, account in accounts.items()}


@pytest.mark.parametrize("page", ["docs/api.md", "docs/migrating.md", "docs/workers.md"])
def test_the_commands_of_a_page_return_what_it_prints(page: str, tokens: dict[str, str], db: None) -> None:
    variables = {"URL": "/v6", **tokens}
    examples = examples_of(page)
    assert len(examples) >= 6
    for command, status, body in examples:
        answer = send(command, variables)
        text = answer.content.decode()
        expected = [status] if status else ["200", "201"]
        assert str(answer.status_code) in expected or (body and not status), (command, text)
        assert body is None or matches(body, text), (command, text)
        # The pages say that these are taken from the answers before.
        variables["TAG"] = answer.headers.get("ETag", "")
        results = text and json.loads(text).get("results")
        if results and "id" in results[0]:
            kind = "TRY" if "exe_num" in results[0] else "FILE" if "file_path" in results[0] else "JOB"
            variables[kind] = str(results[0]["id"])


def test_the_requests_of_the_api_document_are_taken(tokens: dict[str, str], db: None) -> None:
    client = Client(headers={"Authorization": f"Token {tokens['TOKEN']}"})
    document = client.get("/v6/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()
    sent = 0
    registered: dict[str, Any] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            for title, example in content.get("examples", {}).items():
                # A job type that is edited is the one that an example before has registered.
                url = path.format(**registered)
                answer = client.generic(method.upper(), url, json.dumps(example["value"]), "application/json")
                assert answer.status_code in (200, 201), (method, path, title, answer.content)
                registered = answer.json() if answer.status_code == 201 else registered
                sent += 1
    assert sent >= 10
