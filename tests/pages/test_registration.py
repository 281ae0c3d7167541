"""Manifests that are pasted: checked for all who may read, registered for those who may."""

import json
from typing import Any

import pytest
from django.test import Client

from job_types.models import JobType
from tests.factories import interface, make_job_type, make_manifest
from tests.pages.reading import words

pytestmark = pytest.mark.django_db

URL = "/job-types/validation/"


def read(**job: Any) -> str:
    return json.dumps(make_manifest(**job), indent=2)


def check(client: Client, manifest: str, **fields: str) -> Any:
    answer = client.post(URL, {"manifest": manifest, "check": "1", **fields})
    assert answer.status_code == 200
    return answer


def register(client: Client, manifest: str, **fields: str) -> Any:
    return client.post(URL, {"manifest": manifest, "docker_image": "test:1", "register": "1", **fields})


def findings(answer: Any) -> dict[str, list[str]]:
    """The text of each line with findings, and their names, errors first."""
    lines = {
        line.text.strip(): [one.name for one in (*line.errors, *line.warnings)] for line in answer.context["lines"]
    }
    return {text: names for text, names in lines.items() if names}


def test_a_reader_checks_a_manifest_and_registers_none(client: Client) -> None:
    page = client.get(URL).content.decode()
    assert ('name="check"' in page, 'name="register"' in page) == (True, False)
    assert "This manifest can be registered." in words(check(client, read()).content.decode())
    refused = register(client, read())
    assert refused.status_code == 403
    assert "job_types.add_jobtype, which the Publishers and Operators have" in words(refused.content.decode())
    assert not JobType.objects.exists()


def test_findings_stand_beside_the_lines_at_fault(client: Client) -> None:
    manifest = read(timeout="60", tags=["a", 5], **interface(command="run ${NO}", settings=[{"name": "A"}] * 2))
    answer = check(client, manifest)
    assert findings(answer) == {
        '"timeout": "60",': ["JSON_VALIDATION_ERROR"],
        "5": ["JSON_VALIDATION_ERROR"],
        '"command": "run ${NO}",': ["UNKNOWN_VARIABLE"],
        '"name": "A"': ["NAME_COLLISION_ERROR"],
    }
    page = words(answer.content.decode())
    assert "job.timeout: '60' is not an integer JSON_VALIDATION_ERROR" in page
    assert "can be registered" not in page


def test_the_line_where_a_text_ceases_to_be_json_is_at_fault(client: Client) -> None:
    answer = check(client, '{\n  "seedVersion": "1.0.0",\n  "job": }')
    assert findings(answer) == {'"job": }': ["JSON_VALIDATION_ERROR"]}


def test_findings_on_other_fields_stand_beside_them(client: Client) -> None:
    answer = check(client, read(timeout=-1), docker_image="Not An Image", icon_code="none")
    assert answer.context["form"].errors.keys() == {"docker_image"}
    assert [finding.name for finding in answer.context["warnings"]] == ["INVALID_ICON_CODE"]


def test_a_manifest_of_one_line_is_shown_in_lines(client: Client) -> None:
    answer = check(client, json.dumps(make_manifest(timeout="60")))
    assert findings(answer) == {'"timeout": "60"': ["JSON_VALIDATION_ERROR"]}
    assert '\n  "seedVersion"' in answer.context["form"].cleaned_data["manifest"]


def test_a_label_is_read_as_the_api_reads_it(client: Client) -> None:
    answer = check(client, json.dumps(json.dumps(make_manifest())))
    assert [finding.name for finding in answer.context["warnings"]] == ["ENCODED_MANIFEST"]
    assert answer.context["is_valid"]


def test_a_publisher_registers_a_job_type(logged_in: Any) -> None:
    publisher = logged_in("Publishers")
    answer = register(publisher, read(**interface(settings=[{"name": "HOST"}])), icon_code="f0c2")
    assert (answer.status_code, answer["Location"]) == (303, "/job-types/test/1.0.0/")
    said = [str(message) for message in publisher.get(answer["Location"]).context["messages"]]
    assert said[-1] == "test 1.0.0 is registered. Configure it before its jobs run."
    assert "settings.HOST: missing; the manifest declares this setting" in said
    job_type = JobType.objects.get()
    assert (job_type.docker_image, job_type.icon_code) == ("test:1", "f0c2")


def test_a_name_and_version_that_exist_get_a_new_revision(operator: Client) -> None:
    make_job_type()
    answer = register(operator, read(title="New"))
    (said,) = operator.get(answer["Location"]).context["messages"]
    assert str(said) == "test 1.0.0 was registered before; it is at revision 2 now."


def test_what_is_refused_is_registered_not_at_all(operator: Client) -> None:
    answer = register(operator, read(timeout="60"), docker_image="")
    assert answer.status_code == 400
    assert findings(answer) == {'"timeout": "60"': ["JSON_VALIDATION_ERROR"]}
    assert answer.context["form"].non_field_errors() == ["docker_image: This field is required."]
    assert answer.context["form"].cleaned_data["manifest"] == read(timeout="60")
    empty = register(operator, "")
    assert list(empty.context["form"].errors) == ["manifest"]
    assert not JobType.objects.exists()


@pytest.mark.parametrize("text", ["null", "[]", '"', "{}", "5", "[" * 200, '{"a": "\\u0000"}', "x" * 100_000])
def test_any_text_gets_an_answer_in_words(operator: Client, text: str) -> None:
    assert "Findings" in words(check(operator, text).content.decode())
    assert register(operator, text).status_code == 400
