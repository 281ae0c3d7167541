"""The difference between two revisions: field by field, and what becomes of inputs and outputs."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seed import MOST_CHANGES, Interface, interface_changes, revision_changes
from tests.factories import interface, make_manifest

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-1, 1) | st.text("ab/~", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab/~", max_size=2), inner, max_size=3),
    max_leaves=12,
)
FILES = st.lists(
    st.builds(
        lambda name, required: {"name": name, "required": required},
        st.sampled_from(["A", "B", "C", "D"]),
        st.booleans(),
    ),
    unique_by=lambda item: item["name"],
)


def revision(**job: Any) -> dict[str, Any]:
    return {"docker_image": "test:1.0.0", "manifest": make_manifest(**job)}


def with_inputs(*files: dict[str, Any]) -> dict[str, Any]:
    return revision(**interface(inputs={"files": list(files)}))


def changed(old: Any, new: Any) -> list[tuple[Any, ...]]:
    return [(one.kind, one.old_path, one.new_path, one.old, one.new) for one in revision_changes(old, new)]


def at(document: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        document = document[int(name)] if isinstance(document, list) else document[name]
    return document


@given(st.dictionaries(st.text("ab/~", max_size=2), JSON), st.dictionaries(st.text("ab/~", max_size=2), JSON))
def test_every_change_is_at_its_pointers_and_nothing_else_differs(old: dict[str, Any], new: dict[str, Any]) -> None:
    patched = copy.deepcopy(old)
    for one in revision_changes(old, new):
        if one.old_path is not None:
            assert at(old, one.old_path) == one.old
        if one.new_path is not None:
            assert at(new, one.new_path) == one.new
        parent, _, part = str(one.new_path or one.old_path).rpartition("/")
        members, name = at(patched, parent), part.replace("~1", "/").replace("~0", "~")
        if one.kind == "removed":
            del members[name]
        else:
            members[name] = one.new
    assert patched == new
    assert revision_changes(new, new) == []


@given(FILES, FILES)
def test_what_has_a_name_is_compared_by_it_in_any_order(old: list[Any], new: list[Any]) -> None:
    before, after = ({one["name"]: one for one in files} for files in (old, new))
    found = revision_changes(with_inputs(*old), with_inputs(*new))
    assert {one.old["name"] for one in found if one.kind == "removed"} == before.keys() - after.keys()
    assert {one.new["name"] for one in found if one.kind == "added"} == after.keys() - before.keys()
    differing = {name for name in before.keys() & after.keys() if before[name] != after[name]}
    place = "/manifest/job/interface/inputs/files"
    assert {(one.old_path, one.new_path) for one in found if one.kind == "changed"} == {
        (f"{place}/{old.index(before[name])}/required", f"{place}/{new.index(after[name])}/required")
        for name in differing
    }


def test_numbers_that_json_tells_apart_are_told_apart() -> None:
    assert changed({"a": 1}, {"a": True}) == [("changed", "/a", "/a", 1, True)]
    assert changed({"a": [1, 2]}, {"a": [2, 1]}) == [("changed", "/a", "/a", [1, 2], [2, 1])]


def test_errors_are_told_apart_by_their_codes() -> None:
    old = revision(errors=[{"code": 1, "name": "one"}, {"code": 2, "name": "two"}])
    new = revision(errors=[{"code": 2, "name": "second"}])
    place = "/manifest/job/errors"
    assert changed(old, new) == [
        ("removed", f"{place}/0", None, {"code": 1, "name": "one"}, None),
        ("changed", f"{place}/1/name", f"{place}/0/name", "two", "second"),
    ]


def test_names_that_are_there_twice_are_compared_as_a_whole() -> None:
    twice = [{"name": "A"}, {"name": "A"}]
    (one,) = revision_changes(with_inputs(*twice), with_inputs({"name": "A"}))
    assert (one.kind, one.old_path, one.old) == ("changed", "/manifest/job/interface/inputs/files", twice)


def test_no_more_changes_are_looked_for_than_are_shown() -> None:
    many = {str(number): number for number in range(MOST_CHANGES + 5)}
    assert len(revision_changes(many, {})) == MOST_CHANGES


def read(**parts: Any) -> Interface:
    return Interface.of_manifest(make_manifest(**interface(**parts)))


@pytest.mark.parametrize(
    ("old", "new", "breaks", "sentence"),
    [
        ({}, {"json": [{"name": "A", "type": "string"}]}, True, "is new: it is required, and no recipe feeds it."),
        ({}, {"files": [{"name": "A", "required": False}]}, False, "is new: it is optional."),
        ({"files": [{"name": "A"}]}, {}, False, "is gone: what recipes feed it is used no more."),
        (
            {"files": [{"name": "A", "multiple": True}]},
            {"files": [{"name": "A"}]},
            True,
            "is another one: what was right for the old one may not be for this: it takes one file, and that may "
            "be several.",
        ),
        (
            {"json": [{"name": "A", "type": "integer"}]},
            {"json": [{"name": "A", "type": "number"}]},
            False,
            "is another one: it takes what it took.",
        ),
        (
            {"files": [{"name": "A", "mediaTypes": ["image/tiff", "image/png"]}]},
            {"files": [{"name": "A", "mediaTypes": ["image/png"]}]},
            False,
            "is another one: it takes only image/png now.",
        ),
    ],
)
def test_what_becomes_of_an_input(old: Any, new: Any, breaks: bool, sentence: str) -> None:
    (one,) = interface_changes(read(inputs=old), read(inputs=new))
    assert (one.of, one.name, one.breaks, one.description) == ("input", "A", breaks, f"The input 'A' {sentence}")


@pytest.mark.parametrize(
    ("old", "new", "breaks", "sentence"),
    [
        ({"files": [{"name": "A", "pattern": "*"}]}, {}, True, "is gone: recipes that use it cannot any more."),
        ({}, {"json": [{"name": "A", "type": "string"}]}, False, "is new: no recipe uses it yet."),
        (
            {"files": [{"name": "A", "pattern": "*"}]},
            {"files": [{"name": "A", "pattern": "*", "required": False}]},
            True,
            "is another one: what took the old one may not take this: it is required, and that may be missing.",
        ),
        (
            {"json": [{"name": "A", "type": "integer"}]},
            {"files": [{"name": "A", "pattern": "*"}]},
            True,
            "is another one: what took the old one may not take this: it takes a JSON value, and that is a file.",
        ),
        (
            {"files": [{"name": "A", "pattern": "*", "mediaType": "image/tiff"}]},
            {"files": [{"name": "A", "pattern": "*", "mediaType": "image/png"}]},
            False,
            "is another one: its media type is image/png, and was image/tiff.",
        ),
        (
            {"files": [{"name": "A", "pattern": "*"}]},
            {"files": [{"name": "A", "pattern": "*.tif"}]},
            False,
            "is another one: what took the old one takes it, too.",
        ),
    ],
)
def test_what_becomes_of_an_output(old: Any, new: Any, breaks: bool, sentence: str) -> None:
    (one,) = interface_changes(read(outputs=old), read(outputs=new))
    assert (one.of, one.name, one.breaks, one.description) == ("output", "A", breaks, f"The output 'A' {sentence}")
