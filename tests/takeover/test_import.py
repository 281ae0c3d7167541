"""What comes from the other system, and how it is shown here."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from audit.models import Record
from errors.models import Error
from job_types.models import JobType, JobTypeRevision, JobTypeSecret
from job_types.secrets import read_secrets
from recipes.models import RecipeType
from takeover.models import Imported, Takeover
from tests.factories import make_job_type
from tests.takeover.conftest import Import
from tests.takeover.old_system import LATER, THEN, Document, OldSystem, definition_of
from workspaces.models import Workspace
from workspaces.selectors import open_workspaces

pytestmark = pytest.mark.django_db


@pytest.fixture
def full(old: OldSystem) -> OldSystem:
    """A system that holds one of each."""
    old.add_workspace(3, "data")
    old.add_workspace(4, "gone", is_active=False, description=None, base_url=None)
    old.add_error(31, "no-water")
    old.add_job_type(7, configuration=configuration(default="data"))
    old.revise(7, title="New title", tags=["one", "two"])
    old.add_recipe_type(5, "recipe", definition_of(("algorithm", "1.0.0", 2)), description=None, is_active=False)
    return old


def configuration(default: str = "", **members: Any) -> Document:
    return {
        "mounts": {},
        "output_workspaces": {"default": default, "outputs": {}},
        "priority": 100,
        "settings": {},
        **members,
    }


def test_a_job_type_is_shown_as_it_was(full: OldSystem, import_scale: Import, staff: APIClient) -> None:
    import_scale("--keep-ids")
    shown = staff.get("/v6/job-types/algorithm/1.0.0/").json()
    added: dict[str, Any] = {"docker_image_digest": None, "findings": []}
    assert shown == {**full.job_types[7], **added, "recipe_types": shown["recipe_types"]}
    assert [one["name"] for one in shown["recipe_types"]] == ["recipe"]


def test_its_revisions_are_shown_as_they_were(full: OldSystem, import_scale: Import, staff: APIClient) -> None:
    import_scale("--keep-ids")
    for revision in full.revisions["algorithm/1.0.0"]:
        shown = staff.get(f"/v6/job-types/algorithm/1.0.0/revisions/{revision['revision_num']}/").json()
        brief = {"job_type": shown["job_type"], "docker_image_digest": None}
        assert shown == {**revision, **brief}
    assert JobTypeRevision.objects.count() == 2
    assert list(JobType.objects.get().tags.values_list("tag", flat=True)) == ["one", "two"]


def test_a_recipe_type_is_shown_as_it_was_with_the_time_at_which_it_was_deprecated(
    full: OldSystem, import_scale: Import, staff: APIClient
) -> None:
    import_scale("--keep-ids")
    shown = staff.get("/v6/recipe-types/recipe/").json()
    known = {"deprecated": LATER, "description": "", "findings": []}
    assert shown == {**full.recipe_types[5], **known, "job_types": shown["job_types"]}
    assert [one["id"] for one in shown["job_types"]] == [7]
    revision = staff.get("/v6/recipe-types/recipe/revisions/1/").json()
    assert (revision["id"], revision["created"], revision["definition"]) == (
        51,
        LATER,
        full.recipe_types[5]["definition"],
    )


def test_workspaces_and_errors_are_shown_as_they_were(
    full: OldSystem, import_scale: Import, staff: APIClient
) -> None:
    import_scale("--keep-ids")
    assert staff.get("/v6/workspaces/data/").json() == full.workspaces[3]
    texts = {"description": "", "base_url": "", "deprecated": THEN}
    assert staff.get("/v6/workspaces/gone/").json() == {**full.workspaces[4], **texts}
    assert staff.get("/v6/errors/31/").json() == {**full.errors[31], "description": ""}


def test_the_report_says_what_came(full: OldSystem, import_scale: Import) -> None:
    import_scale()
    takeover = Takeover.objects.get()
    assert (takeover.url, takeover.origin_version) == (f"{full.url}v6/", "7.2.2")
    assert takeover.finished is not None
    assert takeover.report == {
        "counts": {
            "workspace": {"created": 2},
            "error": {"created": 1},
            "job-type-revision": {"created": 2},
            "job-type": {"created": 1},
            "recipe-type-revision": {"created": 1},
            "recipe-type": {"created": 1},
        },
        "remarks": {"count": 0, "first": []},
        "duties": {"count": 0, "first": []},
        "faults": {"count": 0, "first": []},
    }


def test_what_came_is_in_the_audit(full: OldSystem, import_scale: Import) -> None:
    import_scale()
    records = Record.objects.order_by("id").values_list("kind", "name", "version", "action")
    assert list(records) == [
        ("workspace", "data", "", "created"),
        ("workspace", "gone", "", "created"),
        ("job_type", "algorithm", "1.0.0", "created"),
        ("recipe_type", "recipe", "", "created"),
    ]


def test_a_second_run_writes_nothing(full: OldSystem, import_scale: Import) -> None:
    import_scale("--keep-ids")
    full.requests.clear()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        import_scale("--keep-ids")
    writes = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert {"takeover_takeover"} == {sql.split('"')[1] for sql in writes}
    # Of what has not changed, only the lists are read; workspaces show their credentials in their details alone.
    assert [path.partition("/v6/")[2] for _, path, _ in full.requests] == [
        "version/",
        "workspaces/?page_size=1000",
        "workspaces/3/",
        "workspaces/4/",
        "errors/?page_size=1000",
        "job-types/?page_size=1000",
        "recipe-types/?page_size=1000",
    ]


def test_a_run_brings_what_changed_there(full: OldSystem, import_scale: Import, staff: APIClient) -> None:
    import_scale("--keep-ids")
    full.revise(7, title="Newest title", tags=["three"])
    full.job_types[7] |= {
        "is_paused": True,
        "paused": THEN,
        "max_scheduled": 4,
        "configuration": configuration("gone"),
    }
    full.workspaces[3] |= {"title": "Other", "last_modified": LATER}
    full.errors[31] |= {"category": "DATA", "last_modified": "2023-01-01T00:00:00Z"}
    full.recipe_types[5] |= {"is_active": True, "last_modified": "2023-01-01T00:00:00Z"}
    import_scale("--keep-ids")
    shown = staff.get("/v6/job-types/algorithm/1.0.0/").json()
    added: dict[str, Any] = {"docker_image_digest": None, "findings": []}
    assert shown == {**full.job_types[7], **added, "recipe_types": shown["recipe_types"]}
    job_type = JobType.objects.get()
    assert list(job_type.revisions.order_by("id").values_list("id", "revision_num")) == [(71, 1), (72, 2), (73, 3)]
    assert list(job_type.tags.values_list("tag", flat=True)) == ["three"]
    assert job_type.configuration_num == job_type.configurations.count() == 2
    assert staff.get("/v6/workspaces/data/").json() == full.workspaces[3]
    assert Error.objects.get(pk=31).category == "DATA"
    assert RecipeType.objects.values_list("is_active", "deprecated").get() == (True, None)
    assert Takeover.objects.get().report["counts"] == {
        "workspace": {"updated": 1, "unchanged": 1},
        "error": {"updated": 1},
        "job-type-revision": {"created": 1},
        "job-type": {"updated": 1},
        "recipe-type": {"updated": 1},
    }


def test_ids_are_kept_where_they_are_free_and_the_next_one_is_beyond_them(
    full: OldSystem, import_scale: Import
) -> None:
    Workspace.objects.create(pk=3, name="here", created=THEN, last_modified=THEN)
    full.add_job_type(70_000, "big")
    import_scale("--keep-ids")
    ids = dict(Workspace.objects.values_list("name", "pk"))
    assert (ids["here"], ids["gone"]) == (3, 4)
    assert ids["data"] > 4
    assert Imported.objects.get(kind="workspace", source_id=3).object_id == ids["data"]
    assert JobType.objects.get(name="big").pk == 70_000
    assert make_job_type("later").pk == 70_001
    assert JobTypeRevision.objects.get(job_type__name="later").pk == 700_002


def test_without_being_told_so_no_id_is_kept_and_a_map_has_them(
    full: OldSystem, import_scale: Import, tmp_path: Any
) -> None:
    make_job_type("other")
    import_scale("--map", str(tmp_path / "map.csv"))
    job_type = JobType.objects.get(name="algorithm")
    lines = (tmp_path / "map.csv").read_text().splitlines()
    assert lines[0] == "kind,source_id,object_id"
    assert f"job-type,7,{job_type.pk}" in lines
    assert f"job-type-revision,72,{job_type.revisions.get(revision_num=2).pk}" in lines
    assert len(lines) == 1 + Imported.objects.count() == 9


def test_a_dry_run_reads_everything_and_writes_nothing(full: OldSystem, import_scale: Import) -> None:
    full.job_types[7]["manifest"]["job"]["interface"]["settings"] = [{"name": "KEY", "secret": True}]
    printed = import_scale("--dry-run", "--keep-ids")
    models = (Workspace, JobType, JobTypeRevision, RecipeType, Takeover, Imported, Record)
    assert [model.objects.count() for model in models] == [0] * 7
    assert not Error.objects.filter(is_builtin=False).exists()
    assert "api/v6/job-types/algorithm/1.0.0/revisions/2/" in str(full.requests)
    assert "job-type algorithm 1.0.0: enter its secret setting KEY" in printed
    assert "stands, although" not in printed


def test_only_what_is_named_comes(full: OldSystem, import_scale: Import) -> None:
    import_scale("--what", "workspaces,errors")
    assert set(Imported.objects.values_list("kind", flat=True)) == {"workspace", "error"}


def test_recipe_types_come_after_those_that_they_contain(
    full: OldSystem, import_scale: Import, staff: APIClient
) -> None:
    inner = {"node_type": "recipe", "recipe_type_name": "z-inner", "recipe_type_revision": 1}
    outer = {
        "input": {"files": [], "json": []},
        "nodes": {"in": {"dependencies": [], "input": {}, "node_type": inner}},
    }
    full.add_recipe_type(1, "a-outer", outer, sub_recipe_types=["z-inner"])
    full.add_recipe_type(2, "z-inner", definition_of(("algorithm", "1.0.0", 2)))
    import_scale()
    shown = staff.get("/v6/recipe-types/a-outer/").json()
    assert ([one["name"] for one in shown["sub_recipe_types"]], shown["findings"]) == (["z-inner"], [])


def test_secrets_are_stored_encrypted_where_they_are_shown(full: OldSystem, import_scale: Import) -> None:
    credentials = {"access_key_id": "AKIAEXAMPLE", "secret_access_key": "made-up-secret"}
    broker = {"type": "s3", "bucket_name": "bucket", "region_name": "us-east-1", "host_path": "/mnt"}
    full.add_workspace(8, "bucket", configuration={"broker": {**broker, "credentials": credentials}})
    printed = import_scale()
    stored = Workspace.objects.get(name="bucket")
    assert stored.configuration == {"broker": {**broker, "credentials": dict.fromkeys(credentials, "*" * 12)}}
    opened, _ = open_workspaces(["bucket"])
    assert opened["bucket"]["broker"] == {**broker, "credentials": credentials}
    assert "made-up-secret" not in printed
    assert not any("made-up" in str(row) for row in [*Imported.objects.values(), *Takeover.objects.values()])
    assert not any("made-up" in str(row) for row in Record.objects.values())
    full.workspaces[8]["configuration"]["broker"]["credentials"]["secret_access_key"] = "another-secret"
    full.workspaces[8]["last_modified"] = LATER
    import_scale()
    opened, _ = open_workspaces(["bucket"])
    bucket: Any = opened["bucket"]
    assert bucket["broker"]["credentials"]["secret_access_key"] == "another-secret"


def test_what_was_not_shown_is_to_be_entered_until_it_is(
    full: OldSystem, import_scale: Import, staff: APIClient
) -> None:
    masked = {"access_key_id": "************", "secret_access_key": "************"}
    broker = {"type": "s3", "bucket_name": "bucket", "region_name": "us-east-1", "host_path": "/mnt"}
    full.add_workspace(8, "bucket", configuration={"broker": {**broker, "credentials": masked}})
    settings = [{"name": "KEY", "secret": True}, {"name": "MODEL", "secret": False}]
    interface = full.job_types[7]["manifest"]["job"]["interface"] | {"settings": settings}
    full.revise(7, interface=interface)
    full.job_types[7]["configuration"] = configuration("data", settings={"MODEL": "m", "STRAY": "made-up-secret"})
    printed = import_scale()
    assert [line.strip() for line in printed.splitlines() if "enter its" in line] == [
        "workspace bucket: enter its credential access_key_id",
        "workspace bucket: enter its credential secret_access_key",
        "job-type algorithm 1.0.0: enter its secret setting KEY",
    ]
    assert "settings that its manifest does not declare are not kept: STRAY" in printed
    assert "made-up-secret" not in str(JobType.objects.values_list("configuration"))
    key = {"configuration": configuration("data", settings={"MODEL": "m", "KEY": "k"})}
    assert staff.patch("/v6/job-types/algorithm/1.0.0/", key, format="json").status_code == 200
    sent = {"configuration": {"broker": {**broker, "credentials": dict.fromkeys(masked, "c")}}}
    assert staff.patch("/v6/workspaces/bucket/", sent, format="json").status_code == 200
    assert "enter its" not in import_scale()


def test_a_secret_setting_that_is_shown_is_stored_encrypted(full: OldSystem, import_scale: Import) -> None:
    interface = full.job_types[7]["manifest"]["job"]["interface"]
    full.revise(7, interface={**interface, "settings": [{"name": "KEY", "secret": True}]})
    full.job_types[7]["configuration"] = configuration("data", settings={"KEY": "made-up-secret"})
    printed = import_scale()
    job_type = JobType.objects.get()
    assert read_secrets(job_type) == {"KEY": "made-up-secret"}
    assert "made-up-secret" not in JobTypeSecret.objects.get().token
    assert "made-up-secret" not in f"{job_type.configuration} {printed} {list(Record.objects.values())}"
