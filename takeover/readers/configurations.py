"""Job configurations of the other system, in the shape in which they are stored here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seed import Manifest, clear_settings, complete_configuration


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration without secrets, the secrets that were shown in it, and what of it is not kept, and why."""

    document: dict[str, Any]
    secrets: dict[str, str]
    remarks: list[str]


def read_configuration(document: Mapping[str, Any], manifest: Manifest) -> Configuration:
    """Read a configuration of any shape: members that are no configuration's, or of another type, are not kept.

    Nor are settings that the manifest does not declare, which may be secrets under a wrong name.
    """
    complete = complete_configuration(document)
    settings = complete["settings"]
    secrets = {
        name: value
        for name, value in settings.items()
        if name in manifest.secret_settings and isinstance(value, str) and value.strip("*")
    }
    undeclared = sorted(settings.keys() - manifest.setting_names)
    complete["settings"] = clear_settings(settings, manifest)
    remark = f"settings that its manifest does not declare are not kept: {', '.join(undeclared)}"
    return Configuration(complete, secrets, [remark] if undeclared else [])
