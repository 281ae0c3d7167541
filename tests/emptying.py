"""How tables are emptied after tests whose transactions are committed.

Django empties all, and then makes kinds, permissions and groups anew, a row at a time: an eighth of the time of the
suite. Those are left here, unless the test changed them.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model
from django.test import TransactionTestCase

_MADE: tuple[type[Model], ...] = (ContentType, Permission, Group, Group.permissions.through)


def leave_what_migrations_made(forget: Callable[[], None]) -> None:
    """Let tables be emptied so from now on; ``forget`` is called after it, as Django would by its signal."""
    empty_all = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]
    made = _made()

    def empty(case: Any) -> None:
        nonlocal made
        if _made() != made or list(case._databases_names(include_mirrors=False)) != [DEFAULT_DB_ALIAS]:
            empty_all(case)
            made = _made()
            return
        kept = {model._meta.db_table for model in _MADE}
        tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
        others = [table for table in tables if table not in kept]
        connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), others))
        forget()

    TransactionTestCase._fixture_teardown = empty  # type: ignore[attr-defined]


def _made() -> list[list[Any]]:
    return [list(model._base_manager.order_by("pk").values_list()) for model in _MADE]
