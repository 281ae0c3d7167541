"""Rows that a process caches for a revision of the catalogue."""

from collections.abc import Collection
from typing import Any

from core.reads.cache import Kept, RevisionCache


class Table:
    """A table with the ids below 100 that records which ids were fetched."""

    def __init__(self) -> None:
        self.value = "old"
        self.fetched: list[list[int]] = []

    def fetch(self, ids: Collection[int]) -> list[tuple[int, dict[str, Any]]]:
        self.fetched.append(sorted(ids))
        return [(pk, {"id": pk, "value": self.value}) for pk in ids if pk < 100]


def test_only_rows_that_are_not_cached_are_fetched() -> None:
    table = Table()
    rows = RevisionCache(table.fetch)
    assert list(rows.at("1", [3, 1])) == [3, 1]
    assert list(rows.at("1", [1, 2])) == [1, 2]
    assert list(rows.at("1", {})) == []
    assert rows.at("1", [2, 3]) == {2: {"id": 2, "value": "old"}, 3: {"id": 3, "value": "old"}}
    assert table.fetched == [[1, 3], [2]]


def test_a_new_revision_replaces_the_cached_rows() -> None:
    table = Table()
    rows = RevisionCache(table.fetch)
    rows.at("1", [1, 2])
    table.value = "new"
    assert rows.at("1", [1]) == {1: {"id": 1, "value": "old"}}
    assert rows.at("2", [1]) == {1: {"id": 1, "value": "new"}}
    assert rows.at("2", [2]) == {2: {"id": 2, "value": "new"}}
    # A replica that is behind returns an older revision: fetched again, too.
    assert rows.at("1", [1]) == {1: {"id": 1, "value": "new"}}
    assert table.fetched == [[1, 2], [1], [2], [1]]


def test_what_two_threads_fetched_at_once_counts_once() -> None:
    kept: Kept[str, str] = Kept(size=len, most=10)
    for _ in range(2):
        kept.keep("1", {"a": "four"})
    kept.keep("1", {"b": "longer"})
    assert kept.of("1") == {"a": "four", "b": "longer"}
    kept.keep("1", {"c": "!"})
    assert kept.of("1") == {"c": "!"}
    kept.keep("1", {"d": "larger than all"})
    assert [dict(kept.of(revision)) for revision in ("1", "2")] == [{"c": "!"}, {}]


def test_a_missing_row_is_left_out_and_fetched_again() -> None:
    table = Table()
    rows = RevisionCache(table.fetch)
    assert list(rows.at("1", [1, 100])) == [1]
    assert list(rows.at("1", [1, 100])) == [1]
    assert table.fetched == [[1, 100], [100]]


def test_it_begins_again_before_it_has_more_rows_than_it_may() -> None:
    table = Table()
    rows = RevisionCache(table.fetch, most=2)
    rows.at("1", [1, 2])
    assert list(rows.at("1", [2, 3])) == [2, 3]  # and only 3 is left
    assert list(rows.at("1", [3, 1])) == [3, 1]
    assert table.fetched == [[1, 2], [3], [1]]


def test_rows_that_are_larger_than_all_it_may_hold_are_fetched_each_time() -> None:
    table = Table()
    rows = RevisionCache(table.fetch, size=lambda row: 10, most=20)
    rows.at("1", [1])
    for _ in range(2):
        assert list(rows.at("1", [2, 3, 4])) == [2, 3, 4]
    assert list(rows.at("1", [1])) == [1]
    assert table.fetched == [[1], [2, 3, 4], [2, 3, 4]]
