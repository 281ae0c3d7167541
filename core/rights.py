"""Who may do what: the groups of accounts, and the permissions that each of them holds.

This is the one place that says so. Groups and permissions are Django's own, in the API as in the admin;
``scale.groups`` keeps the groups as they are listed here, and staff hold what Operators hold.
"""

_PUBLISH = frozenset(
    {
        "job_types.add_jobtype",
        "job_types.change_jobtype",
        "recipes.add_recipetype",
        "recipes.change_recipetype",
    }
)
_WORK = frozenset({"jobs.claim_job", "jobs.report_job"})
_OPERATE = frozenset(
    {
        "files.add_file",
        "files.change_file",
        "job_types.pause_system_jobtype",
        "jobs.add_job",
        "jobs.cancel_job",
        "jobs.change_job",  # any step of any job, also of those that other accounts claimed
        "jobs.change_node",  # pause and deprecate nodes; claim for any node, also for those of other accounts
        "jobs.change_scheduler",  # pause all claims
        "jobs.requeue_job",
        "workspaces.add_workspace",
        "workspaces.change_workspace",
        "audit.view_record",
        "takeover.view_imported",
        "takeover.view_takeover",
    }
)
# The API lets all readers see these; the admin asks for a permission.
_LOOK = frozenset(
    {
        "errors.view_error",
        "files.view_file",
        "job_types.view_jobtype",
        "job_types.view_jobtyperevision",
        "jobs.view_job",
        "jobs.view_jobexecution",
        "jobs.view_node",
        "jobs.view_scheduler",
        "recipes.view_recipetype",
        "recipes.view_recipetyperevision",
        "workspaces.view_workspace",
    }
)

OPERATORS = "Operators"
GROUPS: dict[str, frozenset[str]] = {
    "Publishers": _PUBLISH,
    OPERATORS: _PUBLISH | _WORK | _OPERATE | _LOOK,
    "Workers": _WORK,
}


def described(permission: str) -> str:
    """Return ``permission``, which is ``app.codename``, in words: with the groups that hold it."""
    groups = [name for name, permissions in GROUPS.items() if permission in permissions]
    holders = f"the {' and '.join(groups)} have" if groups else "no group has"
    return f"the right {permission}, which {holders}"
