"""Rows that a process caches for a revision of the catalogue."""

from collections.abc import Collection
from typing import Any

import pytest

from core.reads import cache
from core.reads.cache import RevisionCache


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


def test_a_missing_row_is_left_out_and_fetched_again() -> None:
    table = Table()
    rows = RevisionCache(table.fetch)
    assert list(rows.at("1", [1, 100])) == [1]
    assert list(rows.at("1", [1, 100])) == [1]
    assert table.fetched == [[1, 100], [100]]


def test_rows_beyond_the_limit_are_not_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_MOST", 2)
    table = Table()
    rows = RevisionCache(table.fetch)
    rows.at("1", [1, 2])
    assert list(rows.at("1", [1, 2, 3])) == [1, 2, 3]
    assert list(rows.at("1", [1, 3])) == [1, 3]
    assert table.fetched == [[1, 2], [3], [3]]
