"""``manage.py load_builtin_errors``: creates or updates the built-in errors of this release."""

from core.actors import ActingCommand
from errors.services import load_builtin_errors


class Command(ActingCommand):
    help = "Creates or updates the built-in errors; run again, it changes nothing."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"Built-in errors: {load_builtin_errors()} written.")
