"""What a process keeps of rows that never change."""

from collections.abc import Collection, Iterator

from core.reads.cache import UnchangingCache


class Table:
    """A table with the keys below 100, whose rows have ten bytes, that records which were fetched."""

    def __init__(self) -> None:
        self.fetched: list[list[int]] = []

    def fetch(self, keys: Collection[int]) -> Iterator[tuple[int, str, int]]:
        self.fetched.append(sorted(keys))
        return ((key, f"value {key}", 10) for key in keys if key < 100)


def test_only_what_is_not_cached_is_fetched() -> None:
    table = Table()
    cache = UnchangingCache(table.fetch, most=100)
    assert cache.of([3, 1]) == {3: "value 3", 1: "value 1"}
    assert cache.of([]) == {}
    assert list(cache.of([1, 2])) == [1, 2]
    assert list(cache.of([2, 3, 1])) == [2, 3, 1]
    assert table.fetched == [[1, 3], [2]]


def test_what_is_missing_is_left_out_and_fetched_again() -> None:
    table = Table()
    cache = UnchangingCache(table.fetch, most=100)
    assert list(cache.of([1, 100])) == [1]
    assert list(cache.of([1, 100])) == [1]
    assert table.fetched == [[1, 100], [100]]


def test_it_begins_again_before_it_has_more_bytes_than_it_may() -> None:
    table = Table()
    cache = UnchangingCache(table.fetch, most=20)
    cache.of([1, 2])
    assert list(cache.of([2, 3])) == [2, 3]  # and only 3 is left
    assert list(cache.of([3, 1])) == [3, 1]
    assert table.fetched == [[1, 2], [3], [1]]


def test_rows_that_are_larger_than_all_it_may_hold_are_fetched_each_time() -> None:
    table = Table()
    cache = UnchangingCache(table.fetch, most=20)
    cache.of([1])
    for _ in range(2):
        assert list(cache.of([2, 3, 4])) == [2, 3, 4]
    assert list(cache.of([1])) == [1]
    assert table.fetched == [[1], [2, 3, 4], [2, 3, 4]]
