"""What the service keeps of accounts and their tokens beside Django and knox."""

from django.conf import settings
from django.db import models
from knox.models import AuthToken

MAX_TOKEN_NAME_LENGTH = 100


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


class TokenDetails(models.Model):
    """What the owner of an API token sees of it. A token that was made before there were names has no row yet."""

    token = models.OneToOneField(AuthToken, on_delete=models.CASCADE, primary_key=True, related_name="details")
    name = models.CharField(max_length=MAX_TOKEN_NAME_LENGTH, blank=True, help_text="What the token is for.")
    last_used = models.DateTimeField(
        null=True, blank=True, help_text="The hour in which it was last used; null while it never was."
    )

    class Meta:
        default_permissions = ()  # Those of the token decide.

    def __str__(self) -> str:
        return self.name
