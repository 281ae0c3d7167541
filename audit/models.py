"""Record: one change that somebody made."""

from django.db import models

from core.actors import Source
from core.models.append_only import AppendOnlyModel
from core.models.columns import DocumentField


class Kind(models.TextChoices):
    """What was changed."""

    JOB_TYPE = "job_type"
    WORKSPACE = "workspace"
    RECIPE_TYPE = "recipe_type"


class Action(models.TextChoices):
    """What was done to it: ``followed`` is a recipe type that changed because the job types of its nodes did."""

    CREATED = "created"
    EDITED = "edited"
    FOLLOWED = "followed"


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
    name = models.CharField(max_length=50, help_text="Its name.")
    version = models.CharField(
        max_length=50, blank=True, help_text="Its version; empty for workspaces and recipe types, which have none."
    )
    action = models.CharField(
        max_length=10,
        choices=Action.choices,
        help_text="What was done; `followed` is a recipe type that changed because the job types of its nodes did.",
    )
    changes = DocumentField(
        help_text="The changed fields: `old` and `new`, or `changed` for documents and for settings."
    )

    class Meta:
        indexes = [
            models.Index(fields=["kind", "name", "version", "id"], name="audit_by_object"),
            models.Index(fields=["actor", "id"], name="audit_by_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name} {self.version}".rstrip() + f" {self.action}"
