"""The totals of all jobs and of all tries, for the lists that show them."""

from core.models.totals import Total
from jobs.models import Job, JobExecution

JOBS = Total(Job, "jobs_total")
TRIES = Total(JobExecution, "jobs_execution_total")
