"""Every line of the configuration's table, and the rules that need the manifest and the workspaces."""

from collections.abc import Collection
from typing import Any

import pytest

import seed.configuration
from seed import Manifest, Report, check_configuration, clear_settings, complete_configuration
from tests.seed.factories import (
    assert_paths_resolve,
    errors,
    example,
    read_manifest,
    warnings,
    with_value,
)

NO_SUCH_WORKSPACE = "there is no workspace of this name"
MOUNTED = read_manifest(mounts=[{"name": "DATA", "path": "/data"}])
WRITING = read_manifest(
    outputs={
        "files": [{"name": "OUT", "pattern": "*"}, {"name": "LOG", "pattern": "*", "required": False}],
        "json": [{"name": "total", "type": "integer"}],
    }
)
SET = read_manifest(settings=[{"name": "DB_HOST"}, {"name": "DB_PASS", "secret": True}])
FULL = {
    "version": "6",
    "mounts": {
        "A": {"type": "host", "host_path": "/a"},
        "B": {"type": "volume", "driver": "d", "driver_opts": {"o": "1"}},
    },
    "output_workspaces": {"default": "w", "outputs": {"OUT": "w"}},
    "priority": 1,
    "settings": {"S": "s"},
}


def check(document: object, manifest: Manifest | None = None, **options) -> Report:
    report = check_configuration(document, manifest, **options)
    assert_paths_resolve(document, report)
    return report


def breach(path: str, description: str) -> Report:
    return errors(("INVALID_CONFIGURATION", path, description))


# The schema


def test_the_empty_and_the_full_configuration_are_valid():
    assert check({}) == Report()
    assert check(FULL) == Report()
    assert check({"mounts": {"A": {"type": "volume"}}}) == Report()


@pytest.mark.parametrize("version", ["6", "7", 6, 7])
def test_both_versions_are_accepted(version):
    assert check({"version": version}) == Report()


@pytest.mark.parametrize(
    ("document", "found"), [(None, "null"), ([], "an array"), ("secret", "a string"), (False, "a boolean")]
)
def test_a_configuration_that_is_not_an_object_is_refused(document, found):
    assert check(document) == breach("", f"The configuration is not a JSON object but {found}")


@pytest.mark.parametrize(
    ("path", "value", "description"),
    [
        ("/version", "5", "version: a string, not one of '6', '7', 6, 7"),
        ("/version", True, "version: a boolean, not one of '6', '7', 6, 7"),
        ("/priority", "high", "priority: a string, not an integer"),
        ("/priority", 1.5, "priority: a number, not an integer"),
        ("/priority", True, "priority: a boolean, not an integer"),
        ("/priority", None, "priority: null, not an integer"),
        ("/mounts", [], "mounts: an array, not an object"),
        ("/mounts/A", "/a", "mounts.A: a string, not an object"),
        ("/mounts/A/type", "nfs", "mounts.A.type: a string, not one of 'host', 'volume'"),
        ("/mounts/A/type", 1, "mounts.A.type: a number, not one of 'host', 'volume'"),
        ("/mounts/A/host_path", 1, "mounts.A.host_path: a number, not a string"),
        ("/mounts/B/driver", None, "mounts.B.driver: null, not a string"),
        ("/mounts/B/driver_opts", "o=1", "mounts.B.driver_opts: a string, not an object"),
        ("/mounts/B/driver_opts/o", 1, "mounts.B.driver_opts.o: a number, not a string"),
        ("/output_workspaces", "w", "output_workspaces: a string, not an object"),
        ("/output_workspaces/default", None, "output_workspaces.default: null, not a string"),
        ("/output_workspaces/outputs", [], "output_workspaces.outputs: an array, not an object"),
        ("/output_workspaces/outputs/OUT", {}, "output_workspaces.outputs.OUT: an object, not a string"),
        ("/settings", None, "settings: null, not an object"),
        ("/settings/DB_PASS", 12345, "settings.DB_PASS: a number, not a string"),
        ("/settings/DB_PASS", ["secret"], "settings.DB_PASS: an array, not a string"),
        (
            "/colour",
            "secret",
            "colour: unknown member; an object here may have "
            "version, mounts, output_workspaces, priority, settings",
        ),
        ("/mounts/A/driver", "d", "mounts.A.driver: unknown member; a host mount may have type, host_path"),
        (
            "/mounts/B/host_path",
            "/b",
            "mounts.B.host_path: unknown member; a volume mount may have type, driver, driver_opts",
        ),
        (
            "/output_workspaces/OUT",
            "w",
            "output_workspaces.OUT: unknown member; an object here may have default, outputs",
        ),
    ],
)
def test_a_breach_is_described_by_its_type_and_never_by_its_value(path, value, description):
    assert check(with_value(FULL, path, value)) == breach(path, description)


def test_a_host_mount_needs_a_host_path():
    sentence = "mounts.MOUNT_PATH: 'host_path' is missing; a host mount requires it"
    assert check({"mounts": {"MOUNT_PATH": {"type": "host"}}}) == breach("/mounts/MOUNT_PATH", sentence)


def test_a_mount_needs_a_type():
    assert check({"mounts": {"A": {}}}) == breach("/mounts/A", "mounts.A.type: missing; it is required")


def test_a_mount_of_no_known_type_may_have_the_members_of_both_and_no_other():
    mount = {"type": "nfs", "host_path": 1, "driver": 1, "driver_opts": 1, "server": 1}
    assert check({"mounts": {"A": mount}}) == errors(
        (
            "INVALID_CONFIGURATION",
            "/mounts/A/server",
            "mounts.A.server: unknown member; an object here may have type, host_path, driver, driver_opts",
        ),
        (
            "INVALID_CONFIGURATION",
            "/mounts/A/type",
            "mounts.A.type: a string, not one of 'host', 'volume'",
        ),
    )


def test_odd_names_are_shown_cut_and_pointed_at_in_full():
    name = "a/b~\n" + "c" * 100
    sentence = f"settings.a/b~\\n{'c' * 54}…: a number, not a string"
    assert check({"settings": {name: 1}}) == breach(f"/settings/a~1b~0\n{'c' * 100}", sentence)
    assert check({"settings": {"": 1}}) == breach("/settings/", "settings.'': a number, not a string")


def test_many_faults_inside_a_huge_name_do_not_repeat_it():
    options = {str(index): 1 for index in range(900)}
    document = {"mounts": {"m" * 10_000: {"type": "volume", "driver_opts": options}}}
    report = check(document)
    assert {finding.path for finding in report.errors} == {"/mounts"}
    assert len(report.errors) == 900


# The rules that need no manifest


@pytest.mark.parametrize("priority", [0, -1, 0.0, -5.0])
def test_a_priority_below_1_is_refused(priority):
    sentence = "priority: below 1; it must be an integer of at least 1"
    assert check({"priority": priority}) == errors(("INVALID_PRIORITY", "/priority", sentence))


@pytest.mark.parametrize("priority", [1, 1.0, 100, 2**40])
def test_a_priority_of_at_least_1_is_accepted(priority):
    assert check({"priority": priority}) == Report()


@pytest.mark.parametrize("path", ["", "relative/secret", "~/data"])
def test_a_host_mount_with_a_relative_path_is_refused(path):
    sentence = "mounts.A.host_path: not an absolute path; it must begin with '/'"
    assert check({"mounts": {"A": {"type": "host", "host_path": path}}}) == errors(
        ("HOST_ABSOLUTE_PATH", "/mounts/A/host_path", sentence)
    )


def test_each_use_of_a_workspace_that_does_not_exist_is_refused():
    document = {"output_workspaces": {"default": "none", "outputs": {"OUT": "none", "LOG": "w"}}}
    assert check(document, workspaces={"w": True}) == errors(
        (
            "INVALID_WORKSPACE",
            "/output_workspaces/default",
            f"output_workspaces.default: {NO_SUCH_WORKSPACE}",
        ),
        (
            "INVALID_WORKSPACE",
            "/output_workspaces/outputs/OUT",
            f"output_workspaces.outputs.OUT: {NO_SUCH_WORKSPACE}",
        ),
    )


def test_each_use_of_a_deprecated_workspace_gives_a_warning():
    document = {"output_workspaces": {"default": "old", "outputs": {"OUT": "old", "LOG": "w"}}}
    sentence = "this workspace is deprecated"
    assert check(document, workspaces={"w": True, "old": False}) == warnings(
        ("DEPRECATED_WORKSPACE", "/output_workspaces/default", f"output_workspaces.default: {sentence}"),
        (
            "DEPRECATED_WORKSPACE",
            "/output_workspaces/outputs/OUT",
            f"output_workspaces.outputs.OUT: {sentence}",
        ),
    )


def test_without_a_database_workspaces_are_not_checked():
    assert check({"output_workspaces": {"default": "none"}}, workspaces=None) == Report()


# The rules that need the manifest


def test_a_mount_that_the_manifest_lacks_and_one_that_is_missing_give_warnings():
    unknown = (
        "UNKNOWN_MOUNT",
        "/mounts/OTHER",
        "mounts.OTHER: the manifest declares no mount of this name",
    )
    missing = "mounts.DATA: missing; the manifest declares this mount"
    assert check({"mounts": {"OTHER": {"type": "volume"}}}, MOUNTED) == warnings(
        unknown, ("MISSING_MOUNT", "/mounts", missing)
    )
    assert check({}, MOUNTED) == warnings(("MISSING_MOUNT", "", missing))
    assert check({"mounts": {"DATA": {"type": "volume"}}}, MOUNTED) == Report()


MISSING_OUTPUTS = [
    f"output_workspaces.outputs.{name}: missing, and there is no default; the output needs a workspace"
    for name in ("OUT", "LOG")
]


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({}, ""),
        ({"output_workspaces": {}}, "/output_workspaces"),
        ({"output_workspaces": {"outputs": {}}}, "/output_workspaces/outputs"),
    ],
)
def test_a_file_output_without_a_workspace_is_an_error_only_if_a_configuration_is_given(document, path):
    findings = [("MISSING_WORKSPACE", path, sentence) for sentence in MISSING_OUTPUTS]
    assert check(document, WRITING) == errors(*findings)
    assert check(document, WRITING, given=False) == warnings(*findings)


@pytest.mark.parametrize(
    "workspaces", [{"default": "w"}, {"outputs": {"OUT": "w", "LOG": "w"}}, {"default": "w", "outputs": {}}]
)
def test_a_default_or_an_entry_serves_a_file_output(workspaces):
    assert check({"output_workspaces": workspaces}, WRITING) == Report()


def test_an_output_that_is_no_file_output_gives_a_warning():
    document = {"output_workspaces": {"default": "w", "outputs": {"total": "w"}}}
    sentence = "output_workspaces.outputs.total: the manifest declares no file output of this name"
    assert check(document, WRITING) == warnings(("UNKNOWN_OUTPUT", "/output_workspaces/outputs/total", sentence))


def missing_setting(name: str, path: str = "/settings") -> tuple[str, str, str]:
    return "MISSING_SETTING", path, f"settings.{name}: missing; the manifest declares this setting"


def test_settings_that_are_missing_or_unknown_give_warnings():
    unknown = "settings.OTHER: the manifest declares no setting of this name, so its value is not kept"
    assert check({"settings": {"OTHER": "x"}}, SET) == warnings(
        ("UNKNOWN_SETTING", "/settings/OTHER", unknown),
        missing_setting("DB_HOST"),
        missing_setting("DB_PASS"),
    )
    assert check({}, SET) == warnings(missing_setting("DB_HOST", ""), missing_setting("DB_PASS", ""))
    assert check({"settings": {"DB_HOST": "", "DB_PASS": "x"}}, SET) == Report()


@pytest.mark.parametrize("name", ["DB_PASSS", "db_pass", "DBPASS", "DB_PAS"])
def test_an_unknown_setting_names_the_nearest_declared_one_and_not_its_value(name: str):
    (found,) = [one for one in check({"settings": {name: "hush"}}, SET).warnings if one.name == "UNKNOWN_SETTING"]
    assert found.description == (
        f"settings.{name}: the manifest declares no setting of this name, so its value is not kept; "
        "the nearest declared name is DB_PASS"
    )


def test_names_are_compared_a_bounded_number_of_times(monkeypatch: pytest.MonkeyPatch):
    compared: list[str] = []

    def count(name: str, names: Collection[str], **options: Any) -> list[str]:
        compared.extend(names)
        assert len(name) <= 60
        return []

    monkeypatch.setattr(seed.wording, "get_close_matches", count)
    declared = [{"name": f"SETTING_{number}"} for number in range(1000)]
    settings = {**{f"OTHER_{number}": "x" for number in range(990)}, "long" * 2_000: "x"}
    for wanted in (declared, declared[:7], [{"name": "LONG" * 2_000}], []):
        compared.clear()
        report = check({"settings": settings}, read_manifest(settings=wanted))
        assert len([one for one in report.warnings if one.name == "UNKNOWN_SETTING"]) == 991
        assert len(compared) <= 200


def test_only_settings_that_are_declared_and_no_secrets_are_clear():
    settings = {"DB_HOST": "h", "DB_PASS": "x", "DB_PASSS": "x"}
    assert clear_settings(settings, SET) == {"DB_HOST": "h"}


def test_a_secret_that_is_stored_is_not_missing_unless_null_removes_it():
    stored = {"DB_PASS", "DB_HOST"}
    assert check({"settings": {"DB_HOST": "h"}}, SET, stored_secrets=stored) == Report()
    assert check({"settings": {"DB_HOST": "h", "DB_PASS": None}}, SET, stored_secrets=stored) == warnings(
        missing_setting("DB_PASS")
    )


def test_a_setting_that_is_no_longer_secret_is_missing_although_a_secret_of_its_name_is_stored():
    document = {"settings": {"DB_PASS": "x"}}
    assert check(document, SET, stored_secrets=["DB_HOST"]) == warnings(missing_setting("DB_HOST"))


def test_null_for_a_setting_that_is_not_secret_is_refused():
    sentence = "null only removes the stored value of a secret setting; leave it out"
    assert check({"settings": {"DB_HOST": None, "OTHER": None, "DB_PASS": "x"}}, SET) == Report(
        errors=errors(
            ("INVALID_SETTING", "/settings/DB_HOST", f"settings.DB_HOST: {sentence}"),
            ("INVALID_SETTING", "/settings/OTHER", f"settings.OTHER: {sentence}"),
        ).errors,
        warnings=warnings(
            (
                "UNKNOWN_SETTING",
                "/settings/OTHER",
                "settings.OTHER: the manifest declares no setting of this name, so its value is not kept",
            )
        ).warnings,
    )


def test_rules_are_checked_beside_breaches_of_the_schema():
    document = {
        "priority": 0,
        "mounts": {"A": 1, "B": {"type": "host", "host_path": "b"}},
        "output_workspaces": {"default": 1},
        "settings": [],
    }
    names = [finding.name for finding in check(document, WRITING, workspaces={}).errors]
    assert names == [*["INVALID_CONFIGURATION"] * 3, "HOST_ABSOLUTE_PATH", "INVALID_PRIORITY"]


# The examples, and what is stored


def test_the_configuration_of_the_user_for_its_manifest_is_valid_with_its_workspaces():
    body = example("validate-job-type.json")
    workspaces = {"workspace_1": True, "workspace_2": True}
    sentence = "output_workspaces.outputs.output_1: the manifest declares no file output of this name"
    expected = warnings(("UNKNOWN_OUTPUT", "/output_workspaces/outputs/output_1", sentence))
    manifest = Manifest.read(body["manifest"])
    assert check(body["configuration"], manifest, workspaces=workspaces) == expected


def test_the_configuration_example_of_the_user_is_valid():
    assert check(example("job-configuration.json")) == Report()


def test_an_absent_member_gets_its_default():
    completed = complete_configuration({})
    assert completed == {"mounts": {}, "output_workspaces": {}, "priority": 100, "settings": {}}
    assert list(completed) == ["mounts", "output_workspaces", "priority", "settings"]


def test_a_completed_configuration_has_no_version_and_an_integer_priority():
    completed = complete_configuration({**FULL, "priority": 5.0})
    assert completed == {**{name: FULL[name] for name in FULL if name != "version"}, "priority": 5}
    assert list(completed) == ["mounts", "output_workspaces", "priority", "settings"]
    assert repr(completed["priority"]) == "5"


def test_a_completed_configuration_does_not_share_its_maps():
    document = {"settings": {"DB_PASS": "x"}}
    complete_configuration(document)["settings"].clear()
    assert document == {"settings": {"DB_PASS": "x"}}
