"""The page of the audit: who, what, before and after, in words; for those who may read it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from audit.models import Action, Kind
from audit.services import CHANGED, Subject, record
from core.actors import Actor, Source, acting
from tests.pages.reading import html_of, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def records(db: None) -> None:
    edits: list[tuple[Actor, Subject, Action, dict[str, Any]]] = [
        (
            Actor("ada", Source.API),
            Subject(Kind.JOB_TYPE, "test", "1.0.0"),
            Action.EDITED,
            {"is_paused": {"old": False, "new": True}, "title": {"old": "", "new": "<b>"}, "manifest": CHANGED},
        ),
        (
            Actor("root", Source.COMMAND, command="recount"),
            Subject(Kind.WORKSPACE, "raw"),
            Action.CREATED,
            {"title": {"old": None, "new": "Raw"}, "description": {"old": None, "new": ""}},
        ),
        (
            Actor("bob", Source.ADMIN),
            Subject(Kind.JOB, ""),
            Action.CANCELED,
            {"selection": {"new": {"status": ["QUEUED"]}}, "count": {"new": 12}},
        ),
        (
            Actor("node-1", Source.API),
            Subject(Kind.JOB, "17"),
            Action.SECRETS_DELIVERED,
            {"exe_num": {"new": 1}, "secrets": {"new": ["password"]}},
        ),
        (
            Actor("bob", Source.ADMIN),
            Subject(Kind.NODE, "n1"),
            Action.EDITED,
            {"is_paused": {"old": True, "new": False}},
        ),
        (
            Actor("bob", Source.API),
            Subject(Kind.SCHEDULER, ""),
            Action.EDITED,
            {"is_paused": {"old": True, "new": False}},
        ),
        (Actor("ada", Source.API), Subject(Kind.RECIPE_TYPE, "r"), Action.FOLLOWED, {"definition": CHANGED}),
    ]
    for actor, subject, action, changes in edits:
        with acting(actor):
            record(subject=subject, action=action, changes=changes)


def test_each_change_is_told_in_words(operator: Client, records: None) -> None:
    page = read(operator, "/audit/")
    for sentence in (
        "ada through the API or a page Job type test 1.0.0 edited is_paused no yes title nothing <b> manifest",
        "root by a command recount Workspace raw created title Raw",
        'bob in the admin A selection of jobs canceled selection {"status": ["QUEUED"]} count 12',
        'node-1 through the API or a page Job 17 secrets delivered exe_num 1 secrets ["password"]',
        "bob in the admin Node n1 edited is_paused yes no",
        "bob through the API or a page Scheduler edited is_paused yes no",
        "ada through the API or a page Recipe type r followed definition changed",
    ):
        assert sentence in page
    html = html_of(operator, "/audit/")
    assert ('href="/workspaces/raw/"' in html, 'href="/recipes/r/"' in html) == (True, True)


def test_the_filters_are_those_of_the_api_and_in_the_url(operator: Client, records: None) -> None:
    page = read(operator, "/audit/?kind=workspace&kind=node&actor=bob")
    assert ("Node n1" in page, "Workspace raw" in page, "Scheduler" in page) == (True, False, False)
    assert "No change matches" in read(operator, "/audit/?name=none")
    refused = operator.get("/audit/?colour=red")
    assert refused.status_code == 400


def test_an_audit_without_records_says_what_appears(operator: Client) -> None:
    assert "Nothing was changed yet" in read(operator, "/audit/")


def test_it_is_for_those_who_may_read_it_in_the_api(
    client: Client, logged_in: Callable[..., Client], operator: Client, records: None
) -> None:
    assert client.get("/audit/")["Location"] == "/accounts/login/?next=/audit/"
    assert logged_in("Publishers").get("/audit/").status_code == 403
    assert 'href="/audit/"' not in html_of(client, "/")
    assert 'href="/audit/"' in html_of(operator, "/")


def test_what_the_page_costs(operator: Client, records: None, django_assert_num_queries: Any) -> None:
    operator.get("/audit/")
    with django_assert_num_queries(4):  # the session, the account, its rights, the records
        operator.get("/audit/")
