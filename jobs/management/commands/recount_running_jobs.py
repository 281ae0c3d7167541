"""`manage.py recount_running_jobs`: sets the tally right after jobs were changed without its triggers."""

from typing import Any

from django.core.management.base import BaseCommand

from jobs.tally import recount


class Command(BaseCommand):
    help = (
        "Counts the running jobs of each job type anew. That is needed only after jobs were changed with triggers "
        "disabled, as pg_restore --disable-triggers does. Meanwhile jobs can be read, but not changed."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = recount()
        self.stdout.write(f"Counted anew; {wrong} job types had another number." if wrong else "All were right.")
