"""Marks: the column ``findings``, which says why the rules of today would refuse what is stored in a row.

Documents are checked when they are sent. What was taken over from another system, or stored before a rule, stands
as it is and is marked instead; what is edited was checked then, and loses its marks.
"""

from collections.abc import Collection, Iterable
from typing import TypedDict, TypeVar

from django.db.models import Model, QuerySet
from django.db.models.lookups import GreaterThan

from core.models.columns import Bytes
from seed import Finding, Report, shown

Row = TypeVar("Row", bound=Model)


class Mark(TypedDict):
    """A finding, as the API shows it; its path leads into the details of the row: ``/manifest/job/timeout``."""

    name: str
    description: str
    path: str


def marks(report: Report, **documents: Report) -> list[Mark]:
    """Return the errors of reports on what a row stores, to be kept in its column ``findings``.

    The paths of ``report`` begin with the name of a column already; those of ``documents``, column -> report, are
    paths into the document that the column holds. At most a hundred are kept, and how many more there are.
    """
    below = (
        Finding(found.name, found.description, f"/{column}{found.path}")
        for column, of_document in documents.items()
        for found in of_document.errors
    )
    return [
        {"name": found.name, "description": found.description, "path": found.path}
        for found in shown((*report.errors, *below))
    ]


def without_marks(findings: Iterable[Mark], columns: Collection[str]) -> list[Mark]:
    """Return those of the marks of a row that are not on these ``columns``, nor on anything in them."""
    return [found for found in findings if found["path"][1:].partition("/")[0] not in columns]


def marked(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Return those of ``rows`` that have marks: the database looks at the size of each."""
    return rows.filter(GreaterThan(Bytes("findings"), len("[]")))
