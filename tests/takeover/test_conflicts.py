"""What was here before, and what was changed here since: nothing of it is lost."""

import threading
from typing import Any

import pytest
from django.core.management.base import CommandError
from django.db import connection
from rest_framework.test import APIClient

from errors.models import Error
from job_types.models import JobType
from job_types.services import register_job_type
from recipes.models import RecipeType
from takeover.models import Imported, Takeover
from tests.factories import make_job_type
from tests.takeover.conftest import Import
from tests.takeover.old_system import LATER, OldSystem, definition_of
from workspaces.models import Workspace
from workspaces.services import create_workspace

URL = "/v6/job-types/algorithm/1.0.0/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def arrived(old: OldSystem, import_scale: Import) -> OldSystem:
    """A system of which all has arrived, with its ids."""
    old.add_workspace(3, "data")
    old.add_error(31, "no-water")
    old.add_job_type(7)
    old.add_recipe_type(5, "recipe", definition_of(("algorithm", "1.0.0", 1)))
    import_scale("--keep-ids")
    return old


def edit(staff: APIClient, url: str, **fields: Any) -> None:
    assert staff.patch(url, fields, format="json").status_code == 200


def test_what_changed_here_alone_stays(arrived: OldSystem, import_scale: Import, staff: APIClient) -> None:
    edit(staff, URL, max_scheduled=9)
    import_scale()
    assert JobType.objects.get().max_scheduled == 9
    assert Takeover.objects.get().report["counts"]["job-type"] == {"unchanged": 1}


def test_what_changed_on_both_sides_stays_with_a_remark_in_every_run(
    arrived: OldSystem, import_scale: Import, staff: APIClient
) -> None:
    edit(staff, URL, max_scheduled=9)
    edit(staff, "/v6/workspaces/data/", title="Ours")
    edit(staff, "/v6/recipe-types/recipe/", title="Ours")
    arrived.job_types[7] |= {"max_scheduled": 5, "is_published": True, "last_modified": "2024-01-01T00:00:00Z"}
    arrived.workspaces[3] |= {"description": "Theirs"}
    arrived.recipe_types[5] |= {"description": "Theirs", "last_modified": "2024-01-01T00:00:00Z"}
    for _ in range(2):
        printed = import_scale()
        assert JobType.objects.values_list("max_scheduled", "is_published").get() == (9, False)
        assert Workspace.objects.values_list("title", "description").get() == ("Ours", "About data")
        assert RecipeType.objects.values_list("title", "description").get() == ("Ours", "")
        kept = "kept as it is here, where it is another:"
        assert f"job-type algorithm 1.0.0: {kept} is_published, max_scheduled; --overwrite takes" in printed
        assert f"workspace data: {kept} title, description; --overwrite takes" in printed
        assert f"recipe-type recipe: {kept} title, description; --overwrite takes" in printed


def test_what_changed_on_both_sides_is_overwritten_when_that_is_said(
    arrived: OldSystem, import_scale: Import, staff: APIClient
) -> None:
    edit(staff, URL, max_scheduled=9)
    arrived.job_types[7] |= {"max_scheduled": 5, "last_modified": "2024-01-01T00:00:00Z"}
    import_scale("--overwrite")
    assert staff.get(URL).json()["max_scheduled"] == 5
    assert Takeover.objects.get().report["counts"]["job-type"] == {"updated": 1}
    import_scale()
    assert Takeover.objects.get().report["counts"]["job-type"] == {"unchanged": 1}


def test_a_conflict_that_is_settled_by_hand_is_none_any_more(
    arrived: OldSystem, import_scale: Import, staff: APIClient
) -> None:
    edit(staff, URL, max_scheduled=9)
    arrived.job_types[7] |= {"max_scheduled": 5, "last_modified": "2024-01-01T00:00:00Z"}
    import_scale()
    edit(staff, URL, max_scheduled=5)
    assert "kept as it is here" not in import_scale()
    arrived.job_types[7] |= {"max_scheduled": 6, "last_modified": "2024-01-02T00:00:00Z"}
    import_scale()
    assert JobType.objects.get().max_scheduled == 6


def test_revisions_of_both_sides_are_kept_and_the_current_one_is_what_was_taken(
    arrived: OldSystem, import_scale: Import, staff: APIClient
) -> None:
    ours = {**arrived.job_types[7]["manifest"]}
    ours["job"] = {**ours["job"], "title": "Ours"}
    edit(staff, URL, manifest=ours)
    arrived.revise(7, title="Theirs")
    assert "kept as it is here, where it is another: title, manifest" in import_scale()
    assert JobType.objects.get().title == "Ours"
    printed = import_scale("--overwrite")
    job_type = JobType.objects.get()
    titles = [one.manifest["job"]["title"] for one in job_type.revisions.order_by("revision_num")]
    assert titles == ["Title of algorithm", "Ours", "Theirs"]
    assert (job_type.title, job_type.revision_num) == ("Theirs", 3)
    theirs = Imported.objects.get(kind="job-type-revision", source_id=72)
    assert theirs.object_id == job_type.revisions.get(revision_num=3).pk
    assert "it is revision 3 here, where its number was taken" in printed


def test_overwriting_what_is_new_here_alone_makes_the_old_one_current_again(
    arrived: OldSystem, import_scale: Import, staff: APIClient
) -> None:
    edit(staff, "/v6/recipe-types/recipe/", definition=definition_of())
    arrived.recipe_types[5] |= {"title": "Theirs", "last_modified": "2024-01-01T00:00:00Z"}
    import_scale("--overwrite")
    recipe_type = RecipeType.objects.get()
    assert recipe_type.definition == arrived.recipe_types[5]["definition"]
    assert (recipe_type.revision_num, recipe_type.revisions.count()) == (3, 3)
    assert [one.name for one in recipe_type.job_types.all()] == ["algorithm"]


def test_what_is_here_by_the_same_name_and_the_same_is_found(old: OldSystem, import_scale: Import) -> None:
    there = old.add_job_type(7)
    fields = {"manifest": there["manifest"], "docker_image": "algorithm:1.0.0", "icon_code": "f013"}
    here = register_job_type(fields=fields).instance  # type: ignore[arg-type]
    import_scale()
    assert JobType.objects.get().created == here.created
    assert Takeover.objects.get().report["counts"] == {
        "job-type": {"found here already": 1},
        "job-type-revision": {"found here already": 1},
    }
    revision = Imported.objects.get(kind="job-type-revision")
    assert (revision.source_id, revision.object_id) == (71, here.revisions.get().pk)


def test_what_is_here_by_the_same_name_and_another_stays(old: OldSystem, import_scale: Import) -> None:
    create_workspace(name="data", fields={"title": "Ours"})
    make_job_type("algorithm")
    Error.objects.create(
        name="no-water",
        job_type_name="algorithm",
        title="Ours",
        category="DATA",
        created=LATER,
        last_modified=LATER,
    )
    old.add_workspace(3, "data")
    old.add_error(31, "no-water")
    old.add_job_type(7)
    old.revise(7, timeout=99)
    printed = import_scale()
    assert Workspace.objects.get().title == Error.objects.get(name="no-water").title == "Ours"
    assert JobType.objects.get().docker_image == "algorithm:1.0.0"
    assert printed.count("kept as it is here") == 3
    # Jobs of its revisions have one to refer to.
    (revision,) = JobType.objects.get().revisions.all()
    stands = Imported.objects.filter(kind="job-type-revision")
    assert dict(stands.values_list("source_id", "object_id")) == {71: revision.pk, 72: revision.pk}
    import_scale("--overwrite")
    assert Workspace.objects.get().title == "Data"
    assert JobType.objects.get().manifest == old.job_types[7]["manifest"]


def test_what_was_deleted_here_comes_again(arrived: OldSystem, import_scale: Import) -> None:
    Error.objects.filter(pk=31).delete()
    arrived.errors[31]["last_modified"] = "2024-01-01T00:00:00Z"
    import_scale("--keep-ids")
    assert Error.objects.filter(name="no-water").count() == 1


def test_secrets_that_were_entered_here_stay(arrived: OldSystem, import_scale: Import, staff: APIClient) -> None:
    broker = {"type": "s3", "bucket_name": "b", "region_name": "us-east-1", "host_path": "/mnt"}
    masked = {"access_key_id": "************", "secret_access_key": "************"}
    arrived.workspaces[3] |= {
        "configuration": {"broker": {**broker, "credentials": masked}},
        "last_modified": LATER,
    }
    import_scale()
    edit(
        staff,
        "/v6/workspaces/data/",
        configuration={"broker": {**broker, "credentials": dict.fromkeys(masked, "c")}},
    )
    arrived.workspaces[3]["description"] = "Theirs"
    import_scale("--overwrite")
    assert Workspace.objects.get().description == "Theirs"
    assert set(Workspace.objects.get().secrets.values_list("name", flat=True)) == set(masked)


@pytest.mark.only_on("postgresql", because="SQLite has no advisory locks")
@pytest.mark.django_db(transaction=True)
def test_one_run_at_a_time(old: OldSystem, import_scale: Import) -> None:
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [0x74616B656F766572])
            locked.set()
            done.wait(60)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    try:
        assert locked.wait(60)
        with pytest.raises(CommandError, match="Another takeover is running"):
            import_scale()
    finally:
        done.set()
        other.join()
