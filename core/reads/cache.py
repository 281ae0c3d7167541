"""Rows of the catalogue that a process keeps as long as the catalogue stays as it is."""

from collections.abc import Callable, Collection, Iterable

from core.reads.rows import Row

_MOST = 5_000


class RevisionCache:
    """Rows by their ids, for answers that name the same few thousand rows again and again.

    `fetch` answers the rows, each with its `id`, of some ids. They are kept for one revision of the catalogue at a
    time, which whoever asks has read before: what is answered may be newer than that, and is never older. They are
    shared, so nobody may change them.
    """

    def __init__(self, fetch: Callable[[Collection[int]], Iterable[Row]]) -> None:
        self._fetch = fetch
        self._kept: tuple[str, dict[int, Row]] = "", {}

    def at(self, revision: str, ids: Collection[int]) -> dict[int, Row]:
        """Those of the rows with `ids` that there are: no query when all are kept, else one."""
        of_revision, kept = self._kept
        known = kept if of_revision == revision else {}
        missing = [pk for pk in ids if pk not in known]
        if missing:
            # A new dictionary: other threads read the one that they found.
            known = known | {row["id"]: row for row in self._fetch(missing)}
            if len(known) <= _MOST:
                self._kept = revision, known
        return {pk: known[pk] for pk in ids if pk in known}
