"""``manage.py write_env``: writes a .env file with random keys, for an installation that has none."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.core.management.utils import get_random_secret_key

from core.encryption import new_key
from core.files import write_private


class Command(BaseCommand):
    help = "Writes .env with random keys, readable by its owner alone. A file that exists is left as it is."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--print", action="store_true", help="print the lines instead of writing the file")

    def handle(self, *args: object, **options: object) -> None:
        lines = f"SECRET_KEY='{_secret_key()}'\nENCRYPTION_KEYS={new_key()}\n"
        if options["print"]:
            self.stdout.write(lines, ending="")
            return
        file = Path(settings.BASE_DIR) / ".env"
        comment = "# Keep this file: no secret can be decrypted without ENCRYPTION_KEYS.\n"
        try:
            write_private(file, comment + lines)
        except FileExistsError:
            return
        self.stdout.write(f"Wrote {file.name} with random keys.")


def _secret_key() -> str:
    """Return a key without characters that have a meaning in a .env file or a shell."""
    return "".join(filter(str.isalnum, get_random_secret_key() + get_random_secret_key()))
