"""Jobs of another system, and their job type."""

import pytest

from job_types.models import JobType
from tests.factories import make_job_type
from tests.takeover.jobs.there import JobsThere


@pytest.fixture
def there() -> JobsThere:
    return JobsThere()


@pytest.fixture
def job_type() -> JobType:
    return make_job_type(job={"timeout": 3600})
