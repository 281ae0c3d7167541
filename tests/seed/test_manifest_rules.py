"""The rules for a manifest that a schema cannot say."""

import pytest

from seed import RESERVED_NAMES, Manifest, Report, check_manifest
from tests.seed.factories import (
    assert_paths_resolve,
    errors,
    full_manifest,
    interface_manifest,
    minimal_manifest,
    warnings,
    with_value,
)

KNOWN = "(cpus, mem, disk, gpus or sharedMem)"


def check(document: dict) -> Report:
    report = check_manifest(document)
    assert_paths_resolve(document, report)
    return report


def check_resources(*scalar: dict) -> Report:
    return check(minimal_manifest(resources={"scalar": list(scalar)}))


@pytest.mark.parametrize("name", sorted(RESERVED_NAMES))
def test_a_name_that_the_urls_use_is_refused(name):
    sentence = f"job.name: '{name}' is a word in the URLs of this service, so no job type can be called so"
    assert check(minimal_manifest(name=name)) == errors(("RESERVED_NAME", "/job/name", sentence))


def test_the_reserved_names_are_those_of_the_v6_urls():
    assert {"import", "validation", "status", "pending", "running", "system-failures"} == RESERVED_NAMES
    assert check(minimal_manifest(name="Status")) == Report()


def test_inputs_settings_and_resources_that_become_one_environment_variable_are_refused():
    document = minimal_manifest(
        interface={
            "inputs": {
                "files": [{"name": "in-put"}, {"name": "IN_PUT"}],
                "json": [{"name": "In_Put", "type": "string"}, {"name": "allocated_mem", "type": "string"}],
            },
            "settings": [{"name": "in-put"}],
        },
        resources={"scalar": [{"name": "mem", "value": 1}, {"name": "MEM", "value": 2}]},
    )
    first = "job.interface.inputs.files[0].name"
    assert check(document) == errors(
        *(
            (
                "NAME_COLLISION_ERROR",
                path,
                f"{place}: becomes the environment variable {variable}, as {other} does",
            )
            for path, place, variable, other in [
                ("/job/interface/inputs/files/1/name", "job.interface.inputs.files[1].name", "IN_PUT", first),
                ("/job/interface/inputs/json/0/name", "job.interface.inputs.json[0].name", "IN_PUT", first),
                ("/job/interface/settings/0/name", "job.interface.settings[0].name", "IN_PUT", first),
                *(
                    (
                        f"/job/resources/scalar/{index}/name",
                        f"job.resources.scalar[{index}].name",
                        "ALLOCATED_MEM",
                        "job.interface.inputs.json[1].name",
                    )
                    for index in (0, 1)
                ),
            ]
        )
    )


@pytest.mark.parametrize(
    ("interface", "path", "place"),
    [
        (
            {"inputs": {"files": [{"name": "OUTPUT_DIR"}]}},
            "/job/interface/inputs/files/0/name",
            "job.interface.inputs.files[0].name",
        ),
        (
            {"inputs": {"json": [{"name": "output-dir", "type": "string"}]}},
            "/job/interface/inputs/json/0/name",
            "job.interface.inputs.json[0].name",
        ),
        (
            {"settings": [{"name": "Output_Dir"}]},
            "/job/interface/settings/0/name",
            "job.interface.settings[0].name",
        ),
    ],
)
def test_nothing_may_become_output_dir(interface, path, place):
    sentence = f"{place}: becomes the environment variable OUTPUT_DIR, which holds the path of the output directory"
    assert check(interface_manifest(**interface)) == errors(("NAME_COLLISION_ERROR", path, sentence))


def test_a_resource_called_output_dir_meets_nothing():
    sentence = f"job.resources.scalar[0].name: 'OUTPUT_DIR' is not a standard resource {KNOWN}"
    assert check_resources({"name": "OUTPUT_DIR", "value": 1}) == warnings(
        ("NONSTANDARD_RESOURCE", "/job/resources/scalar/0/name", sentence)
    )


def test_outputs_and_mounts_are_no_environment_variables():
    document = interface_manifest(
        inputs={"files": [{"name": "A"}]},
        outputs={"files": [{"name": "A", "pattern": "*"}]},
        mounts=[{"name": "A", "path": "/a"}, {"name": "a", "path": "/b"}],
    )
    assert check(document) == Report()


def test_each_mount_after_the_first_of_a_name_is_refused():
    mounts = [{"name": "A", "path": "/a"}, {"name": "B", "path": "/b"}, {"name": "A", "path": "/c"}]
    assert check(interface_manifest(mounts=[*mounts, {"name": "A", "path": "/d"}])) == errors(
        *(
            (
                "DUPLICATE_MOUNT_NAMES",
                f"/job/interface/mounts/{index}/name",
                f"job.interface.mounts[{index}].name: 'A' is already taken by job.interface.mounts[0].name",
            )
            for index in (2, 3)
        )
    )


def test_a_file_output_and_a_json_output_cannot_share_a_name():
    outputs = {"files": [{"name": "A", "pattern": "*"}], "json": [{"name": "A", "type": "string"}]}
    sentence = "job.interface.outputs.json[0].name: 'A' is already taken by job.interface.outputs.files[0].name"
    assert check(interface_manifest(outputs=outputs)) == errors(
        ("DUPLICATE_OUTPUT_NAMES", "/job/interface/outputs/json/0/name", sentence)
    )


def test_two_errors_cannot_share_a_name_or_a_code():
    document = minimal_manifest(errors=[{"code": 1, "name": "bad"}, {"code": 1.0, "name": "bad"}])
    assert check(document) == errors(
        (
            "DUPLICATE_ERROR_NAMES",
            "/job/errors/1/name",
            "job.errors[1].name: 'bad' is already taken by job.errors[0].name",
        ),
        (
            "DUPLICATE_ERROR_CODES",
            "/job/errors/1/code",
            "job.errors[1].code: 1 is already taken by job.errors[0].code",
        ),
    )


def test_a_derived_name_that_meets_another_is_a_duplicate():
    document = minimal_manifest(
        errors=[{"code": 1, "name": "no-disk"}, {"code": 2, "title": "No disk"}, {"code": 3, "title": "No Disk"}]
    )
    assert check(document) == Report(
        errors=errors(
            *(
                (
                    "DUPLICATE_ERROR_NAMES",
                    f"/job/errors/{index}",
                    f"job.errors[{index}]: 'no-disk' is already taken by job.errors[0].name",
                )
                for index in (1, 2)
            )
        ).errors,
        warnings=warnings(
            *(
                (
                    "MISSING_ERROR_NAME",
                    f"/job/errors/{index}",
                    f"job.errors[{index}]: no name, which Seed requires; it is called 'no-disk'",
                )
                for index in (1, 2)
            )
        ).warnings,
    )


@pytest.mark.parametrize("code", [1, 1.0])
def test_an_error_without_a_name_is_called_as_the_manifest_reads_it(code):
    document = minimal_manifest(errors=[{"code": code}])
    sentence = "job.errors[0]: no name, which Seed requires; it is called 'error-1'"
    assert check(document) == warnings(("MISSING_ERROR_NAME", "/job/errors/0", sentence))
    assert Manifest.read(document).errors[0].name == "error-1"


@pytest.mark.parametrize("path", ["", "data", "./data", "C:\\data"])
def test_a_mount_with_a_relative_path_is_refused(path):
    shown = path.replace("\\", "\\")
    sentence = f"job.interface.mounts[0].path: '{shown}' is not an absolute path; it must begin with '/'"
    assert check(interface_manifest(mounts=[{"name": "A", "path": path}])) == errors(
        ("INVALID_MOUNT_PATH", "/job/interface/mounts/0/path", sentence)
    )


@pytest.mark.parametrize("name", ["gpus", "GPUS"])
def test_gpus_are_whole(name):
    sentence = "job.resources.scalar[0].value: 1.5 is not a whole number, and gpus cannot be divided"
    assert check_resources({"name": name, "value": 1.5}) == errors(
        ("INVALID_RESOURCE", "/job/resources/scalar/0/value", sentence)
    )
    assert check_resources({"name": name, "value": 2}) == Report()
    assert check_resources({"name": name, "value": 2.0}) == Report()


def test_no_amount_of_a_resource_is_negative():
    assert check_resources({"name": "cpus", "value": -0.5, "inputMultiplier": -1}) == errors(
        (
            "INVALID_RESOURCE",
            "/job/resources/scalar/0/value",
            "job.resources.scalar[0].value: -0.5 is negative",
        ),
        (
            "INVALID_RESOURCE",
            "/job/resources/scalar/0/inputMultiplier",
            "job.resources.scalar[0].inputMultiplier: -1 is negative",
        ),
    )
    assert check_resources({"name": "cpus", "value": 0, "inputMultiplier": 0.0}) == Report()


@pytest.mark.parametrize("name", ["cpus", "mem", "disk", "gpus", "sharedMem", "SHAREDMEM", "Cpus"])
def test_a_standard_resource_in_any_case_gives_no_warning(name):
    assert check_resources({"name": name, "value": 1}) == Report()


def test_another_resource_gives_a_warning():
    sentence = f"job.resources.scalar[0].name: 'licenses' is not a standard resource {KNOWN}"
    assert check_resources({"name": "licenses", "value": 1}) == warnings(
        ("NONSTANDARD_RESOURCE", "/job/resources/scalar/0/name", sentence)
    )


def test_rules_are_checked_beside_breaches_of_the_schema():
    document = with_value(full_manifest(), "/job/timeout", "soon")
    document["job"]["interface"]["mounts"] = [7, {"name": "A"}, {"name": "A", "path": "a"}, {"name": 1}]
    document["job"]["errors"] = [{"code": True}, {"code": "1", "name": 5}, {"code": 10**5000, "title": 1}]
    names = [finding.name for finding in check(document).errors]
    assert sorted(set(names)) == ["DUPLICATE_MOUNT_NAMES", "INVALID_MOUNT_PATH", "JSON_VALIDATION_ERROR"]
    assert names.count("JSON_VALIDATION_ERROR") == 9


@pytest.mark.parametrize(
    ("item", "number"),
    [({"name": "A"}, 999), ({"name": None, "x": 1}, 1_000), ([], 1_000)],
    ids=["all colliding", "all of a wrong shape", "none an object"],
)
def test_a_thousand_faults_are_counted_and_a_hundred_shown(item, number):
    report = check_manifest(interface_manifest(inputs={"files": [item] * 1_000}))
    assert len(report.errors) == number
    errors = report.as_dict()["errors"]
    more = "899 more" if number == 999 else "at least 900 more; checking stopped there"
    assert errors[:100] == [finding.as_dict() for finding in report.errors[:100]]
    assert errors[100:] == [{"name": "MORE_FINDINGS", "description": f"The document: there are {more}", "path": ""}]


def test_an_array_of_too_many_elements_is_one_finding():
    report = check_manifest(interface_manifest(inputs={"files": [{}] * 1_001}, mounts=[{}] * 2))
    sentence = "job.interface.inputs.files: has 1001 elements; at most 1000 are allowed"
    assert [finding.description for finding in report.errors if "inputs" in finding.path] == [sentence]
    # No rule looks at a document that is too large.
    assert {finding.name for finding in report.errors} == {"JSON_VALIDATION_ERROR"}


@pytest.mark.parametrize("extra", [{"x" * 10_001: 1}, {"title": "x" * 10_001}])
def test_what_is_above_the_bounds_is_a_breach_wherever_it_stands(extra):
    assert not check_manifest(minimal_manifest(**extra)).is_valid


# What is legal, and surely not meant


@pytest.mark.parametrize("timeout", [0, -1, 0.0, -(2**40)])
def test_a_timeout_below_one_is_warned_of(timeout):
    sentence = f"job.timeout: {timeout} is below 1, so that nothing ends a job that hangs; it would be some seconds"
    assert check(minimal_manifest(timeout=timeout)) == warnings(("SHORT_TIMEOUT", "/job/timeout", sentence))


def test_an_exit_code_that_no_failed_process_has_is_warned_of():
    codes = [0, 1, 255, 256, -5, 300.0]
    document = minimal_manifest(errors=[{"code": code, "name": f"e{code}"} for code in map(int, codes)])
    never = "so that this error never occurs; exit codes are 0 to 255"
    assert check(document) == warnings(
        *(
            ("IMPOSSIBLE_ERROR_CODE", f"/job/errors/{index}/code", f"job.errors[{index}].code: {sentence}")
            for index, sentence in [
                (0, "0 is the exit code of success; errors have 1 to 255"),
                (3, f"no process exits with 256, {never}"),
                (4, f"no process exits with -5, {never}"),
                (5, f"no process exits with 300, {never}"),
            ]
        )
    )


def test_two_mounts_at_one_path_are_warned_of_however_it_is_written():
    paths = ["/usr/bin/", "/usr/bin", "//usr/./lib/../bin", "/usr", "/usr/bin2"]
    mounts = [{"name": f"M{number}", "path": path} for number, path in enumerate(paths)]
    hides = "is where job.interface.mounts[0].path is; one mount hides the other"
    assert check(interface_manifest(mounts=mounts)) == warnings(
        *(
            (
                "DUPLICATE_MOUNT_PATHS",
                f"/job/interface/mounts/{index}/path",
                f"job.interface.mounts[{index}].path: '{paths[index]}' {hides}",
            )
            for index in (1, 2)
        )
    )


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("", "matches no file"),
        ("/tmp/*.txt", "is absolute"),
        ("../*.txt", "leads out of the output directory"),
        ("a/../../b", "leads out of the output directory"),
        ("./..", "leads out of the output directory"),
    ],
)
def test_an_output_that_cannot_be_in_the_output_directory_is_warned_of(pattern, why):
    place = "job.interface.outputs.files[0].pattern"
    sentence = f"{place}: '{pattern}' {why}; it would be relative to the output directory, such as '*.tif'"
    document = interface_manifest(outputs={"files": [{"name": "O", "pattern": pattern}]})
    assert check(document) == warnings(("UNREACHABLE_OUTPUT", "/job/interface/outputs/files/0/pattern", sentence))


@pytest.mark.parametrize("pattern", ["*", "a/*.txt", "./a", "a/../b", "a..b/..c", "**/x"])
def test_a_pattern_below_the_output_directory_is_not_warned_of(pattern):
    assert check(interface_manifest(outputs={"files": [{"name": "O", "pattern": pattern}]})) == Report()


def declaring(command: str) -> dict:
    return minimal_manifest(
        interface={
            "command": command,
            "inputs": {"files": [{"name": "INPUT_FILE"}], "json": [{"name": "max-size", "type": "integer"}]},
            "outputs": {"files": [{"name": "OUT", "pattern": "*"}]},
            "mounts": [{"name": "MODELS", "path": "/models"}],
            "settings": [{"name": "DB_HOST"}, {"name": "DB_PASS", "secret": True}],
        },
        resources={"scalar": [{"name": "cpus", "value": 1}]},
    )


@pytest.mark.parametrize(
    "command",
    [
        "run ${INPUT_FILE} ${MAX_SIZE} ${DB_HOST} ${DB_PASS} ${MODELS} ${OUTPUT_DIR}",
        "run ${ALLOCATED_CPUS} ${ALLOCATED_MEM} ${INPUT_DIR} ${INPUT_METADATA} ${HOME}",
        "run ${INPUT_FILE/#/--in } $OTHER ${OTHER:-1} ${1} ${-i :Batch_ID} ${} ${OTHER",
        "sh -c 'N=1; for f in *; do read line; echo ${N} ${f} ${line}; done'",
    ],
)
def test_variables_that_are_declared_standard_or_set_by_the_command_are_known(command):
    assert check(declaring(command)) == Report()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("INPUT_FLE", "; the nearest declared name is INPUT_FILE"),
        ("db_host", "; the nearest declared name is DB_HOST"),
        ("JOB_OUTPUT_DIR", "; the nearest declared name is OUTPUT_DIR"),
        ("OUT", ""),
        ("x" * 100, ""),
    ],
)
def test_a_variable_that_nothing_declares_is_warned_of_once_with_the_nearest_name(name, hint):
    shown = name if len(name) < 60 else "x" * 59 + "…"
    sentence = f"job.interface.command: ${{{shown}}} is nothing that the manifest declares{hint}"
    expected = warnings(("UNKNOWN_VARIABLE", "/job/interface/command", sentence))
    assert check(declaring(f"run ${{{name}}} ${{{name}}}")) == expected
    assert check(declaring(f"run ${{{name}/#/-i }}")) == expected
