"""``manage.py recount_hours``: compare the hourly counts with the jobs, and mend them."""

from core.actors import ActingCommand
from metrics.hours import recount


class Command(ActingCommand):
    help = (
        "Compares the counts of what ended in each hour and day with all jobs, mends them, and reports how many "
        "numbers were wrong. Meanwhile jobs can be read and changed."
    )

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"Numbers that were wrong: {recount()}.")
