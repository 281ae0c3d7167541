"""`manage.py write_env`: a .env file with fresh keys, for an installation that has none."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.core.management.utils import get_random_secret_key

from core.encryption import new_key


class Command(BaseCommand):
    help = "Writes .env with fresh random keys, readable by its owner alone. A file that exists is left as it is."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--print", action="store_true", help="print the lines instead of writing the file")

    def handle(self, *args: Any, **options: Any) -> None:
        lines = f"SECRET_KEY='{_secret_key()}'\nENCRYPTION_KEYS={new_key()}\n"
        if options["print"]:
            self.stdout.write(lines, ending="")
            return
        file = Path(settings.BASE_DIR) / ".env"
        try:
            # Its owner's alone from the first moment, and never over one that somebody made meanwhile.
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return
        comment = "# Made for this installation; keep it, for without ENCRYPTION_KEYS no secret can be read.\n"
        file.write_text(comment + lines, encoding="utf-8")
        self.stdout.write(f"Wrote {file.name} with fresh keys.")


def _secret_key() -> str:
    """A key without the characters that mean something in a .env file or a shell."""
    return "".join(
        character for character in get_random_secret_key() + get_random_secret_key() if character.isalnum()
    )
