"""What RowSerializer is compared with: rows, and the answers of the framework's own serializers."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from rest_framework import serializers

from core.reads.renderers import FastJSONRenderer
from core.reads.serializers import RowSerializer

NOW = datetime(2015, 3, 11, 1, 2, 3, 4, tzinfo=UTC)

ROW: dict[str, Any] = {
    "id": 7,
    "name": "raw",
    "status": "FAILED",
    "is_active": True,
    "created": NOW,
    "deprecated": None,
    "price": Decimal("1.50"),
    "tags": ["raw"],
    "times": [NOW, NOW],
    "day": NOW.date(),
    "hour": time(1, 2),
    "length": timedelta(days=1, seconds=2),
    "uuid": uuid.UUID(int=7),
    "job_type": {"id": 3, "name": "test", "created": NOW, "owner": {"name": "us"}, "nobody": None},
    "recipes": [{"id": 1, "name": "first", "created": NOW}, {"id": 2, "name": "second", "created": NOW}],
    "nothing": [],
}

DOCUMENT = {"a": [1, {"b": None}], "c": "ä"}


def as_object(value: Any) -> Any:
    """Return a row as an object with attributes, as a model is one."""
    if isinstance(value, list):
        return [as_object(item) for item in value]
    if not isinstance(value, dict):
        return value
    return SimpleNamespace(**{name: as_object(item) for name, item in value.items()})


ROWS = [{**ROW, "document": DOCUMENT}, SimpleNamespace(**vars(as_object(ROW)), document=DOCUMENT)]


def answer(serializer_class: Any, rows: list[Any]) -> list[Any]:
    """Return what a client receives for a list of rows, and check that each row alone is shown alike."""
    render = FastJSONRenderer().render
    context = {"user": "operator"}
    listed = json.loads(render(serializer_class(rows, many=True, context=context).data))
    for row, shown in zip(rows, listed, strict=True):
        assert json.loads(render(serializer_class(row, context=context).data)) == shown
    return listed


def serializer(base: Any, members: dict[str, Any], name: str = "ShownSerializer") -> Any:
    return type(name, (base,), dict(members))


def assert_shown_alike_or_refused(make: Callable[[Any], Any], *named: str, rows: list[Any] = ROWS) -> None:
    """Compare what a class shows on either base; a refusal must name ``named``, and come again on each use."""
    expected = answer(make(serializers.Serializer), rows)
    try:
        shown = answer(make(RowSerializer), rows)
    except ImproperlyConfigured as refusal:
        assert [name for name in named if name not in str(refusal)] == []
        with pytest.raises(ImproperlyConfigured):
            answer(make(RowSerializer), rows)
    else:
        assert shown == expected


class Upper(serializers.CharField):
    """A field with a representation of its own."""

    def to_representation(self, value: Any) -> str:
        return str(value).upper()
