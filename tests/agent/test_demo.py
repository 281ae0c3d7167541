"""The images of the demo: made of programs of this machine, with manifests that nothing is wrong with."""

import io
import shutil
import tarfile
from pathlib import Path

import pytest

from agent.demo.images import IMAGES
from agent.demo.programs import NoProgram, libraries_of, root_of
from seed import Report, check_manifest


def test_a_root_has_programs_with_their_libraries_and_files() -> None:
    with tarfile.open(fileobj=io.BytesIO(root_of(["sh", "date"], {"/job.sh": "echo\n"}))) as archive:
        contents = {f"/{one.name}": file.read() for one in archive if (file := archive.extractfile(one))}
    programs = {f"/bin/{name}": shutil.which(name) or "" for name in ("sh", "date")}
    libraries = {path for program in programs.values() for path in libraries_of(program)}
    assert libraries
    assert contents == {
        "/job.sh": b"echo\n",
        **{name: Path(path).read_bytes() for name, path in programs.items()},
        **{path: Path(path).read_bytes() for path in libraries},
    }


def test_a_script_needs_no_libraries(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n", encoding="utf-8")
    script.chmod(0o755)
    assert libraries_of(str(script)) == []


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(NoProgram, match=r"^this machine has no program no-such-program$"):
        root_of(["no-such-program"], {})


def test_the_manifests_of_the_demo_are_sound() -> None:
    assert {image.tag: check_manifest(image.manifest) for image in IMAGES} == {
        "demo-station-1.0.0-seed:1.0.0": Report(),
        "demo-report-1.0.0-seed:1.0.0": Report(),
    }
