"""Writes of job types: validate, register, edit, and the system's own; each in one transaction."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import IntegrityError, transaction

from audit.models import Action
from core.entity_tags import entity_tag, require_current
from core.models.clock import database_time
from core.services import Refused, Written, check_shown, require_valid
from job_types.changes import (
    DOCUMENTS,
    PLAIN_COLUMNS,
    JobTypeFields,
    change_job_type,
    check_system_type,
    digest_of_image,
    lock_job_type,
    record_change,
    tag_of,
)
from job_types.documents import (
    columns_of,
    key_of,
    record_configuration,
    record_manifest,
    record_revision,
    secrets_of,
)
from job_types.models import JobType
from job_types.secrets import store_secrets
from job_types.selectors import job_type_exists, no_such_job_type
from job_types.validation import (
    ABSENT,
    Checked,
    InvalidManifest,
    check_edit,
    check_fields,
    check_new,
    read_manifest,
)
from seed import Report

# What the details show beside the fields that can be set, and where a person changes it. Another installation may
# show other ids, times and counts.
_SHOWN_FIELDS = {
    "name": "it comes from job.name of the manifest",
    "version": "it comes from job.jobVersion of the manifest",
    "title": "it comes from job.title of the manifest",
    "description": "it comes from job.description of the manifest",
    "is_system": "it is given by the service",
    "max_tries": "it is given by the service",
}


def validate_job_type(*, manifest: object = ABSENT, **fields: Any) -> Report:
    """Return what registering this manifest and the other ``fields`` would find, without doing it."""
    document, _ = read_manifest(manifest, beside=fields.get("configuration"))
    key = key_of(document)
    job_type = JobType.objects.with_key(**key).first() if key and job_type_exists(**key) else None
    if job_type is None:
        return check_new(manifest=manifest, **fields).report
    report = check_system_type(job_type, {"manifest": manifest, **fields})
    return report + check_edit(job_type=job_type, manifest=manifest, **fields).report


def validate_edit(*, name: str, version: str, **fields: Any) -> Report:
    """Return what setting these ``fields`` of a job type would find, without doing it. Raises Missing."""
    job_type = JobType.objects.with_key(name=name, version=version).first()
    if job_type is None:
        raise no_such_job_type(name, version)
    return check_edit(job_type=job_type, **fields).report


def register_job_type(*, fields: JobTypeFields, seen: Collection[str] | None = None) -> Written[JobType]:
    """Register the Seed image that ``fields`` describes (``manifest`` and ``docker_image`` are required).

    A name and version that exists already is edited, also if another client registers it at this moment. ``seen``
    holds the entity tags that the client has seen, none if only what is new is to be registered; None skips the
    comparison. Raises Refused, and Stale if the current tag is not among those seen.
    """
    document, _ = read_manifest(fields["manifest"], beside=fields.get("configuration"))
    key = key_of(document)
    if key and job_type_exists(**key):
        return edit_job_type(name=key["name"], version=key["version"], fields=fields, seen=seen)
    require_current(None, seen)
    checked = _require_valid(check_new(**fields))
    try:
        return _create(checked, fields)
    except IntegrityError:
        # Another client registered it between the look-up and the INSERT.
        name, version = checked.manifest.name, checked.manifest.version
        return edit_job_type(name=name, version=version, fields=fields, seen=seen)


@transaction.atomic
def edit_job_type(
    *,
    name: str,
    version: str,
    fields: JobTypeFields,
    shown: Mapping[str, Any] | None = None,
    seen: Collection[str] | None = None,
) -> Written[JobType]:
    """Set those of ``fields`` that differ; another manifest or image makes a new revision.

    Documents are read and checked only if ``fields`` holds one. ``shown`` holds read-only fields that the client
    sent back; their values must be unchanged. ``seen`` holds the entity tags that the client has seen; None skips
    the comparison. Raises Refused, Missing, and Stale if the current tag is not among those seen.
    """
    shown, reads = shown or {}, not fields.keys().isdisjoint(DOCUMENTS)
    job_types = JobType.objects.prefetch_related("secrets") if reads else JobType.objects.defer(*DOCUMENTS)
    job_type = lock_job_type(job_types, name=name, version=version, fields=fields, seen=seen)
    if reads:
        checked = check_edit(job_type=job_type, **fields)
        report = change_job_type(job_type, fields, _require_valid(checked, job_type, shown))
    else:
        report = require_valid(check_shown(shown, _SHOWN_FIELDS, job_type) + check_fields(fields, job_type))
        report += change_job_type(job_type, fields)
    return Written(job_type, report, tag_of(job_type))


@transaction.atomic
def write_system_job_type(*, fields: JobTypeFields, max_tries: int) -> Written[JobType]:
    """Register a job type that the system itself needs, or update it to this release. Raises Refused.

    A job type that an operator paused stays paused.
    """
    key = key_of(fields["manifest"])
    locked = JobType.objects.select_for_update(no_key=True).prefetch_related("secrets")
    job_type = locked.filter(**key).first() if key else None
    if job_type is None:
        checked = _require_valid(check_new(**fields))
        return _create(checked, fields, is_system=True, max_tries=max_tries)
    checked = _require_valid(check_edit(job_type=job_type, **fields))
    report = change_job_type(job_type, fields, checked, is_system=True, max_tries=max_tries)
    return Written(job_type, report, tag_of(job_type))


def _require_valid(
    checked: Checked | InvalidManifest, job_type: JobType | None = None, shown: Mapping[str, Any] | None = None
) -> Checked:
    """Return ``checked`` if it holds no error, and if ``shown`` is as it is, or will be. Raises Refused."""
    states = [job_type, checked.manifest] if isinstance(checked, Checked) else [job_type]
    report = require_valid(check_shown(shown or {}, _SHOWN_FIELDS, *states) + checked.report)
    if isinstance(checked, InvalidManifest):
        raise Refused(report)
    return checked


@transaction.atomic
def _create(checked: Checked, fields: JobTypeFields, **system: object) -> Written[JobType]:
    now = database_time()
    columns: tuple[str, ...] = (*PLAIN_COLUMNS, "is_active", "is_paused")
    if digest := digest_of_image(fields):
        columns, fields = (*columns, "docker_image_digest"), {**fields, "docker_image_digest": digest}
    job_type = JobType(
        name=checked.manifest.name,
        version=checked.manifest.version,
        **columns_of(checked, manifest=None, configuration={}),
        created=now,
        last_modified=now,
        **{column: fields[column] for column in columns if column in fields},  # type: ignore[literal-required]
        **system,
    )
    job_type.deprecated = None if job_type.is_active else now
    job_type.paused = now if job_type.is_paused else None
    job_type.save(force_insert=True)
    secrets = store_secrets(job_type, stored=(), declared=(), sent=secrets_of(checked, {}))
    record_manifest(job_type, checked)
    record_revision(job_type)
    record_configuration(job_type)
    new = dict.fromkeys((*columns, "revision_num", *system, *DOCUMENTS))
    record_change(job_type, Action.CREATED, new, secrets)
    return Written(job_type, checked.report, entity_tag((job_type.pk, job_type.last_modified)), created=True)
