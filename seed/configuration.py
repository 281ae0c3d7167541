"""The checks of a v6 job configuration: its schema, and what its manifest and the workspaces require."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from seed.documents import is_within_bounds
from seed.findings import Finding, Report, json_pointer
from seed.host_mounts import host_paths, paths_outside
from seed.manifest import Manifest
from seed.schema import configuration_breaches
from seed.wording import location, nearest_names

DEFAULT_PRIORITY = 100
LARGEST_PRIORITY = 2**31 - 1


def check_configuration(
    document: object,
    manifest: Manifest | None,
    *,
    given: bool = True,
    workspaces: Mapping[str, bool] | None = None,
    stored_secrets: Collection[str] = (),
    host_roots: Sequence[str] = (),
) -> Report:
    """Check any JSON value as the configuration of a job type and report all findings at once.

    ``manifest`` is that of the job type, or None where it is not valid: then the rules that need it are left
    out. ``given`` is false when the client sent no configuration; the document is what is stored, or {}.
    ``workspaces`` maps the names of the existing workspaces to whether they are active; None, as where there
    is no database, leaves them unchecked. ``stored_secrets`` names the secret settings that have a value.
    ``host_roots`` are the directories (absolute paths) that mounts may lead into on the host; none is no limit.

    Errors: INVALID_CONFIGURATION, HOST_ABSOLUTE_PATH, HOST_PATH_NOT_ALLOWED (a warning unless ``given``, so that a
    limit of today stops no edit of what was stored before), INVALID_WORKSPACE, MISSING_WORKSPACE (a warning unless
    ``given``), INVALID_PRIORITY, INVALID_SETTING. Warnings: UNKNOWN_MOUNT, MISSING_MOUNT, UNKNOWN_OUTPUT,
    DEPRECATED_WORKSPACE, UNKNOWN_SETTING, MISSING_SETTING.

    A breach of the schema does not stop the rules, unless the document is too large: they go by whatever has the
    right shape. No description shows a value, since settings hold passwords.
    """
    breaches = configuration_breaches(document)
    if not is_within_bounds(document):
        return Report.of(errors=breaches)
    # As the rules see it, a member of the wrong type is empty.
    configuration = document if isinstance(document, dict) else {}
    outside = paths_outside(_map(configuration, "mounts"), host_roots) if host_roots else ()
    report = Report.of(
        errors=chain(
            breaches,
            _relative_host_paths(configuration),
            outside if given else (),
            () if workspaces is None else _invalid_workspaces(configuration, workspaces),
            _invalid_priority(configuration),
        ),
        warnings=chain(() if given else outside, _deprecated_workspaces(configuration, workspaces or {})),
    )
    if manifest is None:
        return report
    missing_workspaces = tuple(_missing_workspaces(configuration, manifest))
    return report + Report.of(
        errors=chain(missing_workspaces if given else (), _needless_nulls(configuration, manifest)),
        warnings=chain(
            () if given else missing_workspaces,
            _mount_warnings(configuration, manifest),
            _unknown_outputs(configuration, manifest),
            _setting_warnings(configuration, manifest, frozenset(stored_secrets)),
        ),
    )


def complete_configuration(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration with all its members, as it is stored and shown; ``version`` is dropped.

    The members are ``mounts``, ``output_workspaces``, ``priority`` (an int) and ``settings``, in this order;
    one that is absent, or of another type, gets its default. Of ``output_workspaces`` these are ``default``, "" if
    there is none, and ``outputs``. The maps are copies. What they hold is as it is: of a configuration that was
    stored under the rules of another day, ``usable_configuration`` is what jobs run with.
    """
    default = _map(document, "output_workspaces").get("default")
    priority: Any = document.get("priority")
    is_number = isinstance(priority, int | float) and not isinstance(priority, bool)
    return {
        "mounts": dict(_map(document, "mounts")),
        "output_workspaces": {
            "default": default if isinstance(default, str) else "",
            "outputs": dict(_map(document, "output_workspaces", "outputs")),
        },
        "priority": int(priority) if is_number else DEFAULT_PRIORITY,
        "settings": dict(_map(document, "settings")),
    }


def usable_configuration(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what jobs run with of a stored configuration, be it one in which ``check_configuration`` finds errors.

    It is complete, and all in it has the type that the schema gives it: what has another one is left out, but for
    numbers and booleans as settings, which are their texts. A priority that no job can have is the default.
    """
    complete = complete_configuration(document)
    spaces, priority = complete["output_workspaces"], complete["priority"]
    mounts = complete["mounts"].items()
    settings = ((name, _as_text(value)) for name, value in complete["settings"].items())
    return {
        "mounts": {name: _usable_mount(mount) for name, mount in mounts if isinstance(mount, dict)},
        "output_workspaces": {"default": spaces["default"], "outputs": _texts(spaces["outputs"])},
        "priority": priority if 1 <= priority <= LARGEST_PRIORITY else DEFAULT_PRIORITY,
        "settings": {name: value for name, value in settings if value is not None},
    }


def clear_settings(settings: Mapping[str, Any], manifest: Manifest) -> dict[str, Any]:
    """Return those of ``settings`` that may be stored and shown as they are.

    These are the ones that ``manifest`` declares, and not as secrets. Any other may be a secret under a wrong name.
    """
    clear = manifest.setting_names - manifest.secret_settings
    return {name: value for name, value in settings.items() if name in clear}


def overlay_configuration(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration ``base`` with the members of ``over`` in place of its own, complete and usable.

    Mounts, settings and the workspaces of outputs are replaced name by name; what ``over`` leaves out stays.
    """
    lower = usable_configuration(base)
    if not over:
        return lower
    upper = usable_configuration(over)
    spaces, other_spaces = lower["output_workspaces"], upper["output_workspaces"]
    return {
        "mounts": lower["mounts"] | upper["mounts"],
        "output_workspaces": {
            "default": other_spaces["default"] or spaces["default"],
            "outputs": spaces["outputs"] | other_spaces["outputs"],
        },
        "priority": upper["priority"] if "priority" in over else lower["priority"],
        "settings": lower["settings"] | upper["settings"],
    }


def output_workspace(configuration: Mapping[str, Any], output: str) -> str:
    """Return the name of the workspace for files of ``output``, "" if a complete configuration names none."""
    spaces = configuration["output_workspaces"]
    return spaces["outputs"].get(output) or spaces["default"]


def _texts(document: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in document.items() if isinstance(value, str)}


def _usable_mount(mount: Mapping[str, Any]) -> dict[str, Any]:
    options = {"driver_opts": _texts(_map(mount, "driver_opts"))} if "driver_opts" in mount else {}
    return {**_texts(mount), **options}


def _as_text(value: object) -> str | None:
    """Return the value of a setting as jobs get it; None for what can be none."""
    return json.dumps(value) if isinstance(value, int | float) else value if isinstance(value, str) else None


def _map(document: Mapping[str, Any], *way: str) -> dict[str, Any]:
    """Return the object at the end of ``way``, empty where there is none."""
    node: Any = document
    for member in way:
        node = node.get(member) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else {}


def _nearest(document: Mapping[str, Any], *way: str) -> str:
    """Return the pointer of the last object along ``way`` that exists, into which what is missing belongs."""
    node: Any = document
    for depth, member in enumerate(way):
        node = node.get(member)
        if not isinstance(node, dict):
            return json_pointer(way[:depth])
    return json_pointer(way)


def _relative_host_paths(configuration: dict[str, Any]) -> Iterator[Finding]:
    for place, path in host_paths(_map(configuration, "mounts")):
        if not path.startswith("/"):
            yield Finding.at(place, "HOST_ABSOLUTE_PATH", "not an absolute path; it must begin with '/'")


def _workspace_uses(configuration: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each place that names a workspace, and the name."""
    default = _map(configuration, "output_workspaces").get("default")
    # v6 writes "" where there is none.
    if isinstance(default, str) and default:
        yield ("output_workspaces", "default"), default
    for output, workspace in _map(configuration, "output_workspaces", "outputs").items():
        if isinstance(workspace, str):
            yield ("output_workspaces", "outputs", output), workspace


def _invalid_workspaces(configuration: dict[str, Any], workspaces: Mapping[str, bool]) -> Iterator[Finding]:
    for place, workspace in _workspace_uses(configuration):
        if workspace not in workspaces:
            yield Finding.at(place, "INVALID_WORKSPACE", "there is no workspace of this name")


def _deprecated_workspaces(configuration: dict[str, Any], workspaces: Mapping[str, bool]) -> Iterator[Finding]:
    for place, workspace in _workspace_uses(configuration):
        if not workspaces.get(workspace, True):
            yield Finding.at(place, "DEPRECATED_WORKSPACE", "this workspace is deprecated")


def _invalid_priority(configuration: dict[str, Any]) -> Iterator[Finding]:
    priority = configuration.get("priority", DEFAULT_PRIORITY)
    is_integer = isinstance(priority, int) and not isinstance(priority, bool)
    if (is_integer or (isinstance(priority, float) and priority.is_integer())) and priority < 1:
        yield Finding("INVALID_PRIORITY", "priority: below 1; it must be an integer of at least 1", "/priority")


def _missing_workspaces(configuration: dict[str, Any], manifest: Manifest) -> Iterator[Finding]:
    if _map(configuration, "output_workspaces").get("default", "") != "":
        return
    outputs = _map(configuration, "output_workspaces", "outputs")
    path = _nearest(configuration, "output_workspaces", "outputs")
    for output in manifest.output_files:
        if output.name not in outputs:
            place = location(("output_workspaces", "outputs", output.name))
            sentence = f"{place}: missing, and there is no default; the output needs a workspace"
            yield Finding("MISSING_WORKSPACE", sentence, path)


def _needless_nulls(configuration: dict[str, Any], manifest: Manifest) -> Iterator[Finding]:
    secrets = manifest.secret_settings
    for name, value in _map(configuration, "settings").items():
        if value is None and name not in secrets:
            sentence = "null only removes the stored value of a secret setting; leave it out"
            yield Finding.at(("settings", name), "INVALID_SETTING", sentence)


def _mount_warnings(configuration: dict[str, Any], manifest: Manifest) -> Iterator[Finding]:
    mounts = _map(configuration, "mounts")
    declared = dict.fromkeys(mount.name for mount in manifest.mounts)
    for name in mounts:
        if name not in declared:
            yield Finding.at(("mounts", name), "UNKNOWN_MOUNT", "the manifest declares no mount of this name")
    for name in declared:
        if name not in mounts:
            sentence = f"{location(('mounts', name))}: missing; the manifest declares this mount"
            yield Finding("MISSING_MOUNT", sentence, _nearest(configuration, "mounts"))


def _unknown_outputs(configuration: dict[str, Any], manifest: Manifest) -> Iterator[Finding]:
    declared = {output.name for output in manifest.output_files}
    for name in _map(configuration, "output_workspaces", "outputs"):
        if name not in declared:
            place = ("output_workspaces", "outputs", name)
            yield Finding.at(place, "UNKNOWN_OUTPUT", "the manifest declares no file output of this name")


def _setting_warnings(
    configuration: dict[str, Any], manifest: Manifest, stored_secrets: frozenset[str]
) -> Iterator[Finding]:
    settings = _map(configuration, "settings")
    unknown = [name for name in settings if name not in manifest.setting_names]
    nearest = nearest_names(unknown, sorted(manifest.setting_names))
    for name in unknown:
        sentence = "the manifest declares no setting of this name, so its value is not kept"
        hint = f"; the nearest declared name is {nearest[name]}" if name in nearest else ""
        yield Finding.at(("settings", name), "UNKNOWN_SETTING", sentence + hint)
    for setting in manifest.settings:
        is_stored = setting.secret and setting.name in stored_secrets
        # null removes the stored value of a secret, so that it is missing afterwards.
        removed = setting.secret and settings.get(setting.name, "") is None
        if removed or (setting.name not in settings and not is_stored):
            sentence = f"{location(('settings', setting.name))}: missing; the manifest declares this setting"
            yield Finding("MISSING_SETTING", sentence, _nearest(configuration, "settings"))
