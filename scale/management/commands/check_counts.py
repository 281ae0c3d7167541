"""``manage.py check_counts``: mend what triggers and sequences maintain, after rows were written without them."""

from django.core.management.base import BaseCommand

from catalogue.triggers import advance_revision
from core.models.sequences import advance_sequences
from files.totals import FILES
from jobs import tally
from jobs.totals import JOBS, TRIES
from metrics import ended_tries, hours


class Command(BaseCommand):
    help = (
        "Reports and mends what a restore may leave wrong: the counts of jobs, tries and files, ids that are given "
        "out next but taken, and the revision of the catalogue, by which clients and caches know that lists have "
        "changed. "
        "Run it after each restore. While it counts rows, they cannot be changed."
    )

    def handle(self, *args: object, **options: object) -> None:
        self._report("jobs_tally", "numbers of queued or running jobs", tally.recount())
        for total, rows in ((JOBS, "jobs"), (TRIES, "tries"), (FILES, "files")):
            self._report(total.name, f"numbers of all {rows}", total.recount())
        for table in advance_sequences():
            self.stdout.write(f"{table}: the next id was taken; ids continue after the last row.")
        # It adds rows, which need ids.
        self._report("metrics_hourlycount", "numbers of jobs that ended", hours.recount())
        self._report("metrics_endedtries", "numbers of tries that ended", ended_tries.recount())
        # Nothing shows whether rows are those that clients saw at this revision.
        advance_revision()
        self.stdout.write("catalogue_revision: advanced, so that clients and caches read all lists again.")

    def _report(self, table: str, numbers: str, wrong: int) -> None:
        self.stdout.write(f"{table}: {f'{numbers} that were wrong: {wrong}.' if wrong else 'right.'}")
