"""/v6/workspaces/: list, show, create and edit, through HTTP."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from workspaces.models import Workspace
from workspaces.serializers import WorkspaceSerializer
from workspaces.services import create_workspace, edit_workspace

pytestmark = pytest.mark.django_db

URL = "/v6/workspaces/"
DETAILS = "/v6/workspaces/raw/"
WRITABLE = "title, description, base_url, is_active, configuration"
BAD_NAME = "may hold letters, digits, `_` and `-` alone."


def post(client: APIClient, **fields: Any) -> Any:
    return client.post(URL, fields, format="json")


def refusal(name: str, sentence: str, path: str) -> dict[str, Any]:
    """The whole body of a 400 with one fault."""
    finding = {"name": name, "description": sentence, "path": path}
    return {"detail": sentence, "is_valid": False, "errors": [finding], "warnings": []}


def names(client: APIClient, query: str) -> list[str]:
    answer = client.get(f"{URL}?{query}")
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["results"]]


def test_a_workspace_is_created_and_shown_whole(staff: APIClient) -> None:
    answer = post(staff, name="raw", title=" Raw ", description="As taken", base_url="http://host/raw")
    assert answer.status_code == 201
    assert answer["Location"] == f"http://testserver{DETAILS}"
    workspace = Workspace.objects.get()
    created = workspace.created.isoformat().replace("+00:00", "Z")
    expected = {
        "id": workspace.pk,
        "name": "raw",
        "title": "Raw",
        "description": "As taken",
        "base_url": "http://host/raw",
        "is_active": True,
        "created": created,
        "deprecated": None,
        "last_modified": created,
    }
    assert answer.json() == {**expected, "configuration": None, "warnings": []}
    assert staff.get(DETAILS).json() == {**expected, "configuration": None}
    assert staff.get(URL).json() == {"count": 1, "next": None, "previous": None, "results": [expected]}


def test_a_name_is_all_that_is_needed(staff: APIClient) -> None:
    body = post(staff, name="raw").json()
    assert (body["title"], body["description"], body["base_url"], body["is_active"]) == ("", "", "", True)


def test_a_workspace_can_be_created_deprecated(staff: APIClient) -> None:
    body = post(staff, name="raw", is_active=False).json()
    assert (body["is_active"], body["deprecated"]) == (False, body["created"])


def test_a_name_that_is_taken_is_refused(staff: APIClient) -> None:
    post(staff, name="raw", title="First")
    answer = post(staff, name="raw", title="Second")
    taken = "name: there is a workspace 'raw' already; edit it, or choose another name."
    assert (answer.status_code, answer.json()) == (400, refusal("INVALID_FIELD", taken, "/name"))
    assert Workspace.objects.get().title == "First"


@pytest.mark.parametrize("name", ["a", "_", "-", "A-z_9", "n" * 50])
def test_names_of_letters_digits_and_two_marks_are_taken(staff: APIClient, name: str) -> None:
    answer = post(staff, name=name)
    assert answer.status_code == 201
    assert staff.get(answer["Location"]).json()["name"] == name


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "must not be blank."),
        ("  ", "must not be blank."),
        ("n" * 51, "must have at most 50 characters."),
        ("a b", BAD_NAME),
        ("a/b", BAD_NAME),
        ("a.b", BAD_NAME),
        ("a\nb", BAD_NAME),
        ("ä", BAD_NAME),
        ("１", BAD_NAME),
        ("12", "must be no number and not 'validation', which URLs use."),
        ("validation", "must be no number and not 'validation', which URLs use."),
        (5, "must be a string."),
        (True, "must be a string."),
        ([], "must be a string."),
        ({}, "must be a string."),
        (None, "This field may not be null."),
    ],
)
def test_an_invalid_name_is_refused(staff: APIClient, name: object, sentence: str) -> None:
    answer = post(staff, name=name)
    assert (answer.status_code, answer.json()) == (400, refusal("INVALID_FIELD", f"name: {sentence}", "/name"))
    assert not Workspace.objects.exists()


def test_white_space_around_a_name_is_not_part_of_it(staff: APIClient) -> None:
    assert post(staff, name=" raw\n").json()["name"] == "raw"


@pytest.mark.parametrize("fields", [{}, {"title": ""}, {"description": "Raw"}])
def test_a_title_or_a_name_is_required(staff: APIClient, fields: dict[str, Any]) -> None:
    answer = post(staff, **fields)
    expected = refusal("MISSING_FIELD", "title: required, unless a name is sent.", "")
    assert (answer.status_code, answer.json()) == (400, expected)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Raw imagery", "raw-imagery"),
        ("  Old_Store (2015)! ", "old-store-2015"),
        ("x" * 40, "x" * 30),
        ("Ähre", "ahre"),
    ],
)
def test_without_a_name_one_is_made_of_the_title(staff: APIClient, title: str, name: str) -> None:
    answer = post(staff, title=title)
    assert (answer.status_code, answer.json()["name"], answer.json()["title"]) == (201, name, title.strip())
    assert answer["Location"] == f"http://testserver{URL}{name}/"


@pytest.mark.parametrize(
    ("title", "start"), [("Raw", "raw-"), ("2015", "2015-"), ("Validation", "validation-"), ("図", "")]
)
def test_a_title_whose_name_is_taken_or_is_none_gets_a_random_one(staff: APIClient, title: str, start: str) -> None:
    post(staff, name="raw")
    names = [post(staff, title=title).json()["name"] for _ in range(2)]
    assert len({*names}) == 2
    for name in names:
        assert name.startswith(start)
        assert len(name) == len(start) + 19


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", "x" * 201, "must have at most 200 characters."),
        ("title", 5, "must be a string."),
        ("title", None, "This field may not be null."),
        ("description", "x" * 2001, "must have at most 2000 characters."),
        ("base_url", "x" * 2001, "must have at most 2000 characters."),
        ("is_active", "true", "must be true or false."),
        ("is_active", 1, "must be true or false."),
        ("is_active", [], "must be true or false."),
        ("is_active", None, "This field may not be null."),
    ],
)
def test_a_field_of_the_wrong_kind_is_refused(staff: APIClient, field: str, value: object, sentence: str) -> None:
    create_workspace(name="raw", fields={})
    before = staff.get(URL).json()
    expected = refusal("INVALID_FIELD", f"{field}: {sentence}", f"/{field}")
    for answer in (post(staff, name="new", **{field: value}), staff.patch(DETAILS, {field: value}, format="json")):
        assert (answer.status_code, answer.json()) == (400, expected)
    assert staff.get(URL).json() == before


def test_an_unknown_field_is_refused_with_the_valid_ones(staff: APIClient) -> None:
    create_workspace(name="raw", fields={})
    sentence = f"colour: unknown field; the valid ones are: {WRITABLE}"
    answer = post(staff, name="new", colour="red")
    assert (answer.status_code, answer.json()) == (400, refusal("UNKNOWN_FIELD", f"{sentence}, name.", "/colour"))
    answer = staff.patch(DETAILS, {"colour": "red"}, format="json")
    assert (answer.status_code, answer.json()) == (400, refusal("UNKNOWN_FIELD", f"{sentence}.", "/colour"))
    assert Workspace.objects.count() == 1


def test_all_faults_are_reported_at_once(staff: APIClient) -> None:
    answer = post(staff, name="a b", title=5, colour="red", **{"a/b~": 1})
    assert [(error["name"], error["path"]) for error in answer.json()["errors"]] == [
        ("INVALID_FIELD", "/title"),
        ("INVALID_FIELD", "/name"),
        ("UNKNOWN_FIELD", "/colour"),
        ("UNKNOWN_FIELD", "/a~1b~0"),
    ]
    assert answer.json()["detail"] == "title: must be a string; and 3 more faults, all listed in errors."


def test_editing_changes_what_is_sent_and_nothing_else(staff: APIClient) -> None:
    create_workspace(name="raw", fields={"title": "Raw", "description": "As taken"})
    before = staff.get(DETAILS).json()
    answer = staff.patch(DETAILS, {"title": "Rawer"}, format="json")
    after = answer.json()
    assert (answer.status_code, after.pop("warnings")) == (200, [])
    assert staff.get(DETAILS).json() == after
    assert after.pop("last_modified") > before.pop("last_modified")
    assert after == {**before, "title": "Rawer"}


def test_deprecating_sets_the_time_and_activating_clears_it(staff: APIClient) -> None:
    create_workspace(name="raw", fields={})
    body = staff.patch(DETAILS, {"is_active": False}, format="json").json()
    assert (body["is_active"], body["deprecated"]) == (False, body["last_modified"])
    body = staff.patch(DETAILS, {"is_active": True}, format="json").json()
    assert (body["is_active"], body["deprecated"]) == (True, None)


@pytest.mark.parametrize("is_active", [True, False])
def test_sending_the_current_values_changes_nothing(staff: APIClient, is_active: bool) -> None:
    create_workspace(name="raw", fields={"title": "Raw", "is_active": is_active})
    before = staff.get(DETAILS).json()
    for fields in ({}, {"is_active": is_active}, {"title": "Raw", "description": "", "base_url": ""}):
        answer = staff.patch(DETAILS, fields, format="json")
        assert (answer.status_code, answer.json()) == (200, {**before, "warnings": []})
    assert staff.get(DETAILS).json() == before


@pytest.mark.parametrize("name", ["nowhere", "RAW", "raw%20", "%C3%A4", "n" * 5000])
def test_a_workspace_that_does_not_exist_is_not_found(staff: APIClient, name: str) -> None:
    create_workspace(name="raw", fields={})
    for answer in (staff.get(f"{URL}{name}/"), staff.patch(f"{URL}{name}/", {"title": "x"}, format="json")):
        assert answer.status_code == 404
        assert list(answer.json()) == ["detail"]
    assert Workspace.objects.get().title == ""


def test_a_workspace_is_found_by_its_number_too(staff: APIClient) -> None:
    workspace, _ = create_workspace(name="raw", fields={})
    by_number = f"{URL}{workspace.pk}/"
    assert staff.get(by_number).json() == staff.get(DETAILS).json()
    assert staff.patch(by_number, {"title": "Raw"}, format="json").json()["title"] == "Raw"
    for number in ("0", "9" * 18, "9" * 30, "-1", "1.0", "%D9%A1"):
        assert staff.get(f"{URL}{number}/").status_code == 404


def test_a_name_of_an_earlier_release_that_is_a_number_comes_before_the_number(staff: APIClient) -> None:
    first, _ = create_workspace(name="raw", fields={})
    second, _ = create_workspace(name="other", fields={})
    Workspace.objects.filter(pk=second.pk).update(name=str(first.pk))
    assert staff.get(f"{URL}{first.pk}/").json()["id"] == second.pk
    assert staff.get(DETAILS).json()["id"] == first.pk


def test_null_is_the_empty_text(staff: APIClient) -> None:
    body = post(staff, title="Raw", description=None, base_url=None).json()
    assert (body["description"], body["base_url"]) == ("", "")
    assert staff.patch(DETAILS, {"description": None}, format="json").status_code == 200


def test_the_details_can_be_sent_back_and_change_nothing(staff: APIClient) -> None:
    body = post(staff, name="raw", title="Raw", configuration={"broker": {"type": "host", "host_path": "/raw"}})
    before = staff.get(DETAILS).json()
    for sent in (before, body.json()):
        assert staff.patch(DETAILS, sent, format="json").json() == {**before, "warnings": []}
    answer = staff.patch(DETAILS, {**before, "name": "other"}, format="json")
    assert [(error["name"], error["path"]) for error in answer.json()["errors"]] == [("READ_ONLY_FIELD", "/name")]
    Workspace.objects.update(name="elsewhere")
    assert post(staff, **before).status_code == 201


def test_names_filter_and_repeat(anyone: APIClient) -> None:
    for name in ("a", "b", "c"):
        create_workspace(name=name, fields={})
    assert names(anyone, "name=c&name=a&name=nowhere") == ["a", "c"]
    assert names(anyone, "name=A") == []
    assert names(anyone, "name=%25") == []


def test_started_and_ended_filter_by_the_last_change(anyone: APIClient) -> None:
    times = {f"w{day}": f"2015-01-0{day}T00:00:00Z" for day in (1, 2, 3)}
    for name, time in times.items():
        create_workspace(name=name, fields={})
        Workspace.objects.filter(name=name).update(last_modified=time)
    assert names(anyone, f"started={times['w2']}") == ["w2", "w3"]
    assert names(anyone, f"ended={times['w2']}") == ["w1", "w2"]
    assert names(anyone, f"started={times['w2']}&ended={times['w2']}") == ["w2"]


def test_workspaces_come_in_the_order_of_names(anyone: APIClient) -> None:
    for name in ("b", "c", "a"):
        create_workspace(name=name, fields={})
    assert names(anyone, "") == ["a", "b", "c"]


@pytest.mark.parametrize("field", WorkspaceSerializer.Meta.fields)
def test_every_field_orders(anyone: APIClient, field: str) -> None:
    for name, title in (("c", "1"), ("a", "3"), ("b", "2")):
        fields = {"title": title, "description": title, "base_url": title}
        create_workspace(name=name, fields=fields)  # type: ignore[arg-type]
    edit_workspace(name="b", fields={"is_active": False})
    expected = {
        "id": ["c", "a", "b"],
        "name": ["a", "b", "c"],
        "title": ["c", "b", "a"],
        "description": ["c", "b", "a"],
        "base_url": ["c", "b", "a"],
        "is_active": ["b", "c", "a"],
        "created": ["c", "a", "b"],
        "deprecated": ["b", "c", "a"],
        "last_modified": ["c", "a", "b"],
    }
    # Those that tie keep the order of their ids when the others are reversed.
    ties = {"is_active": ["c", "a", "b"], "deprecated": ["c", "a", "b"]}
    assert names(anyone, f"order={field}") == expected[field]
    assert names(anyone, f"order=-{field}") == ties.get(field, expected[field][::-1])


def test_a_list_costs_one_query_whatever_its_length_and_three_after_a_change(anyone: APIClient) -> None:
    costs = []
    for count in (2, 30):
        while (made := Workspace.objects.count()) < count:
            create_workspace(name=f"w{made}", fields={})
        for _ in range(2):
            with CaptureQueriesContext(connection) as queries:
                assert len(names(anyone, "")) == count
            costs.append(len(queries))
    # The revision of the catalogue, and what is not kept for it: the ids of the list, and the rows of the page.
    assert costs == [3, 1, 3, 1]


def test_the_limit_of_a_text_holds_for_the_white_space_around_it_too(staff: APIClient) -> None:
    fits, exceeds = " " + "x" * 199, " " + "x" * 200
    assert staff.post("/v6/workspaces/", {"name": "fits", "title": fits}, "json").data["title"] == "x" * 199
    response = staff.post("/v6/workspaces/", {"name": "exceeds", "title": exceeds}, "json")
    assert (response.status_code, response.data["detail"]) == (400, "title: must have at most 200 characters.")
