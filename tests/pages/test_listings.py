"""Findings beside the lines of a text, and documents side by side."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.content.differences import MOST_LINES, difference
from pages.content.listings import listing
from seed import Finding, Report, json_pointer

NAMES = st.text(alphabet='ab/~"\\é', max_size=3)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | NAMES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def numbers_of(text: str, *pointers: str) -> list[int]:
    lines, _ = listing(text, Report(errors=tuple(Finding("FAULT", "It is wrong.", path) for path in pointers)))
    return [line.number for line in lines if line.errors]


def test_a_finding_is_on_the_line_that_its_pointer_leads_to() -> None:
    text = '{\n"a": [1,\n{"b/c": {\n"d~": 5}}],\n"e":\n6\n}'
    assert numbers_of(text, "/a") == [2]
    assert numbers_of(text, "/a/1") == [3]
    assert numbers_of(text, "/a/1/b~1c/d~0") == [4]
    assert numbers_of(text, "/e", "/a/0") == [2, 5]


def test_what_is_missing_is_on_the_line_of_what_should_hold_it() -> None:
    text = '{\n"job": {\n"name": "a"}}'
    assert numbers_of(text, "/job/version") == [2]
    assert numbers_of(text, "/other", "") == []


def test_two_lines_stand_on_both_sides() -> None:
    text = "[\n" + ",\n".join(map(str, range(20))) + "\n]"
    lines, rest = listing(text, Report(warnings=(Finding("A", "a", "/3"), Finding("B", "b", "/12"))))
    assert [line.number for line in lines] == [3, 4, 5, 6, 7, 12, 13, 14, 15, 16]
    assert [line.number for line in lines if not line.follows] == [3, 12]
    assert [line.number for line in lines if line.warnings] == [5, 14]
    assert rest == Report()


@given(st.dictionaries(NAMES, DOCUMENTS, max_size=4))
def test_every_place_of_a_document_is_found_on_its_line(document: dict[str, Any]) -> None:
    text = json.dumps(document, indent=1)
    lines = text.split("\n")
    for pointer, value in places(document):
        (number,) = numbers_of(text, pointer)
        shown = json.dumps(value)[:1] if isinstance(value, dict | list) else json.dumps(value)
        assert shown in lines[number - 1]


def places(value: Any, parts: tuple[str | int, ...] = ()) -> Any:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, inner in members:
        yield json_pointer((*parts, part)), inner
        yield from places(inner, (*parts, part))


def sides(old: Any, new: Any) -> tuple[str, str]:
    """What the rows of a difference say of each document."""
    rows = [row for row in difference(old, new).rows if row.kind != "same"]
    of_old = " ".join(row.old.text.strip() for row in rows if row.old)
    return of_old, " ".join(row.new.text.strip() for row in rows if row.new)


def test_documents_are_compared_by_their_members_in_any_order() -> None:
    assert difference({"a": 1, "b": [2]}, {"b": [2], "a": 1}).rows == []
    assert sides({"a": 1, "b": 2}, {"b": 3, "a": 1}) == ('"b": 2', '"b": 3')
    assert sides({"a": 1}, {"a": 1, "b": 2}) == ('"a": 1', '"a": 1, "b": 2')


def test_lines_that_are_alike_are_skipped_but_for_three() -> None:
    old = {"list": list(range(30))}
    new = {"list": [*range(5), 99, *range(6, 25), 98, *range(26, 30)]}
    kinds = [row.kind for row in difference(old, new).rows]
    assert kinds == [*["same"] * 3, "changed", *["same"] * 3, "skipped", *["same"] * 3, "changed", *["same"] * 3]
    row = next(row for row in difference(old, new).rows if row.kind == "changed")
    assert (row.old and row.old.number, row.new and row.new.text.strip()) == (8, "99,")


def test_documents_that_differ_in_too_many_lines_are_not_compared() -> None:
    old, new = {"a": list(range(MOST_LINES))}, {"a": list(range(MOST_LINES, 0, -1))}
    assert difference(old, new) == ([], False)
    many = list(range(10 * MOST_LINES))
    assert sides({"a": many}, {"a": [*many[:5000], -1, *many[5000:]]}) == ("", "-1,")


@pytest.mark.parametrize("value", [None, 5, "text", [], {}])
def test_any_two_values_can_be_compared(value: Any) -> None:
    assert difference(value, value).rows == []
    assert difference({"a": value}, value).is_whole
