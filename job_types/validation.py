"""The one decision about manifests and configurations, for validating, registering and editing alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from job_types.models import JobType
from seed import (
    DocumentError,
    Finding,
    Manifest,
    Report,
    check_configuration,
    check_manifest,
    complete_configuration,
    parse_document,
)
from workspaces.selectors import workspaces_by_name


class Absent:
    """Stands for a document that the client did not send; null is something that it did send."""


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of checking the documents of a job type.

    `manifest_document` and `manifest` are those that hold after the edit, `configuration` the completed new
    configuration, secrets included; None when the client sent none, or sent back what the service shows.
    All three are of use only when `report.is_valid`.
    """

    report: Report
    manifest_document: Mapping[str, Any]
    manifest: Manifest
    configuration: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class InvalidManifest:
    """The manifest has faults, so there is nothing to read from it; the report says which."""

    report: Report


def read_manifest(document: Any) -> tuple[Any, Report]:
    """The manifest as a JSON value, from a value or (as a Docker label holds it) from a string of JSON."""
    if not isinstance(document, str):
        return document, Report()
    try:
        return parse_document(document), Report()
    except DocumentError as error:
        fault = Finding(
            "JSON_VALIDATION_ERROR",
            f"The manifest is a string that holds no acceptable JSON: {error.description}",
        )
        return None, Report(errors=(fault,))


def check_new(*, manifest: Any | Absent, configuration: Any | Absent = ABSENT) -> Checked | InvalidManifest:
    """Checks the documents of a registration, where no job type of this name and version exists.

    Without a manifest, the configuration is checked as far as it can be.
    """
    document, report = (None, Report()) if isinstance(manifest, Absent) else read_manifest(manifest)
    if report.is_valid and not isinstance(manifest, Absent):
        report = check_manifest(document)
    return _check_configuration(report, document, configuration, job_type=None)


def check_edit(
    *, job_type: JobType, manifest: Any | Absent = ABSENT, configuration: Any | Absent = ABSENT
) -> Checked | InvalidManifest:
    """Checks the documents of an edit of `job_type` against each other and against what is stored."""
    if isinstance(manifest, Absent):
        document, report = job_type.manifest, Report()
    else:
        document, report = read_manifest(manifest)
        if report.is_valid:
            report = check_manifest(document) + _check_key(document, job_type)
    return _check_configuration(report, document, configuration, job_type=job_type)


def _check_key(document: Any, job_type: JobType) -> Report:
    """Whether the manifest is one of this name and version; nothing where it has no readable key."""
    job = document.get("job") if isinstance(document, dict) else None
    if not isinstance(job, dict):
        return Report()
    return Report(
        errors=tuple(
            Finding(
                name,
                f"job.{member}: must be '{own}', the {word} of the job type that is edited; "
                "register the manifest instead if it is of another one.",
                f"/job/{member}",
            )
            for member, own, word, name in (
                ("name", job_type.name, "name", "NAME_MISMATCH"),
                ("jobVersion", job_type.version, "version", "VERSION_MISMATCH"),
            )
            if isinstance(job.get(member), str) and job[member] != own
        )
    )


def _check_configuration(
    report: Report, document: Any, configuration: Any | Absent, *, job_type: JobType | None
) -> Checked | InvalidManifest:
    """Adds the findings on the configuration to `report`, which holds those on the manifest."""
    stored = job_type.configuration if job_type else {}
    # What the service showed comes back as what was stored: then nothing is asked of it that was not before.
    given = not isinstance(configuration, Absent) and not (job_type and _shows(stored, configuration))
    effective: Any = configuration if given else stored
    manifest = Manifest.read(document) if document is not None and report.is_valid else None
    report += check_configuration(
        effective,
        manifest,
        given=given,
        workspaces=workspaces_by_name(),
        stored_secrets=_secret_names(job_type),
        host_roots=settings.ALLOWED_HOST_MOUNTS,
    )
    if manifest is None:
        return InvalidManifest(report)
    completed = complete_configuration(effective) if given and report.is_valid else None
    return Checked(report, document, manifest, completed)


def _shows(stored: Mapping[str, Any], configuration: Any) -> bool:
    """Whether `configuration` is what a client sees of the stored one."""
    if not isinstance(configuration, dict):
        return False
    return {name: value for name, value in configuration.items() if name != "version"} == stored


def _secret_names(job_type: JobType | None) -> frozenset[str]:
    return frozenset(secret.name for secret in job_type.secrets.all()) if job_type else frozenset()
