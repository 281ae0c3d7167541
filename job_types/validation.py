"""Checks of manifests and configurations: the same for validating, registering and editing."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from core.marks import Mark, marks
from job_types.models import JobType
from seed import (
    MOST_PARTS,
    DocumentError,
    Finding,
    Manifest,
    Report,
    check_configuration,
    check_manifest,
    check_registration,
    complete_configuration,
    decode_manifest,
    json_pointer,
    number_of_parts,
)
from workspaces.selectors import workspaces_by_name


class Absent:
    """Stands for a document that the client did not send, unlike null, which it sent."""


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of a check of the documents of a job type.

    ``manifest_document`` and ``manifest`` are those after the edit. ``configuration`` is the new configuration with
    all its members, secrets included; None if the client sent none, or sent back what it was shown. ``secrets`` are
    the settings that were sent and that the manifest declares as secrets: name -> value, null to remove one. All
    four can be used only if ``report.is_valid``.
    """

    report: Report
    manifest_document: Mapping[str, Any]
    manifest: Manifest
    configuration: Mapping[str, Any] | None
    secrets: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class InvalidManifest:
    """The outcome of a check where the manifest has errors, so that nothing can be read from it."""

    report: Report


def read_manifest(document: object, *, beside: object) -> tuple[Any, Report]:
    """Return a manifest as a JSON value; it may be a string of JSON, or encoded as labels of images have it.

    The report names the encoding, if there is one beside that string. ``beside`` is the configuration that was sent
    with it. Its parts were counted when the body was parsed, and the string may hold as many as are left.
    """
    if not isinstance(document, str):
        return document, Report()
    try:
        decoded = decode_manifest(document, most_parts=MOST_PARTS - number_of_parts(beside))
    except DocumentError as error:
        fault = Finding(
            "JSON_VALIDATION_ERROR",
            f"The manifest is a string that holds no acceptable JSON: {error.description}",
        )
        return None, Report(errors=(fault,))
    return decoded.document, decoded.report


def check_fields(fields: Mapping[str, Any], job_type: JobType | None = None) -> Report:
    """Check the image and the icon among ``fields``, which are to be set of a new or an existing job type.

    An image may be sent back as it is stored, whatever the rules of today find in it: these are warnings. Job types
    of the system may have none; of others, a blank one is refused before it comes here.
    """
    report = check_registration({name: value for name, value in fields.items() if value != ""})
    if job_type and fields.get("docker_image") == job_type.docker_image:
        return report.as_warnings()
    return report


def check_new(
    *, manifest: object | Absent = ABSENT, configuration: object | Absent = ABSENT, **fields: object
) -> Checked | InvalidManifest:
    """Check the documents and the other ``fields`` of a job type that does not exist yet.

    Without a manifest, the configuration is checked as far as it can be.
    """
    document, report = (
        (None, Report()) if isinstance(manifest, Absent) else read_manifest(manifest, beside=configuration)
    )
    if report.is_valid and not isinstance(manifest, Absent):
        report += check_manifest(document)
    return _check_configuration(report, document, configuration, job_type=None, fields=fields)


def check_edit(
    *,
    job_type: JobType,
    manifest: object | Absent = ABSENT,
    configuration: object | Absent = ABSENT,
    **fields: object,
) -> Checked | InvalidManifest:
    """Check the documents of an edit of ``job_type`` against each other and against what is stored.

    A document that is sent as it is stored stays as it is, whatever the rules of today find in it: these findings
    are warnings. The other ``fields`` are checked as well.
    """
    if isinstance(manifest, Absent):
        document, report = job_type.manifest, Report()
    else:
        document, report = read_manifest(manifest, beside=configuration)
        if report.is_valid:
            report += check_manifest(document) + _check_key(document, job_type)
        if is_as_shown(job_type, "manifest", document):
            report = report.as_warnings()
    return _check_configuration(report, document, configuration, job_type=job_type, fields=fields)


def find_marks(*, manifest: Any, configuration: Any, **fields: object) -> list[Mark]:
    """Return the marks of a job type that is stored as it came: why a registration of it would be refused today.

    ``fields`` are its image and its icon, as far as they are to be looked at.
    """
    of_manifest = check_manifest(manifest)
    of_configuration = check_configuration(
        configuration,
        Manifest.read(manifest) if of_manifest.is_valid else None,
        workspaces=workspaces_by_name(),
        host_roots=settings.ALLOWED_HOST_MOUNTS,
    )
    return marks(check_fields(fields), manifest=of_manifest, configuration=of_configuration)


def is_as_shown(job_type: JobType, field: str, value: object) -> bool:
    """Return whether ``value`` is what the details of ``job_type`` show of a field."""
    stored = getattr(job_type, field)
    if field == "manifest":
        value, _ = read_manifest(value, beside=None)
    elif field == "configuration" and isinstance(value, dict):
        stored = complete_configuration(stored)
        value = {name: member for name, member in value.items() if name != "version"}
    return bool(stored == value)


def _check_key(document: object, job_type: JobType) -> Report:
    """Return the findings on a name and version in the manifest that are not those of ``job_type``."""
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
    report: Report,
    document: Any,
    configuration: Any | Absent,
    *,
    job_type: JobType | None,
    fields: Mapping[str, object],
) -> Checked | InvalidManifest:
    """Check the configuration and the other ``fields``. ``report`` holds the findings on the manifest.

    A client that sends back what it was shown sends no new configuration, and need not meet new rules; with a new
    secret among it, the secret alone has to.
    """
    manifest = Manifest.read(document) if document is not None and report.is_valid else None
    secrets = _secrets_in(configuration, manifest)
    given = not isinstance(configuration, Absent) and not (
        job_type
        and any(is_as_shown(job_type, "configuration", one) for one in _with_and_without(secrets, configuration))
    )
    stored = job_type.configuration if job_type else complete_configuration({})
    effective: Any = configuration if given or secrets else stored
    found = check_configuration(
        effective,
        manifest,
        given=given,
        workspaces=workspaces_by_name(),
        stored_secrets=_secret_names(job_type),
        host_roots=settings.ALLOWED_HOST_MOUNTS,
    )
    report += found if given else _as_warnings(found, secrets)
    report += check_fields(fields, job_type)
    if manifest is None:
        return InvalidManifest(report)
    completed = complete_configuration(effective) if given and report.is_valid else None
    return Checked(report, document, manifest, completed, secrets)


def _secrets_in(configuration: Any, manifest: Manifest | None) -> dict[str, Any]:
    """Return the settings of a configuration that ``manifest`` declares as secrets."""
    sent = configuration.get("settings") if isinstance(configuration, dict) else None
    if manifest is None or not isinstance(sent, dict):
        return {}
    return {name: value for name, value in sent.items() if name in manifest.secret_settings}


def _with_and_without(secrets: Collection[str], configuration: Any) -> Iterator[Any]:
    """Yield a configuration, and what it is without its ``secrets``, which are never shown."""
    yield configuration
    if secrets:
        others = {name: value for name, value in configuration["settings"].items() if name not in secrets}
        yield {**configuration, "settings": others}


def _as_warnings(report: Report, secrets: Collection[str]) -> Report:
    """Return the findings on a configuration that stays as it is as warnings, but for those on new ``secrets``."""
    paths = {json_pointer(("settings", name)) for name in secrets}
    on_secrets = tuple(found for found in report.errors if found.path in paths)
    others = tuple(found for found in report.errors if found.path not in paths)
    return Report(errors=on_secrets) + Report(others, report.warnings).as_warnings()


def _secret_names(job_type: JobType | None) -> frozenset[str]:
    return frozenset(secret.name for secret in job_type.secrets.all()) if job_type else frozenset()
