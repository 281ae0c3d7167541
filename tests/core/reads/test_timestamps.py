"""Times are read from the database as they were written."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import make_job_type

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2015, 3, 11, tzinfo=UTC),
        datetime(2015, 3, 11, 1, 2, 3, 4, tzinfo=UTC),
        datetime(2015, 3, 11, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(999, 12, 31, 23, 59, 59, 100000, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ],
)
def test_a_time_is_read_as_it_was_written(moment: datetime) -> None:
    job_type = make_job_type()
    type(job_type).objects.update(created=moment, deprecated=None)
    row = type(job_type).objects.values("created", "deprecated").get()
    assert row == {"created": moment, "deprecated": None}
    assert row["created"].utcoffset() == timedelta(0)
    assert type(job_type).objects.get().created == moment
