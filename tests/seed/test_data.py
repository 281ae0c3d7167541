"""The input of a job against the interface of its manifest."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seed import Manifest, check_input, check_manifest, complete_configuration, overlay_configuration
from tests.factories import interface, make_manifest

TYPES = {
    "array": [1, "a"],
    "boolean": True,
    "integer": 3,
    "number": 2.5,
    "object": {"a": 1},
    "string": "a",
}


def manifest_of(**inputs: Any) -> Manifest:
    document = make_manifest(**interface(inputs=inputs))
    assert check_manifest(document).is_valid
    return Manifest.read(document)


def names(document: Any, manifest: Manifest) -> list[tuple[str, str]]:
    return [(found.name, found.path) for found in check_input(document, manifest).errors]


@pytest.mark.parametrize("given_type", TYPES)
@pytest.mark.parametrize("declared", TYPES)
def test_a_value_is_of_its_json_type_and_of_no_other(declared: str, given_type: str) -> None:
    manifest = manifest_of(json=[{"name": "x", "type": declared}])
    fits = declared == given_type or (declared, given_type) == ("number", "integer")
    expected = [] if fits else [("INVALID_INPUT_TYPE", "/json/x")]
    assert names({"json": {"x": TYPES[given_type]}}, manifest) == expected


@pytest.mark.parametrize(("value", "fits"), [(1.0, True), (1.5, False), (True, False), (None, False)])
def test_an_integer_is_a_number_without_a_fraction(value: Any, fits: bool) -> None:
    manifest = manifest_of(json=[{"name": "x", "type": "integer"}])
    assert check_input({"json": {"x": value}}, manifest).is_valid is fits


def test_the_id_of_a_file_is_a_whole_number_however_it_is_written() -> None:
    manifest = manifest_of(files=[{"name": "a", "multiple": True}])
    assert names({"files": {"a": [1, 2.0]}}, manifest) == []
    for wrong in (1.5, True, "1", 0.0, None):
        assert names({"files": {"a": [1, wrong]}}, manifest) == [("INVALID_INPUT", "/files/a")]


def test_no_input_is_right_where_none_is_required() -> None:
    manifest = manifest_of(files=[{"name": "a", "required": False}], json=[])
    documents: list[Any] = [{}, {"files": {}}, {"files": {"a": []}}, {"json": {}, "files": {"a": [1]}}]
    for document in documents:
        assert names(document, manifest) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["files", "json", "a", "x"]), inner),
    max_leaves=12,
)


@given(JSON)
def test_whatever_is_sent_gets_findings_whose_paths_lead_into_it(document: Any) -> None:
    manifest = manifest_of(files=[{"name": "a"}], json=[{"name": "x", "type": "object"}])
    for found in check_input(document, manifest).errors:
        place = document
        for part in found.path.split("/")[1:]:
            if part not in place:
                assert found.name == "MISSING_INPUT"
                break
            place = place[part]


def test_a_configuration_over_another_replaces_name_by_name() -> None:
    base = {
        "mounts": {"a": {"type": "volume"}, "b": {"type": "volume"}},
        "output_workspaces": {"default": "one"},
        "priority": 100,
        "settings": {"X": "1", "Y": "2"},
    }
    over = {"mounts": {"b": {"type": "host", "host_path": "/b"}}, "settings": {"Y": "3"}, "priority": 7}
    assert overlay_configuration(base, over) == {
        "mounts": {"a": {"type": "volume"}, "b": {"type": "host", "host_path": "/b"}},
        "output_workspaces": {"default": "one", "outputs": {}},
        "priority": 7,
        "settings": {"X": "1", "Y": "3"},
    }
    assert overlay_configuration(base, {}) == complete_configuration(base)
    assert overlay_configuration(base, {"output_workspaces": {"default": ""}}) == complete_configuration(base)
