"""GET /v6/job-types/, /v6/job-type-names/ and /v6/job-types/{name}/: which, in which order, at what cost."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from job_types.models import JobType
from seed import precedence_key
from tests.factories import make_job_type

pytestmark = pytest.mark.django_db

ROW = {
    "id",
    "name",
    "version",
    "title",
    "description",
    "is_active",
    "is_paused",
    "is_published",
    "is_system",
    "icon_code",
    "unmet_resources",
    "max_scheduled",
    "max_tries",
    "revision_num",
    "docker_image",
    "created",
    "deprecated",
    "paused",
    "last_modified",
}
# In semantic-version order, the lowest first.
VERSIONS = ["0.9.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-rc.2", "1.0.0-rc.10", "1.0.0", "1.2.0", "1.10.0"]


def results(client: APIClient, url: str) -> list[dict[str, Any]]:
    answer = client.get(url)
    assert answer.status_code == 200, answer.content
    assert answer.json()["count"] == len(answer.json()["results"])
    return answer.json()["results"]


def names(client: APIClient, query: str) -> list[str]:
    return [row["name"] for row in results(client, f"/v6/job-types/?{query}")]


def test_a_row_shows_the_job_type_without_its_documents(anyone: APIClient) -> None:
    job_type = make_job_type(icon_code="f013", max_scheduled=2)
    (row,) = results(anyone, "/v6/job-types/")
    assert set(row) == ROW
    details = anyone.get("/v6/job-types/test/1.0.0/").json()
    assert row == {name: details[name] for name in ROW}
    assert row["id"] == job_type.id


def test_job_types_come_by_name_and_semantic_version(anyone: APIClient) -> None:
    for version in reversed(VERSIONS):
        make_job_type("b", version)
    make_job_type("a")
    rows = results(anyone, "/v6/job-types/")
    assert [(row["name"], row["version"]) for row in rows] == [("a", "1.0.0"), *(("b", v) for v in VERSIONS)]


def test_ordering_by_version_is_semantic_both_ways(anyone: APIClient) -> None:
    for version in VERSIONS[::2] + VERSIONS[1::2]:
        make_job_type(version=version)
    ascending = [row["version"] for row in results(anyone, "/v6/job-types/?order=version")]
    descending = [row["version"] for row in results(anyone, "/v6/job-types/?order=-version")]
    assert (ascending, descending) == (VERSIONS, VERSIONS[::-1])


@pytest.mark.parametrize("field", sorted(ROW))
def test_every_field_that_is_shown_orders_the_list(anyone: APIClient, field: str) -> None:
    make_job_type("a", max_scheduled=2, is_paused=True)
    make_job_type("b", "2.0.0", is_active=False, icon_code="f1")
    make_job_type("c", "0.1.0", max_scheduled=1, docker_image="zzz")
    rows = results(anyone, f"/v6/job-types/?order={field}&order=-id")

    def place(row: dict[str, Any]) -> tuple[Any, ...]:
        value = precedence_key(row[field]) if field == "version" else row[field]
        return (value is None, 0 if value is None else value, -row["id"])

    assert rows == sorted(rows, key=place)
    assert len(rows) == 3


def test_an_unknown_field_to_order_by_is_refused_with_the_known_ones(anyone: APIClient) -> None:
    answer = anyone.get("/v6/job-types/?order=manifest")
    assert answer.status_code == 400
    for field in ROW:
        assert field in answer.json()["detail"]


def test_keywords_are_found_in_names_and_tags_in_any_case_and_a_row_shows_once(anyone: APIClient) -> None:
    make_job_type("image-tiler", job={"tags": ["Raster", "raster-tiles", "50%"]})
    make_job_type("sorter", job={"tags": ["TEXT_tools", "Ärzte"]})
    assert names(anyone, "keyword=TIL") == ["image-tiler"]
    assert names(anyone, "keyword=raster") == ["image-tiler"]
    assert names(anyone, "keyword=text") == ["sorter"]
    assert names(anyone, "keyword=ärz") == names(anyone, "keyword=ÄRZ") == ["sorter"]
    assert names(anyone, "keyword=sort&keyword=raster") == ["image-tiler", "sorter"]
    assert names(anyone, "keyword=%25") == ["image-tiler"]
    assert names(anyone, "keyword=_") == ["sorter"]
    assert names(anyone, "keyword=nothing") == []
    assert names(anyone, "keyword=&keyword=null") == ["image-tiler", "sorter"]


def test_the_list_is_filtered_by_id_activity_and_system(anyone: APIClient) -> None:
    first, second, third = make_job_type("a"), make_job_type("b", is_active=False), make_job_type("c")
    JobType.objects.filter(pk=third.pk).update(is_system=True)
    assert names(anyone, f"id={first.id}&id={third.id}") == ["a", "c"]
    assert names(anyone, f"id={2**63}") == []
    assert names(anyone, "is_active=true") == ["a", "c"]
    assert names(anyone, "is_active=F") == ["b"]
    assert names(anyone, "is_system=1") == ["c"]
    assert names(anyone, f"is_active=false&id={second.id}&keyword=B") == ["b"]


def test_a_name_shows_all_versions_and_what_the_latest_one_shows(anyone: APIClient) -> None:
    for version in VERSIONS:
        make_job_type("many", version, job={"title": f"Title {version}"}, is_active=version != "1.10.0")
    make_job_type("one")
    many, one = results(anyone, "/v6/job-type-names/")
    assert many.pop("versions") == VERSIONS
    assert many.pop("latest_version") == "1.10.0"
    latest = anyone.get("/v6/job-types/many/1.10.0/").json()
    assert set(many) == ROW - {"id", "version"}
    assert many == {name: latest[name] for name in many}
    assert (one["name"], one["versions"], one["latest_version"]) == ("one", ["1.0.0"], "1.0.0")


def test_of_versions_that_differ_in_build_metadata_the_later_registered_is_the_latest(anyone: APIClient) -> None:
    for version in ("1.0.0+b", "1.0.0+a", "1.0.0-rc.1"):
        make_job_type(version=version)
    (row,) = results(anyone, "/v6/job-type-names/")
    assert (row["versions"], row["latest_version"]) == (["1.0.0-rc.1", "1.0.0+b", "1.0.0+a"], "1.0.0+a")
    newest_first = [row["version"] for row in results(anyone, "/v6/job-types/test/")]
    assert newest_first == ["1.0.0+a", "1.0.0+b", "1.0.0-rc.1"]


def test_a_filter_chooses_a_name_by_one_version_and_shows_them_all(anyone: APIClient) -> None:
    old = make_job_type("a", "1.0.0", is_active=False, job={"tags": ["old"]})
    make_job_type("a", "2.0.0")
    make_job_type("b", "1.0.0")
    for query in ("is_active=false", "keyword=OLD", f"id={old.id}", f"id={old.id}&is_active=0"):
        (row,) = results(anyone, f"/v6/job-type-names/?{query}")
        assert (row["name"], row["versions"], row["is_active"]) == ("a", ["1.0.0", "2.0.0"], True)
    # One version is not active, another one has the tag of no version: none passes both.
    assert results(anyone, "/v6/job-type-names/?is_active=true&keyword=old") == []


def test_names_are_ordered_by_what_they_show(anyone: APIClient) -> None:
    make_job_type("a", "1.9.0")
    make_job_type("b", "1.10.0")
    make_job_type("b", "0.1.0")
    make_job_type("c", "1.2.0")
    by_version = results(anyone, "/v6/job-type-names/?order=latest_version")
    assert [row["latest_version"] for row in by_version] == ["1.2.0", "1.9.0", "1.10.0"]
    assert [row["name"] for row in results(anyone, "/v6/job-type-names/?order=-name")] == ["c", "b", "a"]
    answer = anyone.get("/v6/job-type-names/?order=id")
    assert (answer.status_code, "latest_version" in answer.json()["detail"]) == (400, True)


def test_the_versions_of_a_name_come_newest_first(anyone: APIClient) -> None:
    for version in VERSIONS:
        make_job_type(version=version, is_active=version != "1.2.0")
    make_job_type("other")
    rows = results(anyone, "/v6/job-types/test/")
    assert [row["version"] for row in rows] == VERSIONS[::-1]
    assert set(rows[0]) == ROW
    assert [row["version"] for row in results(anyone, "/v6/job-types/test/?is_active=false")] == ["1.2.0"]


def test_a_name_that_no_job_type_has_is_an_empty_page(anyone: APIClient) -> None:
    assert anyone.get("/v6/job-types/no_such/").json() == {
        "count": 0,
        "next": None,
        "previous": None,
        "results": [],
    }


@pytest.mark.parametrize(
    "url",
    [
        "/v6/job-types/",
        "/v6/job-types/?keyword=t&order=-version",
        "/v6/job-type-names/",
        "/v6/job-type-names/?keyword=t&is_active=true&order=-latest_version",
        "/v6/job-types/name-0/",
    ],
)
def test_a_list_costs_the_same_queries_for_any_number_of_rows_and_reads_no_manifest(
    anyone: APIClient, url: str
) -> None:
    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            assert anyone.get(url).status_code == 200
        return [query["sql"] for query in captured.captured_queries]

    make_job_type("name-0", "1.0.0", job={"tags": ["t"]})
    few = queries()
    for number in range(6):
        make_job_type(f"name-{number}", "2.0.0", job={"tags": ["t", "tt"]})
        make_job_type("name-0", f"3.0.{number}")
    many = queries()
    assert len(few) == len(many) <= 3
    assert not [sql for sql in many if '"manifest"' in sql or '"configuration"' in sql]
