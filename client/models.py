"""The answers and bodies of the API as its document describes them: made by `make models`, not by hand."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from client.base import Model
from pydantic import AnyUrl, AwareDatetime, ConfigDict, Field, RootModel


class Choice(Model):
    """
    A job type that a plot can be of.
    """

    id: Annotated[int, Field(description="The unique identifier of the job type.")]
    name: Annotated[str, Field(description="The name of the job type, `job.name` of its manifest.")]
    version: Annotated[str, Field(description="The version of the job type, `job.jobVersion` of its manifest.")]
    title: Annotated[str, Field(description="The human readable display name, from the current manifest.")]
    icon_code: Annotated[
        str | None,
        Field(description="The Font Awesome code of the icon that stands for the job type; null if there is none."),
    ]


class ClaimBodyRequest(Model):
    """
    A node that asks for work.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    node: Annotated[str, Field(description="The name of the node.", max_length=255, min_length=1)]
    limit: Annotated[int, Field(description="How many jobs at most, from 1 to 100.", ge=1, le=100)]
    resources: Annotated[
        dict[str, Any] | None,
        Field(
            description="What the node has free, by name (cpus, mem, disk, gpus, …; mem and disk in MiB). The jobs that are handed out fit into it together. What is not named counts as 0. Without the field, jobs are handed out whatever they require."
        ),
    ] = None
    claim_id: Annotated[
        UUID | None,
        Field(
            description="A UUID that the client makes for this claim. Sent again with it, as when the answer was lost, the claim returns the same jobs while their leases last."
        ),
    ] = None
    is_system: Annotated[
        bool | None,
        Field(
            description="Only jobs of system job types (true), or only of others (false), as for a node that has nothing to run for the former; both without it."
        ),
    ] = None
    wait: Annotated[
        int | None,
        Field(
            description="For how many seconds, 30 at most, the answer may wait for a job while there is none. It may come sooner without one.",
            ge=0,
            le=30,
        ),
    ] = None


class Detail(Model):
    """
    What is known of a dependency.
    """

    msg: Annotated[str, Field(description="A sentence.")]


class Durations(Model):
    """
    How long jobs waited or ran, in seconds; null where none did.
    """

    mean: Annotated[float | None, Field(description="The mean, which is exact.")]
    p50: Annotated[float | None, Field(description="The median, less than √2 (1.42) times too long or too short.")]
    p95: Annotated[
        float | None, Field(description="What 95 of 100 did not exceed, less than √2 times too long or too short.")
    ]
    at_least: Annotated[
        float | None,
        Field(description="A limit below the shortest, less than √2 times below it; 0 below a second."),
    ]
    at_most: Annotated[
        float | None, Field(description="A limit above the longest, at most √2 times above it; null above 17 days.")
    ]


class Error(Model):
    """
    The body of an error.
    """

    detail: Annotated[str, Field(description="A sentence that a person can act on.")]


class Event(Model):
    """
    The event that made a job: somebody created it.
    """

    id: Annotated[int, Field(description="The identifier of the event, which is that of the job.")]
    type: Annotated[str, Field(description="USER: an account created it.")]
    occurred: Annotated[AwareDatetime, Field(description="When it was created.")]
    description: Annotated[
        dict[str, Any],
        Field(
            description="`user`: the name of the account, null if it is not known, and for readers without an account."
        ),
    ]


class Finding(Model):
    """
    One thing found in a document.
    """

    name: Annotated[str, Field(description="The kind of finding, in UPPER_SNAKE_CASE.")]
    description: Annotated[str, Field(description="A sentence: where, what is wrong, and what would be valid.")]
    path: Annotated[str, Field(description="A JSON Pointer to the place in the document; empty for its root.")]


class ImportBodyRequest(Model):
    """
    A Seed image to import from its registry: what a registration takes beside the manifest, which it has.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    image: Annotated[
        str,
        Field(
            description="The reference of the image, such as `registry.example.com/team/my-job-1.0.0-seed:1.0.0`.",
            max_length=500,
            min_length=1,
        ),
    ]
    icon_code: Annotated[
        str | None,
        Field(
            description="The Font Awesome code of the icon that stands for the job type; null if there is none.",
            max_length=20,
        ),
    ] = None
    is_published: Annotated[bool | None, Field(description="Whether the job type publishes its output.")] = None
    is_active: Annotated[
        bool | None, Field(description="Whether the job type is active; one that is not is deprecated.")
    ] = None
    is_paused: Annotated[
        bool | None,
        Field(description="Whether the job type is paused: while it is, none of its jobs leaves the queue."),
    ] = None
    max_scheduled: Annotated[
        int | None,
        Field(description="How many of its jobs may run at the same time; null for no limit.", ge=1, le=2147483647),
    ] = None
    configuration: Annotated[
        dict[str, Any] | None,
        Field(
            description="The job configuration, which replaces the old one whole; a secret that it does not name keeps its value, null removes it."
        ),
    ] = None
    auto_update: Annotated[
        bool | None, Field(description="Whether recipe types that contain the job type follow to its new revision.")
    ] = None
    dry_run: Annotated[
        bool | None, Field(description="Whether to answer what the validation answers, and to register nothing.")
    ] = None


class IngestStatus(Model):
    """
    What a process took in.
    """

    strike: Annotated[dict[str, Any], Field(description="The process.")]
    most_recent: Annotated[AwareDatetime, Field(description="When it last took in a file.")]
    files: Annotated[int, Field(description="The number of files.")]
    size: Annotated[int, Field(description="Their size, in bytes.")]
    values: Annotated[list[dict[str, Any]], Field(description="The files and their size, by hour.")]


class InputFile(Model):
    """
    A file that a job reads.
    """

    id: Annotated[int, Field(description="The unique identifier of the file.")]
    file_name: Annotated[str, Field(description="The name of the file, without folders.", max_length=250)]
    media_type: Annotated[
        str, Field(description="Its media type, such as `image/tiff`; empty if it is not known.", max_length=250)
    ]
    file_size: Annotated[
        int, Field(description="Its size in bytes.", ge=-9223372036854775808, le=9223372036854775807)
    ]
    sha256: Annotated[
        str,
        Field(
            description="The SHA-256 digest of what it holds, in hexadecimal; empty if it is not known.",
            max_length=64,
        ),
    ]
    workspace: Annotated[str, Field(description="The name of the workspace where it lies.")]
    file_path: Annotated[str, Field(description="Its path from the root of the workspace.", max_length=1000)]
    is_deleted: Annotated[bool, Field(description="Whether it is gone from the workspace.")]


class InvalidRequest(Model):
    """
    The body of a 400. It holds findings on unknown query parameters, and on a request body that is JSON.
    """

    detail: Annotated[str, Field(description="A sentence that a person can act on.")]
    is_valid: Annotated[bool | None, Field(description="Always false.")] = None
    errors: Annotated[list[Finding] | None, Field(description="All faults.")] = None
    warnings: Annotated[
        list[Finding] | None, Field(description="Findings that are worth knowing but are not faults.")
    ] = None


class JobError(Model):
    """
    An error, whole.
    """

    id: Annotated[int, Field(description="The unique identifier of the error.")]
    name: Annotated[
        str, Field(description="The name, unique among the errors of its job type name.", max_length=255)
    ]
    title: Annotated[str | None, Field(description="The human readable name.")] = None
    description: Annotated[str | None, Field(description="What the error means.")] = None
    job_type_name: Annotated[
        str | None,
        Field(description="The job type name that declares it; null for a built-in error.", max_length=50),
    ] = None
    category: Annotated[
        str,
        Field(
            description="Where the cause lies: SYSTEM, ALGORITHM or DATA.\n\n* `SYSTEM` - System\n* `ALGORITHM` - Algorithm\n* `DATA` - Data"
        ),
    ]
    is_builtin: Annotated[bool | None, Field(description="Whether the error is part of the service.")] = None
    should_be_retried: Annotated[
        bool | None, Field(description="Whether a job that failed with it may be tried again without any change.")
    ] = None
    created: Annotated[AwareDatetime, Field(description="When the error became known.")]
    last_modified: Annotated[AwareDatetime, Field(description="When it last changed.")]


class JobOfFile(Model):
    """
    The job that made a file.
    """

    id: Annotated[int, Field(description="The unique identifier of the job.")]


class JobType(Model):
    """
    A job type in a list.
    """

    id: Annotated[int, Field(description="The unique identifier of the job type.")]
    name: Annotated[str, Field(description="The name of the job type, `job.name` of its manifest.", max_length=50)]
    version: Annotated[
        str, Field(description="The version of the job type, `job.jobVersion` of its manifest.", max_length=50)
    ]
    title: Annotated[str, Field(description="The human readable display name, from the current manifest.")]
    description: Annotated[str, Field(description="A longer description, from the current manifest.")]
    is_active: Annotated[
        bool | None, Field(description="Whether the job type is active; one that is not is deprecated.")
    ] = None
    is_paused: Annotated[
        bool | None,
        Field(description="Whether the job type is paused: while it is, none of its jobs leaves the queue."),
    ] = None
    is_published: Annotated[bool | None, Field(description="Whether the job type publishes its output.")] = None
    is_system: Annotated[bool | None, Field(description="Whether the job type is part of the system itself.")] = (
        None
    )
    icon_code: Annotated[
        str | None,
        Field(
            description="The Font Awesome code of the icon that stands for the job type; null if there is none.",
            max_length=20,
        ),
    ] = None
    unmet_resources: Annotated[
        str | None,
        Field(description="The resources it requires that no node offers, comma-separated; null if none is unmet."),
    ] = None
    max_scheduled: Annotated[
        int | None,
        Field(
            description="How many of its jobs may run at the same time; null for no limit.",
            ge=0,
            le=9223372036854775807,
        ),
    ] = None
    max_tries: Annotated[
        int | None, Field(description="How often a job is tried.", ge=0, le=9223372036854775807)
    ] = None
    revision_num: Annotated[
        int | None,
        Field(
            description="The number of the current revision, which is how many there are.",
            ge=0,
            le=9223372036854775807,
        ),
    ] = None
    docker_image: Annotated[str, Field(description="The Docker image that holds the algorithm.", max_length=500)]
    created: Annotated[AwareDatetime, Field(description="When the job type was registered.")]
    deprecated: Annotated[
        AwareDatetime | None, Field(description="When it was deprecated; null while it is active.")
    ] = None
    paused: Annotated[AwareDatetime | None, Field(description="When it was paused; null while it is not.")] = None
    last_modified: Annotated[AwareDatetime, Field(description="When it last changed.")]


class JobTypeBrief(Model):
    """
    A job type as other answers name it.
    """

    id: Annotated[int, Field(description="The unique identifier of the job type.")]
    name: Annotated[str, Field(description="The name of the job type, `job.name` of its manifest.", max_length=50)]
    version: Annotated[
        str, Field(description="The version of the job type, `job.jobVersion` of its manifest.", max_length=50)
    ]
    title: Annotated[str, Field(description="The human readable display name, from the current manifest.")]
    description: Annotated[str, Field(description="A longer description, from the current manifest.")]
    is_active: Annotated[
        bool | None, Field(description="Whether the job type is active; one that is not is deprecated.")
    ] = None
    is_paused: Annotated[
        bool | None,
        Field(description="Whether the job type is paused: while it is, none of its jobs leaves the queue."),
    ] = None
    is_published: Annotated[bool | None, Field(description="Whether the job type publishes its output.")] = None
    is_system: Annotated[bool | None, Field(description="Whether the job type is part of the system itself.")] = (
        None
    )
    icon_code: Annotated[
        str | None,
        Field(
            description="The Font Awesome code of the icon that stands for the job type; null if there is none.",
            max_length=20,
        ),
    ] = None
    unmet_resources: Annotated[
        str | None,
        Field(description="The resources it requires that no node offers, comma-separated; null if none is unmet."),
    ] = None


class JobTypeFailures(Model):
    """
    The jobs of a job type that failed of one error of category SYSTEM.
    """

    job_type: Annotated[JobTypeBrief, Field(description="The job type.")]
    error: Annotated[JobError, Field(description="The error, of category SYSTEM.")]
    count: Annotated[int, Field(description="How many of its jobs are FAILED of it.")]
    first_error: Annotated[AwareDatetime, Field(description="When the first of them failed.")]
    last_error: Annotated[AwareDatetime, Field(description="When the last of them failed.")]


class JobTypeKey(Model):
    """
    The name and version of a job type.
    """

    name: Annotated[str, Field(description="The name of the job type, `job.name` of its manifest.", max_length=50)]
    version: Annotated[
        str, Field(description="The version of the job type, `job.jobVersion` of its manifest.", max_length=50)
    ]


class JobTypeKeyBodyRequest(Model):
    """
    A job type, by its name and version.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    name: Annotated[
        str,
        Field(description="The name of the job type, `job.name` of its manifest.", max_length=10000, min_length=1),
    ]
    version: Annotated[
        str,
        Field(
            description="The version of the job type, `job.jobVersion` of its manifest.",
            max_length=10000,
            min_length=1,
        ),
    ]


class JobTypeName(Model):
    """
    A name: all its versions, and beside them what its latest version shows.
    """

    name: Annotated[str, Field(description="The name of the job type, `job.name` of its manifest.", max_length=50)]
    title: Annotated[str, Field(description="The human readable display name, from the current manifest.")]
    description: Annotated[str, Field(description="A longer description, from the current manifest.")]
    is_active: Annotated[
        bool | None, Field(description="Whether the job type is active; one that is not is deprecated.")
    ] = None
    is_paused: Annotated[
        bool | None,
        Field(description="Whether the job type is paused: while it is, none of its jobs leaves the queue."),
    ] = None
    is_published: Annotated[bool | None, Field(description="Whether the job type publishes its output.")] = None
    is_system: Annotated[bool | None, Field(description="Whether the job type is part of the system itself.")] = (
        None
    )
    icon_code: Annotated[
        str | None,
        Field(
            description="The Font Awesome code of the icon that stands for the job type; null if there is none.",
            max_length=20,
        ),
    ] = None
    unmet_resources: Annotated[
        str | None,
        Field(description="The resources it requires that no node offers, comma-separated; null if none is unmet."),
    ] = None
    max_scheduled: Annotated[
        int | None,
        Field(
            description="How many of its jobs may run at the same time; null for no limit.",
            ge=0,
            le=9223372036854775807,
        ),
    ] = None
    max_tries: Annotated[
        int | None, Field(description="How often a job is tried.", ge=0, le=9223372036854775807)
    ] = None
    revision_num: Annotated[
        int | None,
        Field(
            description="The number of the current revision, which is how many there are.",
            ge=0,
            le=9223372036854775807,
        ),
    ] = None
    docker_image: Annotated[str, Field(description="The Docker image that holds the algorithm.", max_length=500)]
    created: Annotated[AwareDatetime, Field(description="When the job type was registered.")]
    deprecated: Annotated[
        AwareDatetime | None, Field(description="When it was deprecated; null while it is active.")
    ] = None
    paused: Annotated[AwareDatetime | None, Field(description="When it was paused; null while it is not.")] = None
    last_modified: Annotated[AwareDatetime, Field(description="When it last changed.")]
    versions: Annotated[list[str], Field(description="All versions of this name, ascending.")]
    latest_version: Annotated[
        str, Field(description="The version of highest semantic-version precedence, active or not.")
    ]


class JobTypeOfFile(Model):
    """
    The job type of the job that made a file, as it is now.
    """

    id: Annotated[int, Field(description="The unique identifier of the job type.")]
    name: Annotated[str, Field(description="Its name.")]
    version: Annotated[str, Field(description="Its version.")]
    title: Annotated[str, Field(description="Its title.")]
    description: Annotated[str, Field(description="What it does.")]
    is_active: Annotated[bool, Field(description="Whether it takes jobs; if not, it is deprecated.")]
    is_paused: Annotated[bool, Field(description="Whether its jobs wait.")]
    is_published: Annotated[bool, Field(description="Whether its outputs are published.")]
    is_system: Annotated[bool, Field(description="Whether it belongs to Scale itself.")]
    icon_code: Annotated[str | None, Field(description="The code of its icon; null for none.")]
    unmet_resources: Annotated[
        str | None, Field(description="What its queued jobs require and no node has; null if it is nothing.")
    ]


class JobTypePending(Model):
    """
    The jobs of a job type that wait.
    """

    job_type: Annotated[JobTypeBrief, Field(description="The job type.")]
    count: Annotated[int, Field(description="How many of its jobs are PENDING, or in the statuses asked for.")]
    longest_pending: Annotated[
        AwareDatetime,
        Field(
            description="When the one that waits longest was queued or, if it never was, last changed its status."
        ),
    ]


class JobTypeRevision(Model):
    """
    A revision in a list.
    """

    id: Annotated[int, Field(description="The unique identifier of the revision.")]
    job_type: Annotated[JobTypeBrief, Field(description="The job type, as it is now.")]
    revision_num: Annotated[
        int, Field(description="The number of the revision, from 1.", ge=0, le=9223372036854775807)
    ]
    docker_image: Annotated[str, Field(description="The Docker image as it was then.", max_length=500)]
    created: Annotated[AwareDatetime, Field(description="When the revision was made.")]


class JobTypeRevisionDetails(Model):
    """
    A whole revision.
    """

    id: Annotated[int, Field(description="The unique identifier of the revision.")]
    job_type: Annotated[JobTypeBrief, Field(description="The job type, as it is now.")]
    revision_num: Annotated[
        int, Field(description="The number of the revision, from 1.", ge=0, le=9223372036854775807)
    ]
    docker_image: Annotated[str, Field(description="The Docker image as it was then.", max_length=500)]
    created: Annotated[AwareDatetime, Field(description="When the revision was made.")]
    docker_image_digest: Annotated[
        str | None,
        Field(
            description="The digest of the image, which jobs run whatever its tag means now; null if it is not known."
        ),
    ]
    manifest: Annotated[dict[str, Any], Field(description="The Seed manifest as it was then.")]


class JobTypeRunning(Model):
    """
    The jobs of a job type that run.
    """

    job_type: Annotated[JobTypeBrief, Field(description="The job type.")]
    count: Annotated[int, Field(description="How many of its jobs are RUNNING.")]
    longest_running: Annotated[AwareDatetime, Field(description="When the one that runs longest started.")]


class Load(Model):
    """
    How many jobs waited and ran at a moment.
    """

    time: Annotated[AwareDatetime, Field(description="When the jobs were counted: a full minute.")]
    pending_count: Annotated[int, Field(description="How many jobs were PENDING.")]
    queued_count: Annotated[int, Field(description="How many jobs were QUEUED.")]
    running_count: Annotated[int, Field(description="How many jobs were RUNNING.")]


class LogBodyRequest(Model):
    """
    The ends of the logs of a try.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    stdout: Annotated[str | None, Field(description="The end of its standard output.")] = None
    stderr: Annotated[str | None, Field(description="The end of its standard error.")] = None


class MemberRecipeType(Model):
    """
    A recipe type, as the job types that are members of it show it.
    """

    id: Annotated[int, Field(description="The unique identifier of the recipe type.")]
    name: Annotated[str, Field(description="The name of the recipe type, which never changes.", max_length=50)]
    title: Annotated[str, Field(description="The human readable display name.")]
    description: Annotated[str, Field(description="A longer description.")]
    is_active: Annotated[
        bool, Field(description="Whether the recipe type is active; one that is not is deprecated.")
    ]
    is_system: Annotated[bool, Field(description="Whether the recipe type is part of the system itself.")]
    revision_num: Annotated[
        int, Field(description="The number of the current revision.", ge=0, le=9223372036854775807)
    ]
    created: Annotated[AwareDatetime, Field(description="When the recipe type was registered.")]
    deprecated: Annotated[
        AwareDatetime | None, Field(description="When it was deprecated; null while it is active.")
    ]
    last_modified: Annotated[AwareDatetime, Field(description="When it last changed.")]


class NewFileBodyRequest(Model):
    """
    A file that lies in a workspace.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    media_type: Annotated[
        str | None,
        Field(description="Its media type, such as `image/tiff`; empty if it is not known.", max_length=250),
    ] = None
    data_started: Annotated[
        AwareDatetime | None, Field(description="When what it shows began; null if unknown.")
    ] = None
    data_ended: Annotated[AwareDatetime | None, Field(description="When what it shows ended; null if unknown.")] = (
        None
    )
    meta_data: Annotated[
        dict[str, Any] | None, Field(description="What is known of what it holds, such as GeoJSON properties.")
    ] = None
    workspace: Annotated[
        str, Field(description="The name of the workspace that it lies in.", max_length=50, min_length=1)
    ]
    file_path: Annotated[
        str,
        Field(
            description="Its path from the root of the workspace. Such as `in/scene.tif`: relative, no part of it is empty, `.` or `..`.",
            max_length=1000,
            min_length=1,
        ),
    ]
    file_name: Annotated[
        str | None,
        Field(description="Its name; by default the last part of its path.", max_length=10000, min_length=1),
    ] = None
    file_size: Annotated[int, Field(description="Its size in bytes.", ge=0, le=9223372036854775807)]
    sha256: Annotated[
        str | None,
        Field(
            description="The SHA-256 digest of what it holds, in hexadecimal.",
            max_length=10000,
            min_length=1,
            pattern="^[0-9a-fA-F]{64}$",
        ),
    ] = None
    uuid: Annotated[UUID | None, Field(description="Its universally unique id; by default one is made.")] = None


class NextClaimBodyRequest(Model):
    """
    A node that asks for work while it reports what became of other work.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    node: Annotated[str, Field(description="The name of the node.", max_length=255, min_length=1)]
    limit: Annotated[int, Field(description="How many jobs at most, from 1 to 100.", ge=1, le=100)]
    resources: Annotated[
        dict[str, Any] | None,
        Field(
            description="What the node has free, by name (cpus, mem, disk, gpus, …; mem and disk in MiB). The jobs that are handed out fit into it together. What is not named counts as 0. Without the field, jobs are handed out whatever they require."
        ),
    ] = None
    claim_id: Annotated[
        UUID,
        Field(description="A UUID that the client makes for this claim, and sends again with it, as in any claim."),
    ]
    is_system: Annotated[
        bool | None,
        Field(
            description="Only jobs of system job types (true), or only of others (false), as for a node that has nothing to run for the former; both without it."
        ),
    ] = None


class Node(Model):
    """
    A node in a list.
    """

    id: Annotated[int, Field(description="The unique identifier of the node.")]
    hostname: Annotated[str, Field(description="The name of the node, as it claims.")]
    description: Annotated[str | None, Field(description="What an operator says about it.")] = None
    pause_reason: Annotated[
        str | None, Field(description="Why it is paused, as the operator said; null if nothing was.")
    ] = None
    is_paused: Annotated[bool | None, Field(description="Whether it is paused: while it is, it gets no jobs.")] = (
        None
    )
    is_active: Annotated[
        bool | None,
        Field(description="Whether the node is active; one that is not is deprecated, and gets no jobs."),
    ] = None
    deprecated: Annotated[
        AwareDatetime | None, Field(description="When it was deprecated; null while it is active.")
    ] = None
    created: Annotated[AwareDatetime, Field(description="When it first claimed.")]
    last_modified: Annotated[AwareDatetime, Field(description="When an operator last changed it.")]
    software_version: Annotated[
        str | None, Field(description="The version of the program that claims for it, as it says.")
    ] = None
    labels: Annotated[dict[str, Any], Field(description="What it says about itself, name -> text.")]
    last_seen: Annotated[
        AwareDatetime, Field(description="When it last claimed, or sent a heartbeat, to the minute.")
    ]
    account: Annotated[
        str | None,
        Field(
            description="The name of the account that claims for it; null while none has, and for readers without an account."
        ),
    ]
    resources: Annotated[
        dict[str, Any] | None,
        Field(
            description="What it has of each resource, by name in lower case: what it last offered as free, and what the jobs that ran on it then require. Null when it named no resources."
        ),
    ]


class NodeBrief(Model):
    """
    A node, as jobs show it.
    """

    id: Annotated[
        int | None, Field(description="The unique identifier of the node; null if it never claimed a job.")
    ]
    hostname: Annotated[str, Field(description="The name of the node, as it claims.")]


class OpenWorkspace(Model):
    """
    What it takes to read and write the files of a workspace.
    """

    broker: Annotated[
        dict[str, Any] | None,
        Field(description="The broker of its files, with the credentials in clear; null if it has none."),
    ]
    is_active: Annotated[
        bool, Field(description="Whether outputs should go there; a workspace that is not active is deprecated.")
    ]


class PaginatedIngestStatusList(Model):
    count: Annotated[int, Field(description="The number of results on all pages.", examples=[1])]
    next: Annotated[
        AnyUrl | None, Field(description="The URL of the next page; null on the last one.", examples=[None])
    ]
    previous: Annotated[
        AnyUrl | None, Field(description="The URL of the page before; null on the first one.", examples=[None])
    ]
    results: list[IngestStatus]


class PaginatedJobErrorList(Model):
    count: Annotated[int, Field(description="The number of results on all pages.", examples=[1])]
    next: Annotated[
        AnyUrl | None, Field(description="The URL of the next page; null on the last one.", examples=[None])
    ]
    previous: Annotated[
        AnyUrl | None, Field(description="The URL of the page before; null on the first one.", examples=[None])
    ]
    results: list[JobError]


class PaginatedJobTypeFailuresList(Model):
    count: Annotated[int, Field(description="The number of results on all pages.", examples=[1])]
    next: Annotated[
        AnyUrl | None, Field(description="The URL of the next page; null on the last one.", examples=[None])
    ]
    previous: Annotated[
        AnyUrl | None, Field(description="The URL of the page before; null on the first one.", examples=[None])
    ]
    results: list[JobTypeFailures]


class PaginatedJobTypeList(Model):
    count: Annotated[int, Field(description="The number of results on all pages.", examples=[1])]
    next: Annotated[
        AnyUrl | None, Field(description="The URL of the next page; null on the last one.", examples=[None])
    ]
    previous: Annotated[
        AnyUrl | None, Field(description="The URL of the page before; null on the first one.", examples=[None])
    ]
    results: list[JobType]


class PaginatedJobTypeNameList(Model):
    count: Annotated[int, Field(description="The number of results on all pages.", examples=[1])]
    next: Annotated[
        AnyUrl | None, Field(description="The URL of the next page; null on the last one.", examples=[None])
    ]
    previous: Annotated[
        AnyUrl | None, Field(description="The URL of the page before; null on the first one.", examples=[None])
    ]
    results: list[JobTypeName]


class PaginatedJobTypePendingList(Model):
    count: Annotated[int, Field(description="The number of results on all pages.", examples=[1])]
    next: Annotated[
        AnyUrl | None, Field(description="The URL of the next page; null on the last one.", examples=[None])
    ]
    previous: Annotated[
        AnyUrl | None, Field(description="The URL of the page before; null on the first one.", examples=[None])
    ]
    results: list[JobTypePending]


class PaginatedJobTypeRevisionList(Model):
    count: Annotated[int, Field(description="The number of results on all pages.", examples=[1])]
    next: Annotated[
        AnyUrl | None, Field(description="The URL of the next page; null on the last one.", examples=[None])
    ]
    previous: Annotated[
        AnyUrl | None, Field(description="The URL of the page before; null on the first one.", examples=[None])
    ]
    results: list[JobTypeRevision]


class PaginatedJobTypeRunningList(Model):
    count: Annotated[int, Field(description="The number of results on all pages.", examples=[1])]
    next: Annotated[
        AnyUrl | None, Field(description="The URL of the next page; null on the last one.", examples=[None])
    ]
    previous: Annotated[
        AnyUrl | None, Field(description="The URL of the page before; null on the first one.", examples=[None])
    ]
    results: list[JobTypeRunning]


class PaginatedLoadList(Model):
    count: Annotated[int, Field(description="The number of results on all pages.", examples=[1])]
    next: Annotated[
        AnyUrl | None, Field(description="The URL of the next page; null on the last one.", examples=[None])
    ]
    previous: Annotated[
        AnyUrl | None, Field(description="The URL of the page before; null on the first one.", examples=[None])
    ]
    results: list[Load]


class PaginatedNodeList(Model):
    count: Annotated[int, Field(description="The number of results on all pages.", examples=[1])]
    next: Annotated[
        AnyUrl | None, Field(description="The URL of the next page; null on the last one.", examples=[None])
    ]
    previous: Annotated[
        AnyUrl | None, Field(description="The URL of the page before; null on the first one.", examples=[None])
    ]
    results: list[Node]


class PatchedEditBodyRequest(Model):
    """
    The changes to a job type. What else the service showed of it may come along, as it was shown.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    icon_code: Annotated[
        str | None,
        Field(
            description="The Font Awesome code of the icon that stands for the job type; null if there is none.",
            max_length=20,
        ),
    ] = None
    is_published: Annotated[bool | None, Field(description="Whether the job type publishes its output.")] = None
    is_active: Annotated[
        bool | None, Field(description="Whether the job type is active; one that is not is deprecated.")
    ] = None
    is_paused: Annotated[
        bool | None,
        Field(description="Whether the job type is paused: while it is, none of its jobs leaves the queue."),
    ] = None
    max_scheduled: Annotated[
        int | None,
        Field(description="How many of its jobs may run at the same time; null for no limit.", ge=1, le=2147483647),
    ] = None
    docker_image: Annotated[
        str | None, Field(description="The Docker image that holds the algorithm.", max_length=500, min_length=1)
    ] = None
    configuration: Annotated[
        dict[str, Any] | None,
        Field(
            description="The job configuration, which replaces the old one whole; a secret that it does not name keeps its value, null removes it."
        ),
    ] = None
    manifest: Annotated[
        dict[str, Any] | str | None,
        Field(description="The Seed manifest: a JSON object, or a string that holds one, as a Docker label does."),
    ] = None
    auto_update: Annotated[
        bool | None, Field(description="Whether recipe types that contain the job type follow to its new revision.")
    ] = None
    id: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = None
    name: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = (
        None
    )
    version: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    title: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = (
        None
    )
    description: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    is_system: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    unmet_resources: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    max_tries: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    revision_num: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    created: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    deprecated: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    paused: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = (
        None
    )
    last_modified: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    docker_image_digest: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    findings: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    recipe_types: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    warnings: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None


class PatchedFileBodyRequest(Model):
    """
    What can be changed of a file. What else the service shows of it may come along.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    media_type: Annotated[
        str | None,
        Field(description="Its media type, such as `image/tiff`; empty if it is not known.", max_length=250),
    ] = None
    data_started: Annotated[
        AwareDatetime | None, Field(description="When what it shows began; null if unknown.")
    ] = None
    data_ended: Annotated[AwareDatetime | None, Field(description="When what it shows ended; null if unknown.")] = (
        None
    )
    meta_data: Annotated[
        dict[str, Any] | None, Field(description="What is known of what it holds, such as GeoJSON properties.")
    ] = None
    is_deleted: Annotated[bool | None, Field(description="Whether it is gone from the workspace.")] = None
    id: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = None
    uuid: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = (
        None
    )
    file_name: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    workspace: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    data_type_tags: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    file_type: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    file_size: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    sha256: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = (
        None
    )
    file_path: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    url: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = None
    created: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    deleted: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    source_started: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    source_ended: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    source_sensor_class: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    source_sensor: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    source_collection: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    source_task: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    last_modified: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    geometry: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    center_point: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    countries: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    job_type: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    job: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = None
    job_exe: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    job_output: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    recipe_type: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    recipe: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = (
        None
    )
    recipe_node: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    batch: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = (
        None
    )
    is_superseded: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    superseded: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    warnings: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None


class PatchedNodeBodyRequest(Model):
    """
    What an operator changes of a node. What else the service shows of it may come along.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    description: Annotated[str | None, Field(description="What an operator says about it.", max_length=10000)] = (
        None
    )
    pause_reason: Annotated[
        str | None,
        Field(description="Why it is paused; null once it no longer is, whatever is sent.", max_length=10000),
    ] = None
    is_paused: Annotated[bool | None, Field(description="Whether it is paused: while it is, it gets no jobs.")] = (
        None
    )
    is_active: Annotated[
        bool | None,
        Field(description="Whether the node is active; one that is not is deprecated, and gets no jobs."),
    ] = None
    id: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = None
    hostname: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    deprecated: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    created: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    last_modified: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    software_version: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    labels: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = (
        None
    )
    last_seen: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    account: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    resources: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    running: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None


class PatchedRecipeTypeEditBodyRequest(Model):
    """
    The changes to a recipe type.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    title: Annotated[str | None, Field(description="The human readable display name.", max_length=10000)] = None
    description: Annotated[str | None, Field(description="A longer description.", max_length=10000)] = None
    definition: Annotated[
        dict[str, Any] | None,
        Field(
            description="The definition: its inputs, and its nodes, what each depends on and what feeds its inputs."
        ),
    ] = None
    is_active: Annotated[
        bool | None, Field(description="Whether the recipe type is active; one that is not is deprecated.")
    ] = None
    auto_update: Annotated[
        bool | None, Field(description="Whether recipe types that contain it follow to its new revision.")
    ] = None
    id: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = None
    name: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = (
        None
    )
    is_system: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    revision_num: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    created: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    deprecated: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    last_modified: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    findings: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    job_types: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    sub_recipe_types: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    super_recipe_types: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    warnings: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None


class PatchedSchedulerBodyRequest(Model):
    """
    What an operator changes of the scheduler.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    is_paused: Annotated[
        bool | None, Field(description="Whether the scheduler is paused: while it is, nothing is handed out.")
    ] = None


class PatchedWorkspaceEditBodyRequest(Model):
    """
    The fields of a workspace that can be changed. What else the service shows of it may come along.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    title: Annotated[str | None, Field(description="The human readable name.", max_length=200)] = None
    description: Annotated[str | None, Field(description="What the workspace is for.", max_length=2000)] = None
    base_url: Annotated[
        str | None,
        Field(description="The URL under which its files can be read; empty when there is none.", max_length=2000),
    ] = None
    is_active: Annotated[
        bool | None,
        Field(description="Whether outputs should go there; a workspace that is not active is deprecated."),
    ] = None
    configuration: Annotated[
        dict[str, Any] | None,
        Field(
            description="The broker, which replaces the old one whole. Asterisks for a credential keep its value."
        ),
    ] = None
    id: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = None
    name: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = (
        None
    )
    created: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    deprecated: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    last_modified: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    warnings: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None


class PlotColumn(Model):
    """
    A column of a plot.
    """

    name: Annotated[str, Field(description="Its name, for the parameter `column`.")]
    title: Annotated[str, Field(description="Its name for people.")]
    description: Annotated[str, Field(description="What it shows.")]
    units: Annotated[str, Field(description="What its values count or measure.")]
    group: Annotated[str, Field(description="The name of its group.")]
    aggregate: Annotated[str, Field(description="How the values of several job types are put together.")]


class PlotFilter(Model):
    """
    What a choice is shown by.
    """

    param: Annotated[str, Field(description="The name of a member of each choice.")]
    type: Annotated[str, Field(description="Its type.")]


class PlotGroup(Model):
    """
    A group of columns.
    """

    name: Annotated[str, Field(description="Its name, for the parameter `group`.")]
    title: Annotated[str, Field(description="Its name for people.")]
    description: Annotated[str, Field(description="What its columns show.")]


class PlotType(Model):
    """
    What there is to plot of job types.
    """

    name: Annotated[str, Field(description="The name, `job-types`.")]
    title: Annotated[str, Field(description="The name for people.")]
    description: Annotated[str, Field(description="What it is about.")]
    filters: Annotated[list[PlotFilter], Field(description="What choices can be filtered by.")]
    groups: Annotated[list[PlotGroup], Field(description="The groups of columns.")]
    columns: Annotated[list[PlotColumn], Field(description="The columns.")]
    choices: Annotated[list[Choice], Field(description="All job types, by name and version.")]


class PlotValueOfChoice(Model):
    """
    A value of an hour or a day, of one job type if ``choice_id`` was sent.
    """

    datetime: Annotated[AwareDatetime, Field(description="When the hour or the day begins.")]
    value: Annotated[int, Field(description="How many jobs, more than zero.")]
    id: Annotated[int | None, Field(description="The job type, if `choice_id` was sent.")] = None


class ProductBodyRequest(Model):
    """
    A file that a try left in a workspace.

    Here the types of values are checked alone. What is wrong with a value is a refusal of the change, as other
    changes of the request go on.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    output: Annotated[str, Field(description="The output of the manifest that it is of.", max_length=10000)]
    workspace: Annotated[
        str, Field(description="The name of the workspace that its output goes to.", max_length=10000)
    ]
    file_path: Annotated[
        str,
        Field(
            description="Its path from the root of the workspace, below `product_path` of the claim.",
            max_length=10000,
        ),
    ]
    file_name: Annotated[
        str | None, Field(description="Its name; by default the last part of its path.", max_length=10000)
    ] = None
    file_size: Annotated[int, Field(description="Its size in bytes.")]
    sha256: Annotated[
        str, Field(description="The SHA-256 digest of what it holds, in hexadecimal.", max_length=10000)
    ]
    media_type: Annotated[
        str | None,
        Field(description="Its media type; by default what the manifest says of its output.", max_length=10000),
    ] = None
    uuid: Annotated[UUID | None, Field(description="Its universally unique id; by default one is made.")] = None
    meta_data: Annotated[
        dict[str, Any] | None, Field(description="What is known of what it holds, such as GeoJSON properties.")
    ] = None
    data_started: Annotated[
        AwareDatetime | None, Field(description="When what it shows began; null if unknown.")
    ] = None
    data_ended: Annotated[AwareDatetime | None, Field(description="When what it shows ended; null if unknown.")] = (
        None
    )


class Profile(Model):
    """
    What an account sees of itself.
    """

    id: Annotated[int, Field(description="The unique identifier of the account.")]
    username: Annotated[str, Field(description="The name that it logs in with.")]
    first_name: Annotated[str, Field(description="The first name; the username where there is none.")]
    last_name: Annotated[str, Field(description="The last name; may be empty.")]
    email: Annotated[str, Field(description="The e-mail address; may be empty.")]
    is_staff: Annotated[bool, Field(description="Whether it may use the admin and has the rights of Operators.")]
    is_superuser: Annotated[bool, Field(description="Whether it may do everything.")]


class Queue(Model):
    """
    The queue at the latest sample of the load; all null if there is none of the last five minutes.
    """

    time: Annotated[AwareDatetime | None, Field(description="When the sample was taken.")]
    queued_count: Annotated[int | None, Field(description="How many jobs were QUEUED.")]
    change_per_hour: Annotated[
        float | None,
        Field(description="How many more they became per hour, during the hour before; negative for fewer."),
    ]
    empty_in: Annotated[
        float | None,
        Field(
            description="In how many seconds the queue is empty if that goes on; null while it does not become shorter."
        ),
    ]


class QueueStatus(Model):
    """
    The jobs of a job type that are in the queue.
    """

    job_type: Annotated[JobTypeBrief, Field(description="The job type.")]
    count: Annotated[int, Field(description="How many of its jobs are QUEUED.")]
    longest_queued: Annotated[AwareDatetime, Field(description="When the one that is queued longest was queued.")]
    highest_priority: Annotated[
        int, Field(description="The priority of the one that comes first: the lowest number.")
    ]


class RecipeType(Model):
    """
    A recipe type in a list.
    """

    id: Annotated[int, Field(description="The unique identifier of the recipe type.")]
    name: Annotated[str, Field(description="The name of the recipe type, which never changes.", max_length=50)]
    title: Annotated[str, Field(description="The human readable display name.")]
    description: Annotated[str, Field(description="A longer description.")]
    is_active: Annotated[
        bool, Field(description="Whether the recipe type is active; one that is not is deprecated.")
    ]
    is_system: Annotated[bool, Field(description="Whether the recipe type is part of the system itself.")]
    revision_num: Annotated[
        int, Field(description="The number of the current revision.", ge=0, le=9223372036854775807)
    ]
    created: Annotated[AwareDatetime, Field(description="When the recipe type was registered.")]
    deprecated: Annotated[
        AwareDatetime | None, Field(description="When it was deprecated; null while it is active.")
    ]
    last_modified: Annotated[AwareDatetime, Field(description="When it last changed.")]
    job_types: Annotated[list[JobTypeKey], Field(description="The job types that its nodes run, as they are now.")]
    sub_recipe_types: Annotated[
        list[str], Field(description="The names of the recipe types that its nodes run, as they are now.")
    ]


class RecipeTypeRegistrationBodyRequest(Model):
    """
    A recipe type to register, or to validate.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    title: Annotated[str | None, Field(description="The human readable display name.", max_length=10000)] = None
    description: Annotated[str | None, Field(description="A longer description.", max_length=10000)] = None
    definition: Annotated[
        dict[str, Any],
        Field(
            description="The definition: its inputs, and its nodes, what each depends on and what feeds its inputs."
        ),
    ]
    is_active: Annotated[
        bool | None, Field(description="Whether the recipe type is active; one that is not is deprecated.")
    ] = None
    auto_update: Annotated[
        bool | None, Field(description="Whether recipe types that contain it follow to its new revision.")
    ] = None
    name: Annotated[
        str | None,
        Field(
            description="The name of the recipe type, which never changes. It is made of the title where it is absent.",
            max_length=50,
            min_length=1,
        ),
    ] = None
    id: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = None
    is_system: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    revision_num: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    created: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    deprecated: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    last_modified: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    findings: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    job_types: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    sub_recipe_types: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    super_recipe_types: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    warnings: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None


class RecipeTypeRevision(Model):
    """
    A revision in a list.
    """

    id: Annotated[int, Field(description="The unique identifier of the revision.")]
    recipe_type: Annotated[MemberRecipeType, Field(description="The recipe type, as it is now.")]
    revision_num: Annotated[
        int, Field(description="The number of the revision, from 1.", ge=0, le=9223372036854775807)
    ]
    created: Annotated[AwareDatetime, Field(description="When the revision was made.")]


class RecipeTypeRevisionDetails(Model):
    """
    A whole revision.
    """

    id: Annotated[int, Field(description="The unique identifier of the revision.")]
    recipe_type: Annotated[MemberRecipeType, Field(description="The recipe type, as it is now.")]
    revision_num: Annotated[
        int, Field(description="The number of the revision, from 1.", ge=0, le=9223372036854775807)
    ]
    created: Annotated[AwareDatetime, Field(description="When the revision was made.")]
    definition: Annotated[dict[str, Any], Field(description="The definition as it was then.")]


class Changes(Model):
    model_config = ConfigDict(
        extra="forbid",
    )
    old: Any | None = None
    new: Any | None = None
    changed: bool | None = None


class Registered(Model):
    """
    A job type that was registered.
    """

    id: Annotated[int, Field(description="The unique identifier of the job type.")]
    name: Annotated[str, Field(description="The name of the job type, `job.name` of its manifest.", max_length=50)]
    version: Annotated[
        str, Field(description="The version of the job type, `job.jobVersion` of its manifest.", max_length=50)
    ]
    title: Annotated[str, Field(description="The human readable display name, from the current manifest.")]
    description: Annotated[str, Field(description="A longer description, from the current manifest.")]
    is_active: Annotated[
        bool | None, Field(description="Whether the job type is active; one that is not is deprecated.")
    ] = None
    is_paused: Annotated[
        bool | None,
        Field(description="Whether the job type is paused: while it is, none of its jobs leaves the queue."),
    ] = None
    is_published: Annotated[bool | None, Field(description="Whether the job type publishes its output.")] = None
    is_system: Annotated[bool | None, Field(description="Whether the job type is part of the system itself.")] = (
        None
    )
    icon_code: Annotated[
        str | None,
        Field(
            description="The Font Awesome code of the icon that stands for the job type; null if there is none.",
            max_length=20,
        ),
    ] = None
    unmet_resources: Annotated[
        str | None,
        Field(description="The resources it requires that no node offers, comma-separated; null if none is unmet."),
    ] = None
    max_scheduled: Annotated[
        int | None,
        Field(
            description="How many of its jobs may run at the same time; null for no limit.",
            ge=0,
            le=9223372036854775807,
        ),
    ] = None
    max_tries: Annotated[
        int | None, Field(description="How often a job is tried.", ge=0, le=9223372036854775807)
    ] = None
    revision_num: Annotated[
        int | None,
        Field(
            description="The number of the current revision, which is how many there are.",
            ge=0,
            le=9223372036854775807,
        ),
    ] = None
    docker_image: Annotated[str, Field(description="The Docker image that holds the algorithm.", max_length=500)]
    created: Annotated[AwareDatetime, Field(description="When the job type was registered.")]
    deprecated: Annotated[
        AwareDatetime | None, Field(description="When it was deprecated; null while it is active.")
    ] = None
    paused: Annotated[AwareDatetime | None, Field(description="When it was paused; null while it is not.")] = None
    last_modified: Annotated[AwareDatetime, Field(description="When it last changed.")]
    docker_image_digest: Annotated[
        str | None,
        Field(
            description="The digest that the image had in its registry when it was imported, or of its reference; null if neither is known."
        ),
    ]
    manifest: Annotated[dict[str, Any], Field(description="The current Seed manifest, as it was sent.")]
    configuration: Annotated[
        dict[str, Any], Field(description="The job configuration, without the values of secret settings.")
    ]
    findings: Annotated[
        list[Finding],
        Field(
            description="Why the rules of today would refuse what is stored of it, which stands as it is until it is edited; empty if they would not."
        ),
    ]
    recipe_types: Annotated[
        list[MemberRecipeType], Field(description="The recipe types that the job type is a member of.")
    ]
    warnings: Annotated[list[Finding], Field(description="Findings that are worth knowing but are not faults.")]


class RegistrationBodyRequest(Model):
    """
    A Seed image to register. What else this or another installation shows of a job type is let pass.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    icon_code: Annotated[
        str | None,
        Field(
            description="The Font Awesome code of the icon that stands for the job type; null if there is none.",
            max_length=20,
        ),
    ] = None
    is_published: Annotated[bool | None, Field(description="Whether the job type publishes its output.")] = None
    is_active: Annotated[
        bool | None, Field(description="Whether the job type is active; one that is not is deprecated.")
    ] = None
    is_paused: Annotated[
        bool | None,
        Field(description="Whether the job type is paused: while it is, none of its jobs leaves the queue."),
    ] = None
    max_scheduled: Annotated[
        int | None,
        Field(description="How many of its jobs may run at the same time; null for no limit.", ge=1, le=2147483647),
    ] = None
    docker_image: Annotated[
        str, Field(description="The Docker image that holds the algorithm.", max_length=500, min_length=1)
    ]
    configuration: Annotated[
        dict[str, Any] | None,
        Field(
            description="The job configuration, which replaces the old one whole; a secret that it does not name keeps its value, null removes it."
        ),
    ] = None
    manifest: Annotated[
        dict[str, Any] | str,
        Field(description="The Seed manifest: a JSON object, or a string that holds one, as a Docker label does."),
    ]
    auto_update: Annotated[
        bool | None, Field(description="Whether recipe types that contain the job type follow to its new revision.")
    ] = None
    id: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = None
    name: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = (
        None
    )
    version: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    title: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = (
        None
    )
    description: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    is_system: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    unmet_resources: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    max_tries: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    revision_num: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    created: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    deprecated: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    paused: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = (
        None
    )
    last_modified: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    docker_image_digest: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    findings: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    recipe_types: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    warnings: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None


class Report(Model):
    """
    What was found in the documents of a request.
    """

    is_valid: Annotated[bool, Field(description="Whether there are no errors.")]
    errors: Annotated[list[Finding], Field(description="All faults.")]
    warnings: Annotated[list[Finding], Field(description="Findings that are worth knowing but are not faults.")]


class Started(RootModel[list[str | int]]):
    root: Annotated[
        list[str | int],
        Field(
            description="The earliest last_status_change: an ISO-8601 datetime, a date (its midnight, UTC), or a duration that means that long ago.",
            max_length=10000,
            min_length=1,
        ),
    ]


class Ended(RootModel[list[str | int]]):
    root: Annotated[
        list[str | int],
        Field(
            description="The latest last_status_change: an ISO-8601 datetime, a date (its midnight, UTC), or a duration that means that long ago.",
            max_length=10000,
            min_length=1,
        ),
    ]


class Status(RootModel[list[str | int]]):
    root: Annotated[
        list[str | int],
        Field(description="Only jobs in these statuses; a value or an array.", max_length=10000, min_length=1),
    ]


class JobId(RootModel[list[str | int]]):
    root: Annotated[
        list[str | int],
        Field(description="Only jobs with these ids; a value or an array.", max_length=10000, min_length=1),
    ]


class JobTypeId(RootModel[list[str | int]]):
    root: Annotated[
        list[str | int],
        Field(
            description="Only jobs of the job types with these ids; a value or an array.",
            max_length=10000,
            min_length=1,
        ),
    ]


class JobTypeName1(RootModel[list[str | int]]):
    root: Annotated[
        list[str | int],
        Field(
            description="Only jobs of these job type names; a value or an array.", max_length=10000, min_length=1
        ),
    ]


class JobTypeVersion(RootModel[list[str | int]]):
    root: Annotated[
        list[str | int],
        Field(
            description="Only jobs of these versions of job types; a value or an array.",
            max_length=10000,
            min_length=1,
        ),
    ]


class Node1(RootModel[list[str | int]]):
    root: Annotated[
        list[str | int],
        Field(
            description="Only jobs that run on the nodes with these names, or ran there last; a value or an array.",
            max_length=10000,
            min_length=1,
        ),
    ]


class ErrorCategory1(RootModel[list[str | int]]):
    root: Annotated[
        list[str | int],
        Field(
            description="Only jobs that failed of an error of these categories; a value or an array.",
            max_length=10000,
            min_length=1,
        ),
    ]


class ErrorId(RootModel[list[str | int]]):
    root: Annotated[
        list[str | int],
        Field(
            description="Only jobs that failed of the errors with these ids; a value or an array.",
            max_length=10000,
            min_length=1,
        ),
    ]


class ErrorName(RootModel[list[str | int]]):
    root: Annotated[
        list[str | int],
        Field(
            description="Only jobs that failed of errors with these names; a value or an array.",
            max_length=10000,
            min_length=1,
        ),
    ]


class BatchId(RootModel[list[str | int]]):
    root: Annotated[
        list[str | int],
        Field(
            description="Only jobs of these batches: none yet; a value or an array.", max_length=10000, min_length=1
        ),
    ]


class RecipeId(RootModel[list[str | int]]):
    root: Annotated[
        list[str | int],
        Field(
            description="Only jobs of these recipes: none yet; a value or an array.", max_length=10000, min_length=1
        ),
    ]


class JobIds(RootModel[list[str | int]]):
    root: Annotated[
        list[str | int], Field(description="As job_id; a value or an array.", max_length=10000, min_length=1)
    ]


class JobTypeIds(RootModel[list[str | int]]):
    root: Annotated[
        list[str | int], Field(description="As job_type_id; a value or an array.", max_length=10000, min_length=1)
    ]


class JobTypeNames(RootModel[list[str | int]]):
    root: Annotated[
        list[str | int], Field(description="As job_type_name; a value or an array.", max_length=10000, min_length=1)
    ]


class ErrorCategories(RootModel[list[str | int]]):
    root: Annotated[
        list[str | int],
        Field(description="As error_category; a value or an array.", max_length=10000, min_length=1),
    ]


class ErrorIds(RootModel[list[str | int]]):
    root: Annotated[
        list[str | int], Field(description="As error_id; a value or an array.", max_length=10000, min_length=1)
    ]


class BatchIds(RootModel[list[str | int]]):
    root: Annotated[
        list[str | int], Field(description="As batch_id; a value or an array.", max_length=10000, min_length=1)
    ]


class RecipeIds(RootModel[list[str | int]]):
    root: Annotated[
        list[str | int], Field(description="As recipe_id; a value or an array.", max_length=10000, min_length=1)
    ]


class RequeueBodyRequest(Model):
    """
    Which jobs to requeue, and how.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    started: Annotated[
        str | int | Started | None,
        Field(
            description="The earliest last_status_change: an ISO-8601 datetime, a date (its midnight, UTC), or a duration that means that long ago."
        ),
    ] = None
    ended: Annotated[
        str | int | Ended | None,
        Field(
            description="The latest last_status_change: an ISO-8601 datetime, a date (its midnight, UTC), or a duration that means that long ago."
        ),
    ] = None
    status: Annotated[
        str | int | Status | None, Field(description="Only jobs in these statuses; a value or an array.")
    ] = None
    job_id: Annotated[
        str | int | JobId | None, Field(description="Only jobs with these ids; a value or an array.")
    ] = None
    job_type_id: Annotated[
        str | int | JobTypeId | None,
        Field(description="Only jobs of the job types with these ids; a value or an array."),
    ] = None
    job_type_name: Annotated[
        str | int | JobTypeName1 | None,
        Field(description="Only jobs of these job type names; a value or an array."),
    ] = None
    job_type_version: Annotated[
        str | int | JobTypeVersion | None,
        Field(description="Only jobs of these versions of job types; a value or an array."),
    ] = None
    node: Annotated[
        str | int | Node1 | None,
        Field(
            description="Only jobs that run on the nodes with these names, or ran there last; a value or an array."
        ),
    ] = None
    error_category: Annotated[
        str | int | ErrorCategory1 | None,
        Field(description="Only jobs that failed of an error of these categories; a value or an array."),
    ] = None
    error_id: Annotated[
        str | int | ErrorId | None,
        Field(description="Only jobs that failed of the errors with these ids; a value or an array."),
    ] = None
    error_name: Annotated[
        str | int | ErrorName | None,
        Field(description="Only jobs that failed of errors with these names; a value or an array."),
    ] = None
    batch_id: Annotated[
        str | int | BatchId | None, Field(description="Only jobs of these batches: none yet; a value or an array.")
    ] = None
    recipe_id: Annotated[
        str | int | RecipeId | None, Field(description="Only jobs of these recipes: none yet; a value or an array.")
    ] = None
    is_superseded: Annotated[
        bool | None, Field(description="Only jobs that another replaced (true): none yet; or those not (false).")
    ] = None
    job_ids: Annotated[str | int | JobIds | None, Field(description="As job_id; a value or an array.")] = None
    job_type_ids: Annotated[
        str | int | JobTypeIds | None, Field(description="As job_type_id; a value or an array.")
    ] = None
    job_type_names: Annotated[
        str | int | JobTypeNames | None, Field(description="As job_type_name; a value or an array.")
    ] = None
    error_categories: Annotated[
        str | int | ErrorCategories | None, Field(description="As error_category; a value or an array.")
    ] = None
    error_ids: Annotated[str | int | ErrorIds | None, Field(description="As error_id; a value or an array.")] = None
    batch_ids: Annotated[str | int | BatchIds | None, Field(description="As batch_id; a value or an array.")] = None
    recipe_ids: Annotated[str | int | RecipeIds | None, Field(description="As recipe_id; a value or an array.")] = (
        None
    )
    job_types: Annotated[
        list[JobTypeKeyBodyRequest] | None,
        Field(
            description="Only jobs of these job types, each named by its `name` and `version`.", max_length=10000
        ),
    ] = None
    url: Annotated[dict[str, Any] | None, Field(description="Let pass: the web client of Scale sends it.")] = None
    priority: Annotated[
        int | None,
        Field(description="The priority that they get; without it they keep their own.", ge=1, le=2147483647),
    ] = None


class Resource(Model):
    """
    How much there is of a resource.
    """

    total: Annotated[float, Field(description="What the nodes have that were heard of within the last hour.")]
    running: Annotated[float, Field(description="What running jobs require.")]
    unavailable: Annotated[float, Field(description="What is left on nodes that are paused.")]
    free: Annotated[float, Field(description="What is left elsewhere.")]


class Resources(Model):
    """
    The resources of all nodes together.
    """

    cpus: Annotated[Resource, Field(description="Processors.")]
    mem: Annotated[Resource, Field(description="Memory, in MiB.")]
    disk: Annotated[Resource, Field(description="Disk space, in MiB.")]
    gpus: Annotated[Resource, Field(description="Graphics processors.")]


class RevisionBrief(Model):
    """
    A revision of a job type, as claims show it.
    """

    id: Annotated[int, Field(description="The unique identifier of the revision.")]
    revision_num: Annotated[
        int, Field(description="The number of the revision, from 1.", ge=0, le=9223372036854775807)
    ]
    docker_image: Annotated[str, Field(description="The Docker image that holds the algorithm.", max_length=500)]


class Running(Model):
    """
    How many jobs of a job type run on a node.
    """

    job_type: Annotated[JobTypeBrief, Field(description="The job type.")]
    count: Annotated[int, Field(description="How many of its jobs run on the node.")]


class RunningOfType(Model):
    """
    How many tries of a job type run on a node.
    """

    job_type_id: Annotated[int, Field(description="The id of the job type.")]
    count: Annotated[int, Field(description="How many.")]


class RunningOnNode(Model):
    """
    Tries that run on a node.
    """

    total: Annotated[int, Field(description="How many.")]
    by_job_type: Annotated[
        list[RunningOfType],
        Field(description="By job type: of the 30 revisions of which most jobs run; `total` has all."),
    ]


class RunningTryBodyRequest(Model):
    """
    A try that a node runs.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    job_id: Annotated[int, Field(description="The id of the job.", ge=1, le=9223372036854775807)]
    num_exes: Annotated[int, Field(description="The number of the try, as the claim gave it.", ge=1, le=2147483647)]
    log: Annotated[
        LogBodyRequest | None,
        Field(description="The ends of its logs, where these are new; 65536 characters of each are kept."),
    ] = None


class Scheduler(Model):
    """
    The scheduler.
    """

    is_paused: Annotated[
        bool, Field(description="Whether the scheduler is paused: while it is, nothing is handed out.")
    ]


class SelectionBodyRequest(Model):
    """
    Which jobs: the filters of the list, each a value or an array of values, and those of v6's bodies.

    One filter at least, beside ``is_superseded``, which chooses nothing in particular. A job is chosen that all of
    them match.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    started: Annotated[
        str | int | Started | None,
        Field(
            description="The earliest last_status_change: an ISO-8601 datetime, a date (its midnight, UTC), or a duration that means that long ago."
        ),
    ] = None
    ended: Annotated[
        str | int | Ended | None,
        Field(
            description="The latest last_status_change: an ISO-8601 datetime, a date (its midnight, UTC), or a duration that means that long ago."
        ),
    ] = None
    status: Annotated[
        str | int | Status | None, Field(description="Only jobs in these statuses; a value or an array.")
    ] = None
    job_id: Annotated[
        str | int | JobId | None, Field(description="Only jobs with these ids; a value or an array.")
    ] = None
    job_type_id: Annotated[
        str | int | JobTypeId | None,
        Field(description="Only jobs of the job types with these ids; a value or an array."),
    ] = None
    job_type_name: Annotated[
        str | int | JobTypeName1 | None,
        Field(description="Only jobs of these job type names; a value or an array."),
    ] = None
    job_type_version: Annotated[
        str | int | JobTypeVersion | None,
        Field(description="Only jobs of these versions of job types; a value or an array."),
    ] = None
    node: Annotated[
        str | int | Node1 | None,
        Field(
            description="Only jobs that run on the nodes with these names, or ran there last; a value or an array."
        ),
    ] = None
    error_category: Annotated[
        str | int | ErrorCategory1 | None,
        Field(description="Only jobs that failed of an error of these categories; a value or an array."),
    ] = None
    error_id: Annotated[
        str | int | ErrorId | None,
        Field(description="Only jobs that failed of the errors with these ids; a value or an array."),
    ] = None
    error_name: Annotated[
        str | int | ErrorName | None,
        Field(description="Only jobs that failed of errors with these names; a value or an array."),
    ] = None
    batch_id: Annotated[
        str | int | BatchId | None, Field(description="Only jobs of these batches: none yet; a value or an array.")
    ] = None
    recipe_id: Annotated[
        str | int | RecipeId | None, Field(description="Only jobs of these recipes: none yet; a value or an array.")
    ] = None
    is_superseded: Annotated[
        bool | None, Field(description="Only jobs that another replaced (true): none yet; or those not (false).")
    ] = None
    job_ids: Annotated[str | int | JobIds | None, Field(description="As job_id; a value or an array.")] = None
    job_type_ids: Annotated[
        str | int | JobTypeIds | None, Field(description="As job_type_id; a value or an array.")
    ] = None
    job_type_names: Annotated[
        str | int | JobTypeNames | None, Field(description="As job_type_name; a value or an array.")
    ] = None
    error_categories: Annotated[
        str | int | ErrorCategories | None, Field(description="As error_category; a value or an array.")
    ] = None
    error_ids: Annotated[str | int | ErrorIds | None, Field(description="As error_id; a value or an array.")] = None
    batch_ids: Annotated[str | int | BatchIds | None, Field(description="As batch_id; a value or an array.")] = None
    recipe_ids: Annotated[str | int | RecipeIds | None, Field(description="As recipe_id; a value or an array.")] = (
        None
    )
    job_types: Annotated[
        list[JobTypeKeyBodyRequest] | None,
        Field(
            description="Only jobs of these job types, each named by its `name` and `version`.", max_length=10000
        ),
    ] = None
    url: Annotated[dict[str, Any] | None, Field(description="Let pass: the web client of Scale sends it.")] = None


class Stepped(Model):
    """
    How many jobs were changed.
    """

    count: Annotated[int, Field(description="How many jobs were changed, 10,000 at most.")]
    remaining: Annotated[int, Field(description="How many more match and can be changed: send it again.")]


class Total(Model):
    """
    A number of tries.
    """

    total: Annotated[int, Field(description="How many.")]


class TryOfFile(Model):
    """
    The try that made a file.
    """

    id: Annotated[int | None, Field(description="The unique identifier of the try.")]
    exe_num: Annotated[int, Field(description="The number of the try that made it; null for a source.")]


class ValidationBodyRequest(Model):
    """
    A Seed image to validate: what a registration takes, of which the manifest alone is required.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    icon_code: Annotated[
        str | None,
        Field(
            description="The Font Awesome code of the icon that stands for the job type; null if there is none.",
            max_length=20,
        ),
    ] = None
    is_published: Annotated[bool | None, Field(description="Whether the job type publishes its output.")] = None
    is_active: Annotated[
        bool | None, Field(description="Whether the job type is active; one that is not is deprecated.")
    ] = None
    is_paused: Annotated[
        bool | None,
        Field(description="Whether the job type is paused: while it is, none of its jobs leaves the queue."),
    ] = None
    max_scheduled: Annotated[
        int | None,
        Field(description="How many of its jobs may run at the same time; null for no limit.", ge=1, le=2147483647),
    ] = None
    docker_image: Annotated[
        str | None, Field(description="The Docker image that holds the algorithm.", max_length=500, min_length=1)
    ] = None
    configuration: Annotated[
        dict[str, Any] | None,
        Field(
            description="The job configuration, which replaces the old one whole; a secret that it does not name keeps its value, null removes it."
        ),
    ] = None
    manifest: Annotated[
        dict[str, Any] | str,
        Field(description="The Seed manifest: a JSON object, or a string that holds one, as a Docker label does."),
    ]
    auto_update: Annotated[
        bool | None, Field(description="Whether recipe types that contain the job type follow to its new revision.")
    ] = None
    id: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = None
    name: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = (
        None
    )
    version: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    title: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = (
        None
    )
    description: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    is_system: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    unmet_resources: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    max_tries: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    revision_num: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    created: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    deprecated: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    paused: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = (
        None
    )
    last_modified: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    docker_image_digest: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    findings: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    recipe_types: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    warnings: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None


class Version(Model):
    """
    The version of the service.
    """

    version: Annotated[str, Field(description="The version of the service; `v6` is the name of its API.")]


class Workspace(Model):
    """
    A workspace in a list.
    """

    id: Annotated[int, Field(description="The unique identifier of the workspace.")]
    name: Annotated[
        str,
        Field(
            description="The name that job configurations use: letters, digits, `_` and `-`. It never changes.",
            max_length=50,
            pattern="^[a-zA-Z0-9_-]+$",
        ),
    ]
    title: Annotated[str | None, Field(description="The human readable name.", max_length=200)] = None
    description: Annotated[str | None, Field(description="What the workspace is for.", max_length=2000)] = None
    base_url: Annotated[
        str | None,
        Field(description="The URL under which its files can be read; empty when there is none.", max_length=2000),
    ] = None
    is_active: Annotated[
        bool | None,
        Field(description="Whether outputs should go there; a workspace that is not active is deprecated."),
    ] = None
    created: Annotated[AwareDatetime, Field(description="When it was created.")]
    deprecated: Annotated[
        AwareDatetime | None, Field(description="Since when it is inactive; null while it is active.")
    ] = None
    last_modified: Annotated[AwareDatetime, Field(description="When it last changed.")]


class WorkspaceBodyRequest(Model):
    """
    A new workspace. Without a name, one is made of its title.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    title: Annotated[str | None, Field(description="The human readable name.", max_length=200)] = None
    description: Annotated[str | None, Field(description="What the workspace is for.", max_length=2000)] = None
    base_url: Annotated[
        str | None,
        Field(description="The URL under which its files can be read; empty when there is none.", max_length=2000),
    ] = None
    is_active: Annotated[
        bool | None,
        Field(description="Whether outputs should go there; a workspace that is not active is deprecated."),
    ] = None
    configuration: Annotated[
        dict[str, Any] | None,
        Field(
            description="The broker, which replaces the old one whole. Asterisks for a credential keep its value."
        ),
    ] = None
    name: Annotated[
        str | None,
        Field(
            description="The name that job configurations use: letters, digits, `_` and `-`. It never changes.",
            max_length=50,
            min_length=1,
            pattern="^[a-zA-Z0-9_-]+$",
        ),
    ] = None
    id: Annotated[Any | None, Field(description="Cannot be set; may be sent along as the details show it.")] = None
    created: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    deprecated: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    last_modified: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None
    warnings: Annotated[
        Any | None, Field(description="Cannot be set; may be sent along as the details show it.")
    ] = None


class WorkspaceDetails(Model):
    """
    A whole workspace; of its configuration, everything but the credentials.
    """

    id: Annotated[int, Field(description="The unique identifier of the workspace.")]
    name: Annotated[
        str,
        Field(
            description="The name that job configurations use: letters, digits, `_` and `-`. It never changes.",
            max_length=50,
            pattern="^[a-zA-Z0-9_-]+$",
        ),
    ]
    title: Annotated[str | None, Field(description="The human readable name.", max_length=200)] = None
    description: Annotated[str | None, Field(description="What the workspace is for.", max_length=2000)] = None
    base_url: Annotated[
        str | None,
        Field(description="The URL under which its files can be read; empty when there is none.", max_length=2000),
    ] = None
    is_active: Annotated[
        bool | None,
        Field(description="Whether outputs should go there; a workspace that is not active is deprecated."),
    ] = None
    created: Annotated[AwareDatetime, Field(description="When it was created.")]
    deprecated: Annotated[
        AwareDatetime | None, Field(description="Since when it is inactive; null while it is active.")
    ] = None
    last_modified: Annotated[AwareDatetime, Field(description="When it last changed.")]
    configuration: Annotated[
        dict[str, Any] | None,
        Field(
            description="The broker of its files; null if it has none. Asterisks stand for credentials that are stored."
        ),
    ]


class WorkspaceOfFile(Model):
    """
    A workspace, as files show it.
    """

    id: Annotated[int, Field(description="The unique identifier of the workspace.")]
    name: Annotated[
        str,
        Field(
            description="The name that job configurations use: letters, digits, `_` and `-`. It never changes.",
            max_length=50,
            pattern="^[a-zA-Z0-9_-]+$",
        ),
    ]


class WrittenWorkspace(Model):
    """
    A workspace that was created or edited.
    """

    id: Annotated[int, Field(description="The unique identifier of the workspace.")]
    name: Annotated[
        str,
        Field(
            description="The name that job configurations use: letters, digits, `_` and `-`. It never changes.",
            max_length=50,
            pattern="^[a-zA-Z0-9_-]+$",
        ),
    ]
    title: Annotated[str | None, Field(description="The human readable name.", max_length=200)] = None
    description: Annotated[str | None, Field(description="What the workspace is for.", max_length=2000)] = None
    base_url: Annotated[
        str | None,
        Field(description="The URL under which its files can be read; empty when there is none.", max_length=2000),
    ] = None
    is_active: Annotated[
        bool | None,
        Field(description="Whether outputs should go there; a workspace that is not active is deprecated."),
    ] = None
    created: Annotated[AwareDatetime, Field(description="When it was created.")]
    deprecated: Annotated[
        AwareDatetime | None, Field(description="Since when it is inactive; null while it is active.")
    ] = None
    last_modified: Annotated[AwareDatetime, Field(description="When it last changed.")]
    configuration: Annotated[
        dict[str, Any] | None,
        Field(
            description="The broker of its files; null if it has none. Asterisks stand for credentials that are stored."
        ),
    ]
    warnings: Annotated[list[Finding], Field(description="Findings that are worth knowing but are not faults.")]


class FieldEnded(Model):
    """
    What ended in a time.
    """

    datetime: Annotated[AwareDatetime, Field(description="When that time begins.")]
    completed_count: Annotated[int, Field(description="How many jobs COMPLETED.")]
    failed_count: Annotated[int, Field(description="How many jobs FAILED.")]
    canceled_count: Annotated[int, Field(description="How many jobs were CANCELED.")]
    error_system_count: Annotated[int, Field(description="How many FAILED of an error of the system.")]
    error_algorithm_count: Annotated[int, Field(description="How many FAILED of an error of the algorithm.")]
    error_data_count: Annotated[int, Field(description="How many FAILED of an error of their input data.")]
    throughput: Annotated[
        float | None,
        Field(
            description="How many jobs COMPLETED or FAILED per hour, in what has passed of that time; null before it."
        ),
    ]
    failure_rate: Annotated[
        float | None, Field(description="Which part of those FAILED, from 0 to 1; null if there are none.")
    ]
    wait: Annotated[Durations, Field(description="How long those had waited in the queue, before their last try.")]
    run: Annotated[Durations, Field(description="How long their last try ran.")]


class FieldJobId(Model):
    """
    A job, by its id alone.
    """

    id: Annotated[int, Field(description="The unique identifier of the job.")]


class FieldJobTypeId(Model):
    """
    A job type, by its id alone.
    """

    id: Annotated[int, Field(description="The unique identifier of the job type.")]


class Change(Model):
    """
    A value that differs.
    """

    kind: Annotated[
        str,
        Field(description="What became of it.\n\n* `added` - added\n* `removed` - removed\n* `changed` - changed"),
    ]
    old_path: Annotated[
        str | None,
        Field(description="Where it was: a JSON Pointer into the old revision; null for what was added."),
    ]
    new_path: Annotated[
        str | None,
        Field(description="Where it is: a JSON Pointer into the new revision; null for what was removed."),
    ]
    old: Annotated[Any, Field(description="What it was; null for what was added.")]
    new: Annotated[Any, Field(description="What it is; null for what was removed.")]


class ChangeBodyRequest(Model):
    """
    What is reported of one job.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    job_id: Annotated[int, Field(description="The id of the job.", ge=1, le=9223372036854775807)]
    status: Annotated[
        str,
        Field(
            description="The status that it enters.\n\n* `PENDING` - Pending\n* `BLOCKED` - Blocked\n* `QUEUED` - Queued\n* `RUNNING` - Running\n* `FAILED` - Failed\n* `COMPLETED` - Completed\n* `CANCELED` - Canceled"
        ),
    ]
    when: Annotated[AwareDatetime | None, Field(description="When it did; by default now.")] = None
    exit_code: Annotated[
        int | None,
        Field(
            description="With FAILED or COMPLETED: the exit code; with FAILED, the manifest says which error it means.",
            ge=-2147483647,
            le=2147483647,
        ),
    ] = None
    error: Annotated[
        str | None,
        Field(
            description="With FAILED: the name of an error of the job type, or of a built-in one.",
            max_length=255,
            min_length=1,
        ),
    ] = None
    node: Annotated[
        str | None, Field(description="The node that the report is from.", max_length=255, min_length=1)
    ] = None
    output: Annotated[
        dict[str, Any] | None,
        Field(description="With COMPLETED: what it left behind. With `files`, these become its own `files`."),
    ] = None
    files: Annotated[
        list[ProductBodyRequest] | None,
        Field(
            description="With COMPLETED: the files that it left in workspaces, which are registered with it; 4,000 at most in a request.",
            max_length=4000,
        ),
    ] = None
    num_exes: Annotated[
        int | None,
        Field(
            description="Which try the report is about, as the claim gave it: one that is over changes nothing.",
            ge=1,
            le=2147483647,
        ),
    ] = None
    log: Annotated[
        LogBodyRequest | None,
        Field(
            description="With COMPLETED, FAILED or QUEUED: the ends of the logs of the try; of each, 65536 characters are kept."
        ),
    ] = None
    log_workspace: Annotated[
        str | None,
        Field(
            description="With COMPLETED, FAILED or QUEUED: the `log_workspace` of the claim, if the node stored the whole `stdout.log` and `stderr.log` of the try there, below its `product_path`.",
            max_length=50,
            min_length=1,
            pattern="^[a-zA-Z0-9_-]+$",
        ),
    ] = None


class CheckedRecipeType(Model):
    """
    What was found in a recipe type.
    """

    is_valid: Annotated[bool, Field(description="Whether there are no errors.")]
    errors: Annotated[list[Finding], Field(description="All faults.")]
    warnings: Annotated[list[Finding], Field(description="Findings that are worth knowing but are not faults.")]
    diff: Annotated[
        dict[str, Any],
        Field(
            description="What the definition that was sent changes of the current one, node by node; empty if none was sent, if there is none yet, or if there are errors."
        ),
    ]


class ClaimedJob(Model):
    """
    A job, for the node that is to run it.
    """

    id: Annotated[int, Field(description="The unique identifier of the job.")]
    job_type: Annotated[JobTypeBrief, Field(description="Its job type, as it is now.")]
    job_type_rev: Annotated[
        RevisionBrief, Field(description="The revision to run; its manifest is at its own URL.")
    ]
    input: Annotated[
        dict[str, Any], Field(description="What it runs on: `files` (name to file ids) and `json` (name to value).")
    ]
    configuration: Annotated[
        dict[str, Any],
        Field(description="The configuration to run it with, without the values of secret settings."),
    ]
    priority: Annotated[
        int | None,
        Field(description="Its priority in the queue: lower numbers come first.", ge=0, le=9223372036854775807),
    ] = None
    num_exes: Annotated[
        int | None,
        Field(
            description="How often it was started: the number of its last try, to be sent with reports of that try.",
            ge=0,
            le=9223372036854775807,
        ),
    ] = None
    started: Annotated[
        AwareDatetime | None, Field(description="When its last try started; null while it waits for one.")
    ] = None
    secrets: Annotated[
        dict[str, str], Field(description="The values of its secret settings, by name. No other answer holds them.")
    ]
    files: Annotated[
        dict[str, list[InputFile]],
        Field(
            description="Its input files, by input, in the order of `input.files`, without those that do not exist."
        ),
    ]
    workspaces: Annotated[
        dict[str, OpenWorkspace],
        Field(
            description="The workspaces of its input files, those that its configuration names for outputs, and `log_workspace`, by name."
        ),
    ]
    product_path: Annotated[
        str,
        Field(description="The folder below which this try stores its products, from the root of their workspace."),
    ]
    log_workspace: Annotated[
        str | None,
        Field(description="The one of `workspaces` in which the node is to store its whole logs; null for none."),
    ]
    timeout: Annotated[
        int | None, Field(description="How long it may take, in seconds; null for no limit. The node ends it then.")
    ]
    lease_expires: Annotated[
        AwareDatetime, Field(description="When it goes to another node, unless a heartbeat comes before.")
    ]


class ComparedRevision(Model):
    """
    One of the revisions that are compared.
    """

    id: Annotated[int, Field(description="The unique identifier of the revision.")]
    job_type: Annotated[JobTypeBrief, Field(description="The job type, as it is now.")]
    revision_num: Annotated[
        int, Field(description="The number of the revision, from 1.", ge=0, le=9223372036854775807)
    ]
    docker_image: Annotated[str, Field(description="The Docker image as it was then.", max_length=500)]
    created: Annotated[AwareDatetime, Field(description="When the revision was made.")]
    docker_image_digest: Annotated[
        str | None,
        Field(
            description="The digest of the image, which jobs run whatever its tag means now; null if it is not known."
        ),
    ]


class CreatedJobs(Model):
    """
    Jobs that were created.
    """

    count: Annotated[int, Field(description="How many.")]
    ids: Annotated[list[int], Field(description="Their ids, in the order in which they were sent.")]
    warnings: Annotated[list[Finding], Field(description="Findings that are worth knowing but are not faults.")]


class Dependency(Model):
    """
    Something that the service depends on.
    """

    OK: Annotated[bool, Field(description="Whether it works; where it does not, the answer is a 503.")]
    detail: Annotated[Detail, Field(description="What is known of it.")]
    errors: Annotated[list[str], Field(description="None.")]
    warnings: Annotated[list[str], Field(description="None.")]


class Edited(Model):
    """
    The outcome of an edit.
    """

    is_valid: Annotated[bool, Field(description="Whether there are no errors.")]
    errors: Annotated[list[Finding], Field(description="All faults.")]
    warnings: Annotated[list[Finding], Field(description="Findings that are worth knowing but are not faults.")]
    name: Annotated[str, Field(description="The name of the job type.")]
    version: Annotated[str, Field(description="The version of the job type.")]
    revision_num: Annotated[int, Field(description="The number of its current revision, after the edit.")]


class EditedRecipeType(Model):
    """
    The outcome of an edit.
    """

    is_valid: Annotated[bool, Field(description="Whether there are no errors.")]
    errors: Annotated[list[Finding], Field(description="All faults.")]
    warnings: Annotated[list[Finding], Field(description="Findings that are worth knowing but are not faults.")]
    diff: Annotated[
        dict[str, Any],
        Field(
            description="What the definition that was sent changes of the current one, node by node; empty if none was sent, if there is none yet, or if there are errors."
        ),
    ]
    name: Annotated[str, Field(description="The name of the recipe type.")]
    revision_num: Annotated[int, Field(description="The number of its current revision, after the edit.")]


class Effect(Model):
    """
    A recipe type that holds the job type of the old revision.
    """

    id: Annotated[int, Field(description="The unique identifier of the recipe type.")]
    name: Annotated[str, Field(description="The name of the recipe type.")]
    title: Annotated[str, Field(description="Its title.")]
    revision_num: Annotated[int, Field(description="The number of its revision, which was looked at.")]
    breaks: Annotated[bool, Field(description="Whether it would be wrong with the new revision.")]
    reasons: Annotated[list[Finding], Field(description="What would be wrong, as its validation says it.")]


class Execution(Model):
    """
    A try of a job in a list.
    """

    id: Annotated[int, Field(description="The unique identifier of the try.")]
    status: Annotated[
        str,
        Field(
            description="RUNNING, or how it ended.\n\n* `RUNNING` - RUNNING\n* `FAILED` - FAILED\n* `COMPLETED` - COMPLETED\n* `CANCELED` - CANCELED"
        ),
    ]
    exe_num: Annotated[int, Field(description="The number of the try, from 1.")]
    cluster_id: Annotated[str | None, Field(description="Null, as there is no cluster.")]
    created: Annotated[AwareDatetime, Field(description="When it started.")]
    queued: Annotated[AwareDatetime | None, Field(description="When its job had entered the queue.")]
    started: Annotated[AwareDatetime, Field(description="When it started.")]
    ended: Annotated[AwareDatetime | None, Field(description="When it ended; null while it runs.")]
    job: Annotated[FieldJobId, Field(description="The job.")]
    node: Annotated[NodeBrief | None, Field(description="The node that runs it, or ran it; null if unknown.")]
    error: Annotated[JobError | None, Field(description="Why it FAILED; null in every other status.")]
    job_type: Annotated[JobTypeBrief, Field(description="The job type of the job, as it is now.")]
    timeout: Annotated[
        int | None,
        Field(
            description="How long a try may take by the manifest, in seconds; null for no limit. For claims, too."
        ),
    ]
    input_file_size: Annotated[float | None, Field(description="Null, as for the job.")]
    account: Annotated[
        str | None,
        Field(
            description="The name of the account that claimed it; null if none did. Null for readers without an account."
        ),
    ]
    end: Annotated[
        str | None,
        Field(
            description="What ended it; null while it runs.\n\n* `completed` - It was reported as COMPLETED.\n* `failed` - It was reported as FAILED.\n* `canceled` - The job was canceled.\n* `returned` - Its node gave the job back to the queue.\n* `node-lost` - Its node did not renew the lease.\n* `timed-out` - It ran for longer than the timeout of its manifest."
        ),
    ]
    ended_by: Annotated[
        str | None,
        Field(
            description="The name of the account that ended it; null while it runs, and if the service itself did. Null for readers without an account."
        ),
    ]
    exit_code: Annotated[int | None, Field(description="Its exit code, as it was reported; null if none was.")]
    times_out: Annotated[
        AwareDatetime | None,
        Field(description="When it has to have ended by the timeout of its manifest; null without one."),
    ]
    lease_expires: Annotated[
        AwareDatetime | None,
        Field(
            description="When the service ends it unless its node is heard of before; null if nothing has to be."
        ),
    ]
    log_workspace: Annotated[
        str | None,
        Field(description="The workspace in which its node stored its whole logs, as it says; null if it did not."),
    ]
    log_path: Annotated[
        str | None,
        Field(description="The folder there that has its `stdout.log` and `stderr.log`; null if they are nowhere."),
    ]


class ExecutionDetails(Model):
    """
    A whole try of a job.
    """

    id: Annotated[int, Field(description="The unique identifier of the try.")]
    status: Annotated[
        str,
        Field(
            description="RUNNING, or how it ended.\n\n* `RUNNING` - RUNNING\n* `FAILED` - FAILED\n* `COMPLETED` - COMPLETED\n* `CANCELED` - CANCELED"
        ),
    ]
    exe_num: Annotated[int, Field(description="The number of the try, from 1.")]
    cluster_id: Annotated[str | None, Field(description="Null, as there is no cluster.")]
    created: Annotated[AwareDatetime, Field(description="When it started.")]
    queued: Annotated[AwareDatetime | None, Field(description="When its job had entered the queue.")]
    started: Annotated[AwareDatetime, Field(description="When it started.")]
    ended: Annotated[AwareDatetime | None, Field(description="When it ended; null while it runs.")]
    job: Annotated[FieldJobId, Field(description="The job.")]
    node: Annotated[NodeBrief | None, Field(description="The node that runs it, or ran it; null if unknown.")]
    error: Annotated[JobError | None, Field(description="Why it FAILED; null in every other status.")]
    job_type: Annotated[JobTypeBrief, Field(description="The job type of the job, as it is now.")]
    timeout: Annotated[
        int | None,
        Field(
            description="How long a try may take by the manifest, in seconds; null for no limit. For claims, too."
        ),
    ]
    input_file_size: Annotated[float | None, Field(description="Null, as for the job.")]
    account: Annotated[
        str | None,
        Field(
            description="The name of the account that claimed it; null if none did. Null for readers without an account."
        ),
    ]
    end: Annotated[
        str | None,
        Field(
            description="What ended it; null while it runs.\n\n* `completed` - It was reported as COMPLETED.\n* `failed` - It was reported as FAILED.\n* `canceled` - The job was canceled.\n* `returned` - Its node gave the job back to the queue.\n* `node-lost` - Its node did not renew the lease.\n* `timed-out` - It ran for longer than the timeout of its manifest."
        ),
    ]
    ended_by: Annotated[
        str | None,
        Field(
            description="The name of the account that ended it; null while it runs, and if the service itself did. Null for readers without an account."
        ),
    ]
    exit_code: Annotated[int | None, Field(description="Its exit code, as it was reported; null if none was.")]
    times_out: Annotated[
        AwareDatetime | None,
        Field(description="When it has to have ended by the timeout of its manifest; null without one."),
    ]
    lease_expires: Annotated[
        AwareDatetime | None,
        Field(
            description="When the service ends it unless its node is heard of before; null if nothing has to be."
        ),
    ]
    log_workspace: Annotated[
        str | None,
        Field(description="The workspace in which its node stored its whole logs, as it says; null if it did not."),
    ]
    log_path: Annotated[
        str | None,
        Field(description="The folder there that has its `stdout.log` and `stderr.log`; null if they are nowhere."),
    ]
    resources: Annotated[
        dict[str, Any], Field(description="`resources`: how much it requires of each resource, by name.")
    ]
    task_results: Annotated[dict[str, Any], Field(description="What became of its tasks; none are known.")]
    configuration: Annotated[dict[str, Any], Field(description="How its tasks were configured; none are known.")]
    output: Annotated[dict[str, Any], Field(description="What it left behind; the `output` of the job shows it.")]


class Failed(Model):
    """
    Tries that failed, by the categories of their errors.
    """

    total: Annotated[int, Field(description="How many.")]
    system: Annotated[Total, Field(description="Of errors of the system.")]
    algorithm: Annotated[Total, Field(description="Of errors of the algorithm.")]
    data: Annotated[Total, Field(description="Of errors of the data.")]


class File(Model):
    """
    A file in a list.
    """

    id: Annotated[int, Field(description="The unique identifier of the file.")]
    uuid: Annotated[UUID, Field(description="The universally unique id of the file.")]
    file_name: Annotated[str, Field(description="The name of the file, without folders.", max_length=250)]
    workspace: Annotated[WorkspaceOfFile, Field(description="Where it lies.")]
    data_type_tags: Annotated[list[str], Field(description="Tags of what it holds; empty, as there are none yet.")]
    media_type: Annotated[
        str | None,
        Field(description="Its media type, such as `image/tiff`; empty if it is not known.", max_length=250),
    ] = None
    file_type: Annotated[
        str,
        Field(
            description="PRODUCT if a job made it, else SOURCE, which somebody registered.\n\n* `SOURCE` - SOURCE\n* `PRODUCT` - PRODUCT"
        ),
    ]
    file_size: Annotated[
        int, Field(description="Its size in bytes.", ge=-9223372036854775808, le=9223372036854775807)
    ]
    sha256: Annotated[
        str | None,
        Field(
            description="The SHA-256 digest of what it holds, in hexadecimal; empty if it is not known.",
            max_length=64,
        ),
    ] = None
    file_path: Annotated[str, Field(description="Its path from the root of the workspace.", max_length=1000)]
    is_deleted: Annotated[bool | None, Field(description="Whether it is gone from the workspace.")] = False
    url: Annotated[str | None, Field(description="Where it can be read; null if its workspace has no `base_url`.")]
    created: Annotated[AwareDatetime, Field(description="When it was registered.")]
    deleted: Annotated[
        AwareDatetime | None, Field(description="Since when it is gone; null while it is there.")
    ] = None
    data_started: Annotated[
        AwareDatetime | None, Field(description="When what it shows began; null if unknown.")
    ] = None
    data_ended: Annotated[AwareDatetime | None, Field(description="When what it shows ended; null if unknown.")] = (
        None
    )
    source_started: Annotated[AwareDatetime | None, Field(description="When its source data begin; null.")]
    source_ended: Annotated[AwareDatetime | None, Field(description="When its source data end; null.")]
    source_sensor_class: Annotated[
        str | None, Field(description="The class of sensor that took its source data; null.")
    ]
    source_sensor: Annotated[str | None, Field(description="The sensor that took them; null.")]
    source_collection: Annotated[str | None, Field(description="Their collection; null.")]
    source_task: Annotated[str | None, Field(description="Their task; null.")]
    last_modified: Annotated[AwareDatetime, Field(description="When what is known of it last changed.")]
    geometry: Annotated[str | None, Field(description="The place that it shows; null, see `meta_data`.")]
    center_point: Annotated[str | None, Field(description="The middle of that place; null.")]
    countries: Annotated[list[str], Field(description="The countries that it shows; empty, as none are known yet.")]
    job_type: Annotated[JobTypeOfFile | None, Field(description="The job type of its job; null for a source.")]
    job: Annotated[JobOfFile | None, Field(description="The job that made it; null for a source.")]
    job_exe: Annotated[TryOfFile | None, Field(description="The try that made it; null for a source.")]
    job_output: Annotated[
        str | None, Field(description="The output of the manifest that it is of; null for a source.")
    ]
    recipe_type: Annotated[dict[str, Any] | None, Field(description="The recipe type of its recipe; null.")]
    recipe: Annotated[
        dict[str, Any] | None, Field(description="The recipe that its job is part of; null, as none runs yet.")
    ]
    recipe_node: Annotated[str | None, Field(description="The node of that recipe; null.")]
    batch: Annotated[dict[str, Any] | None, Field(description="The batch of its job; null, as there are none yet.")]
    is_superseded: Annotated[bool, Field(description="Whether another file replaced it; false, as none does yet.")]
    superseded: Annotated[AwareDatetime | None, Field(description="When another file replaced it; null.")]


class FileDetails(Model):
    """
    A whole file.
    """

    id: Annotated[int, Field(description="The unique identifier of the file.")]
    uuid: Annotated[UUID, Field(description="The universally unique id of the file.")]
    file_name: Annotated[str, Field(description="The name of the file, without folders.", max_length=250)]
    workspace: Annotated[WorkspaceOfFile, Field(description="Where it lies.")]
    data_type_tags: Annotated[list[str], Field(description="Tags of what it holds; empty, as there are none yet.")]
    media_type: Annotated[
        str | None,
        Field(description="Its media type, such as `image/tiff`; empty if it is not known.", max_length=250),
    ] = None
    file_type: Annotated[
        str,
        Field(
            description="PRODUCT if a job made it, else SOURCE, which somebody registered.\n\n* `SOURCE` - SOURCE\n* `PRODUCT` - PRODUCT"
        ),
    ]
    file_size: Annotated[
        int, Field(description="Its size in bytes.", ge=-9223372036854775808, le=9223372036854775807)
    ]
    sha256: Annotated[
        str | None,
        Field(
            description="The SHA-256 digest of what it holds, in hexadecimal; empty if it is not known.",
            max_length=64,
        ),
    ] = None
    file_path: Annotated[str, Field(description="Its path from the root of the workspace.", max_length=1000)]
    is_deleted: Annotated[bool | None, Field(description="Whether it is gone from the workspace.")] = False
    url: Annotated[str | None, Field(description="Where it can be read; null if its workspace has no `base_url`.")]
    created: Annotated[AwareDatetime, Field(description="When it was registered.")]
    deleted: Annotated[
        AwareDatetime | None, Field(description="Since when it is gone; null while it is there.")
    ] = None
    data_started: Annotated[
        AwareDatetime | None, Field(description="When what it shows began; null if unknown.")
    ] = None
    data_ended: Annotated[AwareDatetime | None, Field(description="When what it shows ended; null if unknown.")] = (
        None
    )
    source_started: Annotated[AwareDatetime | None, Field(description="When its source data begin; null.")]
    source_ended: Annotated[AwareDatetime | None, Field(description="When its source data end; null.")]
    source_sensor_class: Annotated[
        str | None, Field(description="The class of sensor that took its source data; null.")
    ]
    source_sensor: Annotated[str | None, Field(description="The sensor that took them; null.")]
    source_collection: Annotated[str | None, Field(description="Their collection; null.")]
    source_task: Annotated[str | None, Field(description="Their task; null.")]
    last_modified: Annotated[AwareDatetime, Field(description="When what is known of it last changed.")]
    geometry: Annotated[str | None, Field(description="The place that it shows; null, see `meta_data`.")]
    center_point: Annotated[str | None, Field(description="The middle of that place; null.")]
    countries: Annotated[list[str], Field(description="The countries that it shows; empty, as none are known yet.")]
    job_type: Annotated[JobTypeOfFile | None, Field(description="The job type of its job; null for a source.")]
    job: Annotated[JobOfFile | None, Field(description="The job that made it; null for a source.")]
    job_exe: Annotated[TryOfFile | None, Field(description="The try that made it; null for a source.")]
    job_output: Annotated[
        str | None, Field(description="The output of the manifest that it is of; null for a source.")
    ]
    recipe_type: Annotated[dict[str, Any] | None, Field(description="The recipe type of its recipe; null.")]
    recipe: Annotated[
        dict[str, Any] | None, Field(description="The recipe that its job is part of; null, as none runs yet.")
    ]
    recipe_node: Annotated[str | None, Field(description="The node of that recipe; null.")]
    batch: Annotated[dict[str, Any] | None, Field(description="The batch of its job; null, as there are none yet.")]
    is_superseded: Annotated[bool, Field(description="Whether another file replaced it; false, as none does yet.")]
    superseded: Annotated[AwareDatetime | None, Field(description="When another file replaced it; null.")]
    meta_data: Annotated[
        dict[str, Any], Field(description="What is known of what it holds, such as GeoJSON properties.")
    ]


class HeartbeatBodyRequest(Model):
    """
    A node that says that it is alive, and what it runs.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    node: Annotated[str, Field(description="The name of the node.", max_length=255, min_length=1)]
    jobs: Annotated[
        list[RunningTryBodyRequest],
        Field(description="The jobs that it runs, 1000 at most; empty when it runs none.", max_length=1000),
    ]
    resources: Annotated[
        dict[str, Any] | None,
        Field(description="What the node has free, as in a claim. Without the field, what it had stays."),
    ] = None
    software_version: Annotated[
        str | None,
        Field(
            description="The version of the program that claims for it, as it says.", max_length=100, min_length=1
        ),
    ] = None
    labels: Annotated[dict[str, Any] | None, Field(description="What it says about itself, name -> text.")] = None


class Imported(RootModel[Edited | Report]):
    root: Edited | Report


class InterfaceChange(Model):
    """
    An input or output that is gone, new, or another one.
    """

    kind: Annotated[
        str,
        Field(description="What became of it.\n\n* `added` - added\n* `removed` - removed\n* `changed` - changed"),
    ]
    of: Annotated[str, Field(description="What it is.\n\n* `input` - input\n* `output` - output")]
    name: Annotated[str, Field(description="Its name.")]
    breaks: Annotated[
        bool,
        Field(
            description="Whether recipes that use it cannot go on as they are; for a new input, all of the job type."
        ),
    ]
    description: Annotated[str, Field(description="The same as a sentence.")]


class JobBodyRequest(Model):
    """
    A job to create.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    job_type_id: Annotated[
        int | None, Field(description="The id of its job type.", ge=1, le=9223372036854775807)
    ] = None
    job_type_name: Annotated[
        str | None,
        Field(
            description="The name of its job type, with `job_type_version`, instead of the id.",
            max_length=10000,
            min_length=1,
        ),
    ] = None
    job_type_version: Annotated[
        str | None, Field(description="The version of its job type.", max_length=10000, min_length=1)
    ] = None
    input: Annotated[
        dict[str, Any] | None,
        Field(description="What it runs on: `files` (name to file ids) and `json` (name to value)."),
    ] = None
    configuration: Annotated[
        dict[str, Any] | None,
        Field(description="What this job configures differently from its job type, without secrets."),
    ] = None
    priority: Annotated[
        int | None, Field(description="Its priority in the queue: lower numbers come first.", ge=1, le=2147483647)
    ] = None
    status: Annotated[
        str | None,
        Field(
            description="QUEUED by default; PENDING holds it until a transition queues it.\n\n* `QUEUED` - QUEUED\n* `PENDING` - PENDING"
        ),
    ] = None


class JobCount(Model):
    """
    How many jobs are in a status.
    """

    status: Annotated[
        str,
        Field(
            description="The status.\n\n* `PENDING` - Pending\n* `BLOCKED` - Blocked\n* `QUEUED` - Queued\n* `RUNNING` - Running\n* `FAILED` - Failed\n* `COMPLETED` - Completed\n* `CANCELED` - Canceled"
        ),
    ]
    count: Annotated[int, Field(description="How many jobs.")]
    most_recent: Annotated[AwareDatetime, Field(description="When one of them last entered the status.")]
    category: Annotated[
        str | None,
        Field(
            description="For FAILED the category of the error, else null.\n\n* `SYSTEM` - System\n* `ALGORITHM` - Algorithm\n* `DATA` - Data"
        ),
    ]


class JobTypeDetails(Model):
    """
    A whole job type; of its configuration, everything but the secrets.
    """

    id: Annotated[int, Field(description="The unique identifier of the job type.")]
    name: Annotated[str, Field(description="The name of the job type, `job.name` of its manifest.", max_length=50)]
    version: Annotated[
        str, Field(description="The version of the job type, `job.jobVersion` of its manifest.", max_length=50)
    ]
    title: Annotated[str, Field(description="The human readable display name, from the current manifest.")]
    description: Annotated[str, Field(description="A longer description, from the current manifest.")]
    is_active: Annotated[
        bool | None, Field(description="Whether the job type is active; one that is not is deprecated.")
    ] = None
    is_paused: Annotated[
        bool | None,
        Field(description="Whether the job type is paused: while it is, none of its jobs leaves the queue."),
    ] = None
    is_published: Annotated[bool | None, Field(description="Whether the job type publishes its output.")] = None
    is_system: Annotated[bool | None, Field(description="Whether the job type is part of the system itself.")] = (
        None
    )
    icon_code: Annotated[
        str | None,
        Field(
            description="The Font Awesome code of the icon that stands for the job type; null if there is none.",
            max_length=20,
        ),
    ] = None
    unmet_resources: Annotated[
        str | None,
        Field(description="The resources it requires that no node offers, comma-separated; null if none is unmet."),
    ] = None
    max_scheduled: Annotated[
        int | None,
        Field(
            description="How many of its jobs may run at the same time; null for no limit.",
            ge=0,
            le=9223372036854775807,
        ),
    ] = None
    max_tries: Annotated[
        int | None, Field(description="How often a job is tried.", ge=0, le=9223372036854775807)
    ] = None
    revision_num: Annotated[
        int | None,
        Field(
            description="The number of the current revision, which is how many there are.",
            ge=0,
            le=9223372036854775807,
        ),
    ] = None
    docker_image: Annotated[str, Field(description="The Docker image that holds the algorithm.", max_length=500)]
    created: Annotated[AwareDatetime, Field(description="When the job type was registered.")]
    deprecated: Annotated[
        AwareDatetime | None, Field(description="When it was deprecated; null while it is active.")
    ] = None
    paused: Annotated[AwareDatetime | None, Field(description="When it was paused; null while it is not.")] = None
    last_modified: Annotated[AwareDatetime, Field(description="When it last changed.")]
    docker_image_digest: Annotated[
        str | None,
        Field(
            description="The digest that the image had in its registry when it was imported, or of its reference; null if neither is known."
        ),
    ]
    manifest: Annotated[dict[str, Any], Field(description="The current Seed manifest, as it was sent.")]
    configuration: Annotated[
        dict[str, Any], Field(description="The job configuration, without the values of secret settings.")
    ]
    findings: Annotated[
        list[Finding],
        Field(
            description="Why the rules of today would refuse what is stored of it, which stands as it is until it is edited; empty if they would not."
        ),
    ]
    recipe_types: Annotated[
        list[MemberRecipeType], Field(description="The recipe types that the job type is a member of.")
    ]


class JobTypeStatus(Model):
    """
    How the work of a job type is going.
    """

    job_type: Annotated[JobTypeBrief, Field(description="The job type.")]
    job_counts: Annotated[
        list[JobCount],
        Field(description="Its jobs that changed in the window, and all that run, by status and category."),
    ]


class JobsBodyRequest(Model):
    """
    Jobs to create: inputs for one job type, or jobs that each say what they are of.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    job_type_id: Annotated[
        int | None, Field(description="The id of its job type.", ge=1, le=9223372036854775807)
    ] = None
    job_type_name: Annotated[
        str | None,
        Field(
            description="The name of its job type, with `job_type_version`, instead of the id.",
            max_length=10000,
            min_length=1,
        ),
    ] = None
    job_type_version: Annotated[
        str | None, Field(description="The version of its job type.", max_length=10000, min_length=1)
    ] = None
    configuration: Annotated[
        dict[str, Any] | None,
        Field(description="What this job configures differently from its job type, without secrets."),
    ] = None
    priority: Annotated[
        int | None, Field(description="Its priority in the queue: lower numbers come first.", ge=1, le=2147483647)
    ] = None
    status: Annotated[
        str | None,
        Field(
            description="QUEUED by default; PENDING holds it until a transition queues it.\n\n* `QUEUED` - QUEUED\n* `PENDING` - PENDING"
        ),
    ] = None
    inputs: Annotated[
        list[dict[str, Any]] | None,
        Field(description="Up to 1,000 inputs: one job for each of them, alike in all else.", max_length=1000),
    ] = None
    jobs: Annotated[
        list[JobBodyRequest] | None,
        Field(
            description="Instead of all other fields: up to 1,000 jobs, each as for `POST /v6/jobs/`.",
            max_length=1000,
        ),
    ] = None


class NodeDetails(Model):
    """
    A whole node.
    """

    id: Annotated[int, Field(description="The unique identifier of the node.")]
    hostname: Annotated[str, Field(description="The name of the node, as it claims.")]
    description: Annotated[str | None, Field(description="What an operator says about it.")] = None
    pause_reason: Annotated[
        str | None, Field(description="Why it is paused, as the operator said; null if nothing was.")
    ] = None
    is_paused: Annotated[bool | None, Field(description="Whether it is paused: while it is, it gets no jobs.")] = (
        None
    )
    is_active: Annotated[
        bool | None,
        Field(description="Whether the node is active; one that is not is deprecated, and gets no jobs."),
    ] = None
    deprecated: Annotated[
        AwareDatetime | None, Field(description="When it was deprecated; null while it is active.")
    ] = None
    created: Annotated[AwareDatetime, Field(description="When it first claimed.")]
    last_modified: Annotated[AwareDatetime, Field(description="When an operator last changed it.")]
    software_version: Annotated[
        str | None, Field(description="The version of the program that claims for it, as it says.")
    ] = None
    labels: Annotated[dict[str, Any], Field(description="What it says about itself, name -> text.")]
    last_seen: Annotated[
        AwareDatetime, Field(description="When it last claimed, or sent a heartbeat, to the minute.")
    ]
    account: Annotated[
        str | None,
        Field(
            description="The name of the account that claims for it; null while none has, and for readers without an account."
        ),
    ]
    resources: Annotated[
        dict[str, Any] | None,
        Field(
            description="What it has of each resource, by name in lower case: what it last offered as free, and what the jobs that ran on it then require. Null when it named no resources."
        ),
    ]
    running: Annotated[
        list[Running], Field(description="The jobs that run on it, counted by job type: the 100 with most jobs.")
    ]


class NodeState(Model):
    """
    Whether a node gets jobs.
    """

    name: Annotated[
        str,
        Field(
            description="The name of the state.\n\n* `DEPRECATED` - It is deprecated, and gets no jobs.\n* `OFFLINE` - It was not heard of within the last hour.\n* `PAUSED` - It is paused, and gets no jobs.\n* `ACTIVE` - It gets jobs."
        ),
    ]
    title: Annotated[str, Field(description="The name to show.")]
    description: Annotated[str, Field(description="What it means.")]


class Order(Model):
    """
    What a node is to do with a job that it runs.
    """

    job_id: Annotated[int, Field(description="The id of the job.")]
    num_exes: Annotated[int, Field(description="The number of the try.")]
    action: Annotated[str, Field(description="What to do.\n\n* `continue` - continue\n* `stop` - stop")]
    reason: Annotated[
        str | None,
        Field(
            description="Why to stop: the job was canceled, it runs longer than its timeout, or the try is not (or no longer) one that this account claimed for this node.\n\n* `canceled` - canceled\n* `timed-out` - timed-out\n* `not-yours` - not-yours"
        ),
    ]
    lease_expires: Annotated[
        AwareDatetime | None, Field(description="When the lease expires, which was renewed; null if there is none.")
    ]


class Orders(Model):
    """
    What a node is to do with the jobs that it runs, in their order.
    """

    results: Annotated[list[Order], Field(description="One for each job.")]
    lease_seconds: Annotated[
        int,
        Field(
            description="For how long a node keeps a job without a heartbeat, in seconds; it counts from before it sends the request."
        ),
    ]


class Outcome(Model):
    """
    What became of a change.
    """

    job_id: Annotated[int, Field(description="The id of the job.")]
    outcome: Annotated[
        str,
        Field(
            description="`unchanged`: it had been reported before; `refused`: `refusal` says why.\n\n* `changed` - changed\n* `unchanged` - unchanged\n* `refused` - refused"
        ),
    ]
    status: Annotated[
        str | None,
        Field(
            description="The status of the job now; null when there is no such job.\n\n* `PENDING` - Pending\n* `BLOCKED` - Blocked\n* `QUEUED` - Queued\n* `RUNNING` - Running\n* `FAILED` - Failed\n* `COMPLETED` - Completed\n* `CANCELED` - Canceled"
        ),
    ]
    refusal: Annotated[Finding | None, Field(description="Why the change was not carried out.")]


class PaginatedExecutionList(Model):
    count: Annotated[int, Field(description="The number of results on all pages.", examples=[1])]
    next: Annotated[
        AnyUrl | None, Field(description="The URL of the next page; null on the last one.", examples=[None])
    ]
    previous: Annotated[
        AnyUrl | None, Field(description="The URL of the page before; null on the first one.", examples=[None])
    ]
    results: list[Execution]


class PaginatedFileList(Model):
    count: Annotated[int, Field(description="The number of results on all pages.", examples=[1])]
    next: Annotated[
        AnyUrl | None, Field(description="The URL of the next page; null on the last one.", examples=[None])
    ]
    previous: Annotated[
        AnyUrl | None, Field(description="The URL of the page before; null on the first one.", examples=[None])
    ]
    results: list[File]


class PaginatedJobTypeStatusList(Model):
    count: Annotated[int, Field(description="The number of results on all pages.", examples=[1])]
    next: Annotated[
        AnyUrl | None, Field(description="The URL of the next page; null on the last one.", examples=[None])
    ]
    previous: Annotated[
        AnyUrl | None, Field(description="The URL of the page before; null on the first one.", examples=[None])
    ]
    results: list[JobTypeStatus]


class PaginatedQueueStatusList(Model):
    count: Annotated[int, Field(description="The number of results on all pages.", examples=[1])]
    next: Annotated[
        AnyUrl | None, Field(description="The URL of the next page; null on the last one.", examples=[None])
    ]
    previous: Annotated[
        AnyUrl | None, Field(description="The URL of the page before; null on the first one.", examples=[None])
    ]
    results: list[QueueStatus]


class PaginatedRecipeTypeList(Model):
    count: Annotated[int, Field(description="The number of results on all pages.", examples=[1])]
    next: Annotated[
        AnyUrl | None, Field(description="The URL of the next page; null on the last one.", examples=[None])
    ]
    previous: Annotated[
        AnyUrl | None, Field(description="The URL of the page before; null on the first one.", examples=[None])
    ]
    results: list[RecipeType]


class PaginatedRecipeTypeRevisionList(Model):
    count: Annotated[int, Field(description="The number of results on all pages.", examples=[1])]
    next: Annotated[
        AnyUrl | None, Field(description="The URL of the next page; null on the last one.", examples=[None])
    ]
    previous: Annotated[
        AnyUrl | None, Field(description="The URL of the page before; null on the first one.", examples=[None])
    ]
    results: list[RecipeTypeRevision]


class PaginatedWorkspaceList(Model):
    count: Annotated[int, Field(description="The number of results on all pages.", examples=[1])]
    next: Annotated[
        AnyUrl | None, Field(description="The URL of the next page; null on the last one.", examples=[None])
    ]
    previous: Annotated[
        AnyUrl | None, Field(description="The URL of the page before; null on the first one.", examples=[None])
    ]
    results: list[Workspace]


class PlotOfChoices(Model):
    """
    The values of a column, for each job type that was asked for.
    """

    column: Annotated[PlotColumn, Field(description="The column.")]
    values: Annotated[
        list[PlotValueOfChoice],
        Field(
            description="Its values by time: one for each hour of a window of up to 48 hours, one for each day (in UTC) of a longer one. Values of zero are left out."
        ),
    ]


class Reason(Model):
    """
    What keeps a job from running.
    """

    name: Annotated[
        str,
        Field(
            description="The name of the reason.\n\n* `PENDING` - It is held, as it waits for something outside the queue.\n* `BLOCKED` - It is held, as what it waits for will not come by itself.\n* `SCHEDULER_PAUSED` - The scheduler is paused.\n* `JOB_TYPE_PAUSED` - Its job type is paused.\n* `JOB_TYPE_DEPRECATED` - Its job type is deprecated.\n* `MAX_SCHEDULED` - As many jobs of its job type run as may run at the same time.\n* `UNMET_RESOURCES` - No node has what it requires.\n* `NODES_PAUSED` - Every node that has what it requires is paused or deprecated.\n* `RETRY` - Its last try failed or was canceled, and the next one is not due yet.\n* `NO_NODES` - No node was heard of within the last hour.\n* `QUEUE` - Nothing else: it is not its turn, or no node with room for it has claimed since."
        ),
    ]
    description: Annotated[str, Field(description="The reason, in a sentence.")]


class RecipeTypeDetails(Model):
    """
    A whole recipe type.
    """

    id: Annotated[int, Field(description="The unique identifier of the recipe type.")]
    name: Annotated[str, Field(description="The name of the recipe type, which never changes.", max_length=50)]
    title: Annotated[str, Field(description="The human readable display name.")]
    description: Annotated[str, Field(description="A longer description.")]
    is_active: Annotated[
        bool, Field(description="Whether the recipe type is active; one that is not is deprecated.")
    ]
    is_system: Annotated[bool, Field(description="Whether the recipe type is part of the system itself.")]
    revision_num: Annotated[
        int, Field(description="The number of the current revision.", ge=0, le=9223372036854775807)
    ]
    created: Annotated[AwareDatetime, Field(description="When the recipe type was registered.")]
    deprecated: Annotated[
        AwareDatetime | None, Field(description="When it was deprecated; null while it is active.")
    ]
    last_modified: Annotated[AwareDatetime, Field(description="When it last changed.")]
    definition: Annotated[
        dict[str, Any],
        Field(
            description="The definition: its inputs, and its nodes, what each depends on and what feeds its inputs."
        ),
    ]
    findings: Annotated[
        list[Finding],
        Field(
            description="Why the rules of today would refuse its definition, which stands as it is until it is edited; empty if they would not."
        ),
    ]
    job_types: Annotated[
        list[JobTypeDetails], Field(description="The job types that its nodes run, as they are now.")
    ]
    sub_recipe_types: Annotated[
        list[MemberRecipeType], Field(description="The recipe types that its nodes run, as they are now.")
    ]
    super_recipe_types: Annotated[
        list[MemberRecipeType], Field(description="The recipe types whose nodes run this one, as they are now.")
    ]


class Record(Model):
    """
    One change.
    """

    id: Annotated[int, Field(description="The unique identifier of the record; later ones are larger.")]
    at: Annotated[AwareDatetime, Field(description="When the change was made.")]
    actor: Annotated[
        str,
        Field(
            description="The account that made it; for a command, the system account that ran it.", max_length=150
        ),
    ]
    source: Annotated[
        str,
        Field(description="Where the change came from.\n\n* `api` - Api\n* `admin` - Admin\n* `command` - Command"),
    ]
    request_id: Annotated[
        str | None, Field(description="The X-Request-ID of the request; empty for commands.", max_length=64)
    ] = None
    command: Annotated[str | None, Field(description="The command; empty for requests.", max_length=100)] = None
    kind: Annotated[
        str,
        Field(
            description="What was changed.\n\n* `job_type` - Job Type\n* `workspace` - Workspace\n* `file` - File\n* `recipe_type` - Recipe Type\n* `job` - Job\n* `node` - Node\n* `scheduler` - Scheduler"
        ),
    ]
    name: Annotated[
        str,
        Field(
            description="Its name; the id of a file or of a job, and empty for a selection of jobs.", max_length=255
        ),
    ]
    version: Annotated[
        str | None,
        Field(description="Its version; empty for all but job types, which alone have one.", max_length=50),
    ] = None
    action: Annotated[
        str,
        Field(
            description="What was done; `followed` is a recipe type that changed because the job types of its nodes did, `secrets_delivered` a try whose node was handed secrets.\n\n* `created` - Created\n* `edited` - Edited\n* `followed` - Followed\n* `canceled` - Canceled\n* `requeued` - Requeued\n* `secrets_delivered` - Secrets Delivered"
        ),
    ]
    changes: Annotated[
        dict[str, Changes],
        Field(
            description="The changed fields: `old` and `new`, or `changed` for documents and for settings. Of jobs: the `selection` and the `count`, or the try (`exe_num`), the `node` and the names of the `secrets`."
        ),
    ]


class RegisteredFile(Model):
    """
    A file that was registered.
    """

    id: Annotated[int, Field(description="The unique identifier of the file.")]
    uuid: Annotated[UUID, Field(description="The universally unique id of the file.")]
    file_name: Annotated[str, Field(description="The name of the file, without folders.", max_length=250)]
    workspace: Annotated[WorkspaceOfFile, Field(description="Where it lies.")]
    data_type_tags: Annotated[list[str], Field(description="Tags of what it holds; empty, as there are none yet.")]
    media_type: Annotated[
        str | None,
        Field(description="Its media type, such as `image/tiff`; empty if it is not known.", max_length=250),
    ] = None
    file_type: Annotated[
        str,
        Field(
            description="PRODUCT if a job made it, else SOURCE, which somebody registered.\n\n* `SOURCE` - SOURCE\n* `PRODUCT` - PRODUCT"
        ),
    ]
    file_size: Annotated[
        int, Field(description="Its size in bytes.", ge=-9223372036854775808, le=9223372036854775807)
    ]
    sha256: Annotated[
        str | None,
        Field(
            description="The SHA-256 digest of what it holds, in hexadecimal; empty if it is not known.",
            max_length=64,
        ),
    ] = None
    file_path: Annotated[str, Field(description="Its path from the root of the workspace.", max_length=1000)]
    is_deleted: Annotated[bool | None, Field(description="Whether it is gone from the workspace.")] = False
    url: Annotated[str | None, Field(description="Where it can be read; null if its workspace has no `base_url`.")]
    created: Annotated[AwareDatetime, Field(description="When it was registered.")]
    deleted: Annotated[
        AwareDatetime | None, Field(description="Since when it is gone; null while it is there.")
    ] = None
    data_started: Annotated[
        AwareDatetime | None, Field(description="When what it shows began; null if unknown.")
    ] = None
    data_ended: Annotated[AwareDatetime | None, Field(description="When what it shows ended; null if unknown.")] = (
        None
    )
    source_started: Annotated[AwareDatetime | None, Field(description="When its source data begin; null.")]
    source_ended: Annotated[AwareDatetime | None, Field(description="When its source data end; null.")]
    source_sensor_class: Annotated[
        str | None, Field(description="The class of sensor that took its source data; null.")
    ]
    source_sensor: Annotated[str | None, Field(description="The sensor that took them; null.")]
    source_collection: Annotated[str | None, Field(description="Their collection; null.")]
    source_task: Annotated[str | None, Field(description="Their task; null.")]
    last_modified: Annotated[AwareDatetime, Field(description="When what is known of it last changed.")]
    geometry: Annotated[str | None, Field(description="The place that it shows; null, see `meta_data`.")]
    center_point: Annotated[str | None, Field(description="The middle of that place; null.")]
    countries: Annotated[list[str], Field(description="The countries that it shows; empty, as none are known yet.")]
    job_type: Annotated[JobTypeOfFile | None, Field(description="The job type of its job; null for a source.")]
    job: Annotated[JobOfFile | None, Field(description="The job that made it; null for a source.")]
    job_exe: Annotated[TryOfFile | None, Field(description="The try that made it; null for a source.")]
    job_output: Annotated[
        str | None, Field(description="The output of the manifest that it is of; null for a source.")
    ]
    recipe_type: Annotated[dict[str, Any] | None, Field(description="The recipe type of its recipe; null.")]
    recipe: Annotated[
        dict[str, Any] | None, Field(description="The recipe that its job is part of; null, as none runs yet.")
    ]
    recipe_node: Annotated[str | None, Field(description="The node of that recipe; null.")]
    batch: Annotated[dict[str, Any] | None, Field(description="The batch of its job; null, as there are none yet.")]
    is_superseded: Annotated[bool, Field(description="Whether another file replaced it; false, as none does yet.")]
    superseded: Annotated[AwareDatetime | None, Field(description="When another file replaced it; null.")]
    meta_data: Annotated[
        dict[str, Any], Field(description="What is known of what it holds, such as GeoJSON properties.")
    ]
    warnings: Annotated[list[Finding], Field(description="Findings that are worth knowing but are not faults.")]


class RegisteredRecipeType(Model):
    """
    A recipe type that was registered.
    """

    id: Annotated[int, Field(description="The unique identifier of the recipe type.")]
    name: Annotated[str, Field(description="The name of the recipe type, which never changes.", max_length=50)]
    title: Annotated[str, Field(description="The human readable display name.")]
    description: Annotated[str, Field(description="A longer description.")]
    is_active: Annotated[
        bool, Field(description="Whether the recipe type is active; one that is not is deprecated.")
    ]
    is_system: Annotated[bool, Field(description="Whether the recipe type is part of the system itself.")]
    revision_num: Annotated[
        int, Field(description="The number of the current revision.", ge=0, le=9223372036854775807)
    ]
    created: Annotated[AwareDatetime, Field(description="When the recipe type was registered.")]
    deprecated: Annotated[
        AwareDatetime | None, Field(description="When it was deprecated; null while it is active.")
    ]
    last_modified: Annotated[AwareDatetime, Field(description="When it last changed.")]
    definition: Annotated[
        dict[str, Any],
        Field(
            description="The definition: its inputs, and its nodes, what each depends on and what feeds its inputs."
        ),
    ]
    findings: Annotated[
        list[Finding],
        Field(
            description="Why the rules of today would refuse its definition, which stands as it is until it is edited; empty if they would not."
        ),
    ]
    job_types: Annotated[
        list[JobTypeDetails], Field(description="The job types that its nodes run, as they are now.")
    ]
    sub_recipe_types: Annotated[
        list[MemberRecipeType], Field(description="The recipe types that its nodes run, as they are now.")
    ]
    super_recipe_types: Annotated[
        list[MemberRecipeType], Field(description="The recipe types whose nodes run this one, as they are now.")
    ]
    warnings: Annotated[list[Finding], Field(description="Findings that are worth knowing but are not faults.")]


class RevisionOfJob(Model):
    """
    A revision of a job type, as lists of jobs show it.
    """

    id: Annotated[int, Field(description="The unique identifier of the revision.")]
    job_type: Annotated[FieldJobTypeId, Field(description="Its job type.")]
    revision_num: Annotated[
        int, Field(description="The number of the revision, from 1.", ge=0, le=9223372036854775807)
    ]
    docker_image: Annotated[str, Field(description="The Docker image that holds the algorithm.", max_length=500)]


class SchedulerState(Model):
    """
    Whether nodes get jobs.
    """

    name: Annotated[
        str,
        Field(
            description="The name of the state.\n\n* `PAUSED` - It is paused: no node gets a job.\n* `READY` - Nodes get jobs."
        ),
    ]
    title: Annotated[str, Field(description="The name to show.")]
    description: Annotated[str, Field(description="What it means.")]


class SchedulerStatus(Model):
    """
    What hands jobs out.
    """

    hostname: Annotated[str, Field(description="The name of the service, as the request has it.")]
    state: Annotated[SchedulerState, Field(description="Whether nodes get jobs.")]
    warnings: Annotated[list[str], Field(description="None; a job type and a job say what they wait for.")]


class Statistics(Model):
    """
    How the work of a job type, or of all, is going.
    """

    period: Annotated[
        str,
        Field(
            description="`hour` for a window of up to 48 hours, `day` (in UTC) for a longer one.\n\n* `hour` - hour\n* `day` - day"
        ),
    ]
    total: Annotated[FieldEnded, Field(description="What ended in all of these hours or days.")]
    periods: Annotated[list[FieldEnded], Field(description="What ended in each of them, by time.")]
    queue: Annotated[Queue, Field(description="The queue now.")]


class TransitionsBodyRequest(Model):
    """
    What is reported of jobs.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    changes: Annotated[
        list[ChangeBodyRequest],
        Field(description="Up to 1000 changes, which are carried out in this order.", max_length=1000),
    ]
    atomic: Annotated[
        bool | None, Field(description="Whether all changes are carried out or, when one is refused, none.")
    ] = None
    claim: Annotated[
        NextClaimBodyRequest | None,
        Field(
            description="Jobs to claim after the changes are made, with a `claim_id`, so that it is safe to send the request again. It needs the right to claim, too."
        ),
    ] = None


class Claimed(Model):
    """
    The jobs that the node is to run now.
    """

    results: Annotated[list[ClaimedJob], Field(description="The jobs, now RUNNING; empty when there is none.")]
    lease_seconds: Annotated[
        int,
        Field(
            description="For how long a node keeps a job without a heartbeat, in seconds; it counts from before it sends the request."
        ),
    ]
    waited: Annotated[
        float | None,
        Field(description="How many seconds after the claim arrived the jobs were looked for, as `wait` asked."),
    ] = 0.0


class CreatedJob(Model):
    """
    A job that was created.
    """

    id: Annotated[int, Field(description="The unique identifier of the job.")]
    job_type: Annotated[JobTypeBrief, Field(description="Its job type, as it is now.")]
    job_type_rev: Annotated[JobTypeRevisionDetails, Field(description="The revision of the job type that it runs.")]
    error: Annotated[JobError | None, Field(description="Why it FAILED; null in every other status.")]
    node: Annotated[
        NodeBrief | None, Field(description="The node that runs it, or ran it last; null before and in the queue.")
    ]
    event: Annotated[Event, Field(description="Who created it, and when.")]
    status: Annotated[
        str | None,
        Field(
            description="Where the job is in its life.\n\n* `PENDING` - Pending\n* `BLOCKED` - Blocked\n* `QUEUED` - Queued\n* `RUNNING` - Running\n* `FAILED` - Failed\n* `COMPLETED` - Completed\n* `CANCELED` - Canceled"
        ),
    ] = None
    priority: Annotated[
        int | None,
        Field(description="Its priority in the queue: lower numbers come first.", ge=0, le=9223372036854775807),
    ] = None
    exit_code: Annotated[
        int | None,
        Field(
            description="The exit code of the last try that ended, as it was reported.",
            ge=-9223372036854775808,
            le=9223372036854775807,
        ),
    ] = None
    max_tries: Annotated[
        int | None,
        Field(
            description="How often it is tried at most when it fails of an error that should be retried.",
            ge=0,
            le=9223372036854775807,
        ),
    ] = None
    num_exes: Annotated[
        int | None,
        Field(
            description="How often it was started: the number of its last try, to be sent with reports of that try.",
            ge=0,
            le=9223372036854775807,
        ),
    ] = None
    created: Annotated[AwareDatetime, Field(description="When it was created.")]
    queued: Annotated[
        AwareDatetime | None, Field(description="When it last entered the queue; null when it never did.")
    ] = None
    started: Annotated[
        AwareDatetime | None, Field(description="When its last try started; null while it waits for one.")
    ] = None
    ended: Annotated[
        AwareDatetime | None, Field(description="When it FAILED, was COMPLETED or CANCELED; null before.")
    ] = None
    last_status_change: Annotated[AwareDatetime, Field(description="When it last entered another status.")]
    last_modified: Annotated[AwareDatetime, Field(description="When it last changed.")]
    ingest_event: Annotated[
        dict[str, Any] | None, Field(description="The ingest that made it; null, as there are none yet.")
    ]
    recipe: Annotated[
        dict[str, Any] | None, Field(description="The recipe that it is part of; null, as none runs yet.")
    ]
    batch: Annotated[
        dict[str, Any] | None, Field(description="The batch that it is part of; null, as there are none yet.")
    ]
    is_superseded: Annotated[bool, Field(description="Whether another job replaced it; false, as none does yet.")]
    superseded: Annotated[AwareDatetime | None, Field(description="When another job replaced it; null.")]
    superseded_job: Annotated[dict[str, Any] | None, Field(description="The job that it replaced; null.")]
    input_files: Annotated[
        dict[str, Any],
        Field(
            description="The names of its input files, by input; empty: `/v6/jobs/{id}/input_files/` lists the files."
        ),
    ]
    input_file_size: Annotated[float | None, Field(description="The size of its input files in MiB; null.")]
    source_started: Annotated[AwareDatetime | None, Field(description="When its source data begin; null.")]
    source_ended: Annotated[AwareDatetime | None, Field(description="When its source data end; null.")]
    source_sensor_class: Annotated[
        str | None, Field(description="The class of sensor that took its source data; null.")
    ]
    source_sensor: Annotated[str | None, Field(description="The sensor that took them; null.")]
    source_collection: Annotated[str | None, Field(description="Their collection; null.")]
    source_task: Annotated[str | None, Field(description="Their task; null.")]
    superseded_by_job: Annotated[dict[str, Any] | None, Field(description="The job that replaced it; null.")]
    resources: Annotated[
        dict[str, Any], Field(description="`resources`: how much it requires of each resource, by name.")
    ]
    execution: Annotated[ExecutionDetails | None, Field(description="Its last try; null if it never started.")]
    input: Annotated[
        dict[str, Any], Field(description="What it runs on: `files` (name to file ids) and `json` (name to value).")
    ]
    output: Annotated[
        dict[str, Any],
        Field(description="What it left behind, as it was reported; `files` and `json` are empty before."),
    ]
    configuration: Annotated[
        dict[str, Any],
        Field(
            description="How it runs: its own configuration, and where that says nothing, that of its job type when it was last queued; without secrets."
        ),
    ]
    warnings: Annotated[list[Finding], Field(description="Findings that are worth knowing but are not faults.")]


class Dependencies(Model):
    """
    What the service depends on.
    """

    database: Annotated[Dependency, Field(description="The database.")]


class Difference(Model):
    """
    How two revisions differ.
    """

    old: Annotated[ComparedRevision, Field(description="The revision of `from`.")]
    new: Annotated[ComparedRevision, Field(description="The revision of `to`.")]
    changes: Annotated[
        list[Change],
        Field(
            description="The values that differ, at most 1,000. Inputs, outputs, mounts, settings and resources are matched by their names and errors by their codes, in any order; any other array is one value."
        ),
    ]
    is_complete: Annotated[bool, Field(description="Whether there are no more changes.")]
    interface: Annotated[list[InterfaceChange], Field(description="What became of the inputs and outputs.")]
    recipe_types: Annotated[
        list[Effect],
        Field(description="The active recipe types that hold the job type of the old revision, by name."),
    ]
    unchecked_recipe_types: Annotated[
        list[str], Field(description="The names of those that are too many, or too large, to be looked at.")
    ]


class Executions(Model):
    """
    The tries of a node.
    """

    running: Annotated[RunningOnNode, Field(description="Those that run.")]
    completed: Annotated[
        Total,
        Field(
            description="Those that were completed within the last three hours, and among the last 50000 that ended on any node."
        ),
    ]
    failed: Annotated[Failed, Field(description="Those that failed, of the same.")]


class Job(Model):
    """
    A job in a list.
    """

    id: Annotated[int, Field(description="The unique identifier of the job.")]
    job_type: Annotated[JobTypeBrief, Field(description="Its job type, as it is now.")]
    job_type_rev: Annotated[RevisionOfJob, Field(description="The revision of the job type that it runs.")]
    error: Annotated[JobError | None, Field(description="Why it FAILED; null in every other status.")]
    node: Annotated[
        NodeBrief | None, Field(description="The node that runs it, or ran it last; null before and in the queue.")
    ]
    event: Annotated[Event, Field(description="Who created it, and when.")]
    status: Annotated[
        str | None,
        Field(
            description="Where the job is in its life.\n\n* `PENDING` - Pending\n* `BLOCKED` - Blocked\n* `QUEUED` - Queued\n* `RUNNING` - Running\n* `FAILED` - Failed\n* `COMPLETED` - Completed\n* `CANCELED` - Canceled"
        ),
    ] = None
    priority: Annotated[
        int | None,
        Field(description="Its priority in the queue: lower numbers come first.", ge=0, le=9223372036854775807),
    ] = None
    exit_code: Annotated[
        int | None,
        Field(
            description="The exit code of the last try that ended, as it was reported.",
            ge=-9223372036854775808,
            le=9223372036854775807,
        ),
    ] = None
    max_tries: Annotated[
        int | None,
        Field(
            description="How often it is tried at most when it fails of an error that should be retried.",
            ge=0,
            le=9223372036854775807,
        ),
    ] = None
    num_exes: Annotated[
        int | None,
        Field(
            description="How often it was started: the number of its last try, to be sent with reports of that try.",
            ge=0,
            le=9223372036854775807,
        ),
    ] = None
    created: Annotated[AwareDatetime, Field(description="When it was created.")]
    queued: Annotated[
        AwareDatetime | None, Field(description="When it last entered the queue; null when it never did.")
    ] = None
    started: Annotated[
        AwareDatetime | None, Field(description="When its last try started; null while it waits for one.")
    ] = None
    ended: Annotated[
        AwareDatetime | None, Field(description="When it FAILED, was COMPLETED or CANCELED; null before.")
    ] = None
    last_status_change: Annotated[AwareDatetime, Field(description="When it last entered another status.")]
    last_modified: Annotated[AwareDatetime, Field(description="When it last changed.")]
    ingest_event: Annotated[
        dict[str, Any] | None, Field(description="The ingest that made it; null, as there are none yet.")
    ]
    recipe: Annotated[
        dict[str, Any] | None, Field(description="The recipe that it is part of; null, as none runs yet.")
    ]
    batch: Annotated[
        dict[str, Any] | None, Field(description="The batch that it is part of; null, as there are none yet.")
    ]
    is_superseded: Annotated[bool, Field(description="Whether another job replaced it; false, as none does yet.")]
    superseded: Annotated[AwareDatetime | None, Field(description="When another job replaced it; null.")]
    superseded_job: Annotated[dict[str, Any] | None, Field(description="The job that it replaced; null.")]
    input_files: Annotated[
        dict[str, Any],
        Field(
            description="The names of its input files, by input; empty: `/v6/jobs/{id}/input_files/` lists the files."
        ),
    ]
    input_file_size: Annotated[float | None, Field(description="The size of its input files in MiB; null.")]
    source_started: Annotated[AwareDatetime | None, Field(description="When its source data begin; null.")]
    source_ended: Annotated[AwareDatetime | None, Field(description="When its source data end; null.")]
    source_sensor_class: Annotated[
        str | None, Field(description="The class of sensor that took its source data; null.")
    ]
    source_sensor: Annotated[str | None, Field(description="The sensor that took them; null.")]
    source_collection: Annotated[str | None, Field(description="Their collection; null.")]
    source_task: Annotated[str | None, Field(description="Their task; null.")]


class JobDetails(Model):
    """
    A job, whole, and why it does not run.
    """

    id: Annotated[int, Field(description="The unique identifier of the job.")]
    job_type: Annotated[JobTypeBrief, Field(description="Its job type, as it is now.")]
    job_type_rev: Annotated[JobTypeRevisionDetails, Field(description="The revision of the job type that it runs.")]
    error: Annotated[JobError | None, Field(description="Why it FAILED; null in every other status.")]
    node: Annotated[
        NodeBrief | None, Field(description="The node that runs it, or ran it last; null before and in the queue.")
    ]
    event: Annotated[Event, Field(description="Who created it, and when.")]
    status: Annotated[
        str | None,
        Field(
            description="Where the job is in its life.\n\n* `PENDING` - Pending\n* `BLOCKED` - Blocked\n* `QUEUED` - Queued\n* `RUNNING` - Running\n* `FAILED` - Failed\n* `COMPLETED` - Completed\n* `CANCELED` - Canceled"
        ),
    ] = None
    priority: Annotated[
        int | None,
        Field(description="Its priority in the queue: lower numbers come first.", ge=0, le=9223372036854775807),
    ] = None
    exit_code: Annotated[
        int | None,
        Field(
            description="The exit code of the last try that ended, as it was reported.",
            ge=-9223372036854775808,
            le=9223372036854775807,
        ),
    ] = None
    max_tries: Annotated[
        int | None,
        Field(
            description="How often it is tried at most when it fails of an error that should be retried.",
            ge=0,
            le=9223372036854775807,
        ),
    ] = None
    num_exes: Annotated[
        int | None,
        Field(
            description="How often it was started: the number of its last try, to be sent with reports of that try.",
            ge=0,
            le=9223372036854775807,
        ),
    ] = None
    created: Annotated[AwareDatetime, Field(description="When it was created.")]
    queued: Annotated[
        AwareDatetime | None, Field(description="When it last entered the queue; null when it never did.")
    ] = None
    started: Annotated[
        AwareDatetime | None, Field(description="When its last try started; null while it waits for one.")
    ] = None
    ended: Annotated[
        AwareDatetime | None, Field(description="When it FAILED, was COMPLETED or CANCELED; null before.")
    ] = None
    last_status_change: Annotated[AwareDatetime, Field(description="When it last entered another status.")]
    last_modified: Annotated[AwareDatetime, Field(description="When it last changed.")]
    ingest_event: Annotated[
        dict[str, Any] | None, Field(description="The ingest that made it; null, as there are none yet.")
    ]
    recipe: Annotated[
        dict[str, Any] | None, Field(description="The recipe that it is part of; null, as none runs yet.")
    ]
    batch: Annotated[
        dict[str, Any] | None, Field(description="The batch that it is part of; null, as there are none yet.")
    ]
    is_superseded: Annotated[bool, Field(description="Whether another job replaced it; false, as none does yet.")]
    superseded: Annotated[AwareDatetime | None, Field(description="When another job replaced it; null.")]
    superseded_job: Annotated[dict[str, Any] | None, Field(description="The job that it replaced; null.")]
    input_files: Annotated[
        dict[str, Any],
        Field(
            description="The names of its input files, by input; empty: `/v6/jobs/{id}/input_files/` lists the files."
        ),
    ]
    input_file_size: Annotated[float | None, Field(description="The size of its input files in MiB; null.")]
    source_started: Annotated[AwareDatetime | None, Field(description="When its source data begin; null.")]
    source_ended: Annotated[AwareDatetime | None, Field(description="When its source data end; null.")]
    source_sensor_class: Annotated[
        str | None, Field(description="The class of sensor that took its source data; null.")
    ]
    source_sensor: Annotated[str | None, Field(description="The sensor that took them; null.")]
    source_collection: Annotated[str | None, Field(description="Their collection; null.")]
    source_task: Annotated[str | None, Field(description="Their task; null.")]
    superseded_by_job: Annotated[dict[str, Any] | None, Field(description="The job that replaced it; null.")]
    resources: Annotated[
        dict[str, Any], Field(description="`resources`: how much it requires of each resource, by name.")
    ]
    execution: Annotated[ExecutionDetails | None, Field(description="Its last try; null if it never started.")]
    input: Annotated[
        dict[str, Any], Field(description="What it runs on: `files` (name to file ids) and `json` (name to value).")
    ]
    output: Annotated[
        dict[str, Any],
        Field(description="What it left behind, as it was reported; `files` and `json` are empty before."),
    ]
    configuration: Annotated[
        dict[str, Any],
        Field(
            description="How it runs: its own configuration, and where that says nothing, that of its job type when it was last queued; without secrets."
        ),
    ]
    waiting: Annotated[
        list[Reason] | None,
        Field(
            description="Why it does not run, the weightiest reason first; null unless it is PENDING, BLOCKED or QUEUED."
        ),
    ]


class NodeStatus(Model):
    """
    What a node does.
    """

    id: Annotated[int, Field(description="The unique identifier of the node.")]
    hostname: Annotated[str, Field(description="The name of the node, as it claims.")]
    state: Annotated[NodeState, Field(description="Whether it gets jobs.")]
    job_executions: Annotated[Executions, Field(description="Its tries, counted every 5 seconds.")]


class Outcomes(Model):
    """
    What became of the changes, in their order.
    """

    results: Annotated[list[Outcome], Field(description="One for each change.")]
    changed: Annotated[int, Field(description="How many were carried out.")]
    unchanged: Annotated[int, Field(description="How many had been reported before.")]
    refused: Annotated[int, Field(description="How many were refused.")]
    claimed: Annotated[
        Claimed | None, Field(description="As the answer to a claim; null if the request had no `claim`.")
    ]


class PaginatedJobList(Model):
    count: Annotated[int, Field(description="The number of results on all pages.", examples=[1])]
    next: Annotated[
        AnyUrl | None, Field(description="The URL of the next page; null on the last one.", examples=[None])
    ]
    previous: Annotated[
        AnyUrl | None, Field(description="The URL of the page before; null on the first one.", examples=[None])
    ]
    results: list[Job]


class PaginatedPlotOfChoicesList(Model):
    count: Annotated[int, Field(description="The number of results on all pages.", examples=[1])]
    next: Annotated[
        AnyUrl | None, Field(description="The URL of the next page; null on the last one.", examples=[None])
    ]
    previous: Annotated[
        AnyUrl | None, Field(description="The URL of the page before; null on the first one.", examples=[None])
    ]
    results: list[PlotOfChoices]


class PaginatedRecordList(Model):
    count: Annotated[int, Field(description="The number of results on all pages.", examples=[1])]
    next: Annotated[
        AnyUrl | None, Field(description="The URL of the next page; null on the last one.", examples=[None])
    ]
    previous: Annotated[
        AnyUrl | None, Field(description="The URL of the page before; null on the first one.", examples=[None])
    ]
    results: list[Record]


class FleetStatus(Model):
    """
    How the fleet is doing.
    """

    resources: Annotated[Resources, Field(description="The resources of all nodes together.")]
    nodes: Annotated[list[NodeStatus], Field(description="The nodes, by name: the 1000 that were heard of last.")]
    job_types: Annotated[list[JobTypeBrief], Field(description="The job types that `nodes` name.")]
    scheduler: Annotated[SchedulerStatus, Field(description="What hands jobs out.")]
    dependencies: Annotated[Dependencies, Field(description="What the service depends on.")]
