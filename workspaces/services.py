"""Writes workspaces: creates, edits and validates one."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypedDict

from django.db import IntegrityError, transaction

from audit.models import Action, Kind
from audit.services import CHANGED, Changes, Subject, changes_between, record
from core.encryption import encrypt
from core.entity_tags import entity_tag, require_current
from core.models.clock import database_time
from core.names import name_of_title
from core.services import Refused, check_shown, require_valid
from seed import MASK, Report, check_workspace, credentials_of, mask_credentials
from workspaces.models import Workspace, WorkspaceSecret
from workspaces.selectors import no_such_workspace


class WorkspaceFields(TypedDict, total=False):
    """The fields of a workspace that can be edited; one that is absent stays as it is."""

    title: str
    description: str
    base_url: str
    is_active: bool
    configuration: Any


_COLUMNS = ("title", "description", "base_url", "is_active")
_SHOWN_FIELDS = {"name": "it never changes"}


def validate_workspace(*, name: str | None = None, configuration: object = None, **fields: object) -> Report:
    """Return what creating this workspace would find or, where there is one of this name, editing it."""
    stored = _secret_names(Workspace.objects.with_key(name).first()) if name else frozenset()
    return _check(configuration, stored)


def create_workspace(*, fields: WorkspaceFields, name: str | None = None) -> tuple[Workspace, Report]:
    """Create a workspace, and return it with the warnings on its configuration.

    Without a ``name`` one is made of its title. Raises Refused when the name is taken, even if it is taken at the
    same moment, and when the configuration is invalid.
    """
    configuration = fields.get("configuration")
    report = require_valid(_check(configuration, frozenset()))
    own_name = name or name_of_title(fields["title"], is_taken=_is_taken)
    now = database_time()
    columns: dict[str, Any] = {field: fields[field] for field in _COLUMNS if field in fields}  # type: ignore[literal-required]
    try:
        with transaction.atomic():
            workspace = Workspace(name=own_name, created=now, last_modified=now, **columns)
            workspace.deprecated = None if workspace.is_active else now
            sent = _credentials_to_store(configuration)
            workspace.configuration = configuration and mask_credentials(configuration, sent)
            workspace.save(force_insert=True)
            _store_credentials(workspace, sent)
            changes = changes_between({}, {field: getattr(workspace, field) for field in _COLUMNS})
            if workspace.configuration:
                changes |= _changes_of_configuration(sent)
            record(subject=_subject(workspace), action=Action.CREATED, changes=changes)
            return workspace, report
    except IntegrityError:
        if name is None:
            # Another client took it at the same moment, so that another one is made.
            return create_workspace(fields=fields)
        taken = f"name: there is a workspace {name!r} already; edit it, or choose another name."
        raise Refused.because("INVALID_FIELD", taken, "/name") from None


@transaction.atomic
def edit_workspace(
    *,
    name: str,
    fields: WorkspaceFields,
    shown: Mapping[str, Any] | None = None,
    seen: Collection[str] | None = None,
) -> tuple[Workspace, Report]:
    """Set ``fields`` of the workspace with this name or id, and return it with the warnings on its configuration.

    Nothing is written when all have these values already. A configuration that is as it is stored is not checked.
    ``shown`` holds read-only fields that the client sent back. ``seen`` holds the entity tags that the editor has
    seen; None skips the comparison. Raises Missing, Refused, and Stale if the current tag is not among those seen.
    """
    workspace = Workspace.objects.select_for_update().with_key(name).first()
    if workspace is None:
        raise no_such_workspace(name)
    require_current(entity_tag((workspace.pk, workspace.last_modified)), seen)
    report = check_shown(shown or {}, _SHOWN_FIELDS, workspace)
    columns: dict[str, Any] = {field: fields[field] for field in _COLUMNS if field in fields}  # type: ignore[literal-required]
    sent: dict[str, str] = {}
    configuration = fields.get("configuration", workspace.configuration)
    if configuration != workspace.configuration:
        stored = _secret_names(workspace)
        report += _check(configuration, stored)
        if report.is_valid:
            sent = _credentials_to_store(configuration)
            columns["configuration"] = configuration and mask_credentials(configuration, stored | sent.keys())
    require_valid(report)
    old = {field: getattr(workspace, field) for field in columns}
    changes = changes_between(old, columns)
    if not (changes or sent):
        return workspace, report
    now = database_time()
    for field in changes:
        setattr(workspace, field, columns[field])
    if "is_active" in changes:
        workspace.deprecated = None if workspace.is_active else now
    workspace.last_modified = now
    workspace.save(update_fields=[*changes, "deprecated", "last_modified"])
    if "configuration" in changes or sent:
        _store_credentials(workspace, sent)
        changes |= _changes_of_configuration(sent)
    record(subject=_subject(workspace), action=Action.EDITED, changes=changes)
    return workspace, report


def _check(configuration: object, stored_secrets: frozenset[str]) -> Report:
    return Report() if configuration is None else check_workspace(configuration, stored_secrets=stored_secrets)


def _credentials_to_store(configuration: object) -> dict[str, str]:
    """Return the credentials that were sent in clear."""
    return {name: value for name, value in credentials_of(configuration).items() if value != MASK}


def _store_credentials(workspace: Workspace, sent: Mapping[str, str]) -> None:
    """Store the credentials of a workspace that were ``sent``, and remove those that its configuration lacks."""
    workspace.secrets.exclude(name__in=list(credentials_of(workspace.configuration))).delete()
    WorkspaceSecret.objects.bulk_create(
        [WorkspaceSecret(workspace=workspace, name=name, token=encrypt(value)) for name, value in sent.items()],
        update_conflicts=True,
        unique_fields=["workspace", "name"],
        update_fields=["token"],
    )


def _secret_names(workspace: Workspace | None) -> frozenset[str]:
    return frozenset(workspace.secrets.values_list("name", flat=True)) if workspace else frozenset()


def _is_taken(name: str) -> bool:
    return name == "validation" or Workspace.objects.filter(name=name).exists()


def _changes_of_configuration(sent: Iterable[str]) -> Changes:
    """Return what the audit records of a new configuration, in which the credentials ``sent`` are new."""
    return {"configuration": CHANGED} | {f"configuration.credentials.{name}": CHANGED for name in sorted(sent)}


def _subject(workspace: Workspace) -> Subject:
    return Subject(Kind.WORKSPACE, workspace.name)
