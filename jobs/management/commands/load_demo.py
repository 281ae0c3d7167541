"""`manage.py load_demo`: job types and three days of jobs, to look at."""

from django.core.management.base import CommandError

from core.actors import ActingCommand
from core.encryption import EncryptionError
from jobs.demo.services import load_demo
from jobs.states import Status


class Command(ActingCommand):
    help = (
        "Fills an installation that `bootstrap` made with job types, nodes and three days of their jobs, ending "
        "now. What runs then loses its lease within four hours, as nobody renews it. Run again, it changes nothing."
    )

    def handle(self, *args: object, **options: object) -> None:
        try:
            loaded = load_demo()
        except EncryptionError as error:
            raise CommandError(str(error)) from None
        if loaded is None:
            self.stdout.write("Demo: there already; nothing was changed.")
            return
        names = {job_type.name for job_type in loaded.job_types}
        self.stdout.write(
            f"Demo: {len(loaded.job_types)} job types of {len(names)} names with {loaded.revisions} revisions, "
            f"and {loaded.jobs.total()} jobs:"
        )
        for status in Status.values:
            self.stdout.write(f"  {status:<10}{loaded.jobs[status]:>6}")
