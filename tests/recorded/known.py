"""The differences between a live Scale 7 and this service that are meant, each with its reason."""

import re
from dataclasses import dataclass

from tests.recorded.shapes import Found


@dataclass(frozen=True)
class Difference:
    """Differences of one kind. ``requests`` and ``fields`` are regular expressions for all of a request and field.

    ``there`` and ``here`` are what the live system and this service have: a status, types, or anything by default.
    """

    requests: str
    fields: str
    reason: str
    there: str = ".*"
    here: str = ".*"

    def covers(self, found: Found) -> bool:
        """Say whether a difference is of this kind."""
        patterns = (self.requests, self.fields, self.there, self.here)
        return all(re.fullmatch(pattern, value) for pattern, value in zip(patterns, found, strict=True))


DIFFERENCES = [
    Difference(
        r"POST .* [0-9.]+[-+].*|GET /v6/job-types/[^/]+/[0-9.]+(-|%2B).*",
        "",
        "A version may have a pre-release or build metadata; the live system failed on it, and never found it",
        there="500|404",
        here="20[01]",
    ),
    Difference(
        "GET /v6/(batches|datasets|recipes|scans|strikes)/.*",
        "",
        "This service runs no recipes and no batches, and takes in no files by itself",
        here="404",
    ),
    Difference(
        "GET /v6/files/",
        "results/[*]/(uuid|sha256)",
        "Files have a universally unique id and a digest",
        there="absent",
    ),
    Difference(
        "GET /v6/files/",
        "results/[*]/source_started",
        "The times of sources are those of their data alone",
        there="string",
        here="null",
    ),
    Difference(
        "GET /v6/job-types/scale-(batch-creator|clock|daily-metrics|delete-files|ingest|move-files|scan|strike)/.*",
        ".*",
        "The system job types are those of each system: their versions, limits, manifests and revisions",
    ),
    Difference(
        "GET /v6/(job-types/[^/]+/[^/]+|recipe-types/[^/]+)/",
        "(job_types/[*]/)?manifest/.*/(required|multiple|partial|secret|mode|mediaTypes?|category)",
        "A manifest is shown as it was sent, not with the defaults of Seed filled in",
        here="absent",
    ),
    Difference(
        "GET /v6/(job-types|jobs|recipe-types)/.*",
        "(.*/)?docker_image_digest",
        "Job types and their revisions show the digest that their image was pinned to",
        there="absent",
    ),
    Difference(
        "GET /v6/(job-types|recipe-types)/.*",
        "(job_types/[*]/)?findings",
        "Job types and recipe types are marked with what the rules of today would refuse",
        there="absent",
    ),
    Difference(
        "GET .*",
        "(.*/)?(description|base_url)",
        "A text that nobody sent is empty, never null",
        there="null( or string)?",
        here="string",
    ),
    Difference(
        "GET /v6/(job-types|recipe-types|workspaces)/.*",
        "(.*/)?deprecated",
        "What is not active has the time at which that came about, also if it never was active",
        there="null",
        here="(null or )?string",
    ),
    Difference(
        "GET /v6/(job-type-names|recipe-types/[^/]+/revisions)/",
        "results/[*]/.*",
        "Rows have the fields that other lists show of the same things",
        there="absent",
    ),
    Difference(
        "GET /v6/jobs/.*",
        "(.*/)?(priority|exit_code|docker_image|created|last_modified|event/description|sharedMem|waiting)",
        "Jobs show more than they did",
        there="absent",
    ),
    Difference(
        "GET /v6/jobs/.*",
        "ended",
        "A canceled job has ended",
        there="null",
        here="string",
    ),
    Difference(
        "GET /v6/jobs/.*",
        "(execution/)?resources/resources/.*",
        "A job requires what its manifest says: nothing is added, and what it does not need is not named",
        there="number",
        here="absent",
    ),
    Difference(
        "GET /v6/jobs/.*",
        "(results/[*]/)?(execution/)?(input_files/.*|input_file_size|source_started)",
        "Files are numbers: this service does not know their names, sizes and times",
        here="absent|null",
    ),
    Difference(
        "GET /v6/jobs/.*",
        "(results/[*]/)?recipe",
        "There are no runs of recipes",
        here="null",
    ),
    Difference(
        "GET /v6/jobs/.*",
        "(results/[*]/|execution/)(account|end|ended_by|lease_expires|log_path|log_workspace|times_out)",
        "Tries show who claimed them, until when they may run, what ended them, and where their logs are",
        there="absent",
    ),
    Difference(
        "GET /v6/nodes/",
        "results/[*]/(account|description|labels|last_seen|resources|software_version)",
        "Nodes show more than they did",
        there="absent",
    ),
    Difference(
        "GET /v6/scheduler/",
        "",
        "There is a scheduler from the start; the live system had to be given one first",
        there="404",
        here="200",
    ),
    Difference(
        "GET /v6/jobs/.*",
        "(results/[*]/|execution/)cluster_id",
        "There is no cluster",
        here="null",
    ),
    Difference(
        "GET /v6/jobs/.*",
        "execution/(output|task_results)",
        "The output of a try is an object, never null",
        there="null",
        here="object",
    ),
]
