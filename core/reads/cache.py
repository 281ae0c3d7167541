"""A cache of rows of the catalogue, valid for one revision of it."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

_MOST = 5_000  # rows in one cache


class RevisionCache:
    """Rows by id, for answers that show the same few thousand rows again and again.

    ``fetch`` returns the rows with the given ids; each of them has its ``id``. Threads share the cached rows, so
    callers must not change them.
    """

    def __init__(self, fetch: Callable[[Collection[int]], Iterable[dict[str, Any]]]) -> None:
        self._fetch = fetch
        self._cached: tuple[str, dict[int, dict[str, Any]]] = "", {}

    def at(self, revision: str, ids: Collection[int]) -> dict[int, dict[str, Any]]:
        """Return the rows with ``ids`` that exist, in that order: no query if all are cached, else one.

        ``revision`` must have been read before this call: then no row is older than the revision. It may be newer.
        """
        cached_revision, cached = self._cached
        rows = cached if cached_revision == revision else {}
        missing = [pk for pk in ids if pk not in rows]
        if missing:
            # A new dictionary, because other threads may be reading the old one.
            rows = rows | {row["id"]: row for row in self._fetch(missing)}
            if len(rows) <= _MOST:
                self._cached = revision, rows
        return {pk: rows[pk] for pk in ids if pk in rows}
