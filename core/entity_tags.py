"""Entity tags (RFC 9110, section 8.8.3): they tell which state of a resource a client has seen."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

# The id of a row and when it last changed: what a row shows is never changed without its time.
State = tuple[int, datetime]
ANY = "*"


class Stale(Exception):
    """An editor has not seen the current state: someone else was faster. `tag` is the current one."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


def entity_tag(own: State, others: Iterable[State] = ()) -> str:
    """The tag of a resource, from its row and the rows of `others` that its answer shows too."""
    states = (own, *sorted(others))
    text = ";".join(f"{pk},{modified.isoformat()}" for pk, modified in states)
    return f'"{hashlib.blake2b(text.encode(), digest_size=12).hexdigest()}"'


def tag_of_rows(own: Mapping[str, Any], others: Iterable[Mapping[str, Any]] = ()) -> str:
    """The tag of a resource, from rows of columns that hold `id` and `last_modified`."""
    return entity_tag((own["id"], own["last_modified"]), ((row["id"], row["last_modified"]) for row in others))


def require_current(tag: str, seen: Collection[str] | None) -> None:
    """Raises Stale unless an editor has seen `tag`, the current one, or does not care (None, or `*`)."""
    if seen is not None and tag not in seen and ANY not in seen:
        raise Stale(tag)
