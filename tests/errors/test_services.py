"""Writing errors: the built-in ones, and those that manifests declare."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from errors.models import Category, Error
from errors.services import BUILTIN_ERRORS, declare_errors, load_builtin_errors
from seed import ManifestError
from tests.threads import at_once

pytestmark = pytest.mark.django_db

FACTS = ("name", "title", "description", "category", "should_be_retried")


def declared(name: str = "bad", title: str = "Bad", category: Any = "DATA") -> ManifestError:
    return ManifestError(1, name, title, "It is bad.", category)


def make_error(**facts: Any) -> Error:
    now = timezone.now()
    defaults = {"name": "bad", "job_type_name": "test", "category": "DATA", "created": now, "last_modified": now}
    return Error.objects.create(**(defaults | facts))


def test_the_built_in_errors_are_those_of_the_file() -> None:
    wanted = json.loads(BUILTIN_ERRORS.read_text(encoding="utf-8"))
    assert load_builtin_errors() == len(wanted)
    stored = list(Error.objects.filter(is_builtin=True, job_type_name=None).values(*FACTS))
    assert sorted(stored, key=lambda facts: facts["name"]) == sorted(wanted, key=lambda facts: facts["name"])
    assert Error.objects.count() == len(wanted)


def test_the_file_names_no_error_twice_and_describes_each() -> None:
    wanted = json.loads(BUILTIN_ERRORS.read_text(encoding="utf-8"))
    assert len({facts["name"] for facts in wanted}) == len(wanted)
    for facts in wanted:
        assert set(facts) == set(FACTS)
        assert facts["category"] in Category.values
        assert facts["title"]
        assert facts["description"].endswith(".")


def test_loading_again_writes_nothing() -> None:
    load_builtin_errors()
    before = list(Error.objects.order_by("id").values())
    assert load_builtin_errors() == 0
    assert list(Error.objects.order_by("id").values()) == before


def test_loading_updates_an_error_of_an_older_release_and_keeps_one_that_is_gone() -> None:
    long_ago = timezone.now() - timedelta(days=100)
    times = {"created": long_ago, "last_modified": long_ago}
    builtin = {"job_type_name": None, "is_builtin": True, **times}
    old = make_error(name="unknown", title="Old title", **builtin)
    gone = make_error(name="gone", **builtin)
    load_builtin_errors()
    updated = Error.objects.get(name="unknown")
    assert (updated.pk, updated.title, updated.created) == (old.pk, "Unknown", long_ago)
    assert updated.last_modified > long_ago
    assert Error.objects.get(name="gone").last_modified == gone.last_modified


def test_a_declared_error_of_a_built_in_name_is_another_error() -> None:
    declare_errors(job_type_name="test", errors=[declared("unknown", "Own")])
    load_builtin_errors()
    assert Error.objects.get(name="unknown", job_type_name="test").title == "Own"
    assert Error.objects.get(name="unknown", job_type_name=None).title == "Unknown"


def test_the_command_prints_how_many_were_written() -> None:
    count = len(json.loads(BUILTIN_ERRORS.read_text(encoding="utf-8")))
    for written in (count, 0):
        output = StringIO()
        call_command("load_builtin_errors", stdout=output)
        assert output.getvalue() == f"Built-in errors: {written} written.\n"


def test_a_declared_error_is_stored_with_all_its_columns() -> None:
    assert declare_errors(job_type_name="test", errors=[declared()]) == 1
    error: dict[str, object] = dict(Error.objects.values().get())
    assert error.pop("id")
    assert error.pop("created") == error.pop("last_modified")
    assert error == {
        "name": "bad",
        "job_type_name": "test",
        "title": "Bad",
        "description": "It is bad.",
        "category": "DATA",
        "is_builtin": False,
        "should_be_retried": False,
    }


def test_declaring_nothing_runs_no_query() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert declare_errors(job_type_name="test", errors=[]) == 0
    assert [query["sql"] for query in queries if "errors_error" in query["sql"]] == []


def test_declaring_what_is_known_changes_nothing() -> None:
    declare_errors(job_type_name="test", errors=[declared()])
    before = Error.objects.values().get()
    assert declare_errors(job_type_name="test", errors=[declared()]) == 0
    assert Error.objects.values().get() == before


def test_the_last_to_describe_an_error_wins_and_the_others_stay() -> None:
    declare_errors(job_type_name="test", errors=[declared("a"), declared("b")])
    before = {error.name: error for error in Error.objects.all()}
    assert declare_errors(job_type_name="test", errors=[declared("b", "Worse", "ALGORITHM"), declared("c")]) == 2
    after = {error.name: error for error in Error.objects.all()}
    assert sorted(after) == ["a", "b", "c"]
    assert after["a"].last_modified == before["a"].last_modified
    assert (after["b"].pk, after["b"].title, after["b"].category) == (before["b"].pk, "Worse", "ALGORITHM")
    assert after["b"].last_modified > before["b"].last_modified == after["b"].created


def test_each_job_type_name_has_errors_of_its_own() -> None:
    declare_errors(job_type_name="one", errors=[declared(title="One")])
    declare_errors(job_type_name="two", errors=[declared(title="Two")])
    titles = dict(Error.objects.values_list("job_type_name", "title"))
    assert titles == {"one": "One", "two": "Two"}


def test_the_cost_of_declaring_does_not_grow_with_the_errors() -> None:
    costs = []
    for job_type_name, count in (("few", 2), ("many", 30)):
        with CaptureQueriesContext(connection) as queries:
            declare_errors(job_type_name=job_type_name, errors=[declared(f"e{one}") for one in range(count)])
        costs.append(len(queries))
    assert costs[0] == costs[1]


@pytest.mark.django_db(transaction=True)
def test_declaring_the_same_errors_at_once_makes_each_once() -> None:
    def declare(number: int) -> int:
        errors = [declared(f"e{one}", str(number)) for one in range(10)]
        return declare_errors(job_type_name="test", errors=errors if number % 2 else errors[::-1])

    at_once(8, declare)
    assert Error.objects.count() == 10
    assert len(set(Error.objects.values_list("title", flat=True))) == 1


@pytest.mark.django_db(transaction=True)
def test_loading_the_built_in_errors_at_once_makes_each_once() -> None:
    at_once(4, lambda _: load_builtin_errors())
    assert Error.objects.count() == len(json.loads(BUILTIN_ERRORS.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"is_builtin": True}, "error_builtin_has_no_job_type"),
        ({"is_builtin": False, "job_type_name": None}, "error_builtin_has_no_job_type"),
        ({"category": "COLOUR"}, "error_category_known"),
    ],
)
def test_the_database_refuses_contradictory_origins_and_unknown_categories(
    facts: dict[str, Any], constraint: str
) -> None:
    with pytest.raises(DatabaseError, match=constraint):
        make_error(**facts)


@pytest.mark.parametrize("facts", [{}, {"is_builtin": True, "job_type_name": None}])
def test_the_database_refuses_the_same_name_twice(facts: dict[str, Any]) -> None:
    make_error(**facts)
    with pytest.raises(DatabaseError):
        make_error(**facts)


def test_an_error_is_named_with_its_job_type_name() -> None:
    assert str(make_error()) == "test: bad"
    assert str(make_error(job_type_name=None, is_builtin=True)) == "bad"
