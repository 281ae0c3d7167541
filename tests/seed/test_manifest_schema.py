"""Every line of the manifest's table, in sentences that a person can act on."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import seed.schema
from seed import LONGEST_TEXT, MOST_MEMBERS, Report, check_manifest
from tests.seed.factories import (
    assert_paths_resolve,
    errors,
    example,
    full_manifest,
    minimal_manifest,
    with_value,
    without,
)

JOB_MEMBERS = (
    "name, jobVersion, packageVersion, title, description, tags, timeout, maintainer, resources, interface, errors"
)
NAME = "a name of the letters a-z and A-Z, digits, '_' and '-' only"
VERSION = "a semantic version (such as 1.0.0 or 1.2.0-rc.1, without leading zeros)"
JSON_TYPES = "one of 'array', 'boolean', 'integer', 'number', 'object', 'string'"

STRINGS = [
    "/job/name",
    "/job/jobVersion",
    "/job/packageVersion",
    "/job/title",
    "/job/description",
    "/job/tags/0",
    "/job/maintainer/name",
    "/job/maintainer/email",
    "/job/maintainer/organization",
    "/job/maintainer/phone",
    "/job/maintainer/url",
    "/job/resources/scalar/0/name",
    "/job/interface/command",
    "/job/interface/inputs/files/0/name",
    "/job/interface/inputs/files/0/mediaTypes/0",
    "/job/interface/inputs/json/0/name",
    "/job/interface/outputs/files/0/name",
    "/job/interface/outputs/files/0/pattern",
    "/job/interface/outputs/files/0/mediaType",
    "/job/interface/outputs/json/0/name",
    "/job/interface/outputs/json/0/key",
    "/job/interface/mounts/0/name",
    "/job/interface/mounts/0/path",
    "/job/interface/settings/0/name",
    "/job/errors/0/name",
    "/job/errors/0/title",
    "/job/errors/0/description",
]
BOOLEANS = [
    "/job/interface/inputs/files/0/required",
    "/job/interface/inputs/files/0/multiple",
    "/job/interface/inputs/files/0/partial",
    "/job/interface/inputs/json/0/required",
    "/job/interface/outputs/files/0/multiple",
    "/job/interface/outputs/files/0/required",
    "/job/interface/outputs/json/0/required",
    "/job/interface/settings/0/secret",
]
ARRAYS = [
    "/job/tags",
    "/job/resources/scalar",
    "/job/interface/inputs/files",
    "/job/interface/inputs/files/0/mediaTypes",
    "/job/interface/inputs/json",
    "/job/interface/outputs/files",
    "/job/interface/outputs/json",
    "/job/interface/mounts",
    "/job/interface/settings",
    "/job/errors",
]
OBJECTS = {
    "/job": JOB_MEMBERS,
    "/job/maintainer": "name, email, organization, phone, url",
    "/job/resources": "scalar",
    "/job/resources/scalar/0": "name, value, inputMultiplier",
    "/job/interface": "command, inputs, outputs, mounts, settings",
    "/job/interface/inputs": "files, json",
    "/job/interface/inputs/files/0": "name, required, mediaTypes, multiple, partial",
    "/job/interface/inputs/json/0": "name, type, required",
    "/job/interface/outputs": "files, json",
    "/job/interface/outputs/files/0": "name, pattern, mediaType, multiple, required",
    "/job/interface/outputs/json/0": "name, type, key, required",
    "/job/interface/mounts/0": "name, path, mode",
    "/job/interface/settings/0": "name, secret",
    "/job/errors/0": "code, name, title, description, category",
}
REQUIRED = [
    "/seedVersion",
    "/job",
    *("/job/" + m for m in ("name", "jobVersion", "packageVersion", "title", "description", "timeout")),
    "/job/maintainer",
    "/job/maintainer/name",
    "/job/maintainer/email",
    "/job/resources/scalar/0/name",
    "/job/resources/scalar/0/value",
    "/job/interface/inputs/files/0/name",
    "/job/interface/inputs/json/0/name",
    "/job/interface/inputs/json/0/type",
    "/job/interface/outputs/files/0/name",
    "/job/interface/outputs/files/0/pattern",
    "/job/interface/outputs/json/0/name",
    "/job/interface/outputs/json/0/type",
    "/job/interface/mounts/0/name",
    "/job/interface/mounts/0/path",
    "/job/interface/settings/0/name",
    "/job/errors/0/code",
]
JSON_TYPE_PLACES = ["/job/interface/inputs/json/0/type", "/job/interface/outputs/json/0/type"]
OPTIONAL = [
    "/job/tags",
    "/job/resources",
    "/job/resources/scalar",
    "/job/interface",
    "/job/errors",
    "/job/interface/command",
    "/job/interface/inputs",
    "/job/interface/inputs/files",
    "/job/interface/inputs/json",
    "/job/interface/outputs",
    "/job/interface/outputs/files",
    "/job/interface/outputs/json",
    "/job/interface/mounts",
    "/job/interface/settings",
]


def dotted(path: str) -> str:
    parts = path.split("/")[1:]
    return "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in parts).removeprefix(".")


def breach(path: str, description: str) -> Report:
    return errors(("JSON_VALIDATION_ERROR", path, description))


def check_changed(path: str, value: object) -> Report:
    document = with_value(full_manifest(), path, value)
    report = check_manifest(document)
    assert_paths_resolve(document, report)
    return report


def test_both_schemas_are_json_schema_draft_2020_12():
    for path in (Path(seed.__file__).parent / "schemas").iterdir():
        schema = json.loads(path.read_text("utf-8"))
        assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$schema"]
        Draft202012Validator.check_schema(schema)


def test_the_smallest_and_the_fullest_manifest_are_valid_without_a_warning():
    assert check_manifest(minimal_manifest()) == Report()
    assert check_manifest(full_manifest()) == Report()


@pytest.mark.parametrize("file_name", ["add-seed-image.json", "validate-job-type.json"])
def test_the_manifest_of_the_user_is_valid(file_name):
    report = check_manifest(example(file_name)["manifest"])
    assert report.as_dict() == {
        "is_valid": True,
        "errors": [],
        "warnings": [
            {
                "name": "MISSING_ERROR_NAME",
                "description": f"job.errors[{index}]: no name, which Seed requires; it is called '{name}'",
                "path": f"/job/errors/{index}",
            }
            for index, name in enumerate(["data-issue-discovered", "missing-environment"])
        ]
        + [
            {
                "name": "UNKNOWN_VARIABLE",
                "description": "job.interface.command: ${INPUT_FILES} is nothing that the manifest declares; "
                "the nearest declared name is INPUT_TEXT",
                "path": "/job/interface/command",
            }
        ],
    }


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (None, "null"),
        (True, "a boolean"),
        ("{}", "a string"),
        (1, "a number"),
        (1.5, "a number"),
        ([], "an array"),
    ],
)
def test_a_manifest_that_is_not_an_object_is_refused(document, found):
    assert check_manifest(document) == breach("", f"The manifest is not a JSON object but {found}")


@pytest.mark.parametrize("path", OPTIONAL)
def test_an_optional_part_may_be_absent(path):
    assert check_manifest(without(full_manifest(), path)) == Report()


def test_outputs_may_be_empty():
    assert check_changed("/job/interface/outputs", {}) == Report()


@pytest.mark.parametrize("path", REQUIRED)
def test_a_required_member_that_is_missing_is_named(path):
    document = without(full_manifest(), path)
    expected = breach(path.rpartition("/")[0], f"{dotted(path)}: missing; it is required")
    assert check_manifest(document) == expected
    assert_paths_resolve(document, expected)


@pytest.mark.parametrize(("path", "known"), OBJECTS.items())
def test_an_unknown_member_is_refused_with_the_known_ones(path, known):
    sentence = f"{dotted(path)}.color: unknown member; an object here may have {known}"
    assert check_changed(f"{path}/color", "red") == breach(f"{path}/color", sentence)


def test_an_unknown_member_of_the_root_is_refused():
    sentence = "a/b~c: unknown member; an object here may have seedVersion, job"
    assert check_changed("/a~1b~0c", 1) == breach("/a~1b~0c", sentence)


@pytest.mark.parametrize(
    ("paths", "value", "sentence"),
    [
        (STRINGS, 5, "5 is not a string"),
        (STRINGS, None, "null is not a string"),
        (BOOLEANS, "yes", "'yes' is not a boolean"),
        (BOOLEANS, 1, "1 is not a boolean"),
        (ARRAYS, {}, "an object is not an array"),
        (ARRAYS, "a", "'a' is not an array"),
        (OBJECTS, [], "an array is not an object"),
        (OBJECTS, False, "false is not an object"),
        (["/job/timeout", "/job/errors/0/code"], "soon", "'soon' is not an integer"),
        (["/job/timeout", "/job/errors/0/code"], True, "true is not an integer"),
        (["/job/timeout", "/job/errors/0/code"], 1.5, "1.5 is not an integer"),
        (["/job/timeout"], None, "null is not an integer"),
        ([f"/job/resources/scalar/0/{m}" for m in ("value", "inputMultiplier")], "1", "'1' is not a number"),
        (["/job/resources/scalar/0/value"], True, "true is not a number"),
        (["/seedVersion"], "2.0.0", "'2.0.0' is not '1.0.0'"),
        (["/seedVersion"], 1, "1 is not '1.0.0'"),
        (JSON_TYPE_PLACES, "null", f"'null' is not {JSON_TYPES}"),
        (["/job/interface/mounts/0/mode"], "wr", "'wr' is not one of 'ro', 'rw'"),
        (["/job/errors/0/category"], "system", "'system' is not one of 'job', 'data'"),
        (["/job/errors/0/category"], True, "true is not one of 'job', 'data'"),
        (["/job/name"], "my_job", "'my_job' is not a name of the letters a-z and A-Z, digits and '-' only"),
        ([path for path in STRINGS if path.endswith("0/name")], "a b", f"'a b' is not {NAME}"),
        ([path for path in STRINGS if path.endswith("0/name")], "", f"'' is not {NAME}"),
        ([path for path in STRINGS if path.endswith("0/name")], "a\n", f"'a\\n' is not {NAME}"),
        ([path for path in STRINGS if path.endswith("0/name")], "é", f"'é' is not {NAME}"),
        (["/job/name"], "test\n", "'test\\n' is not a name of the letters a-z and A-Z, digits and '-' only"),
        (["/job/name"], "a" * 51, f"'{'a' * 51}' is not a text of at most 50 characters"),
        (["/job/errors/0/name"], "a" * 256, f"'{'a' * 59}…' is not a text of at most 255 characters"),
        (["/job/jobVersion"], f"1.0.0-{'a' * 45}", f"'1.0.0-{'a' * 45}' is not a text of at most 50 characters"),
        (["/job/jobVersion", "/job/packageVersion"], "1.0", f"'1.0' is not {VERSION}"),
        (["/job/jobVersion", "/job/packageVersion"], "1.0.0\n", f"'1.0.0\\n' is not {VERSION}"),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_refused(paths, value, sentence):
    for path in paths:
        assert check_changed(path, value).errors == breach(path, f"{dotted(path)}: {sentence}").errors


@pytest.mark.parametrize("name", ["a" * 50, "0", "-", "Test-1"])
def test_a_job_name_of_up_to_50_characters_is_accepted(name):
    assert check_changed("/job/name", name) == Report()


def test_a_job_version_of_50_and_an_error_name_of_255_characters_are_accepted():
    assert check_changed("/job/jobVersion", "1.0.0-" + "a" * 44) == Report()
    assert check_changed("/job/packageVersion", "1.0.0-" + "a" * 440) == Report()
    assert check_changed("/job/errors/0/name", "a" * 255) == Report()


@pytest.mark.parametrize("timeout", [1, 3600.0, 2**40])
def test_a_whole_timeout_is_accepted(timeout):
    assert check_changed("/job/timeout", timeout) == Report()


@pytest.mark.parametrize("kind", ["array", "boolean", "integer", "number", "object", "string"])
def test_every_json_type_is_accepted(kind):
    assert check_changed("/job/interface/inputs/json/0/type", kind) == Report()
    assert check_changed("/job/interface/outputs/json/0/type", kind) == Report()


def test_a_long_or_unprintable_value_is_cut_and_escaped():
    sentence = f"job.timeout: '{'x' * 59}…' is not an integer"
    assert check_changed("/job/timeout", "x" * 10_000) == breach("/job/timeout", sentence)
    sentence = "job.timeout: '\\x07\\ud800' is not an integer"
    assert check_changed("/job/timeout", "\a\ud800") == breach("/job/timeout", sentence)


def test_a_huge_integer_is_not_written_out():
    assert check_changed("/job/title", 10**5000) == breach("/job/title", "job.title: a number is not a string")


def test_all_breaches_are_reported_at_once():
    document = with_value(without(full_manifest(), "/job/title"), "/job/timeout", "soon")
    document["extra"], document["job"]["maintainer"] = 1, {}
    assert check_manifest(document) == errors(
        (
            "JSON_VALIDATION_ERROR",
            "/extra",
            "extra: unknown member; an object here may have seedVersion, job",
        ),
        ("JSON_VALIDATION_ERROR", "/job", "job.title: missing; it is required"),
        ("JSON_VALIDATION_ERROR", "/job/timeout", "job.timeout: 'soon' is not an integer"),
        ("JSON_VALIDATION_ERROR", "/job/maintainer", "job.maintainer.name: missing; it is required"),
        ("JSON_VALIDATION_ERROR", "/job/maintainer", "job.maintainer.email: missing; it is required"),
    )


@pytest.mark.parametrize("name", ["manifest", "configuration", "recipe"])
def test_every_array_map_and_text_of_the_schemas_has_a_bound(name):
    def parts(node):
        if isinstance(node, dict):
            yield node
        for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            yield from parts(inner)

    schema = json.loads((Path(seed.schema.__file__).parent / "schemas" / f"{name}.json").read_text())
    for part in parts(schema):
        if part.get("type") == "array":
            assert part["maxItems"] <= MOST_MEMBERS
        if part.get("type") in ("string", ["string", "null"]):
            assert part["maxLength"] <= LONGEST_TEXT
        if isinstance(part.get("additionalProperties"), dict):
            assert (part["maxProperties"], part["propertyNames"]) == (MOST_MEMBERS, {"maxLength": LONGEST_TEXT})
