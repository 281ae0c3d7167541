"""RowSerializer against the framework's own Serializer: it shows a row alike, or refuses to be made or used.

What it refuses, it refuses with an ImproperlyConfigured that names the class, the field and the option.
"""

from dataclasses import dataclass, field
from datetime import UTC
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers

from core.reads.serializers import RowSerializer
from job_types.models import JobType, JobTypeRevision
from tests.core.reads.oracle import NOW, ROWS, Upper, answer, as_object, assert_shown_alike_or_refused, serializer
from workspaces.models import Workspace


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


class Plain(RowSerializer):
    a = serializers.IntegerField()
    b = serializers.IntegerField()


def test_members_come_in_the_order_of_the_fields_whatever_that_of_the_row() -> None:
    assert list(Plain({"b": 2, "a": 1}).data) == ["a", "b"]
    assert [list(row) for row in Plain([{"b": 2, "a": 1}], many=True).data] == [["a", "b"]]


def test_a_representation_of_its_own_is_asked_in_lists_and_nested_too() -> None:
    class Masked(Plain):
        def to_representation(self, instance: Any) -> Any:
            return {"a": "****"}

    class Outer(RowSerializer):
        rows = Masked(many=True)

    rows = [{"a": 1, "b": 2}]
    assert Masked(rows, many=True).data == [{"a": "****"}]
    assert Outer({"rows": rows}).data == {"rows": [{"a": "****"}]}


def test_every_row_of_a_list_with_nested_rows_is_looked_at() -> None:
    class Outer(RowSerializer):
        a = serializers.IntegerField()
        rows = Plain(many=True)

    shown = Outer([{"a": 1, "rows": []}, {"a": 2, "rows": [{"a": 1, "b": 2, "secret": "x"}]}], many=True).data
    assert shown == [{"a": 1, "rows": []}, {"a": 2, "rows": [{"a": 1, "b": 2}]}]


def test_every_row_of_a_mapping_is_looked_at() -> None:
    class Outer(RowSerializer):
        texts = serializers.DictField(child=serializers.CharField())
        rows = serializers.DictField(child=Plain(many=True))

    row = {"texts": {"x": "y"}, "rows": {"first": [{"a": 1, "b": 2}]}}
    assert Outer(row).data == row
    other = {"texts": {1: 2}, "rows": {"first": [], "second": [{"a": 1, "b": 2, "secret": "x"}]}}
    assert Outer(other).data == {"texts": {"1": "2"}, "rows": {"first": [], "second": [{"a": 1, "b": 2}]}}


def test_a_list_serializer_of_its_own_is_used() -> None:
    class Rows(serializers.ListSerializer[Any]):
        def to_representation(self, data: Any) -> Any:
            return ["custom"]

    class Listed(Plain):
        class Meta:
            list_serializer_class = Rows

    assert Listed([{"a": 1, "b": 2}], many=True).data == ["custom"]


def test_a_nested_method_sees_the_context_of_the_answer() -> None:
    class Inner(RowSerializer):
        who = serializers.SerializerMethodField()

        def get_who(self, row: Any) -> Any:
            return self.context["who"]

    class Outer(RowSerializer):
        inner = Inner()

    assert Outer({"inner": {}}, context={"who": "me"}).data == {"inner": {"who": "me"}}


def test_a_nested_default_sees_the_context_of_the_answer() -> None:
    class Who:
        requires_context = True

        def __call__(self, field: Any) -> Any:
            return field.context["who"]

    default: Any = Who()

    def make(base: Any) -> Any:
        inner = serializer(base, {"a": serializers.CharField(default=default), "b": serializers.IntegerField()})
        return serializer(base, {"inner": inner(), "many": inner(many=True)})

    row = {"inner": {"b": 1}, "many": [{"b": 2}, {"a": "x", "b": 3}]}
    shown = make(RowSerializer)(row, context={"who": "me"}).data
    assert shown == make(serializers.Serializer)(row, context={"who": "me"}).data
    assert shown["inner"] == {"a": "me", "b": 1}


def test_fields_that_may_depend_on_the_request_are_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"Changing\.get_fields"):

        class Changing(Plain):
            def get_fields(self) -> Any:
                return {}


def test_rows_of_several_kinds_are_each_shown() -> None:
    class Row:
        a, b = 3, 4

    assert Plain([{"a": 1, "b": 2}, Row()], many=True).data == [{"a": 1, "b": 2}, {"a": 3, "b": 4}]
