"""Migrations from the first released state to the present, with rows of every release on the way."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from rest_framework.test import APIClient

from metrics.hours import fold, recount
from seed import precedence_key
from tests.append_only import let_tables_be_emptied
from tests.factories import make_manifest, with_settings

APPS = (
    "audit",
    "catalogue",
    "errors",
    "files",
    "idempotency",
    "job_types",
    "jobs",
    "metrics",
    "recipes",
    "scale",
    "takeover",
    "workspaces",
)
# Release -> app -> its newest migration, or None where the release had no such app. The last one is the present.
RELEASES: dict[str, dict[str, str | None]] = {
    "job types": {
        "errors": "0001_initial",
        "workspaces": "0001_initial",
        "job_types": "0001_initial",
        "files": None,
        "jobs": None,
        "recipes": None,
        "audit": None,
        "scale": None,
        "catalogue": None,
        "idempotency": None,
        "metrics": None,
        "takeover": None,
    },
}
RELEASES["jobs"] = RELEASES["job types"] | {"job_types": "0002_revision_resources", "jobs": "0002_vacuum_often"}
RELEASES["recipes"] = RELEASES["jobs"] | {"recipes": "0001_initial"}
RELEASES["audit"] = RELEASES["recipes"] | {"audit": "0001_initial"}
RELEASES["replica"] = RELEASES["audit"] | {"scale": "0001_initial"}
RELEASES["catalogue"] = RELEASES["replica"] | {
    "catalogue": "0001_initial",
    "errors": "0002_in_catalogue",
    "workspaces": "0002_in_catalogue",
    "job_types": "0003_in_catalogue",
    "recipes": "0002_in_catalogue",
}
RELEASES["indexes by kind"] = RELEASES["catalogue"] | {"jobs": "0003_index_by_kind"}
RELEASES["tally"] = RELEASES["indexes by kind"] | {"jobs": "0004_tally"}
RELEASES["append-only"] = RELEASES["tally"] | {
    "job_types": "0004_append_only",
    "recipes": "0003_append_only",
    "audit": "0003_texts",
    "errors": "0003_texts",
    "jobs": "0005_help_texts",
    "workspaces": "0003_texts",
}
RELEASES["times and keys"] = RELEASES["append-only"] | {
    "catalogue": "0002_search_path",
    "jobs": "0006_times_and_keys",
}
RELEASES["declared settings"] = RELEASES["times and keys"] | {
    "job_types": "0005_declared_settings",
    "jobs": "0008_declared_settings",
}
RELEASES["rights"] = RELEASES["declared settings"] | {
    "job_types": "0006_rights",
    "jobs": "0009_rights",
    "scale": "0002_token_details",
}
RELEASES["nodes"] = RELEASES["rights"] | {"jobs": "0010_nodes"}
RELEASES["queue"] = RELEASES["nodes"] | {"jobs": "0011_queue"}
RELEASES["origins"] = RELEASES["queue"] | {"jobs": "0012_origins"}
RELEASES["claimed by"] = RELEASES["origins"] | {"jobs": "0013_claimed_by"}
RELEASES["brokers"] = RELEASES["claimed by"] | {"workspaces": "0004_broker"}
RELEASES["tries"] = RELEASES["brokers"] | {
    "idempotency": "0001_initial",
    "job_types": "0007_timeouts",
    "jobs": "0014_tries",
}
RELEASES["configurations"] = RELEASES["tries"] | {
    "job_types": "0008_configurations",
    "jobs": "0015_configurations",
    "audit": "0004_jobs",
}
RELEASES["lists of tries"] = RELEASES["configurations"] | {"audit": "0005_fleet", "jobs": "0016_indexes_of_tries"}
RELEASES["ended tries"] = RELEASES["lists of tries"] | {"jobs": "0017_ended_tries"}
RELEASES["hours"] = RELEASES["ended tries"] | {"metrics": "0002_history"}
RELEASES["metrics of tries"] = RELEASES["hours"] | {"metrics": "0003_ended_tries"}
RELEASES["leases in no index"] = RELEASES["metrics of tries"] | {"jobs": "0018_leases_in_no_index"}
RELEASES["daily counts"] = RELEASES["leases in no index"] | {"metrics": "0004_daily_counts"}
RELEASES["jobs of nodes"] = RELEASES["daily counts"] | {"jobs": "0019_jobs_of_nodes"}
RELEASES["jobs to requeue"] = RELEASES["jobs of nodes"] | {"jobs": "0020_jobs_to_requeue"}
RELEASES["image digests"] = RELEASES["jobs to requeue"] | {"job_types": "0009_image_digests"}
RELEASES["image checks"] = RELEASES["image digests"] | {"job_types": "0010_image_checks"}
RELEASES["files"] = RELEASES["image checks"] | {"files": "0001_initial", "audit": "0006_files"}
RELEASES["marks"] = RELEASES["files"] | {"job_types": "0011_findings", "recipes": "0004_findings"}
RELEASES["takeovers"] = RELEASES["marks"] | {"takeover": "0001_initial"}
RELEASES["files by kind"] = RELEASES["takeovers"] | {"files": "0002_files_by_kind_and_name"}
RELEASES["total"] = RELEASES["files by kind"] | {"jobs": "0021_total"}
RELEASES["trigrams"] = RELEASES["total"] | {"job_types": "0012_trigrams"}
RELEASES["ended tries by revision"] = RELEASES["trigrams"] | {"metrics": "0005_ended_tries_by_revision"}
RELEASES["whole logs"] = RELEASES["ended tries by revision"] | {"jobs": "0022_whole_logs"}
RELEASES["tally at once"] = RELEASES["whole logs"] | {"jobs": "0023_tally_at_once"}
RELEASES["totals"] = RELEASES["tally at once"] | {
    "jobs": "0024_total_of_tries",
    "files": "0003_total",
    "recipes": "0005_members_in_catalogue",
}
# Stored under a name that the manifest does not declare, or declares as secret.
STRAY = "value-that-nobody-may-see"


def migrate(targets: list[tuple[str, str | None]]) -> Any:
    """Migrate, and return the models of that state."""
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    executor.loader.build_graph()
    return executor.loader.project_state([(app, name) for app, name in targets if name is not None]).apps


def newest() -> list[tuple[str, str]]:
    return [key for key in MigrationExecutor(connection).loader.graph.leaf_nodes() if key[0] in APPS]


def is_since(release: str, first: str) -> bool:
    """Whether ``release`` is ``first``, or came after it."""
    order = list(RELEASES)
    return order.index(release) >= order.index(first)


def fill(models: Any, release: str) -> None:
    """Create rows as that release wrote them, which are called as it is."""
    now = timezone.now()
    settings = with_settings(clear=["HOST"], secret=["KEY"])
    manifest = make_manifest(release, resources={"scalar": [{"name": "cpus", "value": 2.0}]}, **settings)
    stray = {} if is_since(release, "declared settings") else {"API_KEYS": STRAY, "KEY": STRAY}
    configuration = {"settings": {"HOST": "h", **stray}}
    models.get_model("workspaces", "Workspace").objects.create(name=release, created=now, last_modified=now)
    error = models.get_model("errors", "Error").objects.create(
        name="bad", job_type_name=release, title="Bad", category="ALGORITHM", created=now, last_modified=now
    )
    job_type = models.get_model("job_types", "JobType").objects.create(
        name=release,
        version="1.0.0",
        version_key=precedence_key("1.0.0"),
        title="Title",
        manifest=manifest,
        configuration=configuration,
        docker_image="image",
        revision_num=2,
        created=now,
        last_modified=now,
    )
    if is_since(release, "configurations"):
        models.get_model("job_types", "JobTypeConfiguration").objects.create(
            job_type=job_type, configuration_num=1, configuration=configuration, created=now
        )
    resources = {} if release == "job types" else {"resources": {"cpus": 2.0}}
    revision = models.get_model("job_types", "JobTypeRevision")
    written = {"job_type": job_type, "docker_image": "image", "manifest": manifest, "created": now, **resources}
    revisions = [revision.objects.create(revision_num=number, **written) for number in (1, 2)]
    models.get_model("job_types", "JobTypeTag").objects.create(job_type=job_type, tag="Tag", folded="tag")
    models.get_model("job_types", "JobTypeSecret").objects.create(job_type=job_type, name="KEY", token="token")
    if release == "job types":
        return
    job = models.get_model("jobs", "Job")
    if is_since(release, "files"):
        workspace = models.get_model("workspaces", "Workspace").objects.get(name=release)
        models.get_model("files", "File").objects.create(
            file_name=release, file_size=1, workspace=workspace, file_path=release
        )
    job.objects.create(
        job_type=job_type, job_type_rev=revisions[0], status="QUEUED", queued=now, configuration=configuration
    )
    job.objects.create(job_type=job_type, job_type_rev=revisions[0], status="RUNNING", queued=now, started=now)
    job.objects.create(
        job_type=job_type,
        job_type_rev=revisions[1],
        status="FAILED",
        error=error,
        queued=now,
        started=now,
        ended=now,
    )
    if is_since(release, "nodes"):
        worker = models.get_model("auth", "User").objects.create(username=f"worker of {release}")
        has_column = is_since(release, "claimed by") and not is_since(release, "tries")
        claimed = {"claimed_by": worker} if has_column else {}
        models.get_model("jobs", "Node").objects.create(
            hostname=release, capacity={"cpus": 8.0, "mem": 512.0}, account=worker
        )
        job.objects.filter(job_type=job_type, status="RUNNING").update(node=release, **claimed)
    else:
        minute = int(now.timestamp() // 60)
        offer = models.get_model("jobs", "Offer").objects
        offer.create(node=release, resource="mem", minute=minute, amount=512)
        for ago, amount in ((30, 8), (1, 2), (70, 16)):
            offer.create(node=release, resource="cpus", minute=minute - ago, amount=amount)
    if is_since(release, "tries"):
        for one in job.objects.filter(job_type=job_type, started__isnull=False):
            ended = {"end": "failed", "ended": one.ended, "error": one.error} if one.status == "FAILED" else {}
            models.get_model("jobs", "JobExecution").objects.create(
                job=one,
                job_type_rev=one.job_type_rev,
                exe_num=one.num_exes,
                status=one.status,
                node=one.node,
                account=worker if one.node else None,
                started=one.started,
                **ended,
            )
    if release == "jobs":
        return
    recipe_type = models.get_model("recipes", "RecipeType").objects.create(
        name=release, definition={"nodes": {}}, created=now, last_modified=now
    )
    recipe_type.job_types.add(job_type)
    if is_since(release, "audit"):
        source = "source" if is_since(release, "append-only") else "door"
        models.get_model("audit", "Record").objects.create(
            at=now, actor="writer", kind="workspace", name=release, action="created", changes={}, **{source: "api"}
        )
    if is_since(release, "replica"):
        account = models.get_model("auth", "User").objects.create(username=release)
        models.get_model("scale", "LastWrite").objects.create(account=account, position=2**40)
    if is_since(release, "rights"):
        token = models.get_model("knox", "AuthToken").objects.create(user=account, digest=release, token_key="key")
        models.get_model("scale", "TokenDetails").objects.create(token=token, name="laptop", last_used=now)
    if is_since(release, "tries"):
        models.get_model("idempotency", "KeptAnswer").objects.create(
            account=account.pk, key="key", fingerprint="0" * 64, expires=now, status=200, body="{}"
        )


def of(models: Any, label: str, release: str) -> Any:
    """Return the rows of a model that ``fill`` created as ``release``, or that a migration made of them."""
    return models.get_model(label).objects.filter(**{_NAMES[label]: release})


# Model -> where its rows have the name of the release.
_NAMES = {
    "workspaces.Workspace": "name",
    "files.File": "file_name",
    "errors.Error": "job_type_name",
    "job_types.JobType": "name",
    "job_types.JobTypeRevision": "job_type__name",
    "job_types.JobTypeConfiguration": "job_type__name",
    "job_types.JobTypeTag": "job_type__name",
    "job_types.JobTypeSecret": "job_type__name",
    "jobs.Job": "job_type__name",
    "jobs.JobExecution": "job__job_type__name",
    "jobs.Node": "hostname",
    "recipes.RecipeType": "name",
    "audit.Record": "name",
    "scale.LastWrite": "account__username",
    "scale.TokenDetails": "token__digest",
}


def check_rows(models: Any, release: str) -> None:
    """Assert that the rows of ``release`` are there, with what the migrations since have made of them."""
    has_jobs = release != "job types"
    counted = {label: of(models, label, release).count() for label in _NAMES}
    assert counted == {
        "workspaces.Workspace": 1,
        "files.File": 1 if is_since(release, "files") else 0,
        "errors.Error": 1,
        "job_types.JobType": 1,
        "job_types.JobTypeRevision": 2,
        "job_types.JobTypeConfiguration": 1,
        "job_types.JobTypeTag": 1,
        "job_types.JobTypeSecret": 1,
        "jobs.Job": 3 if has_jobs else 0,
        "jobs.JobExecution": 2 if has_jobs else 0,
        "jobs.Node": 1 if has_jobs else 0,
        "recipes.RecipeType": 1 if is_since(release, "recipes") else 0,
        "audit.Record": 1 if is_since(release, "audit") else 0,
        "scale.LastWrite": 1 if is_since(release, "replica") else 0,
        "scale.TokenDetails": 1 if is_since(release, "rights") else 0,
    }
    revisions = of(models, "job_types.JobTypeRevision", release).order_by("revision_num")
    timeout = None if is_since(release, "tries") else 60
    assert [(one.revision_num, one.resources, one.timeout) for one in revisions] == [
        (number, {"cpus": 2.0}, timeout) for number in (1, 2)
    ]
    assert [one.manifest["job"]["name"] for one in revisions] == [release, release]
    configurations = [
        configuration
        for label in ("job_types.JobType", "jobs.Job", "job_types.JobTypeConfiguration")
        for configuration in of(models, label, release).values_list("configuration", flat=True)
        if configuration
    ]
    assert configurations == [{"settings": {"HOST": "h"}}] * (3 if has_jobs else 2)
    for record in of(models, "audit.Record", release):
        assert (record.actor, record.source) == ("writer", "api")
    for node in of(models, "jobs.Node", release):
        assert node.capacity == {"cpus": 8.0, "mem": 512.0}
        assert (node.account is not None) is is_since(release, "nodes")
        assert of(models, "jobs.JobExecution", release).get(ended=None).account == node.account
        assert timedelta(0) <= timezone.now() - node.last_seen < timedelta(minutes=5)


def check_counts(models: Any, release: str) -> None:
    """Assert that the API shows the jobs of ``release``, and that all counts have them."""
    client = APIClient()
    jobs = of(models, "jobs.Job", release).values_list("pk", flat=True)
    shown = [client.get(f"/v6/jobs/{pk}/").json()["configuration"]["settings"] for pk in jobs]
    assert shown == [{"HOST": "h"}] * len(jobs)
    job_type = of(models, "job_types.JobType", release).get().pk
    statuses = client.get("/v6/job-types/status/", {"page_size": 1000}).json()["results"]
    (counts,) = [one["job_counts"] for one in statuses if one["job_type"]["id"] == job_type]
    running = [(one["status"], one["count"]) for one in counts if one["status"] == "RUNNING"]
    assert running == ([("RUNNING", 1)] if jobs else [])
    # The job that failed, in its hour and its day.
    hours = models.get_model("metrics", "HourlyCount").objects.filter(job_type_id=job_type, number__gt=0)
    assert list(hours.values_list("number", "outcome")) == [(1, "failed-algorithm")] * (2 if jobs else 0)
    ended = models.get_model("metrics", "EndedTries").objects.filter(job_type_id=job_type)
    assert list(ended.values_list("end", "tries")) == ([("failed", 1)] if jobs else [])


@pytest.mark.django_db(transaction=True)
def test_rows_of_every_release_survive_the_migrations_since() -> None:
    try:
        for release, targets in RELEASES.items():
            fill(migrate(list(targets.items())), release)
        models = migrate(list(newest()))
        recount()
        fold()
        for release in RELEASES:
            check_rows(models, release)
            check_counts(models, release)
        answers = models.get_model("idempotency", "KeptAnswer").objects.count()
        assert answers == sum(is_since(release, "tries") for release in RELEASES)
    finally:
        migrate(list(newest()))
        let_tables_be_emptied()


@pytest.mark.django_db
def test_the_newest_release_lists_the_newest_migrations() -> None:
    """A new migration needs an entry in RELEASES, and rows in fill() and counts above if it adds a table."""
    assert dict(newest()) == list(RELEASES.values())[-1]
