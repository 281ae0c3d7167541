"""Query parameters that no endpoint has: refused everywhere, with those that there are."""

import json
import re
from typing import Any

import pytest
from rest_framework.test import APIClient

from jobs.models import Job
from tests.factories import make_job, make_job_type
from workspaces.models import Workspace

pytestmark = pytest.mark.django_db

METHODS = ("get", "post", "patch", "put", "delete")
JOB_TYPE_FILTERS = "is_active, keyword, id, is_system, order, page, page_size"
# The parameters of v6, by the lists that have them.
V6_PARAMETERS = {
    "/v6/job-type-names/": "page page_size keyword id is_active is_system order",
    "/v6/job-types/": "page page_size keyword id is_active is_system order",
    "/v6/job-types/test/": "page page_size is_active",
    "/v6/job-types/test/1.0.0/revisions/": "page page_size",
    "/v6/job-types/status/": "page page_size is_active started ended",
    "/v6/job-types/pending/": "page page_size",
    "/v6/job-types/running/": "page page_size",
    "/v6/job-types/system-failures/": "page page_size",
    "/v6/ingests/status/": "page page_size started ended use_ingest_time",
    "/v6/load/": "page page_size started ended job_type_id",
    "/v6/metrics/job-types/plot-data/": "page page_size started ended choice_id column group",
    "/v6/recipe-types/": "page page_size keyword is_active is_system order",
    "/v6/nodes/": "page page_size started ended is_active",
    "/v6/job-executions/": "page page_size status node_id error_id error_category",
    "/v6/errors/": "page page_size started ended is_builtin job_type_name name category order",
    "/v6/files/": "page page_size started ended time_field file_type is_deleted",
    "/v6/workspaces/": "page page_size started ended name order",
}
VALUES = {
    "is_active": "true",
    "is_system": "true",
    "is_builtin": "true",
    "use_ingest_time": "true",
    "time_field": "created",
    "file_type": "SOURCE",
    "is_deleted": "true",
    "started": "2015-01-01",
    "ended": "2016-01-01",
    "order": "name",
    "category": "DATA",
    "error_category": "DATA",
    "status": "FAILED",
    "column": "total_count",
    "group": "errors",
}


def findings(answer: Any) -> list[dict[str, str]]:
    """Return the errors of a 400."""
    assert answer.status_code == 400, answer.content
    assert (answer.json()["is_valid"], answer.json()["warnings"]) == (False, [])
    return answer.json()["errors"]


def operations(client: APIClient) -> list[tuple[str, str, list[str]]]:
    """Return the method, a URL and the query parameters of each operation in the API document."""
    document = json.loads(client.get("/v6/schema/", HTTP_ACCEPT="application/vnd.oai.openapi+json").content)
    return [
        (method, re.sub(r"{\w+}", "1", path), [one["name"] for one in described if one["in"] == "query"])
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
        for described in [operation.get("parameters", [])]
    ]


def test_a_misspelt_filter_is_refused_and_the_nearest_one_named(anyone: APIClient) -> None:
    make_job_type()
    sentence = (
        "is_actve: unknown query parameter; the nearest known one is is_active; "
        f"the known ones are: {JOB_TYPE_FILTERS}."
    )
    answer = anyone.get("/v6/job-types/?is_actve=false")
    assert findings(answer) == [{"name": "UNKNOWN_PARAMETER", "description": sentence, "path": "/is_actve"}]
    assert answer.json()["detail"] == sentence


@pytest.mark.parametrize(
    ("query", "nearest"),
    [("job_type_nam=ship-detect", "job_type_name"), ("Order=id", "order"), ("pagesize=5", "page_size")],
)
def test_a_misspelt_filter_of_jobs_returns_no_jobs(anyone: APIClient, query: str, nearest: str) -> None:
    make_job(make_job_type())
    (finding,) = findings(anyone.get(f"/v6/jobs/?{query}"))
    assert f"; the nearest known one is {nearest}; " in finding["description"]


@pytest.mark.parametrize("query", ["version=9.9.9", "name=no-such", "manifest=1", "id__in=5", "%00=1", "%FF=%FF"])
def test_what_resembles_no_parameter_is_refused_with_the_known_ones(anyone: APIClient, query: str) -> None:
    make_job_type()
    (finding,) = findings(anyone.get(f"/v6/job-types/?{query}"))
    assert finding["description"].endswith(f": unknown query parameter; the known ones are: {JOB_TYPE_FILTERS}.")


def test_every_operation_refuses_what_the_api_document_does_not_list(staff: APIClient) -> None:
    checked = operations(staff)
    for method, url, _ in checked:
        (finding,) = findings(getattr(staff, method)(f"{url}?no_such_parameter=1", {}, format="json"))
        assert (finding["name"], finding["path"]) == ("UNKNOWN_PARAMETER", "/no_such_parameter"), (method, url)
    assert len(checked) >= 35


def test_the_known_parameters_are_those_of_the_api_document(staff: APIClient) -> None:
    for method, url, declared in operations(staff):
        if method == "get":
            (finding,) = findings(staff.get(f"{url}?no_such_parameter=1"))
            _, _, listed = finding["description"].removesuffix(".").partition("the known ones are: ")
            assert sorted(listed.split(", ")) == sorted(declared or [""]), url


def test_the_form_of_filters_shows_the_parameters_of_the_api_document(staff: APIClient) -> None:
    make_job(make_job_type("1", "1.0.0"), pk=1)
    shown = {}
    for method, url, declared in operations(staff):
        if method == "get" and "page" in declared and set(declared) - {"page", "page_size"}:
            page = staff.get(url, headers={"Accept": "text/html"}).content.decode()
            _, _, form = page.partition('id="filtersModal"')
            labels = re.findall(r"<label[^>]*>([^<]*):</label>", form)
            assert "[invalid name]" not in labels
            fields = {name for name in re.findall(r'name="(\w+)"', form) if name in declared}
            assert (fields, len(labels)) == (set(declared) - {"page", "page_size"}, len(fields)), url
            shown[url] = labels
    assert len(shown) >= 9
    assert shown["/v6/job-types/"] == ["Is active", "Keyword", "Id", "Is system", "Order"]


def test_the_form_of_filters_keeps_the_values_of_the_query(anyone: APIClient) -> None:
    query = "job_type_name=a&job_type_name=b&status=FAILED&started=PT1H"
    page = anyone.get(f"/v6/jobs/?{query}", headers={"Accept": "text/html"}).content.decode()
    inputs = re.findall(r'<input type="text" name="job_type_name"(?: value="(\w*)")?', page)
    assert inputs == ["a", "b", ""]
    assert re.findall(r'<option value="(\w+)" selected>', page) == ["FAILED"]
    assert 'name="started" value="PT1H"' in page


@pytest.mark.parametrize(
    "query", ["_=1748000000000", "format=json", "&&", "=5", "x=null", "x=undefined", "x=", "x"]
)
def test_what_libraries_and_browsers_add_is_let_pass(anyone: APIClient, query: str) -> None:
    make_job_type()
    assert anyone.get(f"/v6/job-types/?{query}&id=0").json()["count"] == 0
    assert anyone.get(f"/v6/job-types/test/1.0.0/?{query}").status_code == 200
    assert anyone.get(f"/v6/?{query}").status_code == 200


def test_another_format_than_json_is_refused(anyone: APIClient) -> None:
    (finding,) = findings(anyone.get("/v6/job-types/?format=xml&format=json"))
    assert finding["path"] == "/format"


@pytest.mark.parametrize("url", V6_PARAMETERS)
def test_the_parameters_of_v6_are_known(anyone: APIClient, url: str) -> None:
    make_job_type()
    query = {name: VALUES.get(name, "1") for name in V6_PARAMETERS[url].split()}
    assert anyone.get(url, query).status_code == 200


def test_parameters_of_a_list_are_unknown_at_its_details_and_its_actions(staff: APIClient) -> None:
    job = make_job(make_job_type(), "QUEUED")
    for answer in (
        staff.get(f"/v6/jobs/{job.pk}/?page=1"),
        staff.post("/v6/jobs/cancel/?status=QUEUED", {"status": "QUEUED"}, format="json"),
    ):
        (finding,) = findings(answer)
        assert finding["description"].endswith(": unknown query parameter; this URL has none.")
    assert Job.objects.get().status == "QUEUED"


def test_a_write_with_an_unknown_parameter_changes_nothing(staff: APIClient) -> None:
    findings(staff.post("/v6/workspaces/?dry_run=true", {"name": "raw"}, format="json"))
    assert not Workspace.objects.exists()


def test_a_page_in_a_browser_may_send_its_form_to_its_own_url(staff: APIClient) -> None:
    answer = staff.post("/v6/workspaces/?page=1&order=name", {"name": "raw"}, format="json")
    assert answer.status_code == 201


def test_who_may_not_read_is_not_informed_of_parameters(anyone: APIClient, settings: Any) -> None:
    settings.PUBLIC_READ_API = False
    assert anyone.get("/v6/job-types/?x=1").status_code == 401


def test_many_and_long_unknown_parameters_have_a_bounded_report(anyone: APIClient) -> None:
    found = findings(anyone.get("/v6/job-types/?" + "&".join(f"x{number}=1" for number in range(3000))))
    assert (len(found), found[-1]["name"]) == (101, "MORE_FINDINGS")
    (finding,) = findings(anyone.get(f"/v6/job-types/?{'x' * 5000}=1"))
    assert finding["description"].startswith(f"{'x' * 59}…: unknown query parameter; ")
