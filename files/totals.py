"""How many files there are, and how many workspaces have, and how large these are together."""

from collections.abc import Collection
from typing import TypedDict

from django.db.models import DecimalField, IntegerField, OuterRef, Subquery

from core.models.totals import Total
from files.models import File
from workspaces.models import Workspace

FILES = Total(File, "files_total")

_COUNT = "(SELECT COUNT(*) FROM (%(subquery)s) AS one)"
# In decimals, which no sum is too large for.
_SUM = "(SELECT SUM(1.0 * one.file_size) FROM (%(subquery)s) AS one)"


class Totals(TypedDict):
    """The number of the files in a workspace, and their size in bytes; there may be more unless ``is_whole``."""

    number: int
    size: int
    is_whole: bool


def totals_of(workspaces: Collection[int], *, most: int) -> dict[int, Totals]:
    """Return the totals of the workspaces with these ids, of ``most`` files each: one query, none without ids."""
    if not workspaces:
        return {}
    # In the order of an index, as PostgreSQL would take an empty workspace for one of many, and look at every file.
    files = File.objects.filter(workspace=OuterRef("pk"), is_deleted=False).order_by("file_path")
    counted = Workspace.objects.filter(pk__in=workspaces).values_list(
        "pk",
        Subquery(files.values("file_size")[: most + 1], template=_COUNT, output_field=IntegerField()),
        Subquery(files.values("file_size")[:most], template=_SUM, output_field=DecimalField()),
    )
    return {
        pk: {"number": min(number, most), "size": int(size or 0), "is_whole": number <= most}
        for pk, number, size in counted
    }
