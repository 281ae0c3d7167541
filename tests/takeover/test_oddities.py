"""What a live Scale does that no document says, and what stands although the rules of today refuse it."""

import json
from contextlib import suppress
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from rest_framework.test import APIClient

from errors.models import Error
from job_types.models import JobType
from recipes.models import RecipeType
from takeover.models import Imported, Takeover
from tests.takeover.conftest import Import
from tests.takeover.old_system import LATER, Answer, OldSystem, definition_of
from workspaces.models import Workspace

pytestmark = pytest.mark.django_db
RC = "2.0.0-rc.1"


@pytest.fixture
def unshown(old: OldSystem) -> OldSystem:
    """A system that lists a pre-release with two revisions, and does not show it."""
    old.add_job_type(7, version=RC, job={"timeout": 77})
    old.revise(7, timeout=88)
    old.unreadable.add(f"algorithm/{RC}")
    return old


def test_what_is_only_listed_comes_as_far_as_it_is_known(
    unshown: OldSystem, import_scale: Import, staff: APIClient
) -> None:
    printed = import_scale()
    shown = staff.get(f"/v6/job-types/algorithm/{RC}/").json()
    row = {k: v for k, v in unshown.job_types[7].items() if k not in ("manifest", "configuration", "recipe_types")}
    assert {name: shown[name] for name in row} == {**row, "id": shown["id"]}
    assert shown["manifest"] == {
        "seedVersion": "1.0.0",
        "job": {"name": "algorithm", "jobVersion": RC, "title": row["title"], "description": row["description"]},
    }
    assert {found["path"] for found in shown["findings"]} == {"/manifest/job"}
    assert not Imported.objects.get(kind="job-type").is_whole
    assert f"job-type algorithm {RC}: register it again" in printed
    assert JobType.objects.get().revisions.count() == 2


def test_a_recipe_type_shows_what_its_own_details_do_not(
    unshown: OldSystem, import_scale: Import, staff: APIClient
) -> None:
    details = unshown.job_types[7]
    key = {"name": "algorithm", "version": RC}
    unshown.add_recipe_type(5, "recipe", definition_of(("algorithm", RC, 2)), job_types=[key])
    unshown.always["recipe-types/recipe/"] = Answer(body={**unshown.recipe_types[5], "job_types": [details]})
    printed = import_scale()
    shown = staff.get(f"/v6/job-types/algorithm/{RC}/").json()
    assert (shown["manifest"], shown["configuration"]) == (details["manifest"], details["configuration"])
    assert "register it again" not in printed
    assert not Imported.objects.get(kind="job-type").is_whole


def test_jobs_show_the_revisions_that_they_ran(unshown: OldSystem, import_scale: Import, staff: APIClient) -> None:
    brief = {"id": 7, "name": "algorithm", "version": RC}
    first, second = unshown.revisions[f"algorithm/{RC}"]
    unshown.jobs = {
        1: {"job_type": brief, "job_type_rev": first},
        2: {"job_type": brief, "job_type_rev": second},
        3: {"job_type": brief, "job_type_rev": second},
    }
    import_scale("--keep-ids")
    shown = staff.get(f"/v6/job-types/algorithm/{RC}/revisions/1/").json()
    assert (shown["id"], shown["manifest"]) == (71, first["manifest"])
    assert staff.get(f"/v6/job-types/algorithm/{RC}/").json()["manifest"] == second["manifest"]
    assert "/api/v6/jobs/?job_type_id=7&page_size=1000" in [path for _, path, _ in unshown.requests]


def test_what_is_part_of_this_service_stays_as_it_is(old: OldSystem, import_scale: Import) -> None:
    call_command("load_builtin_errors")
    call_command("seed_system_job_types")
    before = list(JobType.objects.order_by("id").values())
    system: dict[str, Any] = {"is_system": True, "docker_image": ""}
    old.add_job_type(2, "scale-batch-creator", "1.0", {"jobVersion": "1.0.0"}, **system)
    old.add_job_type(3, "scale-clock", "1.0.0", **system)
    old.revise(3, timeout=9)
    old.add_error(1, "unknown", job_type_name=None, is_builtin=True, title="Other")
    for _ in range(2):
        import_scale("--overwrite")
        old.errors[1]["title"] = "Yet another"
        old.job_types[2]["last_modified"] = "2024-01-01T00:00:00Z"
    assert list(JobType.objects.order_by("id").values()) == before
    assert Error.objects.get(name="unknown").title == "Unknown"
    clock = JobType.objects.get(name="scale-clock")
    revisions = Imported.objects.filter(kind="job-type-revision", source_id__in=(31, 32))
    assert set(revisions.values_list("object_id", flat=True)) == {clock.revisions.get().pk}


def test_what_only_the_other_system_has_built_in_comes(old: OldSystem, import_scale: Import) -> None:
    old.add_job_type(4, "scale-hello", "1.0.0", is_system=True, docker_image="scale")
    old.add_error(27, "test", job_type_name=None, is_builtin=True)
    old.add_error(28, "nameless", job_type_name=None)
    printed = import_scale()
    assert JobType.objects.values_list("name", "is_system").get() == ("scale-hello", True)
    builtin = Error.objects.filter(name__in=("test", "nameless")).order_by("name")
    assert list(builtin.values_list("name", "is_builtin")) == [("nameless", True), ("test", True)]
    assert "error nameless: it belongs to no job type, so that it counts as built in here" in printed


def test_a_version_that_is_none_comes_before_all_others(
    old: OldSystem, import_scale: Import, staff: APIClient
) -> None:
    old.add_job_type(1, version="0.0.1-a")
    old.add_job_type(2, version="1.0")
    import_scale()
    shown = staff.get("/v6/job-types/algorithm/1.0/").json()
    assert shown["findings"][0]["path"] == "/manifest/job/jobVersion"
    names = staff.get("/v6/job-type-names/").json()["results"]
    assert [one["versions"] for one in names] == [["1.0", "0.0.1-a"]]
    assert staff.patch("/v6/job-types/algorithm/1.0/", {"is_paused": True}, format="json").status_code == 200


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"manifest": {}}, "/manifest"),
    ({"manifest": {"job": {"timeout": "soon", "errors": 5}}}, "/manifest/job/timeout"),
    ({"configuration": {"output_workspaces": {"default": "nowhere"}}}, "/configuration/output_workspaces/default"),
    ({"configuration": {"priority": "high", "mounts": [], "output_workspaces": 1}}, "/configuration/priority"),
    ({"docker_image": "http://Example.com/A"}, "/docker_image"),
]


@pytest.mark.parametrize(("odd", "path"), REFUSED, ids=[path for _, path in REFUSED])
def test_a_job_type_that_today_is_refused_stands_and_is_marked(
    old: OldSystem, import_scale: Import, staff: APIClient, odd: dict[str, Any], path: str
) -> None:
    old.add_job_type(1, **odd)
    old.revisions["algorithm/1.0.0"][0] |= {k: v for k, v in odd.items() if k in ("manifest", "docker_image")}
    printed = import_scale()
    shown = staff.get("/v6/job-types/algorithm/1.0.0/").json()
    assert {name: shown[name] for name in odd if name != "configuration"} == {
        name: value for name, value in odd.items() if name != "configuration"
    }
    assert path in [found["path"] for found in shown["findings"]]
    assert "job-type algorithm 1.0.0: it stands, although the rules of today refuse it: " in printed
    assert staff.patch("/v6/job-types/algorithm/1.0.0/", {"is_paused": True}, format="json").status_code == 200
    assert staff.get("/v6/job-types/algorithm/1.0.0/revisions/1/").status_code == 200


def test_a_recipe_type_that_today_is_refused_stands_and_is_marked(
    old: OldSystem, import_scale: Import, staff: APIClient
) -> None:
    old.add_recipe_type(1, "recipe", definition_of(("gone", "1.0.0", 1)))
    import_scale()
    shown = staff.get("/v6/recipe-types/recipe/").json()
    assert [found["name"] for found in shown["findings"]] == ["UNKNOWN_JOB_TYPE"]
    assert Imported.objects.get(kind="recipe-type-revision").findings == shown["findings"]


def test_a_workspace_without_a_broker_comes_without_a_configuration(old: OldSystem, import_scale: Import) -> None:
    old.add_workspace(1, "odd", configuration={"version": "1.0"})
    import_scale()
    assert Workspace.objects.get().configuration is None
    assert [found["path"] for found in Imported.objects.get().findings] == ["/configuration"]


BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"definition": [1]}, "Its definition is no object."),
    ({"title": 5}, "Its title is no text."),
    ({"created": "yesterday"}, "Its created is no time with an offset."),
    ({"title": "\ud800"}, "it cannot be stored here"),
    ({"name": "n" * 51}, "Its name has 51 characters; 50 are possible here."),
]


@pytest.mark.parametrize(("odd", "sentence"), BROKEN, ids=[str(*odd) for odd, _ in BROKEN])
def test_what_cannot_come_is_a_fault_of_the_report_and_the_others_come(
    old: OldSystem, import_scale: Import, odd: dict[str, Any], sentence: str
) -> None:
    name = odd.get("name", "recipe")
    old.add_recipe_type(1, **{"name": name, "definition": definition_of(), **odd})
    old.add_recipe_type(2, "sound", definition_of())
    with pytest.raises(CommandError, match=r"^1 did not come\.$"):
        import_scale()
    assert list(RecipeType.objects.values_list("name", flat=True)) == ["sound"]
    (fault,) = Takeover.objects.get().report["faults"]["first"]
    assert (fault["kind"], fault["name"]) == ("recipe-type", name)
    assert fault["sentence"].startswith(sentence)
    old.add_recipe_type(1, "recipe", definition_of())
    import_scale()
    assert RecipeType.objects.count() == 2


def test_one_url_that_fails_on_and_on_is_a_fault_and_comes_with_a_later_run(
    old: OldSystem, import_scale: Import
) -> None:
    old.add_job_type(1, "first")
    old.add_job_type(2, "second")
    old.always["job-types/first/1.0.0/"] = Answer(500)
    with pytest.raises(CommandError):
        import_scale()
    assert list(JobType.objects.values_list("name", flat=True)) == ["second"]
    del old.always["job-types/first/1.0.0/"]
    import_scale()
    assert JobType.objects.count() == 2


def test_a_job_type_that_is_edited_while_it_is_read_is_read_again(old: OldSystem, import_scale: Import) -> None:
    before = dict(old.add_job_type(1))
    old.revise(1, title="Newest")
    old.instead["job-types/algorithm/1.0.0/"] = [Answer(body=before)]
    import_scale()
    job_type = JobType.objects.get()
    assert (job_type.title, job_type.revision_num, job_type.revisions.count()) == ("Newest", 2, 2)


@pytest.mark.parametrize("path", ["job-types/", "recipe-types/", "errors/", "workspaces/1/"])
@pytest.mark.parametrize("depth", [1_000, 1_020, 100_000])
def test_a_document_that_is_nested_too_deeply_costs_no_other_kind(
    old: OldSystem, import_scale: Import, path: str, depth: int
) -> None:
    rows = {
        "job-types/": old.add_job_type(1),
        "recipe-types/": old.add_recipe_type(1, "recipe", definition_of()),
        "errors/": old.add_error(1, "bad"),
        "workspaces/1/": old.add_workspace(1, "data"),
    }
    row = rows[path] | {"description": "DEEP"}
    document = row if path == "workspaces/1/" else {"count": 1, "next": None, "results": [row]}
    deep = '{"a":' * depth + "1" + "}" * depth
    old.always[path] = Answer(body=json.dumps(document).replace('"DEEP"', deep))
    with pytest.raises(CommandError, match=r"\d did not come"):
        import_scale()
    kinds = {"job-types/": JobType, "recipe-types/": RecipeType, "errors/": Error, "workspaces/1/": Workspace}
    names = {"algorithm", "recipe", "bad", "data"}
    here = {of for of, model in kinds.items() if names & set(model._default_manager.values_list("name", flat=True))}
    assert here == kinds.keys() - {path}
    with suppress(CommandError):
        call_command("compare_scale", old.url, stdout=StringIO())


def test_a_job_type_whose_workspace_comes_with_a_later_run_is_marked_until_then(
    old: OldSystem, import_scale: Import, pauses: list[float]
) -> None:
    spaces = {"default": "results", "outputs": {}}
    configuration = {"mounts": {}, "output_workspaces": spaces, "priority": 100, "settings": {}}
    old.add_workspace(1, "results")
    row = old.add_job_type(1, configuration=configuration)
    old.always["workspaces/1/"] = Answer(500)
    with pytest.raises(CommandError, match="1 did not come"):
        import_scale()
    assert "INVALID_WORKSPACE" in {found["name"] for found in JobType.objects.get().findings}
    del old.always["workspaces/1/"]
    assert "stands, although" not in import_scale()
    job_type, imported = JobType.objects.get(), Imported.objects.get(kind="job-type")
    assert imported.findings == job_type.findings
    assert "INVALID_WORKSPACE" not in {found["name"] for found in job_type.findings}
    assert (job_type.last_modified, job_type.revisions.count()) == (datetime.fromisoformat(LATER), 1)
    row["title"] = "Another"
    row["last_modified"] = "2021-07-01T00:00:00Z"
    import_scale()
    assert JobType.objects.get().title == "Another"


@pytest.mark.parametrize(
    "odd", [{"priority": "high"}, {"settings": {"undeclared": 5}}, {"mounts": 5}, {"unknown": 1}], ids=str
)
def test_while_a_workspace_is_missing_a_further_run_writes_nothing(
    old: OldSystem, import_scale: Import, odd: dict[str, Any], pauses: list[float]
) -> None:
    spaces = {"default": "results", "outputs": {}}
    old.add_workspace(1, "results")
    old.add_job_type(1, configuration={"output_workspaces": spaces, **odd})
    old.always["workspaces/1/"] = Answer(500)
    seen = []
    for _ in range(2):
        with pytest.raises(CommandError, match="1 did not come"):
            import_scale()
        seen.append([list(model.objects.order_by("pk").values()) for model in (JobType, Imported)])
    assert seen[0] == seen[1]
    marked = {found["name"] for found in JobType.objects.get().findings} - {"INVALID_WORKSPACE"}
    del old.always["workspaces/1/"]
    import_scale()
    assert {found["name"] for found in JobType.objects.get().findings} == marked


def test_a_mark_that_was_mended_here_is_no_remark_once_the_workspace_has_come(
    old: OldSystem, import_scale: Import, staff: APIClient, pauses: list[float]
) -> None:
    spaces = {"default": "results", "outputs": {}}
    old.add_workspace(1, "results")
    old.add_job_type(1, docker_image="no image!", configuration={"output_workspaces": spaces})
    old.always["workspaces/1/"] = Answer(500)
    with pytest.raises(CommandError, match="1 did not come"):
        import_scale()
    url = "/v6/job-types/algorithm/1.0.0/"
    assert staff.patch(url, {"docker_image": "algorithm:1.0.0"}, format="json").status_code == 200
    del old.always["workspaces/1/"]
    import_scale()
    imported = Imported.objects.get(kind="job-type")
    assert (JobType.objects.get().findings, imported.findings) == ([], [])
    assert "stands, although" not in str(imported.remarks)
