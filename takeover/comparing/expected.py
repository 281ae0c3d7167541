"""The differences between a Scale 7 and what has been taken over from it that are meant, each with its reason."""

import re
from dataclasses import dataclass

from takeover.comparing.differences import About, Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Differences of one kind.

    ``url``, ``pointer``, ``there`` and ``here`` are regular expressions for the whole of what a Difference has, the
    last two for the text that is shown of a value. ``about`` is what they are about; None for whatever it is.
    """

    reason: str
    url: str = ".*"
    pointer: str = ".*"
    there: str = ".*"
    here: str = ".*"
    about: About | None = None

    def covers(self, found: Difference) -> bool:
        """Say whether a difference is of this kind."""
        values = (found.url, found.pointer, found.text(found.there), found.text(found.here))
        patterns = (self.url, self.pointer, self.there, self.here)
        return self.about in (None, found.about) and all(map(_matches, patterns, values))


def _matches(pattern: str, value: str) -> bool:
    return re.fullmatch(pattern, value, re.DOTALL) is not None


EXPECTED = (
    Expected(
        reason="Built-in errors and system job types are those of this release: their texts, versions, limits, "
        "manifests and revisions.",
        about=About.OWN,
    ),
    Expected(
        reason="An id may be another one; import_scale keeps those that are free with --keep-ids, and writes which "
        "stands for which with --map.",
        about=About.MOVED,
    ),
    Expected(
        reason="Details show more than those of v6: the digest that an image was pinned to, and what the rules of "
        "today find in a document.",
        pointer=".*/(docker_image_digest|findings)",
        there="absent",
    ),
    Expected(
        reason="Lists of revisions show all that details show of their recipe type.",
        url="recipe-types/[^/]+/revisions/",
        pointer="/results/[0-9]+/recipe_type/(is_active|is_system|created|deprecated|last_modified)",
        there="absent",
    ),
    Expected(
        reason="A text that nobody sent is empty, never null.",
        pointer=".*/(title|description|base_url|docker_image)",
        there="null",
        here='""',
    ),
    Expected(
        reason="What does not apply is null, neither empty nor zero.",
        pointer=".*/(icon_code|max_scheduled)",
        there='""|0',
        here="null",
    ),
    Expected(
        reason="Which resources no node has is found out here by claims.",
        pointer=".*/unmet_resources",
    ),
    Expected(
        reason="Documents are shown without a version of their own, and configurations with all their members.",
        pointer=".*/(configuration|definition|input|output)/version",
        here="absent",
    ),
    Expected(
        reason="Documents are shown without a version of their own, and configurations with all their members.",
        pointer=".*/(configuration/(mounts|output_workspaces|priority|settings)|(input|output)/(files|json))",
        there="absent",
    ),
    Expected(
        reason="What is not active, or is paused, has the time at which that came about: that of its last change, "
        "where the other system had none.",
        pointer=".*/(deprecated|paused)",
        there="null",
        here='".*"',
    ),
    Expected(
        reason="What is active has no time at which it was deprecated, and what is not paused no time of a pause.",
        pointer=".*/(deprecated|paused)",
        there='".*"',
        here="null",
    ),
    Expected(
        reason="Rows of names show more than those of v6: all that lists show of the latest version.",
        url="job-type-names/",
        pointer="/results/[0-9]+/(created|deprecated|docker_image|last_modified|max_scheduled|max_tries|paused|"
        "revision_num)",
        there="absent",
    ),
    Expected(
        reason="What a recipe type holds is derived from its definition. The other system keeps a list of its own, "
        "which lacks what its own recipe types hold.",
        pointer="(.*/)?(job_types|recipe_types|(sub|super)_recipe_types)/[0-9]+",
        there="absent",
    ),
    Expected(
        reason="The other system finds no version with a pre-release or build metadata.",
        url=r"job-types/[^/]+/[^/]*(-|%2B)[^/]*/",
        pointer="",
        there="absent",
    ),
    Expected(
        reason="An error that belongs to no job type counts as built in.",
        url="errors/.*",
        pointer=".*/is_builtin",
        there="false",
        here="true",
    ),
    Expected(
        reason="Credentials are stored encrypted, and shown to nobody.",
        url="workspaces/.*",
        pointer="/configuration/broker/credentials/.*",
        here=r'"\*+"',
    ),
    Expected(
        reason="Credentials that the other system did not show have to be entered here; import_scale lists them.",
        url="workspaces/.*",
        pointer="/configuration/broker/credentials/.*",
        there=r'"\*+"',
        here="absent",
    ),
    Expected(
        reason="Settings that a manifest does not declare are not kept, and those that it declares as secret are "
        "not shown.",
        about=About.UNDECLARED,
        here="absent",
    ),
    Expected(
        reason="Jobs that changed there after the last run of import_scale began come with the next one.",
        url="jobs/.*",
        about=About.NEWER,
    ),
    Expected(
        reason="Jobs show more than those of v6, such as their priority, and what ended a try.",
        url="jobs/.*",
        pointer=".*/(priority|exit_code|waiting|docker_image|event/description|error/(created|last_modified)|"
        "execution/(account|end|ended_by|exit_code|lease_expires|log_path|log_workspace|times_out))",
        there="absent",
    ),
    Expected(
        reason="A job was created by an event there. Here the event is that it was created.",
        url="jobs/.*",
        pointer=".*/event(/(id|type|occurred))?",
    ),
    Expected(
        reason="There is no cluster, and a try has no tasks here; nodes are known by their names, and tries may "
        "have other ids.",
        url="jobs/.*",
        pointer=".*/(node/id|execution/(id|cluster_id|created|timeout|input_file_size|output|"
        "(task_results|configuration)(/.*)?))",
    ),
    Expected(
        reason="Only what FAILED has an error.",
        url="jobs/.*",
        pointer=".*/error",
        there="an object",
        here="null",
    ),
    Expected(
        reason="A job that FAILED of no error that is known failed of `unknown` here.",
        url="jobs/.*",
        pointer=".*/error",
        there="null",
        here="an object",
    ),
    Expected(
        reason="What a job requires is what its manifest says; the other system shows what it allotted.",
        url="jobs/.*",
        pointer="(/execution)?/resources(/.*)?",
    ),
    Expected(
        reason="Neither files nor what is known of the source data of a job come.",
        url="jobs/.*",
        pointer=".*/(input_files|input_file_size|source_[a-z_]+)(/.*)?",
    ),
    Expected(
        reason="Neither recipe runs, batches and ingests come, nor which job superseded which.",
        url="jobs/.*",
        pointer=".*/(recipe|batch|ingest_event|is_superseded|superseded|superseded_job|superseded_by_job)",
        here="null|false",
    ),
    Expected(
        reason="What is over has the times at which it started, ended and changed: those of its last change, where "
        "the other system had none.",
        url="jobs/.*",
        pointer=".*/(ended|last_status_change|execution/started)",
        there="null",
        here='".*"',
    ),
    Expected(
        reason="A job is shown with what else its job type configures now.",
        url="jobs/.*",
        pointer="/configuration/(mounts|settings|output_workspaces)/.*",
        there="absent",
    ),
)


def reason_for(found: Difference) -> str | None:
    """Return why a difference is meant, or None if it is not."""
    return next((one.reason for one in EXPECTED if one.covers(found)), None)
