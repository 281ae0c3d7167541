"""URLs that do not exist, that lack a slash, or that hold strange names."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from tests.factories import make_job_type

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["get", "post", "patch", "delete"])
@pytest.mark.parametrize("url", ["/v6/nothing/", "/v6/job-types/a/b/c/", "/v6/nothing"])
def test_an_unknown_url_is_a_404_in_json(staff: APIClient, method: str, url: str) -> None:
    answer = getattr(staff, method)(url)
    assert (answer.status_code, list(answer.json())) == (404, ["detail"])


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_url_without_its_slash_redirects_to_the_one_with_it(staff: APIClient, method: str) -> None:
    answer = getattr(staff, method)("/v6/job-types?page=1" if method == "get" else "/v6/job-types")
    assert answer.status_code == 308
    assert answer["Location"] == ("/v6/job-types/?page=1" if method == "get" else "/v6/job-types/")


@pytest.mark.parametrize("part", ["%00", "a%0A", "..%2F", "x" * 3000, "%F0%9F%92%A9", "'; --", "%E2%80%8F"])
def test_a_strange_name_or_version_in_a_url_is_a_404_and_no_fault(anyone: APIClient, part: str) -> None:
    make_job_type()
    assert anyone.get(f"/v6/job-types/{part}/").status_code in (200, 404)
    for url in (f"test/{part}/", f"{part}/1.0.0/", f"test/{part}/revisions/", f"test/1.0.0/revisions/{part}/"):
        answer = anyone.get(f"/v6/job-types/{url}")
        assert (answer.status_code, bool(answer.json()["detail"])) == (404, True)


def test_the_index_holds_the_urls_of_all_lists(anyone: APIClient) -> None:
    urls = anyone.get("/v6/").json()
    assert urls == {path: f"http://testserver/v6/{path}/" for path in urls}
    assert sorted(urls) == [
        "audit",
        "errors",
        "files",
        "ingests/status",
        "job-executions",
        "job-type-names",
        "job-types",
        "job-types/pending",
        "job-types/running",
        "job-types/status",
        "job-types/system-failures",
        "jobs",
        "load",
        "metrics/job-types",
        "metrics/job-types/plot-data",
        "nodes",
        "queue/status",
        "recipe-types",
        "stats",
        "workspaces",
    ]


def test_the_index_is_a_page_with_links_in_a_browser(anyone: APIClient) -> None:
    page = anyone.get("/v6/", headers={"Accept": "text/html"}).content.decode()
    assert '<a href="http://testserver/v6/job-types/" rel="nofollow">' in page


def test_pages_in_a_browser_lead_back_to_the_index(anyone: APIClient) -> None:
    page = anyone.get("/v6/job-types/", headers={"Accept": "text/html"}).content.decode()
    assert '<li><a href="/v6/">Scale</a></li>' in page


def test_the_root_is_a_page_that_leads_to_the_docs_and_the_index(anyone: APIClient) -> None:
    page = anyone.get("/").content.decode()
    assert 'href="/v6/docs/"' in page
    assert 'href="/v6/"' in page


def test_a_list_takes_head_and_options(anyone: APIClient) -> None:
    assert anyone.head("/v6/job-types/").status_code == 200
    assert anyone.options("/v6/job-types/").status_code == 200


def test_a_page_of_the_api_has_its_name_and_leads_to_index_document_and_pages(
    anyone: APIClient, admin_client: Client
) -> None:
    html = {"accept": "text/html"}
    page = anyone.get("/v6/jobs/", headers=html).content.decode()
    assert "Django REST framework" not in page
    assert '<a class="navbar-brand" href="/v6/">Scale job types</a>' in page
    assert all(f'href="{url}"' in page for url in ("/", "/v6/docs/"))
    assert 'href="/admin/"' not in page
    assert 'href="/admin/"' in admin_client.get("/v6/jobs/", headers=html).content.decode()
    assert 'href="/v6/"' in anyone.get("/v6/docs/").content.decode()
    assert 'href="/v6/"' in admin_client.get("/admin/").content.decode()


def test_a_description_shows_code_as_code(anyone: APIClient) -> None:
    page = anyone.get("/v6/", headers={"accept": "text/html"}).content.decode()
    assert "by their paths below <code>/v6/</code>." in page
