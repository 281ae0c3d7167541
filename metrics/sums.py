"""Sums of whole numbers, of which plots have thousands."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Sum


class WholeSum(Sum):
    """A sum as the database returns it, a whole number, with no converter to call for each row."""

    template = "CAST(%(function)s(%(expressions)s) AS bigint)"

    def get_db_converters(self, connection: BaseDatabaseWrapper) -> list[Any]:
        return []
