"""Members of the documents of v6, read as what they should be; BadAnswer says which one is something else."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import CharField, Model
from django.utils.dateparse import parse_datetime

from takeover.source import BadAnswer

Document = Mapping[str, Any]


def text_of(document: Document, name: str) -> str:
    """Return a text that has to be there."""
    value = document.get(name)
    if not isinstance(value, str):
        raise BadAnswer(f"Its {name} is no text.")
    return value


def text_or_empty(document: Document, name: str) -> str:
    """Return a text; the empty one for null and for what is absent."""
    return text_of(document, name) if document.get(name) is not None else ""


def number_of(document: Document, name: str) -> int:
    """Return a whole number that has to be there."""
    value = document.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadAnswer(f"Its {name} is no whole number.")
    return value


def is_true(document: Document, name: str) -> bool:
    """Return whether a member is true; one that is absent or null is not."""
    return document.get(name) is True


def object_of(document: Document, name: str) -> dict[str, Any]:
    """Return an object; the empty one for null and for what is absent."""
    value = document.get(name) or {}
    if not isinstance(value, dict):
        raise BadAnswer(f"Its {name} is no object.")
    return value


def moment_of(document: Document, name: str) -> datetime:
    """Return a time that has to be there."""
    moment = moment_or_none(document, name)
    if moment is None:
        raise BadAnswer(f"Its {name} is no time.")
    return moment


def moment_or_none(document: Document, name: str) -> datetime | None:
    """Return a time; None for null and for what is absent."""
    value = document.get(name)
    if value is None:
        return None
    try:
        moment = parse_datetime(value)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadAnswer(f"Its {name} is no time with an offset.")
    return moment


def switch_of(document: Document, state: bool, name: str) -> datetime | None:
    """Return when a switch was thrown that is on if ``state``: the last change where the time is not known."""
    if not state:
        return None
    return moment_or_none(document, name) or moment_of(document, "last_modified")


def require_fit(row: Model) -> None:
    """Raise BadAnswer for a text that its column cannot hold, whether or not the database would notice."""
    for column in row._meta.concrete_fields:
        text = getattr(row, column.attname)
        if not isinstance(text, str):
            continue
        if "\0" in text:
            raise BadAnswer(f"Its {column.name} has a null character, which cannot be stored.")
        if isinstance(column, CharField) and len(text) > (column.max_length or len(text)):
            raise BadAnswer(f"Its {column.name} has {len(text)} characters; {column.max_length} are possible here.")
