"""Workspaces, with their credentials where the other system shows them."""

from collections.abc import Collection, Mapping
from typing import Any

from audit.models import Action
from audit.models import Kind as AuditKind
from audit.services import CHANGED, Subject, changes_between, record
from core.encryption import EncryptionError, decrypt, encrypt
from core.marks import Mark, marks
from seed import MASK, Finding, Report, check_workspace, credentials_of
from takeover.duties import HIDDEN_CREDENTIAL, credentials_to_enter
from takeover.models import Imported, Kind
from takeover.readers.fields import (
    Document,
    is_true,
    moment_of,
    object_of,
    require_fit,
    switch_of,
    text_of,
    text_or_empty,
)
from takeover.readers.settling import Wanted, differing, settle, skip
from takeover.report import Outcome
from takeover.run import Run, digest
from takeover.source import BadAnswer, path_to
from workspaces.models import Workspace, WorkspaceSecret

_AUDITED = ("title", "description", "base_url", "is_active")


def bring_workspaces(run: Run) -> None:
    """Bring all workspaces."""
    rows = run.read_list(Kind.WORKSPACE, "workspaces/")
    known, free = run.prepare(Kind.WORKSPACE, Workspace, rows)
    for row in run.over("Workspaces", rows):
        with run.writing(Kind.WORKSPACE, str(row.get("name"))):
            details = run.source.get(path_to("workspaces", row["id"]))
            if details is None:
                raise BadAnswer("It is listed, and its details are a 404.")
            _bring(run, row["id"], details, known.get(row["id"]), row["id"] if row["id"] in free else None)


def _bring(run: Run, source_id: int, details: Document, imported: Imported | None, own_id: int | None) -> None:
    name, read = text_of(details, "name"), digest(details)
    if skip(run, imported, read, name):
        return
    same: dict[str, Any] = {"pk": imported.object_id} if imported else {"name": name}
    current = Workspace.objects.select_for_update().filter(**same).first()
    sent = credentials_of(details.get("configuration"))
    shown = {key: value for key, value in sent.items() if isinstance(value, str) and value.strip("*")}
    stored = _stored(current)
    columns = _columns(details, _masked(details, shown.keys() | stored.keys()))
    differs = differing(current, columns)
    if current and any(stored.get(key) != value for key, value in shown.items()):
        differs.append("configuration.broker.credentials")

    def write(_: Outcome) -> Workspace:
        workspace = current or Workspace(pk=own_id, name=name, created=moment_of(details, "created"))
        old = {column: getattr(workspace, column) for column in columns} if current else {}
        for column, value in columns.items():
            setattr(workspace, column, value)
        workspace.deprecated = switch_of(details, workspace.is_active is False, "deprecated")
        workspace.last_modified = moment_of(details, "last_modified")
        require_fit(workspace)
        workspace.save()
        _store(workspace, shown)
        _record(workspace, old, columns, shown)
        return workspace

    hidden = sent.keys() - shown.keys()
    if run.options.is_dry:
        run.report.duties.extend(credentials_to_enter(name, hidden - stored.keys()))
    wanted = Wanted(
        kind=Kind.WORKSPACE,
        source_id=source_id,
        name=name,
        digest=read,
        current=current,
        differs=differs,
        imported=imported,
        findings=_findings(details, hidden),
    )
    settle(run, wanted, write)


def _columns(details: Document, configuration: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "title": text_or_empty(details, "title"),
        "description": text_or_empty(details, "description"),
        "base_url": text_or_empty(details, "base_url"),
        "is_active": is_true(details, "is_active"),
        "configuration": configuration,
    }


def _stored(workspace: Workspace | None) -> dict[str, str | None]:
    """Return the credentials of a workspace in clear; None for one that no key decrypts."""
    stored: dict[str, str | None] = {}
    for secret in workspace.secrets.all() if workspace else ():
        try:
            stored[secret.name] = decrypt(secret.token)
        except EncryptionError:
            stored[secret.name] = None
    return stored


def _masked(details: Document, stored: Collection[str]) -> dict[str, Any] | None:
    """Return the configuration as it is stored: with asterisks for the credentials that are, without others.

    None stands for one without a broker, which nothing could be done with.
    """
    configuration = object_of(details, "configuration")
    broker = configuration.get("broker")
    if not isinstance(broker, dict):
        return None
    masked = {name: MASK for name in credentials_of(configuration) if name in stored}
    others = {name: value for name, value in broker.items() if name != "credentials"}
    return {"broker": {**others, "credentials": masked} if masked else others}


def _findings(details: Document, hidden: Collection[str]) -> list[Mark]:
    """Return what is wrong with a configuration, and the credentials that an operator has to enter."""
    missing = [
        Finding.at(
            ("configuration", "broker", "credentials", name),
            HIDDEN_CREDENTIAL,
            "the other system did not show it; enter it here",
        )
        for name in sorted(hidden)
    ]
    configuration = details.get("configuration")
    report = check_workspace(configuration) if configuration else Report()
    return marks(Report(errors=tuple(missing)), configuration=report)


def _store(workspace: Workspace, shown: Mapping[str, str]) -> None:
    """Store the credentials that were shown, and remove those that the configuration does not have any more."""
    workspace.secrets.exclude(name__in=list(credentials_of(workspace.configuration))).delete()
    WorkspaceSecret.objects.bulk_create(
        [WorkspaceSecret(workspace=workspace, name=name, token=encrypt(value)) for name, value in shown.items()],
        update_conflicts=True,
        unique_fields=["workspace", "name"],
        update_fields=["token"],
    )


def _record(workspace: Workspace, old: Mapping[str, Any], new: Mapping[str, Any], shown: Collection[str]) -> None:
    changes = changes_between(
        {name: old[name] for name in _AUDITED if name in old}, {name: new[name] for name in _AUDITED}
    )
    if old.get("configuration") != new["configuration"]:
        changes |= {"configuration": CHANGED}
    changes |= {f"configuration.credentials.{name}": CHANGED for name in sorted(shown)}
    action = Action.EDITED if old else Action.CREATED
    record(subject=Subject(AuditKind.WORKSPACE, workspace.name), action=action, changes=changes)
