"""KeptAnswer: what a request with an ``Idempotency-Key`` was answered."""

from django.db import models

MAX_KEY_LENGTH = 255


class KeptAnswer(models.Model):
    """The answer to the request that an account sent with a key. Another one with that key gets the same.

    The row is written in the transaction of the request: without a status when the request begins, so that another
    one with that key waits, and with the answer when it ends. Other transactions only ever see rows with an answer.
    """

    # No foreign key: each request would lock its account, and the page that deletes one would load its answers.
    account = models.BigIntegerField(help_text="The id of the account that sent the request.")
    key = models.CharField(max_length=MAX_KEY_LENGTH, help_text="The key, without the quotes of the header.")
    fingerprint = models.CharField(
        max_length=64, help_text="The SHA-256 of method, path, query, media type and body of the request, in hex."
    )
    expires = models.DateTimeField(help_text="From when on the key counts as new.")
    status = models.PositiveSmallIntegerField(null=True, help_text="The status of the answer.")
    location = models.TextField(default="", help_text="Its `Location`; empty without one.")
    body = models.TextField(default="", help_text="Its body, as JSON; empty once it may not be shown any more.")

    class Meta:
        default_permissions = ()  # Nobody edits it.
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="kept_answer_unique_key")]
        indexes = [models.Index(fields=["expires"], name="kept_answer_expires")]

    def __str__(self) -> str:
        return f"{self.status} for {self.key}"
