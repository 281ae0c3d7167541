"""How many tries ended: as it is kept, and counted one by one."""

from collections import Counter

from django.db.models import Sum

from jobs.models import JobExecution
from metrics.models import EndedTries

Ends = dict[tuple[int, str], int]  # (id of the job type, what ended them) -> tries


def kept_ends() -> Ends:
    rows = EndedTries.objects.values_list("job_type_id", "end").annotate(Sum("tries"))
    return {(job_type, end): tries for job_type, end, tries in rows}


def counted_ends() -> Ends:
    ended = JobExecution.objects.exclude(end=None).values_list("job_type_rev__job_type_id", "end")
    return dict(Counter((job_type, str(end)) for job_type, end in ended))
