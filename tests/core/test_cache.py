"""Rows that a process keeps by the revision of the catalogue."""

from collections.abc import Collection
from typing import Any

import pytest

from core.reads import cache as kept
from core.reads.cache import RevisionCache


class Table:
    """Rows of the ids below 100, and what was asked of them."""

    def __init__(self) -> None:
        self.value = "old"
        self.asked: list[list[int]] = []

    def fetch(self, ids: Collection[int]) -> list[dict[str, Any]]:
        self.asked.append(sorted(ids))
        return [{"id": pk, "value": self.value} for pk in ids if pk < 100]


def test_only_what_is_not_kept_is_fetched() -> None:
    table = Table()
    rows = RevisionCache(table.fetch)
    assert list(rows.at("1", [3, 1])) == [3, 1]
    assert list(rows.at("1", [1, 2])) == [1, 2]
    assert list(rows.at("1", {})) == []
    assert rows.at("1", [2, 3]) == {2: {"id": 2, "value": "old"}, 3: {"id": 3, "value": "old"}}
    assert table.asked == [[1, 3], [2]]


def test_another_revision_has_rows_of_its_own() -> None:
    table = Table()
    rows = RevisionCache(table.fetch)
    rows.at("1", [1, 2])
    table.value = "new"
    assert rows.at("1", [1]) == {1: {"id": 1, "value": "old"}}
    assert rows.at("2", [1]) == {1: {"id": 1, "value": "new"}}
    assert rows.at("2", [2]) == {2: {"id": 2, "value": "new"}}
    # A replica that is behind: the same again.
    assert rows.at("1", [1]) == {1: {"id": 1, "value": "new"}}
    assert table.asked == [[1, 2], [1], [2], [1]]


def test_what_is_not_there_is_left_out_and_asked_for_again() -> None:
    table = Table()
    rows = RevisionCache(table.fetch)
    assert list(rows.at("1", [1, 100])) == [1]
    assert list(rows.at("1", [1, 100])) == [1]
    assert table.asked == [[1, 100], [100]]


def test_what_would_be_too_many_rows_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_MOST", 2)
    table = Table()
    rows = RevisionCache(table.fetch)
    rows.at("1", [1, 2])
    assert list(rows.at("1", [1, 2, 3])) == [1, 2, 3]
    assert list(rows.at("1", [1, 3])) == [1, 3]
    assert table.asked == [[1, 2], [3], [3]]
