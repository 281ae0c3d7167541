"""What it takes to make the service as a folder describes it: found by comparing, then carried out step by step."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import Any

from client import NotFound, Scale
from client.cli.scale.folder import Folder, JobTypeFile, RecipeTypeFile, require_valid, with_settings
from client.cli.scale.session import CommandError, Refused, environment_of, line_of
from client.models import Finding, JobTypeDetails
from seed import Manifest, Report, clear_settings, complete_configuration, complete_definition
from seed.schema import definition_breaches

_PLAIN = ("docker_image", "icon_code", "is_published", "is_paused", "max_scheduled")
# A change of these makes a revision.
_REVISED = frozenset({"docker_image", "manifest"})
Revisions = dict[tuple[str, ...], int]


class Action(StrEnum):
    """What is done."""

    REGISTER = "register"
    EDIT = "edit"
    DEPRECATE = "deprecate"
    NOTHING = "unchanged"


@dataclass(frozen=True, slots=True)
class Change:
    """One step. ``body`` is what is sent, without secrets; ``secrets`` maps these to their variables."""

    action: Action
    kind: str
    name: str
    version: str | None
    body: dict[str, Any] = field(default_factory=dict, repr=False)
    etag: str | None = None
    secrets: dict[str, str] = field(default_factory=dict)

    def as_row(self) -> dict[str, Any]:
        """Return the step as it is printed."""
        fields = sorted(self.body) if self.action is Action.EDIT else []
        secrets = [f"secret {name}" for name in sorted(self.secrets)]
        return {
            "action": str(self.action),
            "kind": self.kind,
            "name": self.name,
            "version": self.version,
            "changes": fields + secrets,
        }


def plan_job_type(scale: Scale, wanted: JobTypeFile, *, rotate: bool) -> Change:
    """Return the step for a job type. Secrets are sent where the service cannot have them, and all if ``rotate``.

    Raises Refused with what the service finds in it.
    """
    name, version = wanted.key
    fields = wanted.clear_fields()
    references = wanted.secret_references()
    try:
        current = scale.job_types.show(name, version)
    except NotFound:
        environment_of(references)
        _require_accepted(scale, wanted, fields)
        return Change(Action.REGISTER, "job type", name, version, {**fields, "is_active": True}, None, references)
    body = _differences(current, fields, wanted.manifest)
    known = Manifest.read(current.manifest).secret_settings
    secrets = {one: variable for one, variable in references.items() if rotate or one not in known}
    if secrets:
        environment_of(secrets)
        body["configuration"] = fields["configuration"]
    if not body:
        return Change(Action.NOTHING, "job type", name, version)
    _require_accepted(scale, wanted, fields)
    return Change(Action.EDIT, "job type", name, version, body, current.etag, secrets)


def _differences(current: JobTypeDetails, fields: dict[str, Any], manifest: Manifest) -> dict[str, Any]:
    """Return those of ``fields`` that the service shows differently; what is absent is left as it is."""
    body = {one: fields[one] for one in _PLAIN if one in fields and fields[one] != getattr(current, one)}
    if not current.is_active:
        body["is_active"] = True
    if fields["manifest"] != current.manifest:
        body["manifest"] = fields["manifest"]
    if "configuration" in fields:
        wanted, shown = (complete_configuration(one) for one in (fields["configuration"], current.configuration))
        wanted["settings"] = clear_settings(wanted["settings"], manifest)
        if wanted != shown:
            body["configuration"] = fields["configuration"]
    return body


def _require_accepted(scale: Scale, wanted: JobTypeFile, fields: dict[str, Any]) -> None:
    report = scale.job_types.validate(fields)
    _require_no_errors(wanted, report.errors)


def _require_no_errors(wanted: JobTypeFile | RecipeTypeFile, errors: list[Finding]) -> None:
    if errors:
        lines = [f"{wanted.path}: {line_of('error', one.name, one.path, one.description)}" for one in errors]
        raise Refused("\n".join(lines))


def plan_pruning(scale: Scale, folder: Folder) -> Iterator[Change]:
    """Yield the deprecation of each active job type that is no system job type, and that the folder does not name.

    It names those that its recipe types run, too.
    """
    kept: set[tuple[str, ...]] = {one.key for one in folder.job_types}
    kept |= {member for one in folder.recipe_types for member in _members(one)}
    for row in scale.job_types.list(is_active=True, is_system=False, order="id", page_size=1000):
        if (row.name, row.version) not in kept:
            yield Change(Action.DEPRECATE, "job type", row.name, row.version, {"is_active": False})


def plan_recipe_type(scale: Scale, wanted: RecipeTypeFile, revisions: Revisions, known: Revisions) -> Change:
    """Return the step for a recipe type.

    ``revisions`` are those that members will have, by name, or by name and version, where they have other ones now;
    ``known`` are those of job types that the service was asked for, to which this adds. Raises Refused for what the
    service finds, for a definition of the wrong shape, and for a member that is nowhere.
    """
    definition = _with_revisions(scale, wanted, revisions, known)
    require_valid(wanted.path, Report.of(errors=definition_breaches(definition)))
    fields = {**wanted.fields, "definition": definition}
    try:
        current = scale.recipe_types.show(wanted.name)
    except NotFound:
        _require_accepted_recipe(scale, wanted, fields, revisions)
        return Change(Action.REGISTER, "recipe type", wanted.name, None, fields)
    body = {
        one: fields[one]
        for one in ("title", "description")
        if one in fields and fields[one] != getattr(current, one)
    }
    if complete_definition(definition) != complete_definition(current.definition):
        body["definition"] = definition
    if not current.is_active:
        body["is_active"] = True
    if body:
        _require_accepted_recipe(scale, wanted, fields, revisions)
    action = Action.EDIT if body else Action.NOTHING
    return Change(action, "recipe type", wanted.name, None, body, current.etag)


def _require_accepted_recipe(
    scale: Scale, wanted: RecipeTypeFile, fields: dict[str, Any], revisions: Revisions
) -> None:
    # Members that do not exist yet would be errors, and others are not yet what they will be.
    if revisions.keys().isdisjoint(_members(wanted)):
        _require_no_errors(wanted, scale.recipe_types.validate(fields).errors)


def _members(wanted: RecipeTypeFile) -> set[tuple[str, ...]]:
    """Return the keys of what the nodes of a recipe type run, of whatever revision."""
    definition = wanted.fields["definition"]
    nodes = definition.get("nodes") if isinstance(definition, dict) else None
    found = (_member_of(node) for node in nodes.values()) if isinstance(nodes, dict) else ()
    return {member for member in found if member is not None}


def _with_revisions(scale: Scale, wanted: RecipeTypeFile, revisions: Revisions, known: Revisions) -> Any:
    """Return the definition with the current revision of each member of which it names none."""
    definition = wanted.fields["definition"]
    nodes = definition.get("nodes") if isinstance(definition, dict) else None
    if not isinstance(nodes, dict):
        return definition
    filled = {}
    for name, node in nodes.items():
        member = _member_of(node)
        filled[name] = node
        if member is not None and not _names_a_revision(node):
            kind = node["node_type"]["node_type"]
            revision = revisions.get(member) or _current_revision(scale, wanted, member, known)
            filled[name] = {**node, "node_type": {**node["node_type"], f"{kind}_type_revision": revision}}
    return {**definition, "nodes": filled}


def _member_of(node: object) -> tuple[str, ...] | None:
    """Return the key of what a node runs, of whatever revision; None if it runs nothing that has a name."""
    match node:
        case {"node_type": {"node_type": "job", "job_type_name": str(name), "job_type_version": str(version)}}:
            return name, version
        case {"node_type": {"node_type": "recipe", "recipe_type_name": str(name)}}:
            return (name,)
    return None


def _names_a_revision(node: Any) -> bool:
    return not node["node_type"].keys().isdisjoint(("job_type_revision", "recipe_type_revision"))


def _current_revision(scale: Scale, wanted: RecipeTypeFile, member: tuple[str, ...], known: Revisions) -> int:
    try:
        if len(member) == 1:
            return scale.recipe_types.show(member[0]).revision_num or 1
        if member not in known:
            known[member] = scale.job_types.show(*member).revision_num or 1
        return known[member]
    except NotFound:
        raise Refused(f"{wanted.path}: {' '.join(member)}: neither the folder nor the service has it") from None


def in_order(recipe_types: list[RecipeTypeFile]) -> list[RecipeTypeFile]:
    """Return recipe types so that each comes after those that it contains. Raises CommandError for a circle."""
    by_name = {one.name: one for one in recipe_types}
    graph = {name: _contained(one) & by_name.keys() for name, one in by_name.items()}
    try:
        return [by_name[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        raise CommandError(f"These recipe types contain each other: {', '.join(error.args[1])}") from None


def _contained(wanted: RecipeTypeFile) -> set[str]:
    definition = wanted.fields["definition"]
    nodes = definition.get("nodes") if isinstance(definition, dict) else None
    kinds = (
        [node.get("node_type") for node in nodes.values() if isinstance(node, dict)]
        if isinstance(nodes, dict)
        else []
    )
    names = {kind.get("recipe_type_name") for kind in kinds if isinstance(kind, dict)}
    return {name for name in names if isinstance(name, str)}


def predicted(changes: list[Change], current: Revisions) -> Revisions:
    """Return the revisions that things will have after ``changes`` of those that get another one.

    ``current`` are those that they have.
    """
    found: Revisions = {}
    for change in changes:
        key = (change.name,) if change.version is None else (change.name, change.version)
        if change.action is Action.REGISTER:
            found[key] = 1
        elif change.action is Action.EDIT and key in current and _REVISED & change.body.keys():
            found[key] = current[key] + 1
    return found


def carry_out(scale: Scale, change: Change) -> list[Finding]:
    """Do one step, unless somebody else was faster (Changed), and return the warnings."""
    body = change.body
    if change.secrets:
        values = environment_of(change.secrets)
        body = {**body, "configuration": with_settings(body["configuration"], values)}
    if change.kind == "recipe type":
        if change.action is Action.REGISTER:
            return scale.recipe_types.register(body).warnings
        return scale.recipe_types.edit(change.name, body, if_match=change.etag).warnings
    assert change.version is not None  # noqa: S101  (it is a job type)
    if change.action is Action.REGISTER:
        return scale.job_types.register(body, only_new=True).warnings
    return scale.job_types.edit(change.name, change.version, body, if_match=change.etag).warnings
