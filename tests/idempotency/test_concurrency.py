"""Requests with one key at the same moment."""

import copy
from collections import Counter
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from idempotency.models import KeptAnswer
from idempotency.services import begin_request
from jobs.models import Job
from tests.factories import make_job, make_job_type
from tests.idempotency.requests import send
from tests.threads import CLIENTS, at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("is_known", [False, True], ids=["a new key", "an expired key"])
def test_sixteen_requests_with_one_key_make_one_job(staff: APIClient, is_known: bool) -> None:
    make_job_type()
    if is_known:
        send(staff)
        Job.objects.all().delete()
        KeptAnswer.objects.update(expires=timezone.now() - timedelta(hours=1))

    def create(number: int) -> tuple[int, int, str]:
        answer = send(copy.copy(staff))
        return answer.status_code, answer.json()["id"], answer.get("Idempotency-Replayed", "")

    answers = Counter(at_once(CLIENTS, create))
    pk = Job.objects.get().pk
    assert answers == {(201, pk, ""): 1, (201, pk, "true"): CLIENTS - 1}


def test_sixteen_requests_to_requeue_with_one_key_get_the_count_of_the_one_that_did(staff: APIClient) -> None:
    job_type = make_job_type()
    for _ in range(20):
        make_job(job_type, "FAILED")
    answers = at_once(
        CLIENTS, lambda number: send(copy.copy(staff), {"status": "FAILED"}, path="jobs/requeue/").json()
    )
    assert answers == [{"count": 20, "remaining": 0}] * CLIENTS


def test_requests_with_other_keys_do_not_wait_for_the_rows_that_they_delete(staff: APIClient) -> None:
    make_job_type()
    ago = timezone.now() - timedelta(hours=1)
    row = {"account": 0, "fingerprint": "", "status": 200, "expires": ago}
    KeptAnswer.objects.bulk_create(KeptAnswer(key=str(number), **row) for number in range(10 * CLIENTS))
    statuses = at_once(CLIENTS, lambda number: send(copy.copy(staff), key=f"key {number}").status_code)
    assert statuses == [201] * CLIENTS
    assert Job.objects.count() == KeptAnswer.objects.exclude(account=0).count() == CLIENTS


@pytest.mark.only_on("postgresql", because="SQLite has one writer, and a time to wait for it and not for rows")
def test_a_request_that_waits_too_long_for_the_first_one_is_a_409(staff: APIClient) -> None:
    make_job_type()
    account = get_user_model().objects.get().pk

    def create(number: int) -> tuple[int, list[str]]:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        answer = send(copy.copy(staff), key="key")
        return answer.status_code, [found["name"] for found in answer.json().get("errors", ())]

    with transaction.atomic():
        begin_request(account=account, key="key", fingerprint="")
        assert at_once(1, create) == [(409, ["REQUEST_IN_PROGRESS"])]
        transaction.set_rollback(True)
    assert not Job.objects.exists()
    assert at_once(1, create) == [(201, [])]
