"""Rows as models, beside what the ORM fetches."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.reads.rows import instance_of
from jobs.models import Job
from tests.factories import make_job, make_job_type


@pytest.mark.django_db
def test_a_row_is_the_model_that_the_orm_would_have_fetched() -> None:
    job = make_job(make_job_type(), "QUEUED")
    fetched = Job.objects.only("id", "status", "job_type").get()
    made = instance_of(Job, {"id": job.pk, "status": "QUEUED", "job_type_id": job.job_type_id})
    ours, theirs = dict(vars(made)), dict(vars(fetched))
    state, other = ours.pop("_state"), theirs.pop("_state")
    assert ours == theirs
    assert (state.adding, state.db, dict(state.fields_cache)) == (other.adding, other.db, dict(other.fields_cache))
    assert made == fetched
    assert made.get_deferred_fields() == fetched.get_deferred_fields()
    assert made.priority == job.priority  # a column that is fetched when it is asked for


@pytest.mark.django_db
def test_related_rows_are_those_that_were_given() -> None:
    job_type = make_job_type()
    job = make_job(job_type, "QUEUED")
    made = instance_of(Job, {"id": job.pk, "job_type_id": job_type.pk}, job_type=job_type)
    with CaptureQueriesContext(connection) as queries:
        assert made.job_type is job_type
    assert not queries
    made.status = "CANCELED"
    made.job_type = make_job_type("other")
    assert made.job_type_id != job_type.pk
