"""Keys are new again after a day, by the clock of the database, and their rows go on the way."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from idempotency.models import KeptAnswer
from jobs.models import Job
from tests.factories import make_job_type
from tests.idempotency.requests import NEW, send

pytestmark = pytest.mark.django_db

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def job_type(db: None) -> None:
    make_job_type()


def age(by: timedelta) -> None:
    """Make all kept answers older."""
    KeptAnswer.objects.update(expires=F("expires") - by)


def keep_expired(count: int) -> None:
    """Keep answers that expired an hour ago."""
    ago = timezone.now() - timedelta(hours=1)
    row = {"account": 0, "fingerprint": "", "status": 200, "body": "{}", "expires": ago}
    KeptAnswer.objects.bulk_create(KeptAnswer(key=str(number), **row) for number in range(count))


def test_an_answer_is_kept_for_a_day(staff: APIClient) -> None:
    first = send(staff).json()["id"]
    age(DAY - MINUTE)
    assert send(staff).json()["id"] == first
    age(MINUTE)
    second = send(staff)
    assert second.json()["id"] != first
    assert "Idempotency-Replayed" not in second
    assert send(staff).json() == second.json()
    assert KeptAnswer.objects.count() == 1


def test_an_expired_key_takes_another_request(staff: APIClient) -> None:
    send(staff)
    age(DAY)
    answer = send(staff, {**NEW, "priority": 7})
    assert (answer.status_code, answer.json()["priority"]) == (201, 7)


@pytest.mark.parametrize("ahead", [DAY * 2, -DAY * 2], ids=str)
def test_the_clock_of_the_process_decides_nothing(
    staff: APIClient, monkeypatch: pytest.MonkeyPatch, ahead: timedelta
) -> None:
    true = timezone.now
    first = send(staff).json()["id"]
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", lambda: true() + ahead)
        assert send(staff).json()["id"] == first
        send(staff, key="another")
    ends = KeptAnswer.objects.values_list("expires", flat=True)
    assert [abs(end - true() - DAY) < MINUTE for end in ends] == [True, True]
    assert Job.objects.count() == 2


def test_each_new_key_deletes_ten_rows_that_expired(staff: APIClient) -> None:
    keep_expired(25)
    left = []
    for number in range(4):
        send(staff, key=f"key {number}")
        left.append(KeptAnswer.objects.filter(account=0).count())
    assert left == [15, 5, 0, 0]
    assert KeptAnswer.objects.count() == 4


def test_rows_that_expired_are_found_by_the_index(staff: APIClient) -> None:
    keep_expired(10_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        with CaptureQueriesContext(connection) as captured:
            send(staff)
        (delete,) = (one["sql"] for one in captured if one["sql"].startswith("DELETE"))
        plan = {"postgresql": "EXPLAIN", "sqlite": "EXPLAIN QUERY PLAN"}[connection.vendor]
        cursor.execute(f"{plan} {delete.replace('%', '%%')}", [])
        steps = "\n".join(str(step) for step in cursor.fetchall())
    assert "kept_answer_expires" in steps
    assert "Seq Scan" not in steps
    assert "SCAN" not in steps
