"""What a request leaves behind: nothing that only the garbage collector would find."""

import gc
import json
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory
from knox.models import AuthToken

from tests.factories import make_job, make_job_type

handler = WSGIHandler()


def garbage_of(method: str, path: str, token: str, body: Any = None) -> tuple[int, int]:
    """Serve a request; return its status, and how many objects are garbage after it."""
    environ = (
        RequestFactory()
        .generic(
            method,
            path,
            b"" if body is None else json.dumps(body).encode(),
            content_type="application/json",
            HTTP_AUTHORIZATION=f"Token {token}",
        )
        .environ
    )
    gc.collect()
    gc.disable()
    try:
        answer: Any = handler(environ, lambda *_: print)
        for _ in answer:
            pass
        answer.close()
        status = answer.status_code
        del answer, environ
        return status, gc.collect()
    finally:
        gc.enable()


@pytest.fixture
def token(transactional_db: None) -> str:
    """The token of a staff account."""
    return str(AuthToken.objects.create(user=User.objects.create(username="worker", is_staff=True))[1])


def test_a_claim_and_a_report_leave_no_garbage(token: str) -> None:
    job_type = make_job_type()
    for expected in (None, 0):  # the first ones fill what a process keeps
        job = make_job(job_type, "QUEUED")
        claim = {"node": "node-1", "limit": 1, "claim_id": str(uuid4())}
        status, left = garbage_of("POST", "/v6/jobs/claim/", token, claim)
        assert status == 200
        assert expected is None or left == expected
        report = {"changes": [{"job_id": job.pk, "status": "COMPLETED", "num_exes": 1}]}
        status, left = garbage_of("POST", "/v6/jobs/transitions/", token, report)
        assert status == 200
        assert expected is None or left == expected


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v6/jobs/{job}/", 200),
        ("/v6/jobs/7000000000/", 404),
        ("/v6/job-types/?unknown=1", 400),
    ],
)
def test_a_read_leaves_no_garbage_whatever_it_answers(token: str, path: str, status: int) -> None:
    path = path.format(job=make_job(make_job_type(), "QUEUED").pk)
    garbage_of("GET", path, token)
    assert garbage_of("GET", path, token) == (status, 0)
