"""Typed reading of a manifest, with the defaults of the standard."""

import dataclasses

import pytest

from seed import (
    InputFile,
    InputJson,
    Maintainer,
    Manifest,
    ManifestError,
    Mount,
    OutputFile,
    OutputJson,
    Resource,
    Setting,
)
from tests.seed.factories import full_manifest, interface_manifest, minimal_manifest, read_manifest


def read_error(**members) -> ManifestError:
    return Manifest.read(minimal_manifest(errors=[members])).errors[0]


def test_a_manifest_with_the_required_members_alone_gets_the_defaults():
    assert Manifest.read(minimal_manifest()) == Manifest(
        seed_version="1.0.0",
        name="test",
        version="1.0.0",
        package_version="1.0.0",
        title="Test",
        description="A test",
        tags=(),
        timeout=3600,
        maintainer=Maintainer("John Doe", "jdoe@example.com", organization=None, phone=None, url=None),
        command=None,
        input_files=(),
        input_json=(),
        output_files=(),
        output_json=(),
        mounts=(),
        settings=(),
        resources=(),
        errors=(),
    )


def test_every_member_is_read():
    assert Manifest.read(full_manifest()) == Manifest(
        seed_version="1.0.0",
        name="test",
        version="1.0.0",
        package_version="1.0.0",
        title="Test",
        description="A test",
        tags=("sample",),
        timeout=3600,
        maintainer=Maintainer("John Doe", "jdoe@example.com", "E-corp", "666-555-4321", "http://www.example.com"),
        command="run ${OUTPUT_DIR}",
        input_files=(InputFile("TEXT", False, ("text/plain",), True, True),),
        input_json=(InputJson("LENGTH", "integer", False),),
        output_files=(OutputFile("OUT", "*.txt", "text/plain", True, False),),
        output_json=(OutputJson("total", "integer", "TOTAL", False),),
        mounts=(Mount("DATA", "/data", "rw"),),
        settings=(Setting("DB_HOST", False), Setting("DB_PASS", True)),
        resources=(Resource("mem", 1.5, 4),),
        errors=(ManifestError(1, "bad", "Bad", "It is bad", "DATA"),),
    )


def test_the_defaults_of_the_interface_apply():
    manifest = Manifest.read(
        interface_manifest(
            inputs={"files": [{"name": "a"}], "json": [{"name": "b", "type": "object"}]},
            outputs={"files": [{"name": "c", "pattern": "*"}], "json": [{"name": "d", "type": "array"}]},
            mounts=[{"name": "e", "path": "/e"}],
            settings=[{"name": "f"}],
        )
    )
    assert manifest.input_files == (InputFile("a", True, (), False, False),)
    assert manifest.input_json == (InputJson("b", "object", True),)
    assert manifest.output_files == (OutputFile("c", "*", "application/octet-stream", False, True),)
    assert manifest.output_json == (OutputJson("d", "array", None, True),)
    assert manifest.mounts == (Mount("e", "/e", "ro"),)
    assert manifest.settings == (Setting("f", False),)


def test_a_timeout_and_a_code_written_as_floats_are_integers():
    manifest = Manifest.read(minimal_manifest(timeout=3600.0, errors=[{"code": 2.0}]))
    assert (repr(manifest.timeout), repr(manifest.errors[0].code)) == ("3600", "2")
    assert manifest.errors[0].name == "error-2"


def test_a_resource_without_a_multiplier_has_none():
    manifest = Manifest.read(minimal_manifest(resources={"scalar": [{"name": "cpus", "value": 2}]}))
    assert manifest.resources == (Resource("cpus", 2, None),)


def test_the_names_of_all_settings_and_of_the_secret_ones_are_listed():
    manifest = Manifest.read(full_manifest())
    assert manifest.setting_names == {"DB_HOST", "DB_PASS"}
    assert manifest.secret_settings == {"DB_PASS"}
    assert read_manifest().secret_settings == frozenset()


def test_an_error_is_found_by_the_exit_code():
    manifest = Manifest.read(full_manifest())
    assert manifest.error_for_exit_code(1) == ManifestError(1, "bad", "Bad", "It is bad", "DATA")
    assert manifest.error_for_exit_code(2) is None


def test_an_error_with_a_code_alone_gets_the_rest_from_it():
    assert read_error(code=1) == ManifestError(1, "error-1", "error-1", "", "ALGORITHM")


@pytest.mark.parametrize(("category", "shown"), [("job", "ALGORITHM"), ("data", "DATA")])
def test_the_category_of_an_error_is_that_of_the_service(category, shown):
    assert read_error(code=1, name="bad", category=category) == ManifestError(1, "bad", "bad", "", shown)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Data Issue discovered", "data-issue-discovered"),
        ("  Disk: 100 % full!  ", "disk-100-full"),
        ("Öl & Gas", "l-gas"),
        ("snake_case", "snake-case"),
        ("数据", "error-7"),
        ("\u212a", "error-7"),
        ("---", "error-7"),
        ("", "error-7"),
        ("a" * 300, "a" * 255),
        ("a" * 254 + " b", "a" * 254),
    ],
)
def test_the_name_of_an_error_is_made_from_its_title_else_from_its_code(title, name):
    assert read_error(code=7, title=title) == ManifestError(7, name, title or name, "", "ALGORITHM")


def test_a_manifest_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Manifest.read(minimal_manifest()).name = "other"  # type: ignore[misc]
