"""Manifests as labels of images hold them, through the API."""

import json
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.factories import interface, make_body, make_manifest

pytestmark = pytest.mark.django_db

LIST, VALIDATION = "/v6/job-types/", "/v6/job-types/validation/"
LABELS = Path(__file__).parent.parent / "seed" / "labels"
MANIFEST = make_manifest(title=r'A "title" with \$, $ and \ in it', **interface())


def in_string(document: Any) -> str:
    return json.dumps(document)


ENCODED = {
    "in a string": in_string(in_string(MANIFEST)),
    "in two strings": in_string(in_string(in_string(MANIFEST))),
    "by seed build": in_string(in_string(MANIFEST)).replace("$", r"\$").replace("/", r"\/"),
    "without outer quotes": in_string(in_string(MANIFEST))[1:-1],
    "escaped dollars": in_string(MANIFEST).replace("$", r"\$"),
}


@pytest.mark.parametrize("label", ENCODED.values(), ids=ENCODED.keys())
def test_an_encoded_manifest_is_validated_registered_and_edited_as_what_it_says(
    staff: APIClient, anyone: APIClient, label: str
) -> None:
    report = anyone.post(VALIDATION, {"manifest": label}, format="json").json()
    assert report["is_valid"] is True
    assert [(one["name"], one["path"]) for one in report["warnings"]] == [("ENCODED_MANIFEST", "")]
    registered = staff.post(LIST, make_body(manifest=label), format="json")
    assert (registered.status_code, registered.json()["warnings"]) == (201, report["warnings"])
    assert registered.json()["manifest"] == MANIFEST
    for answer in (
        staff.post(LIST, make_body(manifest=label), format="json"),
        staff.patch("/v6/job-types/test/1.0.0/", {"manifest": label}, format="json"),
    ):
        assert (answer.status_code, answer.json()["revision_num"]) == (200, 1)
        assert answer.json()["warnings"] == report["warnings"]


@pytest.mark.parametrize("case", sorted(LABELS.glob("*.txt")), ids=lambda path: path.stem)
def test_a_label_is_registered_with_its_variables(staff: APIClient, case: Path) -> None:
    answer = staff.post(LIST, {"manifest": case.read_text(), "docker_image": "label-job:1.0.0"}, format="json")
    assert (answer.status_code, answer.json()["name"]) == (201, "label-job")
    assert answer.json()["manifest"]["job"]["interface"]["command"] == "run ${OUTPUT_DIR}/out"


def test_a_string_that_is_the_json_alone_is_not_warned_of(anyone: APIClient) -> None:
    report = anyone.post(VALIDATION, {"manifest": in_string(MANIFEST)}, format="json").json()
    assert report == {"is_valid": True, "errors": [], "warnings": []}


def test_what_is_inside_of_a_label_is_checked_as_ever(anyone: APIClient) -> None:
    label = in_string(in_string(make_manifest(timeout="soon")))
    report = anyone.post(VALIDATION, {"manifest": label}, format="json").json()
    assert [(one["name"], one["path"]) for one in report["errors"]] == [("JSON_VALIDATION_ERROR", "/job/timeout")]
