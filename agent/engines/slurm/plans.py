"""The plan of a run as two documents: what anyone may read, and what may hold secrets."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from seed.run.plan import Bind, Limits, RunPlan
from seed.run.users import User

# The words of the command are filled in with settings, too.
_SECRET = ("command", "environment")


def open_part(plan: RunPlan) -> dict[str, Any]:
    """Return what is in a plan as JSON, without what may hold secrets."""
    document = asdict(plan)
    for name in _SECRET:
        del document[name]
    return document | {"output_folder": str(plan.output_folder)}


def secret_part(plan: RunPlan) -> bytes:
    """Return the rest as JSON."""
    return json.dumps({"command": plan.command, "environment": dict(plan.environment)}).encode()


def join(document: Mapping[str, Any], secret: bytes) -> RunPlan:
    """Return the plan of which these are the parts."""
    both = {**document, **json.loads(secret)}
    user = both["user"]
    return RunPlan(
        **{
            **both,
            "command": tuple(both["command"]),
            "shown_command": tuple(both["shown_command"]),
            "binds": tuple(Bind(**bind) for bind in both["binds"]),
            "output_folder": Path(both["output_folder"]),
            "limits": Limits(**{**both["limits"], "gpu_ids": tuple(both["limits"]["gpu_ids"])}),
            "user": User(**{**user, "owner": tuple(user["owner"]) if user["owner"] else None}),
        }
    )
