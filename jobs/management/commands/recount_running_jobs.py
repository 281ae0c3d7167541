"""``manage.py recount_running_jobs``: correct the tally after jobs were changed without its triggers."""

from django.core.management.base import BaseCommand

from jobs.tally import recount


class Command(BaseCommand):
    help = (
        "Counts the running jobs of each job type again. That is needed only after jobs were changed with triggers "
        "disabled, as pg_restore --disable-triggers does. Meanwhile jobs can be read, but not changed."
    )

    def handle(self, *args: object, **options: object) -> None:
        wrong = recount()
        self.stdout.write(f"Counted again; {wrong} job types had a wrong number." if wrong else "All were right.")
