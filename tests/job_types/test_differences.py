"""GET /v6/job-types/{name}/{version}/diff/: how two revisions differ, and what that means to recipe types."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from job_types.models import JobType
from tests.factories import interface, make_job_type, make_manifest
from tests.recipes.factories import FIRST, chain, make_pair, make_recipe

pytestmark = pytest.mark.django_db

URL = "/v6/job-types/test/1.0.0/"
DIFF = f"{URL}diff/"
PAIR = "/v6/job-types/first/1.0.0/"
NOTHING: dict[str, Any] = {"interface": [], "recipe_types": [], "unchecked_recipe_types": []}


@pytest.fixture
def edited(staff: APIClient) -> None:
    make_job_type()
    staff.patch(URL, {"manifest": make_manifest(timeout=90)}, format="json")
    staff.patch(URL, {"docker_image": "test:third"}, format="json")


def compared(client: APIClient, **query: Any) -> dict[str, Any]:
    answer = client.get(DIFF, query)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def test_the_current_revision_is_compared_with_the_one_before(anyone: APIClient, edited: None) -> None:
    rows = anyone.get(f"{URL}revisions/").json()["results"]
    assert compared(anyone) == {
        "old": {**rows[1], "docker_image_digest": None},
        "new": {**rows[0], "docker_image_digest": None},
        "changes": [
            {
                "kind": "changed",
                "old_path": "/docker_image",
                "new_path": "/docker_image",
                "old": "test:1.0.0",
                "new": "test:third",
            }
        ],
        "is_complete": True,
        **NOTHING,
    }


def test_any_two_revisions_are_compared(anyone: APIClient, edited: None) -> None:
    answer = compared(anyone, **{"from": 3, "to": 1})
    assert (answer["old"]["revision_num"], answer["new"]["revision_num"]) == (3, 1)
    assert [(one["new_path"], one["old"], one["new"]) for one in answer["changes"]] == [
        ("/docker_image", "test:third", "test:1.0.0"),
        ("/manifest/job/timeout", 90, 60),
    ]


def test_versions_are_compared_by_their_current_revisions(anyone: APIClient, edited: None) -> None:
    make_job_type(version="2.0.0", job={"tags": ["new"]})
    answer = anyone.get("/v6/job-types/test/2.0.0/diff/?from_version=1.0.0").json()
    assert (answer["old"]["job_type"]["version"], answer["old"]["revision_num"]) == ("1.0.0", 3)
    assert (answer["new"]["job_type"]["version"], answer["new"]["revision_num"]) == ("2.0.0", 1)
    assert [(one["kind"], one["old_path"], one["new_path"]) for one in answer["changes"]] == [
        ("changed", "/docker_image", "/docker_image"),
        ("changed", "/manifest/job/jobVersion", "/manifest/job/jobVersion"),
        ("changed", "/manifest/job/timeout", "/manifest/job/timeout"),
        ("added", None, "/manifest/job/tags"),
    ]
    older = anyone.get("/v6/job-types/test/2.0.0/diff/?from_version=1.0.0&from=1").json()
    assert older["old"]["revision_num"] == 1


def test_what_does_not_exist_is_said_by_name(anyone: APIClient, edited: None) -> None:
    make_job_type("single")
    for path, status, detail in (
        (f"{DIFF}?from=9", 404, "There is no revision 9 of test 1.0.0; it has 3."),
        (f"{DIFF}?to=9", 404, "There is no revision 9 of test 1.0.0; it has 3."),
        ("/v6/job-types/test/7.0.0/diff/", 404, "There is no job type test in version 7.0.0"),
        (f"{DIFF}?from_version=7.0.0", 404, "There is no job type test in version 7.0.0"),
        ("/v6/job-types/single/1.0.0/diff/", 404, "single 1.0.0 has no revision before 1; name one in from"),
        (f"{DIFF}?to=1", 404, "test 1.0.0 has no revision before 1"),
        (f"{DIFF}?from=0", 400, "from: must be the number of a revision, from 1 to 2147483647."),
        (f"{DIFF}?from=first", 400, "from: must be a whole number."),
        (f"{DIFF}?form=1", 400, "form: unknown query parameter; the nearest known one is from"),
        (f"{DIFF}?from_version=%00", 400, "from_version: must not contain a NUL character."),
    ):
        answer = anyone.get(path)
        assert (path, answer.status_code) == (path, status)
        assert answer.json()["detail"].startswith(detail)


def test_what_a_gone_output_breaks_is_named(anyone: APIClient, staff: APIClient) -> None:
    make_pair()
    make_recipe("pair", definition=chain())
    outputs = {"json": [{"name": "cover", "type": "integer"}]}
    without = make_manifest("first", **interface(inputs=FIRST["interface"]["inputs"], outputs=outputs))
    staff.patch(PAIR, {"manifest": without}, format="json")
    answer = anyone.get(f"{PAIR}diff/").json()
    assert answer["interface"] == [
        {
            "kind": "removed",
            "of": "output",
            "name": "mask",
            "breaks": True,
            "description": "The output 'mask' is gone: recipes that use it cannot any more.",
        }
    ]
    (effect,) = answer["recipe_types"]
    reasons = effect.pop("reasons")
    assert effect == {
        "id": effect["id"],
        "name": "pair",
        "title": "",
        "revision_num": 1,
        "breaks": True,
    }
    assert [(one["name"], one["path"]) for one in reasons] == [
        ("UNKNOWN_OUTPUT", "/nodes/report/input/mask/output")
    ]


def test_a_recipe_type_that_goes_on_is_said_to(anyone: APIClient, staff: APIClient) -> None:
    make_pair()
    make_recipe("pair", definition=chain())
    staff.patch(
        "/v6/job-types/first/1.0.0/", {"manifest": make_manifest("first", timeout=5, **FIRST)}, format="json"
    )
    answer = anyone.get(f"{PAIR}diff/").json()
    assert [(one["name"], one["breaks"], one["reasons"]) for one in answer["recipe_types"]] == [("pair", False, [])]


def test_the_answer_has_a_tag_that_ends_with_a_change(anyone: APIClient, staff: APIClient, edited: None) -> None:
    tag = anyone.get(DIFF)["ETag"]
    assert anyone.get(DIFF, HTTP_IF_NONE_MATCH=tag).status_code == 304
    staff.patch(URL, {"docker_image": "test:fourth"}, format="json")
    assert anyone.get(DIFF, HTTP_IF_NONE_MATCH=tag).status_code == 200


def test_it_costs_the_same_for_any_number_of_recipe_types(anyone: APIClient, staff: APIClient) -> None:
    make_pair()
    counts = []
    for number in range(3):
        make_recipe(f"pair-{number}", definition=chain())
        timeout = make_manifest("first", timeout=61 + number, **FIRST)
        staff.patch(PAIR, {"manifest": timeout}, format="json")
        assert JobType.objects.get(name="first").revision_num == number + 2
        with CaptureQueriesContext(connection) as queries:
            answer = anyone.get(f"{PAIR}diff/").json()
        assert len(answer["recipe_types"]) == number + 1
        counts.append(len(queries))
    assert counts[1:] == [counts[1]] * 2
    assert counts[1] <= 12
