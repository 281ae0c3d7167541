"""The check of a v6 workspace configuration, and what of it is a secret."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from seed.documents import is_within_bounds
from seed.findings import Finding, Report
from seed.schema import workspace_breaches

MASK = "************"
"""What is shown in the place of a secret that is stored; sent back, it stands for that secret."""

_CREDENTIALS = ("broker", "credentials")


def check_workspace(document: object, *, stored_secrets: Collection[str] = ()) -> Report:
    """Check any JSON value as the configuration of a workspace and report all findings at once.

    ``stored_secrets`` names the credentials that are stored, for which MASK may stand. Errors:
    INVALID_CONFIGURATION. Warnings: MISSING_CREDENTIALS. No description shows a value.
    """
    breaches = workspace_breaches(document)
    if not is_within_bounds(document):
        return Report.of(errors=breaches)
    return Report.of(errors=breaches, warnings=_missing_credentials(document, stored_secrets))


def broker_of(configuration: object) -> dict[str, str]:
    """Return the broker in a configuration of any shape without its credentials; empty where there is none.

    Its members are texts: what else is stored there under the rules of another day is left out.
    """
    broker = configuration.get("broker") if isinstance(configuration, dict) else None
    members = broker.items() if isinstance(broker, dict) else ()
    return {name: value for name, value in members if name != "credentials" and isinstance(value, str)}


def credentials_of(configuration: object) -> dict[str, Any]:
    """Return the credentials in a configuration of any shape, name -> value."""
    node = configuration
    for member in _CREDENTIALS:
        node = node.get(member) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else {}


def mask_credentials(configuration: Mapping[str, Any], stored_secrets: Collection[str]) -> dict[str, Any]:
    """Return a valid configuration as it is stored and shown: with MASK for each credential that is stored.

    Those that are not stored are left out, and so is ``version``.
    """
    broker = {name: value for name, value in configuration["broker"].items() if name != "credentials"}
    if masked := {name: MASK for name in credentials_of(configuration) if name in stored_secrets}:
        broker["credentials"] = masked
    return {"broker": broker}


def _missing_credentials(document: object, stored_secrets: Collection[str]) -> Iterator[Finding]:
    for name, value in credentials_of(document).items():
        if value == MASK and name not in stored_secrets:
            sentence = "asterisks stand for a value that is stored, and none is; send the value itself"
            yield Finding.at((*_CREDENTIALS, name), "MISSING_CREDENTIALS", sentence)
