"""Examples for the API document: the requests and answers of the document that the users wrote."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiExample

from job_types.querysets import BRIEF_COLUMNS, NAME_COLUMNS, REVISION_COLUMNS

_FILES = Path(settings.BASE_DIR) / "docs" / "examples"

PASSWORD = "the password"  # noqa: S105  (it is none)


def _request(file: str, summary: str) -> OpenApiExample:
    value = json.loads((_FILES / file).read_text(encoding="utf-8"))
    # The document is an answer of the service too, and no answer holds a password, not even an example's.
    value["configuration"]["settings"]["DB_PASS"] = PASSWORD
    return OpenApiExample(summary, value=value, request_only=True)


def _answer(summary: str, value: dict[str, Any], status: str = "200") -> OpenApiExample:
    return OpenApiExample(summary, value=value, response_only=True, status_codes=[status])


_ROW = {
    "id": 3,
    "name": "my-job",
    "version": "1.0.0",
    "title": "My Job",
    "description": "A simple job type",
    "is_active": True,
    "is_paused": False,
    "is_published": True,
    "is_system": False,
    "icon_code": "f013",
    "unmet_resources": "chocolate,vanilla",
    "max_scheduled": 1,
    "max_tries": 3,
    "revision_num": 1,
    "docker_image": "my-job-1.0.0-seed:1.0.0",
    "created": "2015-03-11T00:00:00Z",
    "deprecated": None,
    "paused": None,
    "last_modified": "2015-03-11T00:00:00Z",
}
_NAME_ROW = {column: _ROW.get(column) for column in NAME_COLUMNS} | {
    "unmet_resources": None,
    "versions": ["1.0.0"],
    "latest_version": "1.0.0",
}
_BRIEF = {column: _ROW[column] for column in BRIEF_COLUMNS} | {
    "title": "My first job",
    "description": "My very first job",
    "is_published": False,
}
_REVISION = {column: _ROW[column] for column in REVISION_COLUMNS} | {"job_type": _BRIEF}

REGISTRATION = _request("add-seed-image.json", "A Seed image and its configuration")
VALIDATION = _request("validate-job-type.json", "A manifest and a configuration")
EDIT = _request("edit-job-type.json", "A new configuration, and published")

_MANIFEST = REGISTRATION.value["manifest"]
_SENT = REGISTRATION.value["configuration"]
# What the service shows of the configuration that was sent: all four members, and not the secret DB_PASS.
_CONFIGURATION = {
    "mounts": _SENT["mounts"],
    "output_workspaces": _SENT["output_workspaces"],
    "priority": 100,
    "settings": {"DB_HOST": _SENT["settings"]["DB_HOST"]},
}
_DETAILS = {
    **_ROW,
    "name": "test",
    "title": _MANIFEST["job"]["title"],
    "description": _MANIFEST["job"]["description"],
    "icon_code": "f1c5",
    "docker_image": "test-1.0.0-seed:1.0.0",
    "unmet_resources": None,
    "manifest": _MANIFEST,
    "configuration": _CONFIGURATION,
    "recipe_types": [],
}
_REPORT = {
    "is_valid": True,
    "errors": [],
    "warnings": [
        {
            "name": "UNKNOWN_OUTPUT",
            "description": "output_workspaces.outputs.output_1: the manifest has no file output of this name",
            "path": "/output_workspaces/outputs/output_1",
        }
    ],
}

NAME_LIST = _answer("A name", _NAME_ROW)
JOB_TYPE_LIST = _answer("A job type", _ROW)
VERSION_LIST = _answer("A version", _ROW)
DETAILS = _answer("A job type, whole", _DETAILS)
DETAILS_AFTER_REGISTRATION = _answer("The new job type", {**_DETAILS, "is_published": False}, "201")
REVISION_LIST = _answer("A revision", _REVISION)
REVISION = _answer("A revision, whole", {**_REVISION, "manifest": _MANIFEST})
REPORT = _answer("Valid, with a warning", _REPORT)
EDITED = _answer("Edited", {**_REPORT, "name": "test", "version": "1.0.0", "revision_num": 1})
