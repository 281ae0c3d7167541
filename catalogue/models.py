"""Revision: how often the catalogue was changed."""

from typing import Any

from django.db import models
from django.db.models import QuerySet

from core.reads.prepared import prepared
from core.reads.rows import Row


class Revision(models.Model):
    """One row, which the triggers of `catalogue.triggers` write in each transaction that changes the catalogue.

    `number` counts the changes; `stamp` is when the last one was made, so that a database that was set back to a
    backup never has a revision again that others have seen with other rows.
    """

    number = models.BigIntegerField()
    stamp = models.BigIntegerField()

    class Meta:
        default_permissions = ()  # nobody edits it

    def __str__(self) -> str:
        return f"{self.number:x}-{self.stamp:x}"


@prepared
def _revisions() -> QuerySet[Any, Row]:
    return Revision.objects.values("number", "stamp")


def current_revision() -> str:
    """The revision of the catalogue, for whoever is to read it afterwards: one query of one row.

    What is read later may be newer than the revision, and is never older.
    """
    for row in _revisions():
        return str(Revision(**row))
    return "0"
