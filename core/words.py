"""Words for what there may be too many of."""

from collections.abc import Sequence


def listed(names: Sequence[str], most: int) -> str:
    """Return the first ``most`` of ``names``, with commas between, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")
