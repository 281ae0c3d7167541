"""Sixteen clients at the same moment, on whichever database the suite runs."""

import copy

import pytest
from rest_framework.test import APIClient

from errors.models import Error
from job_types.models import JobType, JobTypeRevision
from tests.factories import make_body, make_job_type, make_manifest
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

CLIENTS = 16


def test_registering_the_same_job_type_at_once_gives_one_201_and_fifteen_200(staff: APIClient) -> None:
    body = make_body(manifest=make_manifest(tags=["t"], errors=[{"code": 1, "name": "bad"}]))
    answers = at_once(CLIENTS, lambda _: copy.copy(staff).post("/v6/job-types/", body, format="json"))
    assert sorted(answer.status_code for answer in answers) == [*[200] * 15, 201]
    job_type = JobType.objects.get()
    assert (job_type.revision_num, job_type.tags.count(), Error.objects.count()) == (1, 1, 1)
    assert JobTypeRevision.objects.count() == 1


def test_sixteen_different_manifests_at_once_make_revisions_2_to_17_without_a_gap(staff: APIClient) -> None:
    make_job_type()

    def patch(number: int) -> tuple[int, int]:
        manifest = make_manifest(title=f"Title {number}")
        answer = copy.copy(staff).patch("/v6/job-types/test/1.0.0/", {"manifest": manifest}, format="json")
        return answer.status_code, answer.json()["revision_num"]

    answers = at_once(CLIENTS, patch)
    assert {status for status, _ in answers} == {200}
    assert sorted(number for _, number in answers) == list(range(2, 18))
    revisions = JobTypeRevision.objects.order_by("revision_num")
    assert [revision.revision_num for revision in revisions] == list(range(1, 18))
    assert len({revision.manifest["job"]["title"] for revision in revisions}) == 17
    assert JobType.objects.get().title == revisions.last().manifest["job"]["title"]  # type: ignore[union-attr]


def test_versions_of_one_name_at_once_share_their_errors(staff: APIClient) -> None:
    def register(number: int) -> int:
        errors = [{"code": code, "name": f"error-{code}", "title": f"{number}"} for code in range(10)]
        manifest = make_manifest(version=f"1.{number}.0", errors=errors[number % 3 :])
        body = make_body(version=f"1.{number}.0", manifest=manifest)
        return copy.copy(staff).post("/v6/job-types/", body, format="json").status_code

    assert at_once(CLIENTS, register) == [201] * CLIENTS
    assert Error.objects.count() == 10


def test_different_fields_edited_at_once_are_all_kept(staff: APIClient) -> None:
    make_job_type()
    edits = [{"icon_code": "f001"}, {"is_published": True}, {"is_paused": True}, {"max_scheduled": 7}]

    def patch(number: int) -> int:
        return copy.copy(staff).patch("/v6/job-types/test/1.0.0/", edits[number % 4], format="json").status_code

    assert at_once(CLIENTS, patch) == [200] * CLIENTS
    job_type = JobType.objects.get()
    edited = (job_type.icon_code, job_type.is_published, job_type.is_paused, job_type.max_scheduled)
    assert edited == ("f001", True, True, 7)
