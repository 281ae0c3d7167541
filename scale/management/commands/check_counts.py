"""``manage.py check_counts``: mend what triggers and sequences maintain, after rows were written without them."""

from django.core.management.base import BaseCommand

from catalogue.triggers import advance_revision
from core.models.sequences import advance_sequences
from jobs.tally import recount


class Command(BaseCommand):
    help = (
        "Reports and mends what a restore may leave wrong: the counts of jobs, ids that are given out next "
        "but taken, and the revision of the catalogue, by which clients and caches know that lists have changed. "
        "Run it after each restore. Meanwhile jobs can be read, but not changed."
    )

    def handle(self, *args: object, **options: object) -> None:
        wrong = recount()
        numbers = f"numbers of queued or running jobs that were wrong: {wrong}." if wrong else "right."
        self.stdout.write(f"jobs_tally: {numbers}")
        for table in advance_sequences():
            self.stdout.write(f"{table}: the next id was taken; ids continue after the last row.")
        # Nothing shows whether rows are those that clients saw at this revision.
        advance_revision()
        self.stdout.write("catalogue_revision: advanced, so that clients and caches read all lists again.")
