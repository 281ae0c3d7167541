"""RowSerializer against the framework's own Serializer: it shows a row alike, or refuses to be made or used.

What it refuses, it refuses with an ImproperlyConfigured that names the class, the field and the option.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, timezone
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers

from core.reads.renderers import FastJSONRenderer
from core.reads.serializers import RowSerializer
from job_types.models import JobType, JobTypeRevision
from workspaces.models import Workspace

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


@dataclass(frozen=True, slots=True)
class NestedCase:
    """The fields of an inner serializer, the column that it shows, and the options of its field."""

    title: str
    inner: dict[str, Any]
    column: str
    options: dict[str, Any] = field(default_factory=dict)


PLAIN = {"id": serializers.IntegerField(), "name": serializers.CharField(), "created": serializers.DateTimeField()}
SECRET = {"id": serializers.IntegerField(), "name": serializers.CharField(write_only=True)}
RENAMED = {"title": serializers.CharField(source="name")}
FORMATTED = {"created": serializers.DateTimeField(format="%Y")}
NESTED = [
    NestedCase("a row", PLAIN, "job_type"),
    NestedCase("a row, read_only", PLAIN, "job_type", {"read_only": True}),
    NestedCase("a row by its source", PLAIN, "kind", {"source": "job_type"}),
    NestedCase("a row of fewer columns", {"name": PLAIN["name"]}, "job_type"),
    NestedCase("a row of all columns but created", {"name": PLAIN["name"], "id": PLAIN["id"]}, "job_type"),
    NestedCase("no row", PLAIN, "deprecated", {"allow_null": True}),
    NestedCase("no row by a dotted source", PLAIN, "kind", {"source": "job_type.nobody", "allow_null": True}),
    NestedCase("a row, write_only", PLAIN, "job_type", {"write_only": True}),
    NestedCase("the row itself", PLAIN, "kind", {"source": "*"}),
    NestedCase("a row with a default", PLAIN, "absent", {"default": None}),
    NestedCase("rows", PLAIN, "recipes", {"many": True}),
    NestedCase("rows by their source", PLAIN, "members", {"many": True, "source": "recipes"}),
    NestedCase("no rows", PLAIN, "nothing", {"many": True}),
    NestedCase("null for rows", PLAIN, "deprecated", {"many": True, "allow_null": True}),
    NestedCase("rows, write_only", PLAIN, "recipes", {"many": True, "write_only": True}),
    NestedCase("a row with a write_only column", SECRET, "job_type"),
    NestedCase("rows with a write_only column", SECRET, "recipes", {"many": True}),
    NestedCase("a row with a formatted time", FORMATTED, "job_type"),
    NestedCase("rows with a formatted time", FORMATTED, "recipes", {"many": True}),
    NestedCase("rows with a renamed column", RENAMED, "recipes", {"many": True}),
]


@pytest.mark.parametrize("framework", [True, False], ids=["of the framework", "of rows"])
@pytest.mark.parametrize("case", NESTED, ids=lambda case: case.title)
def test_serializers_within_serializers_show_what_the_framework_shows(case: NestedCase, framework: bool) -> None:
    def make(base: Any) -> Any:
        inner = serializer(serializers.Serializer if framework else base, case.inner, "InnerSerializer")
        return serializer(base, {"id": serializers.IntegerField(), case.column: inner(**case.options)})

    assert_shown_alike_or_refused(make, "Serializer")


class Methods(serializers.Serializer[Any]):
    """Methods with and without the context, for either base."""

    title = serializers.SerializerMethodField()
    user = serializers.SerializerMethodField(method_name="find_user")
    nothing = serializers.SerializerMethodField()

    def get_title(self, row: Any) -> str:
        return f"Title of {row['name'] if isinstance(row, dict) else row.name}"

    def find_user(self, row: Any) -> str:
        root: Any = self.root
        return root.context["user"]

    def get_nothing(self, row: Any) -> None:
        return None

    def get_id(self, row: Any) -> str:
        return "no field asks for this"


def test_method_fields_show_what_their_methods_return_with_the_context_of_the_answer() -> None:
    def make(base: Any) -> Any:
        return type("ShownSerializer", (Methods, base), {"id": serializers.IntegerField()})

    shown = answer(make(RowSerializer), ROWS)
    assert shown == answer(make(serializers.Serializer), ROWS)
    assert shown[0] == {"title": "Title of raw", "user": "operator", "nothing": None, "id": 7}


def test_a_subclass_adds_replaces_and_removes_fields() -> None:
    def make(base: Any) -> Any:
        parent = serializer(base, PLAIN)
        return type("Child", (parent,), {"name": Upper(), "created": None, **RENAMED})

    shown = answer(make(RowSerializer), ROWS)
    assert shown == answer(make(serializers.Serializer), ROWS) == [{"id": 7, "name": "RAW", "title": "raw"}] * 2


def test_a_representation_of_the_whole_class_is_used() -> None:
    def to_representation(self: Any, row: Any) -> Any:
        return {**super(type(self), self).to_representation(row), "kind": "row"}

    def make(base: Any) -> Any:
        return serializer(base, {**PLAIN, "to_representation": to_representation})

    assert_shown_alike_or_refused(make, "ShownSerializer")


def test_a_row_of_more_columns_than_are_declared_shows_those_that_are_declared() -> None:
    assert answer(serializer(RowSerializer, {"id": serializers.IntegerField()}), ROWS) == [{"id": 7}] * 2


@pytest.mark.parametrize("row", [{"id": 7}, SimpleNamespace(id=7)], ids=["a mapping", "an object"])
def test_a_declared_column_that_a_row_lacks_is_a_fault_as_in_the_framework(row: Any) -> None:
    for base in (serializers.Serializer, RowSerializer):
        with pytest.raises((KeyError, AttributeError)):
            answer(serializer(base, PLAIN), [row])


def test_the_options_of_a_model_serializer_count() -> None:
    workspace = Workspace(id=1, name="raw", title="Raw", created=NOW, last_modified=NOW)
    extra_kwargs = {
        "title": {"write_only": True},
        "created": {"format": "%Y"},
        "label": {"source": "name"},
        "last_modified": {"read_only": True},
    }

    def make(base: Any) -> Any:
        fields = ["id", "name", "title", "label", "created", "deprecated", "last_modified"]
        meta = type("Meta", (), {"model": Workspace, "fields": fields, "extra_kwargs": extra_kwargs})
        bases = (
            (serializers.ModelSerializer,)
            if base is serializers.Serializer
            else (base, serializers.ModelSerializer)
        )
        return type("ShownSerializer", bases, {"Meta": meta})

    assert_shown_alike_or_refused(make, "ShownSerializer", rows=[workspace])


@pytest.mark.parametrize("job_type_id", [5, None])
def test_the_key_of_a_related_row_is_shown_as_the_framework_shows_it_or_refused(job_type_id: int | None) -> None:
    related: Any = serializers.PrimaryKeyRelatedField(read_only=True)

    def make(base: Any) -> Any:
        return serializer(base, {"id": serializers.IntegerField(), "job_type": related})

    rows = [JobTypeRevision(id=7, job_type=JobType(id=job_type_id) if job_type_id else None)]
    assert_shown_alike_or_refused(make, "ShownSerializer", "job_type", rows=rows)


def test_a_related_model_is_shown_by_its_serializer() -> None:
    def make(base: Any) -> Any:
        return serializer(base, {"job_type": serializer(base, PLAIN)()})

    rows = [JobTypeRevision(id=7, job_type=JobType(id=3, name="test", created=NOW))]
    assert answer(make(RowSerializer), rows) == answer(make(serializers.Serializer), rows)


# Kinds of fields, with the values that their columns hold.
KINDS: dict[Any, st.SearchStrategy[Any]] = {
    serializers.CharField: st.text(st.characters(codec="utf-8")),
    Upper: st.text("abcäß", max_size=5),
    serializers.IntegerField: st.integers(-(2**63), 2**63 - 1),
    serializers.BooleanField: st.booleans(),
    serializers.DateTimeField: st.datetimes(timezones=st.just(UTC)),
    serializers.JSONField: st.recursive(st.none() | st.booleans() | st.integers(0, 9) | st.text("ab"), st.lists),
}
OPTIONS: list[dict[str, Any]] = [
    {},
    {"read_only": True},
    {"write_only": True},
    {"required": False},
    {"allow_null": True},
    {"default": 0},
]
FORMATS: list[dict[str, Any]] = [{}, {"format": "%Y"}, {"format": "iso-8601"}, {"format": None}]


@st.composite
def declared_and_row(draw: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw fields of any kind with any options, and a row that may lack the columns of those with a fallback."""
    fields: dict[str, Any] = {}
    row: dict[str, Any] = {"inner": {}}
    for name in draw(st.lists(st.sampled_from("abcdef"), min_size=1, unique=True)):
        kind = draw(st.sampled_from(list(KINDS)))
        options = dict(draw(st.sampled_from(OPTIONS)))
        if kind is serializers.DateTimeField:
            options |= draw(st.sampled_from(FORMATS))
        source = draw(st.sampled_from(["", f"column_{name}", f"inner.{name}"]))
        fields[name] = kind(**options, source=source or None)
        if draw(st.booleans()) or not options.keys() & {"required", "allow_null", "default"}:
            columns = row["inner"] if source.startswith("inner.") else row
            columns[source.removeprefix("inner.") or name] = draw(KINDS[kind] | st.none())
    return fields, row


@given(declared_and_row())
def test_any_combination_of_fields_and_options_is_shown_as_the_framework_shows_it_or_refused(drawn: Any) -> None:
    fields, row = drawn
    rows = [row, as_object(row)]
    assert_shown_alike_or_refused(lambda base: serializer(base, fields), "ShownSerializer", rows=rows)
