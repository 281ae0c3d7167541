"""``manage.py rotate_secrets``: encrypt all secrets again, with the first of ENCRYPTION_KEYS."""

from django.core.management.base import CommandError

from core.actors import ActingCommand
from core.encryption import EncryptionError
from job_types.secrets import rotate_secrets


class Command(ActingCommand):
    help = (
        "Encrypts all secrets again, with the first of ENCRYPTION_KEYS. Put the new key first and keep the old "
        "ones behind it, run this, and then take the old ones out."
    )

    def handle(self, *args: object, **options: object) -> None:
        try:
            rotated, unreadable = rotate_secrets()
        except EncryptionError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Secrets encrypted with the newest key: {rotated}.")
        if unreadable:
            raise CommandError(
                f"None of the keys reads {len(unreadable)} secrets, which stay as they were: "
                f"{', '.join(unreadable)}. Put the key that wrote them back, or send their values again."
            )
