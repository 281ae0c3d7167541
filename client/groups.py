"""All requests of the API, each described once: the methods of ``Scale`` and ``AsyncScale``, by kind of thing."""

from client import models
from client.calls import (
    Answer,
    Body,
    Call,
    Filter,
    Listing,
    document_of,
    get,
    path_of,
    reading,
    with_key,
    write,
)
from client.endpoints import C, Group, endpoint, listing

Registration = models.Registered | models.Edited
"""What registering answers: ``Registered`` (201), or ``Edited`` (200) if the name and version existed."""


def _registration(answer: Answer) -> Registration:
    model: type[Registration] = models.Registered if answer.status == 201 else models.Edited
    return reading(model)(answer)


def _recipe_registration(answer: Answer) -> models.RegisteredRecipeType | models.EditedRecipeType:
    if answer.status == 201:
        return reading(models.RegisteredRecipeType)(answer)
    return reading(models.EditedRecipeType)(answer)


class JobTypes(Group[C]):
    """Job types and their revisions."""

    @listing
    def list(self, **filters: Filter) -> Listing[models.JobType]:
        """All versions of all job types; filters: ``keyword``, ``id``, ``is_active``, ``is_system``, ``order``."""
        return Listing("job-types/", models.JobType, filters)

    @listing
    def names(self, **filters: Filter) -> Listing[models.JobTypeName]:
        """The names of job types, each with its versions."""
        return Listing("job-type-names/", models.JobTypeName, filters)

    @listing
    def versions(self, name: str, **filters: Filter) -> Listing[models.JobType]:
        """The versions of one name, newest first."""
        return Listing(path_of("job-types", name), models.JobType, filters)

    @endpoint
    def show(self, name: str, version: str) -> Call[models.JobTypeDetails]:
        """One job type, with its manifest and its configuration, without secrets."""
        return get(path_of("job-types", name, version), models.JobTypeDetails)

    @endpoint
    def validate(self, body: Body) -> Call[models.Report]:
        """What registering ``body`` would find. Nothing is written."""
        return write("POST", "job-types/validation/", reading(models.Report), body, repeatable=True)

    @endpoint
    def register(self, body: Body, *, only_new: bool = False, if_match: str | None = None) -> Call[Registration]:
        """Register a Seed image, or edit the job type that has its name and version.

        With ``only_new`` a name and version that exist raise Changed, as does another tag than ``if_match``.
        """
        headers = {"If-None-Match": "*"} if only_new else {} if if_match is None else {"If-Match": if_match}
        return Call("POST", "job-types/", _registration, document_of(body), headers, repeatable=not headers)

    @endpoint
    def import_image(self, image: str, body: Body) -> Call[Registration]:
        """Register an image of a registry by its label; ``body`` has the other fields of a registration."""
        return write(
            "POST", "job-types/import/", _registration, {**document_of(body), "image": image}, repeatable=True
        )

    @endpoint
    def validate_image(self, image: str, body: Body) -> Call[models.Report]:
        """What importing ``image`` would find. Nothing is written."""
        document = {**document_of(body), "image": image, "dry_run": True}
        return write("POST", "job-types/import/", reading(models.Report), document, repeatable=True)

    @endpoint
    def edit(self, name: str, version: str, body: Body, *, if_match: str | None = None) -> Call[models.Edited]:
        """Edit a job type; with ``if_match`` raise Changed if somebody else was faster."""
        path = path_of("job-types", name, version)
        return write("PATCH", path, reading(models.Edited), body, repeatable=True, if_match=if_match)

    @listing
    def revisions(self, name: str, version: str) -> Listing[models.JobTypeRevision]:
        """The revisions of a job type, newest first."""
        return Listing(path_of("job-types", name, version, "revisions"), models.JobTypeRevision)

    @endpoint
    def revision(self, name: str, version: str, number: int) -> Call[models.JobTypeRevisionDetails]:
        """One revision, with its manifest."""
        return get(path_of("job-types", name, version, "revisions", number), models.JobTypeRevisionDetails)

    @endpoint
    def diff(
        self,
        name: str,
        version: str,
        *,
        from_revision: int | None = None,
        to_revision: int | None = None,
        from_version: str | None = None,
    ) -> Call[models.Difference]:
        """What differs between two revisions, or between two versions, and what it means to recipes."""
        query: dict[str, Filter] = {"from": from_revision, "to": to_revision, "from_version": from_version}
        return get(path_of("job-types", name, version, "diff"), models.Difference, query)

    @endpoint
    def statistics(self, name: str, version: str, **filters: Filter) -> Call[models.Statistics]:
        """Throughput, failures, waits and runs of a job type by hour or day."""
        return get(path_of("job-types", name, version, "stats"), models.Statistics, filters)

    @listing
    def status(self, **filters: Filter) -> Listing[models.JobTypeStatus]:
        """Job types with the numbers of their jobs by status."""
        return Listing("job-types/status/", models.JobTypeStatus, filters)

    @listing
    def pending(self, **filters: Filter) -> Listing[models.JobTypePending]:
        """Job types with pending jobs, and since when the oldest one waits."""
        return Listing("job-types/pending/", models.JobTypePending, filters)

    @listing
    def running(self, **filters: Filter) -> Listing[models.JobTypeRunning]:
        """Job types with running jobs, and since when the oldest one runs."""
        return Listing("job-types/running/", models.JobTypeRunning, filters)

    @listing
    def system_failures(self, **filters: Filter) -> Listing[models.JobTypeFailures]:
        """Job types with jobs that failed of an error of the system, by error."""
        return Listing("job-types/system-failures/", models.JobTypeFailures, filters)


class RecipeTypes(Group[C]):
    """Recipe types and their revisions."""

    @listing
    def list(self, **filters: Filter) -> Listing[models.RecipeType]:
        """All recipe types; filters: ``keyword``, ``is_active``, ``is_system``, ``order``."""
        return Listing("recipe-types/", models.RecipeType, filters)

    @endpoint
    def show(self, name: str) -> Call[models.RecipeTypeDetails]:
        """One recipe type, with its definition and what it is made of."""
        return get(path_of("recipe-types", name), models.RecipeTypeDetails)

    @endpoint
    def validate(self, body: Body) -> Call[models.CheckedRecipeType]:
        """What registering ``body`` would find. Nothing is written."""
        return write("POST", "recipe-types/validation/", reading(models.CheckedRecipeType), body, repeatable=True)

    @endpoint
    def register(self, body: Body) -> Call[models.RegisteredRecipeType | models.EditedRecipeType]:
        """Register a recipe type, or edit the one that has its name."""
        # Without a name, each registration makes another recipe type.
        document = document_of(body)
        return write("POST", "recipe-types/", _recipe_registration, document, repeatable="name" in document)

    @endpoint
    def edit(self, name: str, body: Body, *, if_match: str | None = None) -> Call[models.EditedRecipeType]:
        """Edit a recipe type; with ``if_match`` raise Changed if somebody else was faster."""
        path = path_of("recipe-types", name)
        return write("PATCH", path, reading(models.EditedRecipeType), body, repeatable=True, if_match=if_match)

    @listing
    def revisions(self, name: str) -> Listing[models.RecipeTypeRevision]:
        """The revisions of a recipe type, newest first."""
        return Listing(path_of("recipe-types", name, "revisions"), models.RecipeTypeRevision)

    @endpoint
    def revision(self, name: str, number: int) -> Call[models.RecipeTypeRevisionDetails]:
        """One revision, with its definition."""
        return get(path_of("recipe-types", name, "revisions", number), models.RecipeTypeRevisionDetails)


class Jobs(Group[C]):
    """Jobs: created, looked at, canceled and requeued, claimed and reported."""

    @listing
    def list(self, **filters: Filter) -> Listing[models.Job]:
        """Jobs, the latest change first: with ``order="id"`` no change moves a job to another page meanwhile."""
        return Listing("jobs/", models.Job, filters)

    @endpoint
    def show(self, job_id: int) -> Call[models.JobDetails]:
        """One job, with its documents, its last try, and why it waits."""
        return get(path_of("jobs", job_id), models.JobDetails)

    @endpoint
    def create(self, body: Body, *, idempotency_key: str | None = None) -> Call[models.CreatedJob]:
        """Create a job, once, however often the request has to be sent."""
        return with_key("jobs/", models.CreatedJob, body, idempotency_key)

    @endpoint
    def create_many(self, body: Body, *, idempotency_key: str | None = None) -> Call[models.CreatedJobs]:
        """Create up to 1,000 jobs, all or none, once: ``inputs`` of one job type, or ``jobs`` of any."""
        return with_key("jobs/bulk/", models.CreatedJobs, body, idempotency_key)

    @endpoint
    def cancel(self, selection: Body, *, idempotency_key: str | None = None) -> Call[models.Stepped]:
        """Cancel the jobs that ``selection`` chooses, at most 10,000; ``remaining`` says how many are left."""
        return with_key("jobs/cancel/", models.Stepped, selection, idempotency_key)

    @endpoint
    def requeue(self, selection: Body, *, idempotency_key: str | None = None) -> Call[models.Stepped]:
        """Requeue the failed and canceled jobs that ``selection`` chooses, at most 10,000."""
        return with_key("jobs/requeue/", models.Stepped, selection, idempotency_key)

    @endpoint
    def claim(self, body: Body) -> Call[models.Claimed]:
        """Claim jobs for a node. With a ``claim_id`` the request may be sent again, and returns the same jobs."""
        document = document_of(body)
        return write("POST", "jobs/claim/", reading(models.Claimed), document, repeatable="claim_id" in document)

    @endpoint
    def report(self, body: Body) -> Call[models.Outcomes]:
        """Report what became of jobs, up to 1,000 changes, and ``claim`` others; it is safe to repeat a report."""
        return write("POST", "jobs/transitions/", reading(models.Outcomes), body, repeatable=True)

    @listing
    def executions(self, job_id: int, **filters: Filter) -> Listing[models.Execution]:
        """The tries of a job, newest first."""
        return Listing(path_of("jobs", job_id, "executions"), models.Execution, filters)

    @listing
    def input_files(self, job_id: int, **filters: Filter) -> Listing[models.File]:
        """The files that a job reads, in the order of its inputs; ``job_input`` chooses some."""
        return Listing(path_of("jobs", job_id, "input_files"), models.File, filters)

    @endpoint
    def execution(self, job_id: int, number: int) -> Call[models.ExecutionDetails]:
        """One try of a job, by its number."""
        return get(path_of("jobs", job_id, "executions", number), models.ExecutionDetails)


class Executions(Group[C]):
    """The tries of all jobs, and their logs."""

    @listing
    def list(self, **filters: Filter) -> Listing[models.Execution]:
        """Tries, newest first."""
        return Listing("job-executions/", models.Execution, filters)

    @endpoint
    def show(self, execution_id: int) -> Call[models.ExecutionDetails]:
        """One try, by its id."""
        return get(path_of("job-executions", execution_id), models.ExecutionDetails)

    @endpoint
    def log(self, execution_id: int, log: str = "combined") -> Call[str]:
        """The tail of a log (``stdout``, ``stderr`` or ``combined``) as text, empty where there is none."""
        path = path_of("job-executions", execution_id, "logs", log)
        return Call(
            "GET", path, lambda answer: answer.content.decode(errors="replace"), None, {"Accept": "text/plain"}
        )


class Nodes(Group[C]):
    """The hosts that claim jobs."""

    @listing
    def list(self, **filters: Filter) -> Listing[models.Node]:
        """Nodes by name; filters: ``hostname``, ``is_active``, ``is_paused``, ``started``, ``ended``."""
        return Listing("nodes/", models.Node, filters)

    @endpoint
    def show(self, node_id: int) -> Call[models.NodeDetails]:
        """One node, and what runs there."""
        return get(path_of("nodes", node_id), models.NodeDetails)

    @endpoint
    def edit(self, node_id: int, body: Body) -> Call[models.NodeDetails]:
        """Describe, pause, resume or deprecate a node."""
        return write("PATCH", path_of("nodes", node_id), reading(models.NodeDetails), body, repeatable=True)

    @endpoint
    def heartbeat(self, body: Body) -> Call[models.Orders]:
        """Renew the leases of what runs on a node; the answer says what to stop."""
        return write("POST", "nodes/heartbeat/", reading(models.Orders), body, repeatable=True)


class Fleet(Group[C]):
    """The service as a whole."""

    @endpoint
    def status(self) -> Call[models.FleetStatus]:
        """How the nodes are doing."""
        return get("status/", models.FleetStatus)

    @endpoint
    def statistics(self, **filters: Filter) -> Call[models.Statistics]:
        """Throughput, failures, waits and runs of all job types by hour or day."""
        return get("stats/", models.Statistics, filters)

    @listing
    def queue(self, **filters: Filter) -> Listing[models.QueueStatus]:
        """How many jobs are queued, by job type and priority."""
        return Listing("queue/status/", models.QueueStatus, filters)

    @endpoint
    def scheduler(self) -> Call[models.Scheduler]:
        """Whether claims are stopped."""
        return get("scheduler/", models.Scheduler)

    @endpoint
    def edit_scheduler(self, body: Body) -> Call[models.Scheduler]:
        """Stop all claims, or let them go on."""
        return write("PATCH", "scheduler/", reading(models.Scheduler), body, repeatable=True)

    @endpoint
    def version(self) -> Call[models.Version]:
        """The version of the service."""
        return get("version/", models.Version)


class Workspaces(Group[C]):
    """The places that outputs go to."""

    @listing
    def list(self, **filters: Filter) -> Listing[models.Workspace]:
        """All workspaces."""
        return Listing("workspaces/", models.Workspace, filters)

    @endpoint
    def show(self, name: str | int) -> Call[models.WorkspaceDetails]:
        """One workspace, by its name or its id, without credentials."""
        return get(path_of("workspaces", name), models.WorkspaceDetails)

    @endpoint
    def validate(self, body: Body) -> Call[models.Report]:
        """What creating ``body`` would find. Nothing is written."""
        return write("POST", "workspaces/validation/", reading(models.Report), body, repeatable=True)

    @endpoint
    def create(self, body: Body) -> Call[models.WrittenWorkspace]:
        """Create a workspace."""
        return write("POST", "workspaces/", reading(models.WrittenWorkspace), body, repeatable=False)

    @endpoint
    def edit(self, name: str | int, body: Body) -> Call[models.WrittenWorkspace]:
        """Edit a workspace."""
        path = path_of("workspaces", name)
        return write("PATCH", path, reading(models.WrittenWorkspace), body, repeatable=True)


class Files(Group[C]):
    """What lies in workspaces: sources, and products of jobs."""

    @listing
    def list(self, **filters: Filter) -> Listing[models.File]:
        """Files, the latest change first; filters: ``file_name``, ``workspace``, ``job_id``, ``job_output``, …."""
        return Listing("files/", models.File, filters)

    @endpoint
    def show(self, file: int | str) -> Call[models.FileDetails]:
        """One file, by its id or its UUID, with its ``meta_data``."""
        return get(path_of("files", file), models.FileDetails)

    @endpoint
    def register(self, body: Body, *, idempotency_key: str | None = None) -> Call[models.RegisteredFile]:
        """Register a file that lies in a workspace. One of the same size and digest that is there is returned."""
        return with_key("files/", models.RegisteredFile, body, idempotency_key)

    @endpoint
    def edit(self, file: int | str, body: Body) -> Call[models.FileDetails]:
        """Change what is known of a file, or say that it is gone: ``{"is_deleted": True}``."""
        return write("PATCH", path_of("files", file), reading(models.FileDetails), body, repeatable=True)


class Errors(Group[C]):
    """What can go wrong with a job."""

    @listing
    def list(self, **filters: Filter) -> Listing[models.JobError]:
        """All errors, built in or declared by a manifest."""
        return Listing("errors/", models.JobError, filters)

    @endpoint
    def show(self, error_id: int) -> Call[models.JobError]:
        """One error."""
        return get(path_of("errors", error_id), models.JobError)


class Audit(Group[C]):
    """Who changed what."""

    @listing
    def list(self, **filters: Filter) -> Listing[models.Record]:
        """Changes, newest first; filters: ``kind``, ``name``, ``action``, ``actor``, ``started``, ``ended``."""
        return Listing("audit/", models.Record, filters)


class Accounts(Group[C]):
    """The account of the token."""

    @endpoint
    def profile(self) -> Call[models.Profile]:
        """The account that the token belongs to. Raises Unauthorized for a token that the service does not know."""
        return get("accounts/profile/", models.Profile)
