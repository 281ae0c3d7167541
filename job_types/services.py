"""Writes job types: validate, register, edit, pause and deprecate, each in one transaction."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypedDict

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.models import Action
from audit.services import record
from core.entity_tags import entity_tag, require_current
from core.services import Missing, Refused, Written, check_shown
from errors.services import declare_errors
from job_types import signals
from job_types.changes import changes_of, subject_of
from job_types.models import JobType, JobTypeRevision, JobTypeTag
from job_types.secrets import keep_secrets
from job_types.validation import ABSENT, Checked, Unusable, check_edit, check_new, read_manifest
from seed import Finding, Report, complete_configuration


class JobTypeFields(TypedDict, total=False):
    """What a person says about a job type; what is absent stays as it is, or gets its default."""

    icon_code: str | None
    is_published: bool
    is_active: bool
    is_paused: bool
    max_scheduled: int | None
    docker_image: str
    manifest: Any
    configuration: Any
    auto_update: bool


# The fields that are columns as they are; manifest and configuration need more than setting them.
_PLAIN_FIELDS = ("icon_code", "is_published", "is_active", "is_paused", "max_scheduled", "docker_image")
_AUDITED_FIELDS = ("manifest", "configuration", "revision_num")
_SWITCH_TIMES = {"is_active": "deprecated", "is_paused": "paused"}
# What the details show beside the fields above, and where a person changes it.
_SHOWN_FIELDS = {
    "id": "it is given by the service",
    "name": "it comes from job.name of the manifest",
    "version": "it comes from job.jobVersion of the manifest",
    "title": "it comes from job.title of the manifest",
    "description": "it comes from job.description of the manifest",
    "is_system": "it is given by the service",
    "max_tries": "it is given by the service",
}


def validate_job_type(*, manifest: Any = ABSENT, configuration: Any = ABSENT) -> Report:
    """What registering these documents would find, without doing it."""
    document, _ = read_manifest(manifest)
    key = _key_of(document)
    job_type = JobType.objects.with_key(**key).first() if key and JobType.objects.brief(**key) else None
    if job_type is None:
        return check_new(manifest=manifest, configuration=configuration).report
    checked = check_edit(job_type=job_type, manifest=document, configuration=configuration)
    return _refusal_of_system_type(job_type, ["manifest"]) + checked.report


def validate_edit(*, name: str, version: str, manifest: Any = ABSENT, configuration: Any = ABSENT) -> Report:
    """What editing a job type to these documents would find, without doing it. Raises Missing."""
    job_type = _get(JobType.objects, name, version)
    return check_edit(job_type=job_type, manifest=manifest, configuration=configuration).report


def register_job_type(*, fields: JobTypeFields) -> Written[JobType]:
    """Registers the Seed image that `fields` describes (`manifest` and `docker_image` are required).

    A (name, version) that exists already, also one that another client registers at this moment, is edited.
    Raises Refused.
    """
    document, report = read_manifest(fields["manifest"])
    if report.is_valid:
        fields = {**fields, "manifest": document}
    key = _key_of(document)
    if key and JobType.objects.brief(**key):
        return edit_job_type(name=key["name"], version=key["version"], fields=fields)
    checked = _valid(check_new(**_documents(fields)))
    try:
        return _create(checked, fields)
    except IntegrityError:
        # Somebody registered it between our look and our insert.
        return edit_job_type(name=checked.manifest.name, version=checked.manifest.version, fields=fields)


@transaction.atomic
def edit_job_type(
    *,
    name: str,
    version: str,
    fields: JobTypeFields,
    shown: Mapping[str, Any] | None = None,
    seen: Collection[str] | None = None,
) -> Written[JobType]:
    """Changes what `fields` says and is not so already; a changed manifest or image makes a new revision.

    `shown` is what else of the details a client sent back: it changes nothing, and must not try to. `seen` holds
    the entity tags that the editor has seen; None is an editor who does not care. Raises Refused,
    Missing, and Stale when the current tag is not among those seen.
    """
    shown = shown or {}
    job_type = _get(JobType.objects.to_edit(), name, version)
    if seen is not None:
        require_current(_tag(job_type), seen)
    refusal = _refusal_of_system_type(job_type, {*fields, *shown} - {"is_paused"})
    if not refusal.is_valid:
        raise Refused(refusal)
    checked = check_edit(job_type=job_type, **_documents(fields))
    checked = _valid(checked, _check_shown(job_type, shown, checked))
    told = _change(job_type, checked, fields)
    return Written(job_type, checked.report + told, _tag(job_type))


@transaction.atomic
def write_system_job_type(
    *,
    manifest: dict[str, Any],
    configuration: dict[str, Any],
    docker_image: str,
    icon_code: str,
    max_tries: int,
) -> Written[JobType]:
    """Registers a job type that the system itself needs, or brings it up to this release.

    An operator's pause stays. Raises Refused.
    """
    fields: JobTypeFields = {
        "manifest": manifest,
        "configuration": configuration,
        "docker_image": docker_image,
        "icon_code": icon_code,
    }
    key = _key_of(manifest)
    job_type = JobType.objects.to_edit().with_key(**key).first() if key else None
    if job_type is None:
        checked = _valid(check_new(**_documents(fields)))
        system = {"is_system": True, "max_tries": max_tries}
        return _create(checked, fields, **system)
    checked = _valid(check_edit(job_type=job_type, **_documents(fields)))
    told = _change(job_type, checked, fields, is_system=True, max_tries=max_tries)
    return Written(job_type, checked.report + told, _tag(job_type))


def _get(job_types: Any, name: str, version: str) -> JobType:
    job_type: JobType | None = job_types.with_key(name=name, version=version).first()
    if job_type is None:
        raise no_such_job_type(name, version)
    return job_type


def no_such_job_type(name: str, version: str) -> Missing:
    """Return the exception that says that there is no such job type."""
    return Missing(f"There is no job type {name} in version {version}; /v6/job-types/{name}/ lists its versions.")


def _key_of(document: Any) -> dict[str, str] | None:
    """The natural key that a manifest of any shape names, if it is one that a job type can have."""
    job = document.get("job") if isinstance(document, dict) else None
    if not isinstance(job, dict):
        return None
    name, version = job.get("name"), job.get("jobVersion")
    if isinstance(name, str) and isinstance(version, str):
        return {"name": name, "version": version}
    return None


def _documents(fields: JobTypeFields) -> dict[str, Any]:
    return {name: fields[name] for name in ("manifest", "configuration") if name in fields}  # type: ignore[literal-required]


def _valid(checked: Checked | Unusable, *more: Report) -> Checked:
    """`checked`, when neither it nor any of `more` holds a fault. Raises Refused with all of them."""
    report = sum(more, start=Report()) + checked.report
    if isinstance(checked, Unusable) or not report.is_valid:
        raise Refused(report)
    return checked


def _check_shown(job_type: JobType, shown: Mapping[str, Any], checked: Checked | Unusable) -> Report:
    """Return the findings on fields that were sent with another value than they have, before or after the edit."""
    after = [checked.manifest] if isinstance(checked, Checked) else []
    return check_shown(shown, _SHOWN_FIELDS, job_type, *after)


def _refusal_of_system_type(job_type: JobType, others: Iterable[str]) -> Report:
    """The findings on fields that only a release of the system may change."""
    if not job_type.is_system:
        return Report()
    return Report(
        errors=tuple(
            Finding(
                "SYSTEM_JOB_TYPE",
                f"{field}: {job_type} is a system job type; is_paused is all that can be changed of it.",
                f"/{field}",
            )
            for field in sorted(others)
        )
    )


@transaction.atomic
def _create(checked: Checked, fields: JobTypeFields, **system: Any) -> Written[JobType]:
    now = timezone.now()
    job_type = JobType(
        name=checked.manifest.name,
        version=checked.manifest.version,
        title=checked.manifest.title,
        description=checked.manifest.description,
        manifest=checked.manifest_document,
        created=now,
        last_modified=now,
        **system,
    )
    for field in _PLAIN_FIELDS:
        if field in fields:
            setattr(job_type, field, fields[field])  # type: ignore[literal-required]
    job_type.deprecated = None if job_type.is_active else now
    job_type.paused = now if job_type.is_paused else None
    job_type.configuration, secrets = _without_secrets(checked, stored={})
    job_type.save(force_insert=True)
    kept = keep_secrets(job_type, stored=(), declared=checked.manifest.secret_settings, sent=secrets)
    _record_manifest(job_type, checked)
    _record_revision(job_type)
    shown = {field: getattr(job_type, field) for field in (*_PLAIN_FIELDS, *_AUDITED_FIELDS, *system)}
    record(subject=subject_of(job_type), action=Action.CREATED, changes=changes_of({}, shown, kept))
    return Written(job_type, checked.report, entity_tag((job_type.pk, job_type.last_modified)), created=True)


def _change(job_type: JobType, checked: Checked, fields: JobTypeFields, **system: Any) -> Report:
    """Brings a locked job type to what `fields`, already checked, say; writes only what differs.

    Answers what those have to say of it that follow the job type.
    """
    now = timezone.now()
    wanted: dict[str, Any] = {field: fields[field] for field in _PLAIN_FIELDS if field in fields} | system  # type: ignore[literal-required]
    new_manifest = checked.manifest_document != job_type.manifest
    if new_manifest:
        wanted |= {
            "manifest": checked.manifest_document,
            "title": checked.manifest.title,
            "description": checked.manifest.description,
            "unmet_resources": None,
        }
    wanted["configuration"], secrets = _without_secrets(checked, stored=job_type.configuration)

    changed = [field for field, value in wanted.items() if getattr(job_type, field) != value]
    before = {field: getattr(job_type, field) for field in (*changed, "revision_num")}
    for field in changed:
        setattr(job_type, field, wanted[field])
        if time := _SWITCH_TIMES.get(field):
            setattr(job_type, time, None if getattr(job_type, field) is (field == "is_active") else now)
    new_revision = new_manifest or "docker_image" in changed
    if new_revision:
        job_type.revision_num += 1
    secrets_changed = keep_secrets(
        job_type, stored=job_type.secrets.all(), declared=checked.manifest.secret_settings, sent=secrets
    )
    if not changed and not secrets_changed:
        return Report()
    job_type.last_modified = now
    job_type.save(update_fields=[*changed, *_SWITCH_TIMES.values(), "revision_num", "last_modified"])
    if new_manifest:
        job_type.tags.all().delete()
        _record_manifest(job_type, checked)
    if new_revision:
        _record_revision(job_type)
    after = {field: getattr(job_type, field) for field in before}
    changes = changes_of(before, after, secrets_changed)
    record(subject=subject_of(job_type), action=Action.EDITED, changes=changes)
    told = Report()
    if "is_active" in changed and not job_type.is_active:
        told += signals.tell(signals.deprecated, job_type)
    if new_revision and fields.get("auto_update", True):
        told += signals.tell(signals.revised, job_type)
    return told


def _tag(job_type: JobType) -> str:
    """The entity tag of a job type as it is in this transaction, which holds its lock."""
    tag = JobType.objects.entity_tag(name=job_type.name, version=job_type.version)
    assert tag is not None  # noqa: S101  (the row is locked)
    return tag


def _without_secrets(checked: Checked, *, stored: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str | None]]:
    """The configuration to store in the clear, and the secret settings that were sent, or that were not
    secret before: name -> value, null to remove it."""
    secret_names = checked.manifest.secret_settings
    configuration = checked.configuration or stored or complete_configuration({})
    settings = configuration["settings"]
    secrets = {name: value for name, value in stored.get("settings", {}).items() if name in secret_names} | {
        name: value for name, value in settings.items() if name in secret_names
    }
    clear = {name: value for name, value in settings.items() if name not in secret_names}
    return {**configuration, "settings": clear}, secrets


def _record_manifest(job_type: JobType, checked: Checked) -> None:
    """Makes the tags and the declared errors of a manifest known; there are no tags of the job type any more."""
    JobTypeTag.objects.bulk_create(
        JobTypeTag(job_type=job_type, tag=tag, folded=tag.casefold())
        for tag in dict.fromkeys(checked.manifest.tags)
    )
    declare_errors(job_type_name=job_type.name, errors=checked.manifest.errors)


def _record_revision(job_type: JobType) -> None:
    JobTypeRevision.objects.create(
        job_type=job_type,
        revision_num=job_type.revision_num,
        docker_image=job_type.docker_image,
        manifest=job_type.manifest,
        created=job_type.last_modified,
    )
