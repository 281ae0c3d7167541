"""The revision of the catalogue: each change of what lists show advances it, and the lists are tagged with it."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from catalogue.models import Revision, current_revision
from core.reads import pages
from core.reads.cache import Kept, RevisionCache
from core.reads.pages import KeptListing
from errors.models import Error
from errors.services import declare_errors
from job_types.models import JobType
from recipes.models import RecipeType
from seed import ManifestError
from tests.factories import make_job_type
from tests.recipes.factories import job_node, make_recipe
from tests.rows import CATALOGUE_TABLES
from tests.threads import at_once
from workspaces.models import Workspace
from workspaces.services import create_workspace

URLS = [
    "/v6/job-types/",
    "/v6/job-types/?keyword=te&order=-version&page_size=1",
    "/v6/job-type-names/",
    "/v6/job-types/test/",
    "/v6/job-types/test/1.0.0/revisions/",
    "/v6/job-types/test/1.0.0/revisions/1/",
    "/v6/recipe-types/",
    "/v6/recipe-types/recipe/revisions/",
    "/v6/recipe-types/recipe/revisions/1/",
    "/v6/errors/",
    "/v6/workspaces/",
    "/v6/workspaces/raw/",
]
LISTS = pytest.mark.parametrize("url", URLS)


@pytest.fixture
def rows(db: None) -> None:
    make_job_type()
    make_recipe(definition={"nodes": {"a": job_node("test")}})
    create_workspace(name="raw", fields={})
    declare_errors(job_type_name="test", errors=[ManifestError(1, "bad", "", "", "DATA")])


@LISTS
@pytest.mark.usefixtures("rows")
def test_an_answer_that_a_client_has_seen_is_a_304_that_takes_one_query(
    anyone: APIClient, url: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    tag = anyone.get(url)["ETag"]
    for sent in (tag, f'"other", {tag}', f"W/{tag}"):
        with django_assert_num_queries(1) as queries:
            answer = anyone.get(url, headers={"If-None-Match": sent})
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
        assert "catalogue_revision" in queries[0]["sql"]


@LISTS
@pytest.mark.usefixtures("rows")
def test_any_state_is_a_304_for_a_client_that_sends_a_star(anyone: APIClient, url: str) -> None:
    answer = anyone.get(url, headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer["ETag"] == anyone.get(url)["ETag"]


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/v6/job-types/no/1.0.0/revisions/", 404),
        ("/v6/job-types/test/1.0.0/revisions/99/", 404),
        ("/v6/job-types/?page=99", 404),
        ("/v6/job-types/?page=x", 400),
        ("/v6/recipe-types/no/revisions/1/", 404),
        ("/v6/workspaces/no/", 404),
        ("/v6/errors/999999/", 404),
    ],
)
@pytest.mark.usefixtures("rows")
def test_a_condition_hides_neither_a_404_nor_a_400(anyone: APIClient, url: str, status: int) -> None:
    for sent in ("*", anyone.get("/v6/job-types/")["ETag"]):
        answer = anyone.get(url, headers={"If-None-Match": sent})
        assert answer.status_code == status
        assert not answer.has_header("ETag")


CHANGES: dict[str, Callable[[APIClient], Any]] = {
    "a job type is registered": lambda staff: make_job_type("other"),
    "a job type is edited": lambda staff: staff.patch("/v6/job-types/test/1.0.0/", {"is_paused": True}),
    "a job type is revised": lambda staff: staff.patch("/v6/job-types/test/1.0.0/", {"docker_image": "x"}),
    "a recipe type is registered": lambda staff: make_recipe(
        "other", definition={"nodes": {"a": job_node("test")}}
    ),
    "a recipe type is edited": lambda staff: staff.patch("/v6/recipe-types/recipe/", {"title": "New"}),
    "a workspace is created": lambda staff: staff.post("/v6/workspaces/", {"name": "other"}),
    "a workspace is edited": lambda staff: staff.patch("/v6/workspaces/raw/", {"title": "New"}),
    "an error is declared": lambda staff: declare_errors(
        job_type_name="test", errors=[ManifestError(2, "worse", "", "", "DATA")]
    ),
    "what a recipe type runs is taken away": lambda staff: RecipeType.objects.get().job_types.clear(),
    "a recipe type runs another": lambda staff: RecipeType.objects.get().sub_recipe_types.add(
        RecipeType.objects.get()
    ),
    "columns are updated": lambda staff: JobType.objects.update(unmet_resources="gpus"),
    "an error is taken away": lambda staff: Error.objects.all().delete(),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.usefixtures("rows")
def test_any_change_to_the_catalogue_changes_the_tag(staff: APIClient, change: str) -> None:
    staff.default_format = "json"
    tag = staff.get("/v6/job-types/")["ETag"]
    CHANGES[change](staff)
    answer = staff.get("/v6/job-types/", headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert answer["ETag"] != tag


@pytest.mark.usefixtures("rows")
def test_requests_that_change_nothing_in_the_catalogue_leave_the_tag(staff: APIClient) -> None:
    tag = staff.get("/v6/job-types/")["ETag"]
    body = {"job_type_name": "test", "job_type_version": "1.0.0", "input": {"files": {}, "json": {}}}
    assert staff.post("/v6/jobs/", body, format="json").status_code in (201, 400)
    staff.patch("/v6/job-types/test/1.0.0/", {"is_paused": False}, format="json")  # as it is already
    staff.patch("/v6/job-types/test/1.0.0/", {"is_paused": "no"}, format="json")  # refused
    assert staff.get("/v6/job-types/", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("url", ["/v6/workspaces/", "/v6/errors/"])
@pytest.mark.parametrize("query", ["started=PT1H", "ended=PT1H"])
@pytest.mark.usefixtures("rows")
def test_a_list_limited_by_time_has_no_tag(anyone: APIClient, url: str, query: str) -> None:
    answer = anyone.get(f"{url}?{query}", headers={"If-None-Match": "*"})
    assert answer.status_code == 200
    assert not answer.has_header("ETag")


@LISTS
@pytest.mark.usefixtures("rows")
def test_a_page_for_browsers_has_no_tag(anyone: APIClient, url: str) -> None:
    answer = anyone.get(url, headers={"Accept": "text/html", "If-None-Match": "*"})
    assert answer.status_code == 200
    assert not answer.has_header("ETag")


@pytest.mark.usefixtures("rows")
def test_an_error_has_no_tag(anyone: APIClient) -> None:
    for url, status in (("/v6/job-types/no/1.0.0/revisions/", 404), ("/v6/job-types/?page=x", 400)):
        answer = anyone.get(url)
        assert answer.status_code == status
        assert not answer.has_header("ETag")


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("url", ["/v6/job-types/", "/v6/job-type-names/"])
def test_a_list_and_its_rows_are_read_once_for_each_revision(anyone: APIClient, url: str) -> None:
    def get(query: str) -> tuple[list[str], int, int]:
        """The names on the page, `count`, and the queries without that of the revision."""
        with CaptureQueriesContext(connection) as captured:
            page = anyone.get(f"{url}?{query}").json()
        return [row["name"] for row in page["results"]], page["count"], len(captured) - 1

    make_job_type("other")
    assert get("page_size=1") == (["other"], 2, 2)  # the ids of the list, and the row
    assert get("page_size=1") == (["other"], 2, 0)
    assert get("page_size=1&page=2") == (["test"], 2, 1)
    assert get("page_size=1&page=2&order=-name") == (["other"], 2, 1)  # another list of the same rows
    assert get("keyword=oth") == (["other"], 1, 1)
    assert get("keyword=oth") == (["other"], 1, 0)
    assert [get("is_active=true"), get("is_active=false")] == [(["other", "test"], 2, 1), ([], 0, 1)]
    make_job_type("another")
    assert get("page_size=1") == (["another"], 3, 2)
    assert get("keyword=oth") == (["another", "other"], 2, 2)


@pytest.mark.usefixtures("rows")
def test_lists_beyond_the_limit_are_read_anew(anyone: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    lists: Kept[Any, Any] = Kept(size=len, most=3)
    monkeypatch.setattr(pages, "_lists", {DEFAULT_DB_ALIAS: lists})
    make_job_type("other")
    for query in ("order=name", "order=-name", "order=title"):
        assert anyone.get(f"/v6/job-types/?{query}").json()["count"] == 2
        assert [len(ids) for ids in lists.of(current_revision()).values()] == [2]


def test_no_more_than_a_thousand_lists_are_kept_however_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(pages._lists, "other", raising=False)
    rows: RevisionCache[int, dict[str, Any]] = RevisionCache(lambda ids: [])
    for number in range(1_100):
        none = KeptListing(
            JobType.objects.none().values, name=number, database="other", revision="1", rows_by_id=rows
        )
        assert none.count() == 0
    assert list(pages._lists["other"].of("1")) == list(range(1_000, 1_100))


@pytest.mark.usefixtures("rows")
def test_every_table_of_the_catalogue_is_watched() -> None:
    recipe_type = RecipeType.objects.get()
    recipe_type.sub_recipe_types.add(recipe_type)
    members = RecipeType.job_types.through, RecipeType.sub_recipe_types.through
    names = {model._meta.db_table for model in (JobType, RecipeType, Error, Workspace, *members)}
    assert names == set(CATALOGUE_TABLES)
    for table in names:
        before = current_revision()
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET id = id")
        assert current_revision() != before, f"{table} has lost its triggers"


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_not_committed_has_no_revision_yet(staff: APIClient) -> None:
    make_job_type()
    before = current_revision()
    with transaction.atomic():
        JobType.objects.update(title="New")
        if connection.vendor == "postgresql":
            # The row of the revision is not locked before the commit, so that others are not blocked.
            assert current_revision() == before
        transaction.set_rollback(True)
    assert current_revision() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("url", ["/v6/job-types/", "/v6/job-type-names/"])
def test_readers_never_keep_rows_that_are_older_than_their_tag(staff: APIClient, url: str) -> None:
    make_job_type()
    last = Revision.objects.get().number + 40

    def act(number: int) -> int:
        """Edit in half of the threads; in the others, read as clients with a cache do."""
        if number < 4:
            for turn in range(10):
                body = {"docker_image": f"{number}:{turn}"}
                assert staff.patch("/v6/job-types/test/1.0.0/", body, format="json").status_code == 200
            return 0
        kept, reads = staff.get(url), 0
        end = time.monotonic() + 30
        while Revision.objects.get().number < last and time.monotonic() < end:
            reads += 1
            answer = staff.get(url, headers={"If-None-Match": kept["ETag"]})
            kept = kept if answer.status_code == 304 else answer
        final = staff.get(url, headers={"If-None-Match": kept["ETag"]})
        shown = (kept if final.status_code == 304 else final).json()
        assert shown["results"][0]["revision_num"] == 41
        return reads

    assert sum(at_once(8, act)) > 4
