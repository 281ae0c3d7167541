"""QuerySet methods of workspaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

if TYPE_CHECKING:
    from workspaces.models import Workspace  # noqa: F401  (a QuerySet names it as a string)

_LONGEST_NUMBER = 18


class WorkspaceQuerySet(QuerySet["Workspace"]):
    """Workspaces."""

    def with_key(self, key: str) -> Self:
        """Return the workspace that a URL names, by its name or by its id.

        An earlier release let a name be a number. The workspace of that name comes first, then that of the id.
        """
        if not (key.isascii() and key.isdecimal() and len(key) <= _LONGEST_NUMBER):
            return self.filter(name=key)
        is_named = ExpressionWrapper(Q(name=key), output_field=BooleanField())
        return self.filter(Q(name=key) | Q(pk=int(key))).order_by(is_named.desc())
