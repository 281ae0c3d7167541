"""What jobs configure differently from their job types: the settings that they may not hold any longer."""

from collections.abc import Collection

from django.utils import timezone

from job_types.models import JobType
from jobs.models import Job

_ROWS_AT_ONCE = 500


def remove_settings(job_type: JobType, names: Collection[str]) -> None:
    """Remove the settings with these names from all jobs of a job type, which is locked.

    A job with settings of its own locks its job type when it is created, so that none is created meanwhile. The
    index ``job_with_settings`` finds these jobs: others are not read, however many there are. Each batch is two
    statements; writers lock jobs in id order.
    """
    own_settings = Job.objects.filter(job_type=job_type, configuration__settings__isnull=False)
    own_settings = own_settings.order_by("pk").only("configuration").select_for_update(no_key=True)
    now, last = timezone.now(), 0
    while jobs := list(own_settings.filter(pk__gt=last)[:_ROWS_AT_ONCE]):
        changed = [job for job in jobs if not job.configuration["settings"].keys().isdisjoint(names)]
        for job in changed:
            settings = job.configuration["settings"]
            kept = {name: value for name, value in settings.items() if name not in names}
            job.configuration = {**job.configuration, "settings": kept}
            job.last_modified = now
        Job.objects.bulk_update(changed, ["configuration", "last_modified"])
        last = jobs[-1].pk
