"""LastWrite: how far a replica must have replayed the log to show an account what it wrote itself."""

from django.conf import settings
from django.db import models


class LastWrite(models.Model):
    """Where PostgreSQL's write-ahead log ended after the last write of an account, in bytes from its beginning.

    ``scale.replica`` writes it while there is a read replica; otherwise, and on SQLite, the table is empty.
    """

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    position = models.BigIntegerField()

    class Meta:
        default_permissions = ()  # Nobody edits it.

    def __str__(self) -> str:
        return f"account {self.pk} at {self.position}"
