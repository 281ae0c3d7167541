"""Each field and option of RowSerializer against the framework's own Serializer: shown alike, or refused."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta, timezone
from typing import Any

import pytest
from rest_framework import serializers

from core.reads.serializers import RowSerializer
from tests.core.reads.oracle import NOW, ROWS, Upper, answer, assert_shown_alike_or_refused, serializer


class Constant(serializers.CharField):
    """A field that does not read its column."""

    def get_attribute(self, instance: Any) -> str:
        return "constant"


class WholeRow(serializers.Field[Any, Any, Any, Any]):
    """A field that is given the whole row."""

    def to_representation(self, value: Any) -> str:
        return str(value["id"] if isinstance(value, dict) else value.id)


@dataclass(frozen=True, slots=True)
class Case:
    """A field, the name of its member, and the option that a refusal must name."""

    title: str
    field: Any
    name: str = "name"
    option: str = ""


# Fields as the serializers of the service declare them: shown, and not refused.
IN_USE = [
    Case("a text", serializers.CharField(help_text="A text.", label="Text")),
    Case("read_only", serializers.CharField(read_only=True)),
    Case("required", serializers.CharField(required=True)),
    Case("not required", serializers.CharField(required=False)),
    Case("limits and validators", serializers.CharField(max_length=1, allow_blank=True, validators=[print])),
    Case("a null", serializers.DateTimeField(allow_null=True), "deprecated"),
    Case("a null without allow_null", serializers.DateTimeField(), "deprecated"),
    Case("a number", serializers.IntegerField(min_value=100), "id"),
    Case("a boolean", serializers.BooleanField(), "is_active"),
    Case("a time", serializers.DateTimeField(), "created"),
    Case("a document", serializers.JSONField(), "document"),
    Case("a choice", serializers.ChoiceField(choices=[("FAILED", "failed")]), "status"),
    Case("a value that is no choice", serializers.ChoiceField(choices=["QUEUED"]), "status"),
    Case("source", serializers.CharField(source="name"), "title"),
    Case("source that is another field", serializers.CharField(source="status"), "name"),
    Case("a representation of its own", Upper()),
    Case("a representation of its own for a null", Upper(allow_null=True), "deprecated"),
    Case("any value", serializers.ReadOnlyField(), "document"),
]


OTHERS = [
    Case("write_only", serializers.CharField(write_only=True), option="write_only"),
    Case("write_only time", serializers.DateTimeField(write_only=True), "created", "write_only"),
    Case("write_only and source", serializers.CharField(source="name", write_only=True), "title", "write_only"),
    Case("write_only column that is absent", serializers.CharField(write_only=True), "absent", "write_only"),
    Case("write_only and its own representation", Upper(write_only=True), option="write_only"),
    Case("hidden", serializers.HiddenField(default="hidden")),
    Case("format of a time", serializers.DateTimeField(format="%d.%m.%Y"), "created", "format"),
    Case("ISO format of a time", serializers.DateTimeField(format="iso-8601"), "created", "format"),
    Case("no format of a time", serializers.DateTimeField(format=None), "created", "format"),
    Case("format and source", serializers.DateTimeField(format="%Y", source="created"), "since", "format"),
    Case("format of a null", serializers.DateTimeField(format="%Y"), "deprecated", "format"),
    Case(
        "time zone",
        serializers.DateTimeField(default_timezone=timezone(timedelta(hours=2))),
        "created",
        "default_timezone",
    ),
    Case("default", serializers.CharField(default="x"), option="default"),
    Case("default for a null", serializers.CharField(default="x"), "deprecated", "default"),
    Case("default for an absent column", serializers.CharField(default="x"), "absent", "default"),
    Case("callable default", serializers.CharField(default=lambda: "x"), "absent", "default"),
    Case("default and its own representation", Upper(default="x"), "absent", "default"),
    Case("default of a formatted time", serializers.DateTimeField(default=NOW, format="%Y"), "absent", "default"),
    Case("initial", serializers.CharField(initial="x")),
    Case("allow_null for an absent column", serializers.CharField(allow_null=True), "absent", "allow_null"),
    Case("not required for an absent column", serializers.CharField(required=False), "absent", "required"),
    Case("a number as a choice", serializers.ChoiceField(choices=[(7, "seven")]), "id"),
    Case("grouped choices", serializers.ChoiceField(choices=[("all", [("FAILED", "f")])]), "status"),
    Case("several choices", serializers.MultipleChoiceField(choices=["raw"]), "tags"),
    Case("binary document", serializers.JSONField(binary=True), "document", "binary"),
    Case("dotted source", serializers.CharField(source="job_type.name"), "title"),
    Case("twice dotted source", serializers.CharField(source="job_type.owner.name"), "title"),
    Case("dotted source of a time", serializers.DateTimeField(source="job_type.created"), "since"),
    Case(
        "dotted source of a formatted time", serializers.DateTimeField(source="job_type.created", format="%Y"), "y"
    ),
    Case("dotted source, a null", serializers.CharField(source="job_type.nobody"), "title"),
    Case("dotted source through a null", serializers.CharField(source="deprecated.x", allow_null=True), "title"),
    Case("dotted source, not required", serializers.CharField(source="deprecated.x", required=False), "title"),
    Case("dotted source with a default", serializers.CharField(source="deprecated.x", default="y"), "title"),
    Case("the whole row", WholeRow(source="*"), "title"),
    Case("a column read in its own way", Constant()),
    Case("an e-mail address", serializers.EmailField()),
    Case("a decimal", serializers.DecimalField(max_digits=5, decimal_places=3), "price"),
    Case("a decimal that is no string", serializers.DecimalField(5, 3, coerce_to_string=False), "price"),
    Case("a normalized decimal", serializers.DecimalField(5, 3, normalize_output=True), "price"),
    Case("a fraction", serializers.FloatField(), "price"),
    Case("a list", serializers.ListField(child=serializers.CharField()), "tags"),
    Case("a list with its own representation", serializers.ListField(child=Upper()), "tags"),
    Case("a list of times", serializers.ListField(child=serializers.DateTimeField()), "times"),
    Case("a list of formatted times", serializers.ListField(child=serializers.DateTimeField(format="%Y")), "times"),
    Case("a mapping", serializers.DictField(), "document"),
    Case("a day", serializers.DateField(), "day"),
    Case("format of a day", serializers.DateField(format="%d.%m."), "day", "format"),
    Case("format of a time of day", serializers.TimeField(format="%H"), "hour", "format"),
    Case("a duration", serializers.DurationField(), "length"),
    Case("a UUID", serializers.UUIDField(), "uuid"),
    Case("format of a UUID", serializers.UUIDField(format="hex"), "uuid", "format"),
]


def class_with(case: Case) -> Callable[[Any], Any]:
    """Return what makes a class with the field of ``case`` on a base."""
    return lambda base: serializer(base, {"id": serializers.IntegerField(), case.name: case.field})


@pytest.mark.parametrize("case", IN_USE, ids=lambda case: case.title)
def test_a_field_that_the_service_uses_is_shown_as_the_framework_shows_it(case: Case) -> None:
    make = class_with(case)
    assert answer(make(RowSerializer), ROWS) == answer(make(serializers.Serializer), ROWS)


@pytest.mark.parametrize("case", OTHERS, ids=lambda case: case.title)
def test_any_other_field_is_shown_as_the_framework_shows_it_or_refused(case: Case) -> None:
    assert_shown_alike_or_refused(class_with(case), "ShownSerializer", case.name, case.option)
