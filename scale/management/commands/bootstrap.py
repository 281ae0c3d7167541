"""``manage.py bootstrap``: everything that an installation needs before it serves, in one idempotent step."""

import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from knox.models import AuthToken

from core.actors import ActingCommand
from core.files import write_private
from core.services import Refused
from workspaces.services import create_workspace


class Command(ActingCommand):
    help = (
        "Migrates the database, then creates the built-in errors, the system job types, the given workspaces "
        "and an operator account. What exists already stays as it is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workspace", action="append", default=[], help="a workspace to create; may repeat")
        parser.add_argument("--operator", help="the account to create")
        parser.add_argument(
            "--credentials",
            type=Path,
            default=Path(settings.BASE_DIR) / "var" / "operator-credentials.txt",
            help="the new file for its password and token, readable by its owner alone; %(default)s by default",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        database = settings.DATABASES["default"]
        if database["ENGINE"] == "django.db.backends.sqlite3":
            folder = Path(database["NAME"]).parent
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise CommandError(f"DATABASE_URL: {folder} cannot be made: {error.strerror}.") from None
        call_command("migrate", interactive=False, verbosity=0, stdout=self.stdout)
        self.stdout.write("Database: migrated.")
        call_command("load_builtin_errors", stdout=self.stdout)
        call_command("seed_system_job_types", stdout=self.stdout)
        for name in options["workspace"]:
            self._create_workspace(name)
        if options["operator"]:
            self._create_operator(options["operator"], options["credentials"])

    def _create_workspace(self, name: str) -> None:
        try:
            create_workspace(name=name, fields={"title": name.replace("_", " ").capitalize()})
        except Refused:
            return
        self.stdout.write(f"Workspace {name}: created.")

    @transaction.atomic
    def _create_operator(self, username: str, credentials: Path) -> None:
        """Create the account and the file with its password and token, or neither. Output ends up in logs."""
        accounts = get_user_model().objects
        if accounts.filter(username=username).exists():
            return
        password = secrets.token_urlsafe(16)
        operator = accounts.create_superuser(username, password=password)
        _, token = AuthToken.objects.create(operator)
        try:
            credentials.parent.mkdir(parents=True, exist_ok=True)
            write_private(credentials, f"User:      {username}\nPassword:  {password}\nAPI token: {token}\n")
        except OSError as error:
            raise CommandError(
                f"The account {username} was not created: {error.strerror}: {credentials}. Choose a new file with "
                "--credentials; one that exists may hold the credentials of another installation."
            ) from None
        self.stdout.write(
            f"Account {username}: created. Its password and API token are in {credentials}, for its owner alone."
        )
