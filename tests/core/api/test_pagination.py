"""Pages of lists, tried on /v6/workspaces/."""

from typing import Any
from urllib.parse import quote

import pytest
from rest_framework.test import APIClient

from workspaces.services import create_workspace

pytestmark = pytest.mark.django_db

URL = "/v6/workspaces/"
HOST = "http://testserver"
PAST_THE_END = {"detail": "Page {} is past the end of the results."}
NO_NUMBER = "must be a whole number."


def make_workspaces(count: int) -> list[str]:
    names = [f"workspace-{number:03}" for number in range(count)]
    for name in names:
        create_workspace(name=name, fields={})
    return names


def page(client: APIClient, query: str = "") -> Any:
    """Return the answer to ``query``, with the names of its results."""
    answer = client.get(f"{URL}?{query}")
    assert answer.status_code == 200, answer.content
    body = answer.json()
    return {**body, "results": [row["name"] for row in body["results"]]}


def test_an_empty_list_has_an_empty_first_page(anyone: APIClient) -> None:
    assert page(anyone, "page=1") == {"count": 0, "next": None, "previous": None, "results": []}


def test_a_page_holds_100_results_unless_asked_otherwise(anyone: APIClient) -> None:
    names = make_workspaces(101)
    assert page(anyone) == {"count": 101, "next": f"{HOST}{URL}?page=2", "previous": None, "results": names[:100]}
    assert page(anyone, "page=2") == {
        "count": 101,
        "next": None,
        "previous": f"{HOST}{URL}",
        "results": names[100:],
    }


def test_links_keep_the_query_and_lead_through_all_pages(anyone: APIClient) -> None:
    names = make_workspaces(5)
    query = "order=-name&page_size=2"
    seen: list[str] = []
    url: str | None = f"{URL}?{query}"
    while url:
        body = anyone.get(url).json()
        seen += [row["name"] for row in body["results"]]
        url = body["next"]
    assert seen == names[::-1]
    assert page(anyone, f"{query}&page=2") == {
        "count": 5,
        "next": f"{HOST}{URL}?order=-name&page=3&page_size=2",
        "previous": f"{HOST}{URL}?order=-name&page_size=2",
        "results": [names[2], names[1]],
    }


@pytest.mark.parametrize("size", ["1", "2", "1000", "0002", "٠٠"])
def test_page_size_goes_from_1_to_1000(anyone: APIClient, size: str) -> None:
    names = make_workspaces(3)
    answer = anyone.get(URL, {"page_size": size})
    if size.isascii():
        assert [row["name"] for row in answer.json()["results"]] == names[: int(size)]
    else:
        assert (answer.status_code, answer.json()) == (400, {"detail": f"page_size: {NO_NUMBER}"})


@pytest.mark.parametrize("size", ["0", "1001", "-1", "9" * 30, "9" * 5000, "-" + "9" * 30])
def test_a_page_size_out_of_bounds_is_refused(anyone: APIClient, size: str) -> None:
    answer = anyone.get(URL, {"page_size": size})
    assert (answer.status_code, answer.json()) == (400, {"detail": "page_size: must be from 1 to 1000."})


@pytest.mark.parametrize("name", ["page", "page_size"])
@pytest.mark.parametrize(
    "value", ["abc", "1e3", "1.0", "+1", " 1", "--1", "-", "0x1", "١", "²", "1\0", "last", "NaN"]
)
def test_a_page_or_a_size_that_is_no_whole_number_is_refused(anyone: APIClient, name: str, value: str) -> None:
    answer = anyone.get(f"{URL}?{name}={quote(value)}")
    assert (answer.status_code, answer.json()) == (400, {"detail": f"{name}: {NO_NUMBER}"})


@pytest.mark.parametrize("number", ["0", "-1", "-" + "9" * 5000])
def test_a_page_before_the_first_is_refused(anyone: APIClient, number: str) -> None:
    answer = anyone.get(URL, {"page": number})
    assert (answer.status_code, answer.json()) == (400, {"detail": "page: pages are numbered from 1."})


@pytest.mark.parametrize("number", ["2", "1000000", "9" * 18])
def test_a_page_past_the_end_is_not_found(anyone: APIClient, number: str) -> None:
    answer = anyone.get(URL, {"page": number})
    assert (answer.status_code, answer.json()) == (404, {"detail": PAST_THE_END["detail"].format(number)})


@pytest.mark.parametrize("digits", [19, 20, 30, 5000])
def test_a_page_number_of_any_length_is_past_the_end_in_a_short_sentence(anyone: APIClient, digits: int) -> None:
    answer = anyone.get(URL, {"page": "9" * digits})
    assert answer.status_code == 404
    assert answer.json()["detail"].endswith(" is past the end of the results.")
    assert len(answer.json()["detail"]) < 100


def test_leading_zeros_do_not_count_as_digits(anyone: APIClient) -> None:
    names = make_workspaces(2)
    zeros = "0" * 100
    assert page(anyone, f"page={zeros}2&page_size={zeros}1")["results"] == names[1:]


@pytest.mark.parametrize("absent", ["", "null", "undefined"])
@pytest.mark.parametrize("name", ["page", "page_size", "order", "name", "started", "ended"])
def test_empty_null_and_undefined_count_as_absent(anyone: APIClient, name: str, absent: str) -> None:
    names = make_workspaces(2)
    assert page(anyone, f"{name}={absent}")["results"] == names


@pytest.mark.parametrize("query", ["&", "&&page=1&&", "page=1&", "=", "=1", "page", "?", ";", "%"])
def test_stray_separators_in_a_query_are_ignored(anyone: APIClient, query: str) -> None:
    names = make_workspaces(2)
    assert page(anyone, query)["results"] == names


def test_the_last_value_of_a_repeated_page_counts_and_absent_values_do_not(anyone: APIClient) -> None:
    names = make_workspaces(3)
    assert page(anyone, "page_size=1&page=1&page=3&page=null")["results"] == names[2:]


def test_a_page_that_too_many_results_come_before_is_refused_without_reading_them(
    anyone: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("core.reads.pages", "core.api.pagination"):
        monkeypatch.setattr(f"{module}.MOST_SKIPPED", 2)
    names = make_workspaces(5)
    assert page(anyone, "page_size=1&page=3")["results"] == names[2:3]
    answer = anyone.get(f"{URL}?page_size=1&page=4")
    sentence = (
        "page: more than 2 results come before this page. Use filters that match fewer results, such as a window "
        "from started to ended."
    )
    assert (answer.status_code, answer.json()) == (400, {"detail": sentence})
    # A page past the end is still a 404.
    answer = anyone.get(f"{URL}?page_size=1&page=6")
    assert (answer.status_code, answer.json()) == (404, {"detail": PAST_THE_END["detail"].format(6)})
