"""Answers that show a setting which has become secret since are not shown any more."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from idempotency.models import KeptAnswer
from jobs.models import Job
from tests.factories import changed, make_job_type, make_manifest, with_settings
from tests.idempotency.requests import NEW, send

pytestmark = pytest.mark.django_db

VALUE = "a-value-that-turns-out-to-be-secret"


@pytest.mark.parametrize(
    ("of_the_job_type", "of_the_job"),
    [({"settings": {"PASS": VALUE}}, {}), ({}, {"configuration": {"settings": {"PASS": VALUE}}})],
)
def test_an_answer_with_a_setting_that_became_secret_is_a_410_and_kept_nowhere(
    staff: APIClient, of_the_job_type: dict[str, Any], of_the_job: dict[str, Any]
) -> None:
    make_job_type(job=with_settings(clear=["PASS"]), configuration=of_the_job_type)
    make_job_type("other", job=with_settings(clear=["PASS"]))
    body, other = {**NEW, **of_the_job}, {**NEW, "job_type_name": "other"}
    first, another = send(staff, body), send(staff, other, key="another")
    assert VALUE in first.content.decode()
    manifest = changed(make_manifest(), **with_settings(secret=["PASS"]))
    assert staff.patch("/v6/job-types/test/1.0.0/", {"manifest": manifest}, format="json").status_code == 200
    again = send(staff, body)
    sentence = (
        "Idempotency-Key: this request was carried out before, with the status 201. Its answer is not shown any "
        f"more, as it may hold a setting that has become secret since. {first['Location']}"
    )
    finding = {"name": "FORGOTTEN_ANSWER", "description": sentence, "path": "/Idempotency-Key"}
    assert (again.status_code, again.json()["errors"]) == (410, [finding])
    assert send(staff, other, key="another").content == another.content
    assert VALUE not in str(list(KeptAnswer.objects.values()))
    assert Job.objects.count() == 2
