"""QuerySet methods of files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db.models import QuerySet

if TYPE_CHECKING:
    from files.models import File  # noqa: F401  (a QuerySet names it as a string)

_LONGEST_NUMBER = 18
_LENGTH_OF_UUID = 36


class FileQuerySet(QuerySet["File"]):
    """Files."""

    def with_key(self, key: str) -> Self:
        """Return the file that a URL names, by its id or by its UUID; none if ``key`` is neither."""
        if is_id(key):
            return self.filter(pk=int(key))
        try:
            return self.filter(uuid=UUID(key)) if len(key) == _LENGTH_OF_UUID else self.none()
        except ValueError:
            return self.none()


def is_id(key: str) -> bool:
    """Return whether ``key`` can only be the id of a file."""
    return key.isascii() and key.isdecimal() and len(key) <= _LONGEST_NUMBER
