"""The nodes that run jobs, and what holds for all of them."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from core.models.columns import DocumentField
from jobs.querysets import NodeQuerySet


class Scheduler(models.Model):
    """What holds for all claims: one row."""

    id = models.BigIntegerField(primary_key=True, default=1)  # not from a sequence: there is one row
    is_paused = models.BooleanField(
        default=False, help_text="Whether the scheduler is paused: while it is, nothing is handed out."
    )
    last_seen = models.DateTimeField(
        db_default=Now(), help_text="When the service was last seen alive, to a twelfth of a lease."
    )

    def __str__(self) -> str:
        return "scheduler"


class Node(models.Model):
    """A host that claims jobs, by the name that it gives.

    Two switches, independent of each other: a node that is paused, or not active (v6: deprecated), gets no jobs.
    Those that it runs go on.
    """

    hostname = models.TextField(unique=True, help_text="The name of the node, as it claims.")
    description = models.TextField(default="", blank=True, help_text="What an operator says about it.")
    is_active = models.BooleanField(
        default=True, help_text="Whether the node is active; one that is not is deprecated, and gets no jobs."
    )
    is_paused = models.BooleanField(default=False, help_text="Whether it is paused: while it is, it gets no jobs.")
    pause_reason = models.TextField(
        null=True, blank=True, help_text="Why it is paused, as the operator said; null if nothing was."
    )
    software_version = models.TextField(
        default="", blank=True, help_text="The version of the program that claims for it, as it says."
    )
    labels = DocumentField(default=dict, blank=True, help_text="What it says about itself, name -> text.")
    created = models.DateTimeField(db_default=Now(), help_text="When it first claimed.")
    deprecated = models.DateTimeField(
        null=True, blank=True, help_text="When it was deprecated; null while it is active."
    )
    last_modified = models.DateTimeField(db_default=Now(), help_text="When an operator last changed it.")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="nodes",
        null=True,
        blank=True,
        help_text="The account that claims for it: the first that did, of those that are no operators. Null while "
        "none has; then any may.",
    )
    capacity = DocumentField(
        null=True,
        blank=True,
        help_text="What it has of each resource, by name in lower case: what it last offered as free, and what "
        "the jobs that ran on it then require. Null when it named no resources.",
    )
    last_seen = models.DateTimeField(
        db_default=Now(), db_index=True, help_text="When it last claimed, or sent a heartbeat, to the minute."
    )

    first_expiry = models.DateTimeField(
        db_default=Now(),
        db_index=True,
        help_text="No lease of a try that runs on it expires before this, when the service looks after them next.",
    )

    objects = NodeQuerySet.as_manager()

    def __str__(self) -> str:
        return self.hostname
