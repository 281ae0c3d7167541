"""What jobs configure differently from their job types: the settings that they may not hold any longer."""

from collections.abc import Set

from core.models.clock import statement_time
from idempotency.services import forget_answers
from job_types.configurations import WithoutSettings
from job_types.models import JobType
from jobs.models import Job
from seed import complete_configuration

_ROWS_AT_ONCE = 1000


def remove_settings(job_type: JobType, names: Set[str]) -> None:
    """Remove the settings with these names from all jobs of a job type, which is locked, and from kept answers.

    A job with settings of its own locks its job type when it is created, so that none is created meanwhile. The
    index ``job_with_settings`` finds these jobs: others are not read, however many there are. Each batch is two
    statements; writers lock jobs in id order.
    """
    own_settings = Job.objects.filter(job_type=job_type, configuration__settings__isnull=False)
    rows = own_settings.order_by("pk").values_list("pk", "configuration").select_for_update(no_key=True)
    now, last = statement_time(), 0
    while batch := list(rows.filter(pk__gt=last)[:_ROWS_AT_ONCE]):
        holding = [pk for pk, own in batch if not names.isdisjoint(complete_configuration(own)["settings"])]
        Job.objects.filter(pk__in=holding).update(configuration=WithoutSettings(names), last_modified=now)
        last = batch[-1][0]
    forget_answers(holding=f'"job_type":{{"id":{job_type.pk},')
