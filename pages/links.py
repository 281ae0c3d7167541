"""The pages of rows and of lists, to which ``get_absolute_url`` and the admin lead."""

from collections.abc import Callable
from typing import Any

from pages.navigation import url_of

PAGES_OF_ROWS: dict[str, Callable[[Any], str]] = {
    "errors.error": lambda error: url_of("known-errors", query={"name": error.name}),
    "files.file": lambda file: url_of("file", pk=file.pk),
    "job_types.jobtype": lambda one: url_of("job-type", name=one.name, version=one.version),
    "job_types.jobtyperevision": lambda revision: url_of(
        "job-type-revision",
        name=revision.job_type.name,
        version=revision.job_type.version,
        revision_num=revision.revision_num,
    ),
    "jobs.job": lambda job: url_of("job", pk=job.pk),
    "jobs.jobexecution": lambda one: url_of("job", pk=one.job_id, query={"try": one.exe_num}),
    "jobs.node": lambda node: url_of("node", pk=node.pk),
    "recipes.recipetype": lambda one: url_of("recipe", name=one.name),
    "recipes.recipetyperevision": lambda revision: url_of(
        "recipe-revision", name=revision.recipe_type.name, revision_num=revision.revision_num
    ),
    "takeover.takeover": lambda takeover: url_of("takeover", pk=takeover.pk),
    "workspaces.workspace": lambda workspace: url_of("workspace", name=workspace.name),
}
"""The URL of the page of a row, by the label of its model, for Django's setting ABSOLUTE_URL_OVERRIDES."""

PAGES_OF_LISTS = {
    "audit.record": "audit",
    "errors.error": "known-errors",
    "files.file": "files",
    "job_types.jobtype": "job-types",
    "jobs.job": "jobs",
    "jobs.node": "nodes",
    "recipes.recipetype": "recipes",
    "takeover.takeover": "takeovers",
    "workspaces.workspace": "workspaces",
}
"""The name of the page of the rows of a model, by the label of the model."""
