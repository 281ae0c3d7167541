"""Query parameters: booleans, ids, keywords and orders, on the lists of job types and of workspaces."""

from typing import Any
from urllib.parse import quote

import pytest
from rest_framework.test import APIClient

from tests.factories import make_job_type
from workspaces.models import Workspace
from workspaces.services import create_workspace, edit_workspace

pytestmark = pytest.mark.django_db

JOB_TYPES = "/v6/job-types/"
WORKSPACES = "/v6/workspaces/"
BAD_BOOLEAN = "must be true or false."
WORKSPACE_ORDERS = "id, name, title, description, base_url, is_active, created, deprecated, last_modified"


def names(client: APIClient, url: str, query: Any = "") -> list[str]:
    """Return the names on the first page of an answer to ``query``, a string or a mapping."""
    answer = client.get(f"{url}?{query}") if isinstance(query, str) else client.get(url, query)
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["results"]]


def refusal(client: APIClient, url: str, query: Any) -> str:
    """Return the whole ``detail`` of a 400."""
    answer = client.get(url, query)
    assert answer.status_code == 400, answer.content
    assert list(answer.json()) == ["detail"]
    return answer.json()["detail"]


@pytest.mark.parametrize(
    ("spellings", "expected"),
    [
        (["true", "TRUE", "True", "1", "t", "T"], "active"),
        (["false", "FALSE", "fAlSe", "0", "f", "F"], "deprecated"),
    ],
)
def test_booleans_have_three_spellings_in_any_case(anyone: APIClient, spellings: list[str], expected: str) -> None:
    make_job_type("active")
    make_job_type("deprecated", is_active=False)
    for spelling in spellings:
        assert names(anyone, JOB_TYPES, {"is_active": spelling}) == [expected]


@pytest.mark.parametrize(
    "value", ["yes", "2", "-1", "on", " true", "true ", "tru\0e", "none", "ｔ", "t" * 5000, "٠"]
)
@pytest.mark.parametrize("parameter", ["is_active", "is_system"])
def test_any_other_boolean_is_refused(anyone: APIClient, parameter: str, value: str) -> None:
    assert refusal(anyone, JOB_TYPES, {parameter: value}) == f"{parameter}: {BAD_BOOLEAN}"


def test_all_parameters_at_fault_are_named_at_once(anyone: APIClient) -> None:
    detail = refusal(anyone, JOB_TYPES, {"is_active": "x", "is_system": "y", "id": "z"})
    assert detail == f"is_active: {BAD_BOOLEAN} id: must be a whole number. is_system: {BAD_BOOLEAN}"


def test_repeated_ids_match_any_of_them_once(anyone: APIClient) -> None:
    ids = {name: make_job_type(name).pk for name in ("a", "b", "c")}
    assert names(anyone, JOB_TYPES, {"id": [ids["a"], ids["c"], ids["a"]]}) == ["a", "c"]


@pytest.mark.parametrize(
    "value",
    [
        "0",
        "-0",
        "-1",
        str(2**31),
        str(2**63 - 1),
        str(2**63),
        str(-(2**63)),
        "9" * 30,
        "9" * 5000,
        "-" + "9" * 5000,
    ],
)
def test_an_id_that_no_row_can_have_matches_nothing(anyone: APIClient, value: str) -> None:
    job_type = make_job_type()
    assert names(anyone, JOB_TYPES, {"id": value}) == []
    assert names(anyone, JOB_TYPES, {"id": [value, job_type.pk]}) == ["test"]


def test_leading_zeros_of_an_id_do_not_count_as_digits(anyone: APIClient) -> None:
    job_type = make_job_type()
    assert names(anyone, JOB_TYPES, {"id": f"{'0' * 30}{job_type.pk}"}) == ["test"]


@pytest.mark.parametrize(
    "value", ["abc", "1.0", "1e3", "+1", " 1", "--1", "-", "0x1", "١", "²", "1\0", "1,2", "1_0"]
)
def test_an_id_that_is_no_whole_number_is_refused(anyone: APIClient, value: str) -> None:
    assert refusal(anyone, JOB_TYPES, {"id": value}) == "id: must be a whole number."
    assert refusal(anyone, JOB_TYPES, {"id": ["1", value]}) == "id: must be a whole number."


def test_a_keyword_matches_names_and_tags_in_any_case_and_shows_a_row_once(anyone: APIClient) -> None:
    make_job_type("mosaic", job={"tags": ["Mosaic", "MOSAIC of images"]})
    make_job_type("other", job={"tags": ["ÄRGER", "100%_of 'it'\"\n\u200fx"]})
    make_job_type("third")
    assert names(anyone, JOB_TYPES, {"keyword": "osAI"}) == ["mosaic"]
    assert names(anyone, JOB_TYPES, {"keyword": ["mosaic", "third", "images"]}) == ["mosaic", "third"]
    assert names(anyone, JOB_TYPES, {"keyword": "ärger"}) == ["other"]


@pytest.mark.parametrize(
    "keyword", ["%", "_", "'", '"', "\n", "\u200f", "100%_", "' OR 1=1 --", "\\", "*", "[a-z]", "🙂"]
)
def test_every_character_of_a_keyword_is_matched_literally(anyone: APIClient, keyword: str) -> None:
    make_job_type("plain", job={"tags": ["abc"]})
    assert names(anyone, JOB_TYPES, {"keyword": keyword}) == []
    make_job_type("tagged", job={"tags": [f"a{keyword}b"]})
    assert names(anyone, JOB_TYPES, {"keyword": keyword}) == ["tagged"]


@pytest.mark.parametrize("parameter", ["keyword", "order"])
def test_a_nul_in_a_text_is_refused(anyone: APIClient, parameter: str) -> None:
    answer = anyone.get(f"{JOB_TYPES}?{parameter}=name%00")
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(f"{parameter}: ")


@pytest.mark.parametrize("keyword", ["x" * 5000, "%FF%FE", "%ED%A0%80"])
def test_a_keyword_that_is_too_long_or_no_utf8_matches_nothing(anyone: APIClient, keyword: str) -> None:
    make_job_type()
    assert names(anyone, JOB_TYPES, f"keyword={keyword}") == []


def test_fields_to_order_by_may_repeat_and_a_dash_reverses_one(anyone: APIClient) -> None:
    for name, title in (("a", "2"), ("b", "1"), ("c", "2"), ("d", "1")):
        create_workspace(name=name, fields={"title": title})
    assert names(anyone, WORKSPACES, "order=title&order=name") == ["b", "d", "a", "c"]
    assert names(anyone, WORKSPACES, "order=title&order=-name") == ["d", "b", "c", "a"]
    assert names(anyone, WORKSPACES, "order=-title&order=name&order=-name") == ["a", "c", "b", "d"]
    assert names(anyone, WORKSPACES, "order=-name&order=&order=null") == ["d", "c", "b", "a"]
    assert names(anyone, WORKSPACES, "order=") == ["a", "b", "c", "d"]


def test_ties_are_broken_by_id(anyone: APIClient) -> None:
    for name in ("c", "a", "b"):
        create_workspace(name=name, fields={"title": "same"})
    assert names(anyone, WORKSPACES, "order=title") == ["c", "a", "b"]
    assert names(anyone, WORKSPACES, "order=-title") == ["c", "a", "b"]
    assert names(anyone, WORKSPACES, "order=title&order=-id") == ["b", "a", "c"]


def test_nulls_come_last_and_come_first_in_reverse_order(anyone: APIClient) -> None:
    for name in ("a", "b", "c", "d"):
        create_workspace(name=name, fields={})
    for name in ("d", "b"):
        edit_workspace(name=name, fields={"is_active": False})
    assert Workspace.objects.get(name="d").deprecated < Workspace.objects.get(name="b").deprecated  # type: ignore[operator]
    assert names(anyone, WORKSPACES, "order=deprecated") == ["d", "b", "a", "c"]
    assert names(anyone, WORKSPACES, "order=-deprecated") == ["a", "c", "b", "d"]


@pytest.mark.parametrize(
    "order", ["colour", "--name", "-", "name,title", " name", "manifest", "name\0", "id__gt", "?"]
)
def test_an_unknown_field_to_order_by_is_refused_with_the_valid_ones(anyone: APIClient, order: str) -> None:
    answer = anyone.get(f"{WORKSPACES}?order=name&order={quote(order)}")
    assert (answer.status_code, answer.json()) == (
        400,
        {"detail": f"order: the fields to order by are: {WORKSPACE_ORDERS}; a dash in front reverses the order."},
    )


def test_a_parameter_may_have_hundreds_of_values(anyone: APIClient) -> None:
    make_job_type()
    assert names(anyone, JOB_TYPES, "&".join(f"keyword={number}" for number in range(300))) == []
    assert names(anyone, JOB_TYPES, "&".join(f"id={-number}" for number in range(900))) == []
    assert names(anyone, JOB_TYPES, "&".join("is_active=" for _ in range(900))) == ["test"]


def test_more_than_three_fields_to_order_by_are_refused(anyone: APIClient) -> None:
    make_job_type()
    assert names(anyone, JOB_TYPES, "order=name&order=version&order=id") == ["test"]
    answer = anyone.get(f"{JOB_TYPES}?order=name&order=version&order=id&order=title")
    assert (answer.status_code, answer.json()) == (400, {"detail": "order: must not name more than 3 fields."})


def test_a_repeated_field_to_order_by_is_ignored(anyone: APIClient) -> None:
    for name, title in (("b", "same"), ("a", "same"), ("c", "other")):
        make_job_type(name, job={"title": title})
    query = "order=title&order=-name&order=-title"
    answer = anyone.get(f"/v6/job-types/?{query}")
    assert [row["name"] for row in answer.json()["results"]] == ["c", "b", "a"]
