"""/v6/errors/: list and show, through HTTP."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from errors.models import Error
from errors.selectors import COLUMNS
from errors.services import declare_errors, load_builtin_errors
from seed import ManifestError

pytestmark = pytest.mark.django_db

URL = "/v6/errors/"
FIRST = "2015-01-01T00:00:00Z"
SECOND = "2015-01-02T00:00:00.500000Z"
THIRD = "2015-01-03T00:00:00Z"


@pytest.fixture
def three() -> list[dict[str, Any]]:
    """A built-in error and two declared ones, as an answer shows them."""
    rows = [
        ("b", None, "Gamma", "z", "SYSTEM", True, THIRD, FIRST),
        ("c", "job-2", "Alpha", "y", "DATA", False, FIRST, SECOND),
        ("a", "job-1", "Beta", "x", "ALGORITHM", False, SECOND, THIRD),
    ]
    shown = []
    for name, job_type_name, title, description, category, builtin, created, last_modified in rows:
        facts: dict[str, Any] = {
            "name": name,
            "title": title,
            "description": description,
            "job_type_name": job_type_name,
            "category": category,
            "is_builtin": builtin,
            "should_be_retried": builtin,
            "created": created,
            "last_modified": last_modified,
        }
        shown.append({"id": Error.objects.create(**facts).pk, **facts})
    return shown


def names(client: APIClient, query: str) -> list[str]:
    answer = client.get(f"{URL}?{query}")
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["results"]]


def test_the_list_shows_errors_whole_in_the_order_of_their_ids(anyone: APIClient, three: list[Any]) -> None:
    assert anyone.get(URL).json() == {"count": 3, "next": None, "previous": None, "results": three}


def test_the_details_show_one_error_whole(anyone: APIClient, three: list[Any]) -> None:
    for error in three:
        answer = anyone.get(f"{URL}{error['id']}/")
        assert (answer.status_code, answer.json()) == (200, error)


@pytest.mark.parametrize("pk", ["0", "-1", "x", "9" * 10, "9" * 18, "9" * 19, "9" * 30, "9" * 5000, "١", "1.0"])
def test_an_error_that_does_not_exist_is_not_found(anyone: APIClient, three: list[Any], pk: str) -> None:
    answer = anyone.get(f"{URL}{pk}/")
    assert answer.status_code == 404
    assert list(answer.json()) == ["detail"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("is_builtin=true", ["b"]),
        ("is_builtin=0", ["c", "a"]),
        ("job_type_name=job-1", ["a"]),
        ("job_type_name=job-1&job_type_name=job-2", ["c", "a"]),
        ("job_type_name=nobody", []),
        ("job_type_name=null", ["b", "c", "a"]),
        ("name=a", ["a"]),
        ("name=a&name=b&name=x", ["b", "a"]),
        ("name=A", []),
        ("category=SYSTEM", ["b"]),
        ("category=DATA&category=ALGORITHM", ["c", "a"]),
        ("is_builtin=false&category=DATA&name=c&job_type_name=job-2", ["c"]),
        ("is_builtin=true&category=DATA", []),
        (f"started={SECOND}", ["c", "a"]),
        (f"ended={SECOND}", ["b", "c"]),
        (f"started={SECOND}&ended={SECOND}", ["c"]),
        ("started=P1D", []),
    ],
)
def test_filters_select_errors(anyone: APIClient, three: list[Any], query: str, expected: list[str]) -> None:
    assert names(anyone, query) == expected


@pytest.mark.parametrize("category", ["system", "COLOUR", "SYSTEM,DATA", "SYSTEM "])
def test_an_unknown_category_is_refused_with_the_known_ones(anyone: APIClient, category: str) -> None:
    answer = anyone.get(URL, {"category": ["DATA", category]})
    assert (answer.status_code, answer.json()) == (
        400,
        {"detail": "category: must be one of SYSTEM, ALGORITHM, DATA."},
    )


@pytest.mark.parametrize("parameter", ["name", "job_type_name"])
def test_a_nul_is_refused(anyone: APIClient, parameter: str) -> None:
    answer = anyone.get(f"{URL}?{parameter}=a%00b")
    assert (answer.status_code, answer.json()) == (
        400,
        {"detail": f"{parameter}: must not contain a NUL character."},
    )


@pytest.mark.parametrize("field", COLUMNS)
def test_every_field_orders(anyone: APIClient, three: list[Any], field: str) -> None:
    expected = {
        "id": ["b", "c", "a"],
        "name": ["a", "b", "c"],
        "title": ["c", "a", "b"],
        "description": ["a", "c", "b"],
        "job_type_name": ["a", "c", "b"],
        "category": ["a", "c", "b"],
        "is_builtin": ["c", "a", "b"],
        "should_be_retried": ["c", "a", "b"],
        "created": ["c", "a", "b"],
        "last_modified": ["b", "c", "a"],
    }
    # Those that tie keep the order of their ids when the others are reversed.
    ties = {"is_builtin": ["b", "c", "a"], "should_be_retried": ["b", "c", "a"]}
    assert names(anyone, f"order={field}") == expected[field]
    assert names(anyone, f"order=-{field}") == ties.get(field, expected[field][::-1])


def test_every_scalar_field_of_the_list_can_be_ordered_by(three: list[Any]) -> None:
    assert sorted(three[0]) == sorted(COLUMNS)


def test_a_list_costs_one_query_whatever_its_length_and_three_after_a_change(anyone: APIClient) -> None:
    costs = []
    for count in (2, 30):
        declared = [ManifestError(number, f"e{number}", "", "", "DATA") for number in range(count)]
        declare_errors(job_type_name="test", errors=declared)
        for _ in range(2):
            with CaptureQueriesContext(connection) as queries:
                assert len(names(anyone, "")) == count
            costs.append(len(queries))
    # The revision of the catalogue, and what is not kept for it: the ids of the list, and the rows of the page.
    assert costs == [3, 1, 3, 1]


def test_built_in_errors_belong_to_no_job_type(anyone: APIClient) -> None:
    load_builtin_errors()
    rows = anyone.get(URL, {"is_builtin": "true"}).json()["results"]
    assert {"unknown", "timeout", "database"} <= {row["name"] for row in rows}
    assert {row["job_type_name"] for row in rows} == {None}


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_errors_are_read_only(staff: APIClient, three: list[Any], method: str) -> None:
    for url in (URL, f"{URL}{three[0]['id']}/"):
        answer = getattr(staff, method)(url, {}, format="json")
        assert (answer.status_code, answer.json()) == (
            405,
            {"detail": f'Method "{method.upper()}" not allowed.'},
        )
    assert Error.objects.count() == 3
