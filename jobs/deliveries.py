"""The record of what nodes are handed in clear: by job and try the names of secrets and credentials, no value."""

from collections.abc import Iterable

from audit.models import Action, Kind
from audit.services import Subject, record_all
from jobs.claim_rows import ClaimedJob


def record_deliveries(jobs: Iterable[ClaimedJob], node: str) -> None:
    """Record the names of the secrets that ``node`` is handed with the present tries of ``jobs``: one statement.

    The credentials of workspaces are among them, as ``workspaces.archive.access_key_id``.
    """
    delivered = []
    for job in jobs:
        credentials = [
            f"workspaces.{name}.{credential}"
            for name, workspace in job["workspaces"].items()
            for credential in (workspace["broker"] or {}).get("credentials", ())
        ]
        if names := [*job["secrets"], *credentials]:
            facts = {"exe_num": job["num_exes"], "node": node, "secrets": names}
            changes = {name: {"new": value} for name, value in facts.items()}
            delivered.append((Subject(Kind.JOB, str(job["id"])), changes))
    if delivered:
        record_all(changed=delivered, action=Action.SECRETS_DELIVERED)
