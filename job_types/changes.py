"""What the audit tells of a change to a job type: never the value of a setting, which may be a secret."""

from collections.abc import Iterable, Mapping
from typing import Any

from audit.models import Kind
from audit.services import CHANGED, Changes, Subject, changes_between
from job_types.models import JobType

# What the manifest says, or the service works out, is told by the change that it comes from.
_TOLD_OTHERWISE = ("manifest", "configuration", "title", "description", "unmet_resources")


def subject_of(job_type: JobType) -> Subject:
    """The job type as the audit names it."""
    return Subject(Kind.JOB_TYPE, job_type.name, job_type.version)


def changes_of(old: Mapping[str, Any], new: Mapping[str, Any], secrets: Iterable[str]) -> Changes:
    """The changes between the columns `old` and `new`, and those of the settings named in `secrets`."""
    configuration = _changes_of_configuration(old.get("configuration", {}), new.get("configuration", {}))
    return {
        **changes_between(
            {name: value for name, value in old.items() if name not in _TOLD_OTHERWISE},
            {name: value for name, value in new.items() if name not in _TOLD_OTHERWISE},
        ),
        **({"manifest": CHANGED} if old.get("manifest") != new.get("manifest") else {}),
        **configuration,
        **{f"configuration.settings.{name}": CHANGED for name in sorted(secrets)},
    }


def _changes_of_configuration(old: Mapping[str, Any], new: Mapping[str, Any]) -> Changes:
    changes: Changes = {}
    for member in sorted(old.keys() | new.keys()):
        before, after = old.get(member), new.get(member)
        if member == "settings":
            names = sorted({*(before or {}), *(after or {})})
            changed = [name for name in names if (before or {}).get(name) != (after or {}).get(name)]
            changes |= {f"configuration.settings.{name}": CHANGED for name in changed}
        elif before != after:
            changes[f"configuration.{member}"] = {"old": before, "new": after}
    return changes
