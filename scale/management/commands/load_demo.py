"""`manage.py load_demo`: job types, recipe types, nodes and three days of jobs, to look at."""

from django.core.management.base import CommandError
from django.db import transaction

from core.actors import ActingCommand
from core.encryption import EncryptionError
from jobs.demo.history import DAYS
from jobs.demo.services import load_demo
from jobs.states import Status
from metrics.demo import create_samples
from recipes.demo import register_recipe_types


class Command(ActingCommand):
    help = (
        "Fills an installation that `bootstrap` made with job types, recipe types, nodes and three days of jobs, "
        "ending now. What runs then loses its lease within four hours, as nobody renews it. Run again, it changes "
        "nothing."
    )

    @transaction.atomic
    def handle(self, *args: object, **options: object) -> None:
        try:
            loaded = load_demo()
        except EncryptionError as error:
            raise CommandError(str(error)) from None
        if loaded is None:
            self.stdout.write("Demo: there already; nothing was changed.")
            return
        recipe_types = register_recipe_types()
        create_samples(days=DAYS)
        names = {job_type.name for job_type in loaded.job_types}
        self.stdout.write(
            f"Demo: {len(loaded.job_types)} job types of {len(names)} names with {loaded.revisions} revisions, "
            f"{len(recipe_types)} recipe types, and {loaded.jobs.total()} jobs:"
        )
        for status in Status.values:
            self.stdout.write(f"  {status:<10}{loaded.jobs[status]:>6}")
