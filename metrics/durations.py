"""Durations in buckets: how long jobs waited and ran, kept so that numbers of many hours can be added up.

A bucket is √2 times as long as the one before it, from one second to two weeks. The first one holds what is
shorter, the last one what is longer. Of each bucket the number of durations and their sum are kept. Of these

- the mean is exact;
- a percentile is the mean of the bucket that it lies in: less than √2 times too long or too short, and exact where
  all durations in the bucket are the same;
- the shortest and the longest are the limits of the first and the last bucket that has any, since what was the
  shortest cannot be found again after a job that had it is requeued.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

_SECOND = 1_000_000
_TWO_WEEKS = 14 * 24 * 60 * 60
# The first duration of each bucket but the first one, in microseconds.
LIMITS = tuple(round(_SECOND * 2 ** (power / 2)) for power in range(math.ceil(2 * math.log2(_TWO_WEEKS)) + 1))


class Bucket(NamedTuple):
    """The durations in a bucket: how many, and how long they are together, in microseconds."""

    number: int
    total: int


class Durations(NamedTuple):
    """What is shown of many durations, in seconds; null where there is none."""

    mean: float | None
    p50: float | None
    p95: float | None
    at_least: float | None
    at_most: float | None


def summary(buckets: Mapping[int, Bucket]) -> Durations:
    """Return what is shown of the durations in ``buckets``, by the numbers of the buckets."""
    filled = {place: bucket for place, bucket in sorted(buckets.items()) if bucket.number > 0}
    if not filled:
        return Durations(None, None, None, None, None)
    number = sum(bucket.number for bucket in filled.values())
    mean = sum(bucket.total for bucket in filled.values()) / number / _SECOND
    first, *_, last = [*filled, *filled]
    at_least = LIMITS[first - 1] / _SECOND if first else 0.0
    at_most = LIMITS[last] / _SECOND if last < len(LIMITS) else None
    p50, p95 = (_percentile(filled, math.ceil(number * share / 100)) for share in (50, 95))
    return Durations(mean, p50, p95, at_least, at_most)


def _percentile(filled: Mapping[int, Bucket], rank: int) -> float:
    """Return the duration that is the one of this ``rank``, the shortest being the first."""
    passed = 0
    for bucket in filled.values():
        passed += bucket.number
        if passed >= rank:
            return bucket.total / bucket.number / _SECOND
    raise ValueError(rank)
