"""The caches of a process: of what belongs to a revision of the catalogue, or never changes."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

UNCHANGING = ""
"""The revision of rows that never change."""

_MOST = 5_000  # rows in one cache
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """Values by key, of one revision. It begins again before it holds more than ``most`` by the ``size`` of each.

    Threads share the values, so callers must not change them.
    """

    def __init__(self, *, size: Callable[[Value], int], most: int) -> None:
        self._size, self._most = size, most
        self._kept: tuple[str, dict[Key, Value], int] = UNCHANGING, {}, 0

    def of(self, revision: str) -> Mapping[Key, Value]:
        """Return what is kept of a revision."""
        kept, values, _ = self._kept
        return values if kept == revision else {}

    def has(self, key: Key) -> bool:
        """Return whether there is a value, of whatever revision."""
        return key in self._kept[1]

    def keep(self, revision: str, found: Mapping[Key, Value]) -> None:
        """Add what belongs to a revision, unless that alone is too large."""
        kept, values, size = self._kept
        if kept != revision:
            values, size = {}, 0
        # Another thread may have kept some of it meanwhile.
        new = {key: value for key, value in found.items() if key not in values}
        added = sum(map(self._size, new.values()))
        if size + added > self._most:
            values, size = {}, 0
        if added <= self._most:
            # A new dictionary, because other threads may be reading the old one.
            self._kept = revision, {**values, **new}, size + added


class RevisionCache(Kept[Key, Value]):
    """Rows by key, for answers that show the same few thousand rows again and again.

    ``fetch`` returns the rows with the given keys, each behind its key. 5,000 are kept, unless ``most`` is given.
    """

    def __init__(
        self,
        fetch: Callable[[Collection[Key]], Iterable[tuple[Key, Value]]],
        *,
        size: Callable[[Value], int] = lambda row: 1,
        most: int = _MOST,
    ) -> None:
        super().__init__(size=size, most=most)
        self._fetch = fetch

    def at(self, revision: str, keys: Collection[Key]) -> dict[Key, Value]:
        """Return the rows with ``keys`` that exist, in that order: nothing is fetched if all are kept.

        ``revision`` must have been read before this call: then no row is older than the revision. It may be newer.
        """
        rows = self.of(revision)
        if missing := [key for key in keys if key not in rows]:
            found = dict(self._fetch(missing))
            self.keep(revision, found)
            rows = {**rows, **found}
        return {key: rows[key] for key in keys if key in rows}


def by_id(rows: Iterable[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Return rows behind their ids, as a RevisionCache fetches them."""
    return ((row["id"], row) for row in rows)
