"""Record: one change that somebody made."""

from typing import Any, NoReturn

from django.db import models

from core.models.columns import DocumentField


class Kind(models.TextChoices):
    """What was changed."""

    JOB_TYPE = "job_type"
    WORKSPACE = "workspace"
    RECIPE_TYPE = "recipe_type"


class Action(models.TextChoices):
    """What was done to it: `followed` is a recipe type that went along with what its nodes run."""

    CREATED = "created"
    EDITED = "edited"
    FOLLOWED = "followed"


class Door(models.TextChoices):
    """The way that the change came in."""

    API = "api"
    ADMIN = "admin"
    COMMAND = "command"


class RecordQuerySet(models.QuerySet["Record"]):
    """Records; they are read and added to."""

    def update(self, **values: Any) -> int:
        raise TypeError("Records of the audit are never changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("Records of the audit are never deleted.")


class Record(models.Model):
    """One change, written in the transaction that made it, never changed or deleted (triggers see to it too).

    It refers to no row: names and the actor are kept as they were. `version` is empty for what has none,
    `request_id` for commands, `command` for requests. `changes` maps the changed fields to `{"old", "new"}`, or to
    `{"changed": true}` for documents, whose revisions tell the rest, and for settings, whose values may be secrets.
    """

    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=150)
    door = models.CharField(max_length=10, choices=Door.choices)
    request_id = models.CharField(max_length=64, blank=True)
    command = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = models.CharField(max_length=50)
    version = models.CharField(max_length=50, blank=True)
    action = models.CharField(max_length=10, choices=Action.choices)
    changes = DocumentField()

    objects = RecordQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["kind", "name", "version", "id"], name="audit_by_object"),
            models.Index(fields=["actor", "id"], name="audit_by_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name} {self.version}".rstrip() + f" {self.action}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            self._refuse()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise TypeError("A record of the audit is never changed or deleted.")
