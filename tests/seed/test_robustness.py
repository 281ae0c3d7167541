"""The checks return a report for any JSON, and every path in it resolves."""

import json
import time
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seed import (
    MASK,
    Manifest,
    check_configuration,
    check_document,
    check_manifest,
    check_workspace,
    complete_configuration,
    json_pointer,
    mask_credentials,
)
from tests.seed.factories import (
    JSON_VALUES,
    assert_paths_resolve,
    example,
    full_manifest,
    read_manifest,
    with_value,
)

FULL_MANIFEST = full_manifest()
MANIFEST = Manifest.read(FULL_MANIFEST)
FULL_CONFIGURATION = {
    "mounts": {"DATA": {"type": "host", "host_path": "/a"}, "B": {"type": "volume", "driver_opts": {"o": "1"}}},
    "output_workspaces": {"default": "w", "outputs": {"OUT": "w"}},
    "priority": 1,
    "settings": {"DB_HOST": "h"},
}
FULL_WORKSPACE = {
    "version": "7",
    "broker": {
        "type": "s3",
        "bucket_name": "b",
        "region_name": "r",
        "host_path": "/b",
        "credentials": {"access_key_id": "an id", "secret_access_key": MASK},
    },
}

NAMES = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
TELLING_VALUES = st.sampled_from(["", "A", "OUTPUT_DIR", "host", "volume", "gpus", 0, -1, 1.5, 10**5000])


def paths_of(node: Any, path: str = "") -> list[str]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(each for key, child in children for each in paths_of(child, path + json_pointer([key])))]


@st.composite
def damaged(draw: st.DrawFn, document: Any) -> Any:
    """Draw the document with random JSON in up to three places."""
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(paths_of(document)[1:]))
        if draw(st.booleans()):
            path = f"{path.rpartition('/')[0]}/{draw(st.sampled_from(['name', 'extra', 'type', '0']))}"
        try:
            document = with_value(document, path, draw(JSON_VALUES | TELLING_VALUES))
        except (IndexError, ValueError):
            continue
    return document


@st.composite
def valid_manifests(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a manifest that keeps every rule."""
    names = iter(draw(st.lists(NAMES, min_size=8, max_size=8, unique_by=lambda name: name.replace("-", "_"))))
    text, number = st.text(max_size=10), st.integers(0, 2**31)
    interface = {
        "inputs": {
            "files": [{"name": next(names), "multiple": draw(st.booleans())}],
            "json": [{"name": next(names), "type": draw(st.sampled_from(["array", "integer", "string"]))}],
        },
        "outputs": {
            "files": [{"name": next(names), "pattern": draw(text)}],
            "json": [{"name": next(names), "type": "object", "key": draw(text)}],
        },
        "mounts": [{"name": next(names), "path": "/" + draw(text)}],
        "settings": [{"name": next(names), "secret": draw(st.booleans())}],
    }
    job = {
        "name": draw(st.from_regex(r"[a-zA-Z0-9-]{1,50}", fullmatch=True)),
        "jobVersion": "{}.{}.{}".format(*draw(st.tuples(number, number, number))),
        "packageVersion": "1.0.0-rc.1+build.5",
        "title": draw(text),
        "description": draw(text),
        "timeout": draw(number),
        "maintainer": {"name": draw(text), "email": draw(text)},
        "tags": draw(st.lists(text, max_size=3)),
        "resources": {"scalar": [{"name": "cpus", "value": draw(st.floats(0, 100))}]},
        "interface": draw(st.sampled_from([interface, {}, {"outputs": interface["outputs"]}])),
        "errors": [{"code": draw(number), "name": next(names), "title": draw(text)}],
    }
    assume(job["name"] not in ("validation", "status", "pending", "running", "system-failures"))
    return {"seedVersion": "1.0.0", "job": job}


@given(JSON_VALUES | damaged(FULL_MANIFEST) | JSON_VALUES.map(lambda job: {"seedVersion": "1.0.0", "job": job}))
def test_any_json_gets_a_report_as_a_manifest(document):
    report = check_manifest(document)
    assert_paths_resolve(document, report)
    json.dumps(report.as_dict())
    if report.is_valid:
        Manifest.read(document)


@given(
    JSON_VALUES | damaged(FULL_CONFIGURATION),
    st.sampled_from([None, MANIFEST, read_manifest()]),
    st.sampled_from([None, {}, {"w": False}]),
    st.booleans(),
    st.sampled_from([(), ["DB_PASS"], {"DB_HOST"}]),
)
def test_any_json_gets_a_report_as_a_configuration(document, manifest, workspaces, is_given, stored):
    report = check_configuration(document, manifest, given=is_given, workspaces=workspaces, stored_secrets=stored)
    assert_paths_resolve(document, report)
    json.dumps(report.as_dict())
    if report.is_valid:
        completed = complete_configuration(document)
        again = check_configuration(
            completed, manifest, given=is_given, workspaces=workspaces, stored_secrets=stored
        )
        assert again.is_valid


@given(damaged(FULL_MANIFEST) | st.dictionaries(st.text(max_size=5), JSON_VALUES, max_size=5))
def test_any_object_can_be_read_as_a_manifest(document):
    manifest = Manifest.read(document)
    assert all(isinstance(name, str) for name in (*manifest.setting_names, *manifest.requirements, *manifest.tags))
    json.dumps(manifest.requirements)


@given(JSON_VALUES | damaged(FULL_WORKSPACE), st.sampled_from([frozenset(), frozenset({"access_key_id"})]))
def test_any_json_gets_a_report_as_a_workspace(document, stored):
    report = check_workspace(document, stored_secrets=stored)
    assert_paths_resolve(document, report)
    json.dumps(report.as_dict())
    if report.is_valid:
        masked = mask_credentials(document, stored)
        again = check_workspace(masked, stored_secrets=stored)
        assert {*masked["broker"].get("credentials", {}).values()} <= {MASK}
        assert not again.warnings


@given(valid_manifests())
def test_manifests_that_keep_the_rules_are_valid_and_read(document):
    assert check_manifest(document).errors == ()
    manifest = Manifest.read(document)
    assert (manifest.name, manifest.version) == (document["job"]["name"], document["job"]["jobVersion"])
    assert manifest.errors[0].name == document["job"]["errors"][0]["name"]


@pytest.mark.parametrize("path", paths_of(FULL_MANIFEST)[1:])
def test_deep_nesting_in_any_place_of_a_manifest_is_refused(path):
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    assert not check_manifest(with_value(FULL_MANIFEST, path, deep)).is_valid


@pytest.mark.parametrize("path", [path for path in paths_of(FULL_CONFIGURATION) if path])
@pytest.mark.parametrize(
    "value",
    [10**5000, -(10**5000), float("nan"), float("inf"), "\ud800"],
    ids=["huge", "hugely negative", "nan", "infinite", "surrogate"],
)
def test_values_that_are_no_json_are_checked_in_any_place_of_a_configuration(path, value):
    document = with_value(FULL_CONFIGURATION, path, value)
    assert_paths_resolve(document, check_configuration(document, MANIFEST, workspaces={}))


def test_no_sentence_about_a_configuration_shows_a_value():
    secret = "hunter2"
    for path in paths_of(FULL_CONFIGURATION)[1:]:
        for value in (secret, [secret], {"x": secret}):
            report = check_configuration(with_value(FULL_CONFIGURATION, path, value), MANIFEST, workspaces={})
            assert secret not in json.dumps(report.as_dict())


def test_the_example_of_the_user_is_checked_in_a_few_milliseconds():
    body = example("add-seed-image.json")
    manifest = Manifest.read(body["manifest"])
    times = []
    for _ in range(50):
        start = time.perf_counter()
        check_document(body)
        check_manifest(body["manifest"])
        check_configuration(body["configuration"], manifest, workspaces={})
        times.append(time.perf_counter() - start)
    # The fastest run, so that a busy machine does not fail the test.
    assert min(times) < 0.01
