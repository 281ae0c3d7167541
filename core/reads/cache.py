"""The cache of rows: of the catalogue, valid for one revision of it, or of rows that never change."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from typing import Any, Generic, TypeVar

UNCHANGING = ""
"""The revision of rows that never change."""

_MOST = 5_000  # rows in one cache
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class RevisionCache(Generic[Key, Value]):
    """Rows by key, for answers that show the same few thousand rows again and again.

    ``fetch`` returns the rows with the given keys, each behind its key. The cache begins again before it holds more
    than ``most`` by the ``size`` of each row: 5,000 rows, unless these are given. Threads share the cached rows, so
    callers must not change them.
    """

    def __init__(
        self,
        fetch: Callable[[Collection[Key]], Iterable[tuple[Key, Value]]],
        *,
        size: Callable[[Value], int] = lambda row: 1,
        most: int = _MOST,
    ) -> None:
        self._fetch, self._size, self._most = fetch, size, most
        self._cached: tuple[str, dict[Key, Value], int] = UNCHANGING, {}, 0

    def at(self, revision: str, keys: Collection[Key]) -> dict[Key, Value]:
        """Return the rows with ``keys`` that exist, in that order: no query if all are cached, else one.

        ``revision`` must have been read before this call: then no row is older than the revision. It may be newer.
        """
        cached_revision, rows, size = self._cached
        if cached_revision != revision:
            rows, size = {}, 0
        if missing := [key for key in keys if key not in rows]:
            found = dict(self._fetch(missing))
            added = sum(map(self._size, found.values()))
            # A new dictionary, because other threads may be reading the old one.
            rows = rows | found
            if size + added <= self._most:
                self._cached = revision, rows, size + added
            elif added <= self._most:
                self._cached = revision, found, added
        return {key: rows[key] for key in keys if key in rows}


def by_id(rows: Iterable[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Return rows behind their ids, as a RevisionCache fetches them."""
    return ((row["id"], row) for row in rows)
