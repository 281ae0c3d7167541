"""Request bodies as serializers: unknown fields, edits that send back what was shown, documents beside fields."""

from typing import Any

import pytest
from rest_framework import serializers
from rest_framework.test import APIClient

from core.api.bodies import BodySerializer, ShownBodySerializer, require_valid_body
from core.api.fields import AnyDocumentField, JSONBooleanField, JSONStringField
from core.services import Refused
from jobs.bodies import ChangeBody
from seed import MOST_COUNTED, Finding, Report

FAULT = Finding("INVALID_MANIFEST", "job: is missing.", "/manifest/job")
UNKNOWN = "unknown field; the valid ones are: title, is_active, manifest."


class Inner(serializers.Serializer[Any]):
    numbers = serializers.ListField(child=serializers.IntegerField())


class Body(BodySerializer):
    title = JSONStringField()
    is_active = JSONBooleanField(required=False)
    inner = Inner(required=False)


class Details(serializers.Serializer[Any]):
    class Meta:
        fields = ("id", "title", "is_active", "manifest")


class EditBody(ShownBodySerializer):
    details = Details
    title = JSONStringField(required=False)
    is_active = JSONBooleanField(required=False)
    manifest = AnyDocumentField(required=False)


def no_check(**documents: Any) -> Report:
    raise AssertionError("the documents of a body without faults are not checked")


def refusal(body: BodySerializer, check: Any = lambda **documents: Report(errors=(FAULT,))) -> list[Finding]:
    with pytest.raises(Refused) as refused:
        require_valid_body(body, documents=["manifest", "configuration"], check=check)
    return list(refused.value.report.errors)


@pytest.mark.parametrize("data", [None, [], "text", 7, True])
def test_a_body_that_is_no_object_is_refused_as_a_whole(data: Any) -> None:
    assert refusal(Body(data=data), no_check) == [Finding("INVALID_FIELD", "The body is not a JSON object.")]


def test_all_faults_are_reported_at_once_each_with_its_name_and_its_place() -> None:
    data = {"is_active": "yes", "inner": {"numbers": [1, "x"]}, "colour": "red"}
    assert refusal(Body(data=data)) == [
        Finding("MISSING_FIELD", "title: This field is required.", ""),
        Finding("INVALID_FIELD", "is_active: must be true or false.", "/is_active"),
        Finding("INVALID_FIELD", "inner.numbers.1: A valid integer is required.", "/inner/numbers/1"),
        Finding("UNKNOWN_FIELD", "colour: unknown field; the valid ones are: title, is_active, inner.", "/colour"),
    ]


def test_a_missing_field_of_an_inner_object_points_at_that_object() -> None:
    assert refusal(Body(data={"title": "t", "inner": {}})) == [
        Finding("MISSING_FIELD", "inner.numbers: This field is required.", "/inner")
    ]


def test_an_edit_is_divided_into_changes_and_fields_that_were_only_shown() -> None:
    body = EditBody(data={"title": "New", "id": 7, "manifest": {"job": {}}})
    require_valid_body(body, documents=["manifest"], check=no_check)
    assert (body.changes, body.shown) == ({"title": "New", "manifest": {"job": {}}}, {"id": 7})


def test_an_edit_of_nothing_changes_and_shows_nothing() -> None:
    body = EditBody(data={})
    require_valid_body(body, documents=["manifest"], check=no_check)
    assert (body.changes, body.shown) == ({}, {})


@pytest.mark.parametrize("value", [None, 0, "7", [], {}])
def test_a_shown_field_takes_any_value_since_the_service_compares_it(value: Any) -> None:
    body = EditBody(data={"id": value})
    require_valid_body(body, documents=[], check=no_check)
    assert body.shown == {"id": value}


def test_documents_are_checked_beside_a_field_at_fault() -> None:
    checked: list[dict[str, Any]] = []

    def check(**documents: Any) -> Report:
        checked.append(documents)
        return Report(errors=(FAULT,), warnings=(FAULT,))

    with pytest.raises(Refused) as refused:
        require_valid_body(
            EditBody(data={"title": 7, "manifest": None, "colour": "red"}),
            documents=["manifest", "configuration"],
            check=check,
        )
    assert checked == [{"manifest": None}]
    assert refused.value.report == Report(
        errors=(
            Finding("INVALID_FIELD", "title: must be a string.", "/title"),
            Finding("UNKNOWN_FIELD", f"colour: {UNKNOWN}", "/colour"),
            FAULT,
        ),
        warnings=(FAULT,),
    )


def test_a_body_at_fault_without_documents_asks_for_no_check() -> None:
    assert refusal(EditBody(data={"title": 7}), no_check) == [
        Finding("INVALID_FIELD", "title: must be a string.", "/title")
    ]


@pytest.mark.django_db
def test_an_array_that_is_too_long_is_one_fault_and_nothing_in_it_is_looked_at(staff: APIClient) -> None:
    answer = staff.post("/v6/jobs/transitions/", {"changes": [{}] * 1_001}, format="json")
    assert answer.status_code == 400
    assert [error["path"] for error in answer.json()["errors"]] == ["/changes"]


@pytest.mark.django_db
def test_at_most_a_hundred_faults_are_listed_and_the_others_counted(staff: APIClient) -> None:
    answer = staff.post("/v6/jobs/transitions/", {"changes": [{"job_id": 1}] * 150}, format="json")
    body = answer.json()
    assert answer.status_code == 400
    assert len(body["errors"]) == 101
    assert body["errors"][-1]["description"] == "The document: there are 50 more"
    assert body["detail"].endswith("; and 149 more faults, the first 100 of them listed in errors.")


@pytest.mark.django_db
def test_an_array_with_a_thousand_faults_is_looked_at_no_further(
    staff: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    validated: list[object] = []
    run = ChangeBody.run_validation

    def record(body: ChangeBody, data: object = None) -> Any:
        validated.append(data)
        return run(body, data)

    monkeypatch.setattr(ChangeBody, "run_validation", record)
    changes = [{f"member {index}": 1 for index in range(38)}] * 1_000
    body = staff.post("/v6/jobs/transitions/", {"changes": changes}, format="json").json()
    assert len(validated) == 25  # of 40 faults each: 38 unknown members, and two that are missing
    assert body["errors"][-1]["description"] == "The document: there are at least 900 more; checking stopped there"


def test_no_more_unknown_fields_are_gathered_than_a_report_counts() -> None:
    body = Body(data={"title": "A", **{f"field {number}": 1 for number in range(MOST_COUNTED + 1)}})
    assert not body.is_valid()
    assert len(body.errors) == MOST_COUNTED
