"""The header ``Idempotency-Key``: a string in quotes (RFC 8941), or without them."""

import pytest
from rest_framework.test import APIClient

from idempotency.models import KeptAnswer
from jobs.models import Job
from tests.factories import make_job_type
from tests.idempotency.requests import send

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def job_type(db: None) -> None:
    make_job_type()


@pytest.mark.parametrize(
    ("forms", "key"),
    [
        (['"8e03978e-40d5"', "8e03978e-40d5"], "8e03978e-40d5"),
        (['"a b"', "a b"], "a b"),
        (['"' + "k" * 255 + '"', "k" * 255], "k" * 255),
        ([r'"a\\b"', r"a\b"], r"a\b"),
        ([r'"say \"hi\""'], 'say "hi"'),
        (['"' + r"\"" * 255 + '"'], '"' * 255),
    ],
)
def test_a_key_is_the_same_with_and_without_quotes(staff: APIClient, forms: list[str], key: str) -> None:
    ids = {send(staff, key=form).json()["id"] for form in [*forms, *forms]}
    assert len(ids) == Job.objects.count() == 1
    assert KeptAnswer.objects.get().key == key


@pytest.mark.parametrize(
    "sent", ["", '""', '"', '"a', 'a"', 'a"b', '"a"b', '"a", "b"', '"a";b=1', r'"a\b"', "a\tb", "é", "k" * 256]
)
def test_any_other_value_is_a_400_that_names_the_header(staff: APIClient, sent: str) -> None:
    answer = send(staff, key=sent)
    assert answer.status_code == 400
    sentence = "Idempotency-Key: must be 1 to 255 printable ASCII characters, in double quotes or not."
    assert answer.json()["detail"] == sentence
    assert [(found["name"], found["path"]) for found in answer.json()["errors"]] == [
        ("INVALID_HEADER", "/Idempotency-Key")
    ]
    assert not Job.objects.exists()
