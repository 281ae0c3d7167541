"""The lists of job types and revisions in the admin: columns, filters, the search."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import make_job_type
from tests.job_types.admin_pages import LIST, REVISIONS, make_system_job_type, messages_of

pytestmark = pytest.mark.django_db


def found(client: Client, text: str) -> list[str]:
    """The job types that a search lists, in its order."""
    answer = client.get(LIST, {"q": text})
    assert answer.status_code == 200
    return [str(job_type) for job_type in answer.context["cl"].result_list]


def test_the_list_shows_name_version_title_and_switches(admin_client: Client) -> None:
    make_job_type("viewshed", "1.2.0", is_paused=True)
    answer = admin_client.get(LIST)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "<title>Select job type to change | Scale job types</title>" in page
    row = re.findall(r'class="field-(\w+)', page)
    assert row == [
        "name",
        "version_shown",
        "title",
        "state",
        "marks",
        "revision",
        "unmet_resources",
        "last_modified",
    ]
    assert "Title of viewshed" in page


def test_versions_are_listed_and_sorted_by_their_precedence(admin_client: Client) -> None:
    for version in ("1.10.0", "1.2.0", "1.10.0-rc.1"):
        make_job_type(version=version)
    ascending = ["1.2.0", "1.10.0-rc.1", "1.10.0"]
    for order, expected in (("", ascending), ("2", ascending), ("-2", ascending[::-1])):
        answer = admin_client.get(LIST, {"o": order})
        assert [job_type.version for job_type in answer.context["cl"].result_list] == expected


def test_the_list_takes_as_many_queries_for_many_rows_as_for_one_and_reads_no_document(
    admin_client: Client,
) -> None:
    def queries(url: str) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            assert admin_client.get(url).status_code == 200
        return [query["sql"] for query in captured]

    make_job_type("first", job={"tags": ["common", "tag"]})
    queries(LIST)  # the first request fills Django's cache of content types
    urls = [LIST, f"{LIST}?q=common", f"{LIST}?is_active__exact=1", REVISIONS]
    before = {url: queries(url) for url in urls}
    for number in range(5):
        make_job_type(f"more-{number}", job={"tags": ["common", "tag"]})
    for url in urls:
        after = queries(url)
        assert len(after) == len(before[url])
        assert not [sql for sql in after if '"manifest"' in sql or '"configuration"' in sql]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("is_active__exact=0", ["deprecated 1.0.0"]),
        ("is_paused__exact=1", ["paused 1.0.0"]),
        ("is_published__exact=1", ["published 1.0.0"]),
        ("is_system__exact=1", ["system 1.0.0"]),
    ],
)
def test_each_switch_is_a_filter(admin_client: Client, query: str, expected: list[str]) -> None:
    make_job_type("deprecated", is_active=False)
    make_job_type("paused", is_paused=True)
    make_job_type("published", is_published=True)
    make_system_job_type("system")
    answer = admin_client.get(f"{LIST}?{query}")
    assert [str(job_type) for job_type in answer.context["cl"].result_list] == expected


@pytest.mark.parametrize(
    "query",
    ["name=%00", "is_active__exact=%00", "manifest__job=1", "secrets__token__startswith=a", "version_key=1"],
)
def test_lookups_that_no_filter_offers_are_refused(admin_client: Client, query: str) -> None:
    make_job_type()
    assert admin_client.get(f"{LIST}?{query}").status_code in (302, 400)


@pytest.mark.parametrize(
    "text",
    ["viewshed", "VIEWSHED", "shed", "Line of Sight", "of sight LINE", "terrain", "TERRAIN", "STRASSE", "straße"],
)
def test_the_search_finds_names_titles_and_tags_in_any_case_and_once(admin_client: Client, text: str) -> None:
    make_job_type("viewshed", job={"title": "Line of sight", "tags": ["Terrain", "terrain-2", "Straße"]})
    make_job_type("other", job={"title": "Another", "tags": ["else"]})
    assert found(admin_client, text) == ["viewshed 1.0.0"]


def test_the_search_ignores_the_case_of_letters_beyond_ascii_in_titles_too(admin_client: Client) -> None:
    make_job_type(job={"title": "ÜBERSICHT"})
    assert found(admin_client, "übersicht") == ["test 1.0.0"]


def test_every_word_of_a_search_must_be_found_wherever_it_is(admin_client: Client) -> None:
    make_job_type("viewshed", job={"title": "Line of sight", "tags": ["terrain"]})
    assert found(admin_client, "terrain view line") == ["viewshed 1.0.0"]
    assert found(admin_client, "terrain view nothing") == []


@pytest.mark.parametrize("character", ["%", "_", "'", '"', "\\", ".", "*", "(", "[", "-", "#", "&", "~", "$", "^"])
def test_every_character_of_a_search_is_an_ordinary_one(admin_client: Client, character: str) -> None:
    make_job_type("plain", job={"title": "plain", "tags": ["plain"]})
    make_job_type("intitle", job={"title": f"a{character}b", "tags": []})
    make_job_type("intag", job={"title": "tagged", "tags": [f"c{character}d"]})
    assert found(admin_client, f"a{character}b") == ["intitle 1.0.0"]
    assert found(admin_client, f"c{character}d") == ["intag 1.0.0"]
    assert found(admin_client, character) == ["intag 1.0.0", "intitle 1.0.0"]


@pytest.mark.parametrize("url", [LIST, REVISIONS])
def test_a_nul_in_a_search_is_reported_and_searches_nothing(admin_client: Client, url: str) -> None:
    make_job_type()
    answer = admin_client.get(url, {"q": "te\0st"})
    assert answer.status_code == 200
    assert messages_of(answer) == [("error", "Null characters are not allowed.")]
