"""One run that brings jobs, and what became of them."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from takeover.models import Kind, Takeover
from takeover.readers.jobs import bring_jobs
from takeover.run import Options, Run
from tests.takeover.jobs.there import JobsThere


def bring(there: JobsThere, **options: Any) -> Run:
    """Bring the jobs of the last ten days, and return the run."""
    takeover, _ = Takeover.objects.get_or_create(url=there.base, defaults={"started": timezone.now()})
    told = Options(**{"jobs_since": timedelta(days=10), **options})
    run = Run(there, takeover, told)  # type: ignore[arg-type]
    bring_jobs(run)
    return run


def counted(run: Run) -> dict[str, int]:
    """Return what became of the jobs."""
    return dict(run.report.counts.get(Kind.JOB, {}))
