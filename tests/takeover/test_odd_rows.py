"""Rows and lists of the other system that are none: each costs itself alone, and the report says so."""

from typing import Any

import pytest
from django.core.management.base import CommandError

from errors.models import Error
from job_types.models import JobType
from jobs.models import Job
from recipes.models import RecipeType
from takeover.models import Takeover
from tests.takeover.conftest import Import
from tests.takeover.old_system import LATER, THEN, Answer, OldSystem, definition_of
from workspaces.models import Workspace

pytestmark = pytest.mark.django_db


def fail(import_scale: Import, *options: str) -> list[tuple[str, str, str]]:
    """Run the command, which ends with an error, and return the faults of its report."""
    with pytest.raises(CommandError, match="did not come"):
        import_scale(*options)
    faults = Takeover.objects.get().report["faults"]["first"]
    return [(fault["kind"], fault["name"], fault["sentence"]) for fault in faults]


def job_of(pk: int, there: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A job of a job type that is over, as the other system shows it."""
    return {
        "id": pk,
        "job_type": {name: there[name] for name in ("id", "name", "version")},
        "job_type_rev": {"id": there["id"] * 10 + 1, "revision_num": 1},
        "status": "COMPLETED",
        "max_tries": 3,
        "num_exes": 0,
        "created": THEN,
        "last_status_change": LATER,
        "last_modified": LATER,
        **members,
    }


@pytest.mark.parametrize("pk", [None, "1", 1.0, True, 0, -1, 2**63, 10**30, [1]], ids=repr)
def test_a_row_without_a_usable_id_is_left_out(old: OldSystem, import_scale: Import, pk: Any) -> None:
    old.add_error(1, "odd", id=pk)
    old.add_error(2, "sound")
    faults = fail(import_scale, "--keep-ids")
    assert faults == [("error", "errors/", "1 rows of the list have no usable id, and are left out")]
    assert list(Error.objects.values_list("pk", "name")) == [(2, "sound")]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Answer(body={"count": 1}), "A list has no `count` and `results`; is this the API of a Scale 7?"),
        (Answer(404), "A list is a 404; is this the API of a Scale 7? Its base often ends in /api/."),
        (
            Answer(body={"count": 1, "results": [None]}),
            "A list has rows without `id`; is this the API of a Scale 7?",
        ),
    ],
    ids=["nothing", "404", "null"],
)
def test_a_list_that_cannot_be_read_costs_its_own_kind_alone(
    old: OldSystem, import_scale: Import, answer: Answer, sentence: str
) -> None:
    old.add_workspace(1, "raw")
    old.add_job_type(1)
    old.always["errors/"] = answer
    assert fail(import_scale) == [("error", "errors", sentence)]
    assert (Workspace.objects.count(), JobType.objects.count()) == (1, 1)
    assert Takeover.objects.get().finished is not None


def test_a_list_that_never_comes_to_rest_is_a_fault(old: OldSystem, import_scale: Import) -> None:
    row = old.add_error(1, "seen")
    old.always["errors/"] = Answer(body={"count": 2, "next": None, "results": [row]})
    sentence = "the list says that it has 2 rows, and showed 1 in 6 readings"
    assert fail(import_scale) == [("error", "errors/", sentence)]
    assert Error.objects.get().name == "seen"


def test_a_list_of_revisions_that_lacks_some_is_a_fault_of_its_job_type(
    old: OldSystem, import_scale: Import
) -> None:
    old.add_job_type(1, "first")
    old.add_job_type(2, "second")
    row = old.revisions["first/1.0.0"][0]
    old.always["job-types/first/1.0.0/revisions/"] = Answer(body={"count": 2, "next": None, "results": [row]})
    ((kind, name, sentence),) = fail(import_scale)
    assert (kind, name) == ("job-type", "first 1.0.0")
    assert sentence.endswith("the list says that it has 2 rows, and showed 1 in 6 readings.")
    assert JobType.objects.get().name == "second"


def test_a_job_type_without_a_name_fails_alone(old: OldSystem, import_scale: Import) -> None:
    old.add_job_type(1, "first")
    old.add_job_type(2, "second")["name"] = None
    ((kind, name, sentence),) = fail(import_scale)
    assert (kind, name, sentence) == ("job-type", "None 1.0.0", "Its name is no text.")
    assert JobType.objects.get().name == "first"


def test_recipe_types_of_the_same_name_are_none_less(old: OldSystem, import_scale: Import) -> None:
    old.add_recipe_type(1, "recipe", definition_of(), sub_recipe_types=5)
    old.add_recipe_type(2, "recipe", definition_of(), sub_recipe_types=[None, "recipe"])
    import_scale()
    assert RecipeType.objects.get().name == "recipe"
    counts = Takeover.objects.get().report["counts"]["recipe-type"]
    assert sum(counts.values()) == 2


def test_an_image_that_is_null_is_an_empty_one(old: OldSystem, import_scale: Import) -> None:
    old.add_job_type(1, docker_image=None)
    import_scale()
    job_type = JobType.objects.get()
    assert (job_type.docker_image, job_type.revisions.get().docker_image) == ("", "")


@pytest.mark.parametrize("job_types", [None, 5, [None, 5, "x"], [{"name": []}]], ids=repr)
def test_odd_recipe_types_and_jobs_tell_nothing_of_what_is_only_listed(
    old: OldSystem, import_scale: Import, job_types: Any
) -> None:
    row = old.add_job_type(1, version="2.0.0-rc.1", revision_num=10**9)
    old.unreadable.add("algorithm/2.0.0-rc.1")
    old.add_recipe_type(1, "recipe", definition_of(), job_types=job_types)
    old.jobs = {
        1: {"job_type_rev": 5},
        4: {"job_type_rev": {"id": [4]}},
        2: {"job_type_rev": {"id": 10**30, "manifest": 3}},
        3: job_of(3, row),
    }
    assert "register it again" in import_scale()
    job_type = JobType.objects.get()
    # The last thousand: what nobody shows is of little use.
    assert (job_type.revision_num, job_type.revisions.count()) == (10**9, 1000)


@pytest.mark.parametrize("name", ["a\u0000b", "\ud800", "n" * 100_000], ids=["null", "surrogate", "long"])
def test_names_that_no_database_stores_are_in_the_report_as_they_can_be_shown(
    old: OldSystem, import_scale: Import, name: str
) -> None:
    old.add_recipe_type(1, name, definition_of())
    ((kind, shown, _),) = fail(import_scale)
    assert kind == "recipe-type"
    assert shown == {"a": "a\\x00b", "\ud800": "\\ud800", "n": "n" * 1000 + "…"}[name[0]]


@pytest.mark.parametrize(
    "members",
    [
        {"status": None},
        {"last_modified": None},
        {"last_modified": "yesterday"},
        {"last_modified": "2021-01-01T00:00:00"},
        {"id": 10**30},
        {"id": None},
    ],
    ids=repr,
)
def test_a_row_that_is_no_job_is_left_out(old: OldSystem, import_scale: Import, members: dict[str, Any]) -> None:
    job_type = old.add_job_type(1)
    old.jobs = {number: job_of(number, job_type, **(members if number == 2 else {})) for number in (1, 2, 3)}
    sentence = "some rows of the list have no usable id, status or last_modified, and are left out"
    assert fail(import_scale, "--jobs", "P36500D") == [("job", "jobs/", sentence)]
    assert Job.objects.count() == 2


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"job_type": None}, "Its job type did not come."),
        ({"job_type": {"id": 99, "name": "gone", "version": "1.0.0"}}, "Its job type did not come."),
        (
            {
                "execution": {
                    "started": "9999-12-31T23:00:00Z",
                    "timeout": 10**6,
                    "status": "COMPLETED",
                    "exe_num": 1,
                }
            },
            "",
        ),
        ({"execution": {"status": "COMPLETED", "exe_num": 10**30}}, "Its exe_num is no number"),
    ],
    ids=["null", "gone", "latest", "large"],
)
def test_a_job_that_cannot_be_stored_costs_itself_alone(
    old: OldSystem, import_scale: Import, members: dict[str, Any], sentence: str
) -> None:
    job_type = old.add_job_type(1)
    old.jobs = {number: job_of(number, job_type, **(members if number == 2 else {})) for number in (1, 2, 3)}
    ((kind, name, said),) = fail(import_scale, "--jobs", "P36500D")
    assert (kind, name, said[: len(sentence)]) == ("job", "2", sentence)
    assert Job.objects.count() == 2


def test_the_id_of_a_try_that_no_column_holds_is_replaced(old: OldSystem, import_scale: Import) -> None:
    execution = {"id": 10**30, "status": "COMPLETED", "exe_num": 1, "started": THEN, "ended": LATER}
    old.jobs = {1: job_of(1, old.add_job_type(1), num_exes=1, execution=execution)}
    import_scale("--jobs", "P36500D", "--keep-ids")
    assert Job.objects.get().executions.count() == 1


def test_jobs_without_a_job_type_that_are_not_over_are_named(old: OldSystem, import_scale: Import) -> None:
    old.jobs = {1: job_of(1, old.add_job_type(1), status="QUEUED", job_type=None)}
    printed = import_scale("--jobs", "P36500D")
    assert (
        "job None None: 1 of its jobs are QUEUED there, and come with a later run once they are over: 1" in printed
    )
