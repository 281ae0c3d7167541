"""Revision: how often the catalogue was changed."""

from typing import TypedDict

from django.db import models
from django.db.models import QuerySet, Subquery

from core.reads.prepared import prepared


class Revision(models.Model):
    """One row, which the triggers of ``catalogue.triggers`` write in each transaction that changes the catalogue.

    ``number`` counts these transactions; ``stamp`` is the time of the last one, in microseconds since 1970. It
    keeps a database that is restored from a backup from having a revision a second time, with other rows.
    """

    id = models.BigIntegerField(primary_key=True, default=1)  # not from a sequence: there is one row
    number = models.BigIntegerField()
    stamp = models.BigIntegerField()

    class Meta:
        default_permissions = ()  # Nobody edits it.

    def __str__(self) -> str:
        return as_text(self.number, self.stamp)


def as_text(number: int | None, stamp: int | None) -> str:
    """Return the revision with these columns, which are None where nothing was written yet."""
    return "0" if number is None or stamp is None else f"{number:x}-{stamp:x}"


def columns() -> tuple[Subquery, Subquery]:
    """Return the number and the stamp of the revision, as columns of a query that reads other rows, too."""
    number, stamp = (Subquery(Revision.objects.values(name)) for name in ("number", "stamp"))
    return number, stamp


class RevisionRow(TypedDict):
    """The columns of the revision."""

    number: int
    stamp: int


@prepared
def _revisions() -> QuerySet[Revision, RevisionRow]:
    return Revision.objects.values("number", "stamp")


def current_revision() -> str:
    """Return the revision of the catalogue, in one query of one row.

    Rows of the catalogue that are read afterwards may be newer than the revision, but never older.
    """
    for row in _revisions():
        return as_text(**row)
    return as_text(None, None)
