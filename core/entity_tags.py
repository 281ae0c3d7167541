"""Entity tags (RFC 9110, section 8.8.3), which name the state of a resource that a client has seen."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

# The id of a row and when it last changed: nothing that an answer shows of a row changes without that time.
State = tuple[int, datetime]
ANY = "*"


class Stale(Exception):
    """An editor has not seen the current state, whose tag is ``tag``: someone else was faster.

    ``tag`` is None if the resource does not exist. ``seen`` holds the tags that the editor has seen.
    """

    def __init__(self, tag: str | None, seen: Collection[str]) -> None:
        super().__init__(tag)
        self.tag, self.seen = tag, seen


def entity_tag(own: State, others: Iterable[State] = ()) -> str:
    """Return the tag of a resource, from its row and from ``others``, further rows that its answer shows."""
    states = (own, *sorted(others))
    text = ";".join(f"{pk},{modified.isoformat()}" for pk, modified in states)
    return f'"{hashlib.blake2b(text.encode(), digest_size=12).hexdigest()}"'


def tag_of_rows(own: Mapping[str, Any], others: Iterable[Mapping[str, Any]] = ()) -> str:
    """Return the tag of a resource, from rows that have the columns ``id`` and ``last_modified``."""
    return entity_tag((own["id"], own["last_modified"]), ((row["id"], row["last_modified"]) for row in others))


def require_current(tag: str | None, seen: Collection[str] | None) -> None:
    """Check that an editor has seen the current state of a resource. Raises Stale otherwise.

    ``tag`` is the current tag, None if the resource does not exist. ``seen`` is None if any state will do; ``*``
    among the seen is any state of a resource that exists, and an editor who has seen none expects that it does not.
    """
    if seen is None or (tag is None and not seen) or (tag is not None and (tag in seen or ANY in seen)):
        return
    raise Stale(tag, seen)
