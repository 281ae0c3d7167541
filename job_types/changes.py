"""Changes to a registered job type: lock it, write the columns that differ, and record them in the audit."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, TypedDict

from django.db import transaction
from django.db.models import QuerySet

from audit.models import Action, Kind
from audit.services import CHANGED, Changes, Subject, record
from core.entity_tags import require_current
from core.marks import without_marks
from core.models.clock import database_time
from core.services import require_valid
from job_types import hooks, selectors
from job_types.configurations import remove_settings
from job_types.documents import (
    columns_of,
    record_configuration,
    record_manifest,
    record_revision,
    secrets_of,
)
from job_types.models import JobType
from job_types.secrets import store_secrets
from job_types.validation import Checked, is_as_shown
from seed import Finding, Manifest, Report, complete_configuration


class OperatorFields(TypedDict, total=False):
    """What an operator sets of a job type, whatever its documents say; what is absent stays as it is."""

    icon_code: str | None
    is_published: bool
    is_active: bool
    is_paused: bool
    max_scheduled: int | None


class JobTypeFields(OperatorFields, total=False):
    """All that a client sets of a job type; what is absent stays as it is, or gets its default."""

    docker_image: str
    docker_image_digest: str | None
    manifest: Any
    configuration: Any
    auto_update: bool


DOCUMENTS = ("manifest", "configuration")
CHECKED = (*DOCUMENTS, "docker_image", "icon_code")
_MARKED = ("manifest", "docker_image", "icon_code")
PLAIN_COLUMNS = ("icon_code", "is_published", "max_scheduled", "docker_image")
_SWITCHES = {
    ("is_active", False): JobType.deprecate,
    ("is_active", True): JobType.activate,
    ("is_paused", True): JobType.pause,
    ("is_paused", False): JobType.resume,
}
# Title, description and unmet resources follow from the manifest.
_AUDITED = (
    *(*PLAIN_COLUMNS, "docker_image_digest"),
    *("is_active", "is_paused", "revision_num", "is_system", "max_tries"),
)


@transaction.atomic
def operate_job_type(*, name: str, version: str, fields: OperatorFields) -> bool:
    """Set ``fields`` of a job type, without reading its documents. Return whether any of them differed.

    Raises Refused and Missing.
    """
    job_type = lock_job_type(JobType.objects.defer(*DOCUMENTS), name=name, version=version, fields=fields)
    before = job_type.last_modified
    change_job_type(job_type, {**fields})
    return job_type.last_modified != before


def lock_job_type(
    job_types: QuerySet[JobType],
    *,
    name: str,
    version: str,
    fields: JobTypeFields | OperatorFields,
    seen: Collection[str] | None = None,
) -> JobType:
    """Return one of ``job_types``, locked until the end of the transaction, of which ``fields`` may be set.

    ``seen`` holds the entity tags that the editor has seen, or is None. Raises Missing, Stale if the current tag
    is not among those seen, and Refused if it is a system job type, of which only the pause may be changed.
    """
    # Without its key: links and jobs may refer to a job type that is being edited.
    job_type = job_types.select_for_update(no_key=True).filter(name=name, version=version).first()
    if job_type is None:
        raise selectors.no_such_job_type(name, version)
    if seen is not None:
        require_current(tag_of(job_type), seen)
    require_valid(check_system_type(job_type, fields))
    return job_type


def tag_of(job_type: JobType) -> str:
    """Return the entity tag of a job type as it is in this transaction, which holds its lock."""
    tag = selectors.entity_tag(name=job_type.name, version=job_type.version)
    assert tag is not None  # noqa: S101  (the row is locked)
    return tag


def check_system_type(job_type: JobType, fields: Mapping[str, Any]) -> Report:
    """Return the findings on changes to a system job type that only a release of the system may make.

    ``fields`` may hold others than the pause as they are, as an editor does who sends back what was shown.
    """
    if not job_type.is_system:
        return Report()
    return Report(
        errors=tuple(
            Finding(
                "SYSTEM_JOB_TYPE",
                f"{field}: {job_type} is a system job type; is_paused is all that can be changed of it.",
                f"/{field}",
            )
            for field, value in sorted(fields.items())
            if field not in ("is_paused", "auto_update") and not is_as_shown(job_type, field, value)
        )
    )


def change_job_type(
    job_type: JobType, fields: JobTypeFields, checked: Checked | None = None, **system: object
) -> Report:
    """Set those ``fields`` of a locked job type that differ, and the documents in them as they were ``checked``.

    Return the warnings of the check, and those of the recipe types that follow the job type.
    """
    now = database_time()
    columns: dict[str, Any] = {field: fields[field] for field in PLAIN_COLUMNS if field in fields} | system  # type: ignore[literal-required]
    # An image that is sent as it is stays pinned to what it was when it was imported.
    if (
        "docker_image_digest" in fields
        or fields.get("docker_image", job_type.docker_image) != job_type.docker_image
    ):
        columns["docker_image_digest"] = digest_of_image(fields)
    secrets: set[str] = set()
    if checked is not None:
        columns |= columns_of(checked, manifest=job_type.manifest, configuration=job_type.configuration)
        # What an image was pinned to has the manifest that it was imported with, and no other one.
        if columns.get("manifest", job_type.manifest) != job_type.manifest:
            columns["docker_image_digest"] = digest_of_image({"docker_image": job_type.docker_image, **fields})
        sent = secrets_of(checked, job_type.configuration)
        secrets = store_secrets(job_type, declared=checked.manifest.secret_settings, sent=sent)
    if job_type.findings:
        columns["findings"] = without_marks(job_type.findings, _mended(job_type, columns, checked))
    old = _set_columns(job_type, columns, now, even_if_same=bool(secrets)) | _throw_switches(job_type, fields, now)
    if checked is not None and "manifest" in old:
        job_type.tags.all().delete()
        record_manifest(job_type, checked)
        if became_secret := checked.manifest.secret_settings - Manifest.read(old["manifest"]).secret_settings:
            remove_settings(job_type, became_secret)
            hooks.jobs.settings_became_secret(job_type, became_secret)
    if "revision_num" in old:
        record_revision(job_type)
    if "configuration_num" in old:
        record_configuration(job_type)
    if old or secrets:
        record_change(job_type, Action.EDITED, old, secrets)
    report = Report() if checked is None else checked.report
    if old.get("is_active"):
        report += hooks.recipes.deprecated(job_type)
    if "revision_num" in old and fields.get("auto_update", True):
        report += hooks.recipes.revised(job_type)
    return report


def digest_of_image(fields: JobTypeFields) -> str | None:
    """Return the digest that is known of ``docker_image``: the one that was read, or that the reference names."""
    return fields.get("docker_image_digest") or fields.get("docker_image", "").partition("@")[2] or None


def _mended(job_type: JobType, columns: Mapping[str, Any], checked: Checked | None) -> set[str]:
    """Return the columns that get what was sent and checked just now, so that older marks on them are void.

    A configuration that is only completed, or loses a setting with another manifest, was not sent.
    """
    mended = {name for name in _MARKED if columns.get(name, getattr(job_type, name)) != getattr(job_type, name)}
    if checked is not None and checked.configuration is not None:
        mended.add("configuration")
    return mended


def _set_columns(
    job_type: JobType, columns: Mapping[str, Any], now: datetime, *, even_if_same: bool
) -> dict[str, Any]:
    """Save those of ``columns`` that differ, and what follows from them. Return their old values."""
    new = {name: value for name, value in columns.items() if getattr(job_type, name) != value}
    if "manifest" in new:
        new["unmet_resources"] = None
    if not new.keys().isdisjoint(("manifest", "docker_image", "docker_image_digest")):
        new["revision_num"] = job_type.revision_num + 1
    if "configuration" in new:
        new["configuration_num"] = job_type.configuration_num + 1
    old = {name: getattr(job_type, name) for name in new}
    if new or even_if_same:
        for name, value in {**new, "last_modified": now}.items():
            setattr(job_type, name, value)
        job_type.save(update_fields=[*new, "last_modified"])
    return old


def _throw_switches(job_type: JobType, fields: OperatorFields, now: datetime) -> dict[str, bool]:
    """Throw the switches in ``fields`` that differ. Return their old positions."""
    return {
        switch: not position
        for (switch, position), throw in _SWITCHES.items()
        if fields.get(switch) is position and throw(job_type, at=now)
    }


def record_change(job_type: JobType, action: Action, old: Mapping[str, Any], secrets: Collection[str] = ()) -> None:
    """Record a change in the audit: ``old`` holds the values before of the columns that changed.

    The value of a setting, which may be a secret, is recorded nowhere; ``secrets`` names the secrets that changed.
    """
    changes = {name: {"old": old[name], "new": getattr(job_type, name)} for name in _AUDITED if name in old}
    if "manifest" in old:
        changes["manifest"] = CHANGED
    if "findings" in old:
        changes["findings"] = CHANGED
    if "configuration" in old:
        changes |= _changes_of_configuration(old["configuration"] or {}, job_type.configuration)
    changes |= {f"configuration.settings.{name}": CHANGED for name in sorted(secrets)}
    record(subject=Subject(Kind.JOB_TYPE, job_type.name, job_type.version), action=action, changes=changes)


def _changes_of_configuration(old: Mapping[str, Any], new: Mapping[str, Any]) -> Changes:
    changes: Changes = {
        f"configuration.{member}": {"old": old.get(member), "new": value}
        for member, value in new.items()
        if member != "settings" and old.get(member) != value
    }
    before, after = complete_configuration(old)["settings"], new["settings"]
    changed = [name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]
    return changes | {f"configuration.settings.{name}": CHANGED for name in changed}
