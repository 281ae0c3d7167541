"""Caches of rows: of the catalogue, valid for one revision of it; and of rows that never change."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from typing import Any, Generic, TypeVar

_MOST = 5_000  # rows in one cache
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class RevisionCache(Generic[Value]):
    """Rows by id, for answers that show the same few thousand rows again and again.

    ``fetch`` returns the rows with the given ids, each behind its id. Threads share the cached rows, so callers
    must not change them.
    """

    def __init__(self, fetch: Callable[[Collection[int]], Iterable[tuple[int, Value]]]) -> None:
        self._fetch = fetch
        self._cached: tuple[str, dict[int, Value]] = "", {}

    def at(self, revision: str, ids: Collection[int]) -> dict[int, Value]:
        """Return the rows with ``ids`` that exist, in that order: no query if all are cached, else one.

        ``revision`` must have been read before this call: then no row is older than the revision. It may be newer.
        """
        cached_revision, cached = self._cached
        rows = cached if cached_revision == revision else {}
        missing = [pk for pk in ids if pk not in rows]
        if missing:
            # A new dictionary, because other threads may be reading the old one.
            rows = rows | dict(self._fetch(missing))
            if len(rows) <= _MOST:
                self._cached = revision, rows
        return {pk: rows[pk] for pk in ids if pk in rows}


def by_id(rows: Iterable[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Return rows behind their ids, as a RevisionCache fetches them."""
    return ((row["id"], row) for row in rows)


class UnchangingCache(Generic[Key, Value]):
    """What is made of rows that never change, by their keys: at most ``most`` bytes of rows, then it begins again.

    ``fetch`` returns for each row with one of the given keys the key, what is made of the row, and how many bytes
    the row has. Threads share the values, so callers must not change them.
    """

    def __init__(self, fetch: Callable[[Collection[Key]], Iterable[tuple[Key, Value, int]]], *, most: int) -> None:
        self._fetch, self._most = fetch, most
        self._cached: tuple[dict[Key, Value], int] = {}, 0

    def of(self, keys: Collection[Key]) -> dict[Key, Value]:
        """Return the values of those of ``keys`` that exist: no query if all are cached, else one."""
        cached, size = self._cached
        missing = [key for key in keys if key not in cached]
        if not missing:
            return {key: cached[key] for key in keys}
        rows = list(self._fetch(missing))
        found = {key: value for key, value, _ in rows}
        added = sum(number for *_, number in rows)
        # A new dictionary, because other threads may be reading the old one.
        both = cached | found
        if size + added <= self._most:
            self._cached = both, size + added
        elif added <= self._most:
            self._cached = found, added
        return {key: both[key] for key in keys if key in both}
