"""Record: one change that somebody made."""

from django.db import models

from core.actors import Source
from core.models.append_only import AppendOnlyModel
from core.models.columns import DocumentField


class Kind(models.TextChoices):
    """What was changed."""

    JOB_TYPE = "job_type"
    WORKSPACE = "workspace"
    FILE = "file"
    RECIPE_TYPE = "recipe_type"
    JOB = "job"
    NODE = "node"
    SCHEDULER = "scheduler"


class Action(models.TextChoices):
    """What was done to it.

    ``followed`` is a recipe type that changed because the job types of its nodes did. ``canceled`` and ``requeued``
    are all jobs of a selection; ``secrets_delivered`` is a job whose node was handed the values of secret settings.
    """

    CREATED = "created"
    EDITED = "edited"
    FOLLOWED = "followed"
    CANCELED = "canceled"
    REQUEUED = "requeued"
    SECRETS_DELIVERED = "secrets_delivered"


class Record(AppendOnlyModel):
    """One change, written in the transaction that made it.

    A record refers to no other row: names and the actor stay as they were at the time. Documents and settings are
    recorded without their values, since revisions show the former and the latter may be secrets.
    """

    id = models.BigAutoField(
        "ID", primary_key=True, help_text="The unique identifier of the record; later ones are larger."
    )
    at = models.DateTimeField(db_index=True, help_text="When the change was made.")
    actor = models.CharField(
        max_length=150, help_text="The account that made it; for a command, the system account that ran it."
    )
    source = models.CharField(max_length=10, choices=Source.choices, help_text="Where the change came from.")
    request_id = models.CharField(
        max_length=64, blank=True, help_text="The X-Request-ID of the request; empty for commands."
    )
    command = models.CharField(max_length=100, blank=True, help_text="The command; empty for requests.")
    kind = models.CharField(max_length=20, choices=Kind.choices, help_text="What was changed.")
    # As long as the name of a host can be.
    name = models.CharField(
        max_length=255, help_text="Its name; the id of a file or of a job, and empty for a selection of jobs."
    )
    version = models.CharField(
        max_length=50, blank=True, help_text="Its version; empty for all but job types, which alone have one."
    )
    action = models.CharField(
        max_length=20,
        choices=Action.choices,
        help_text="What was done; `followed` is a recipe type that changed because the job types of its nodes did, "
        "`secrets_delivered` a try whose node was handed secrets.",
    )
    changes = DocumentField(
        help_text="The changed fields: `old` and `new`, or `changed` for documents and for settings. Of jobs: the "
        "`selection` and the `count`, or the try (`exe_num`), the `node` and the names of the `secrets`."
    )

    class Meta:
        indexes = [
            models.Index(fields=["kind", "name", "version", "id"], name="audit_by_object"),
            models.Index(fields=["actor", "id"], name="audit_by_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name} {self.version}".rstrip() + f" {self.action}"
