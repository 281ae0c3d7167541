"""What is counted of requests, as /metrics shows it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from tests.factories import make_job_type
from tests.metrics.conftest import Metrics

pytestmark = pytest.mark.django_db
Scrape = Callable[[], Metrics]


def grown(before: Metrics, after: Metrics, name: str) -> Metrics:
    """Return by how much the series of a metric have grown, of those that have."""
    growth = {sample[1:]: value - before.get(sample, 0) for sample, value in after.items() if sample[0] == name}
    return {labels: more for labels, more in growth.items() if more}


def test_requests_are_counted_by_the_pattern_of_their_url_their_method_and_status(
    scrape: Scrape, anyone: APIClient
) -> None:
    make_job_type("one")
    make_job_type("two")
    before = scrape()
    for name in ("one", "two", "three"):
        anyone.get(f"/v6/job-types/{name}/1.0.0/")
    anyone.post("/v6/jobs/claim/", {}, format="json")
    after = scrape()
    details = "/v6/job-types/<segment:name>/<segment:version>/"
    assert grown(before, after, "scale_http_requests_total") == {
        ("GET", details, "200"): 2,
        ("GET", details, "404"): 1,
        ("POST", "/v6/jobs/claim/", "401"): 1,
        ("GET", "other", "200"): 1,  # the scrape itself
    }
    durations = grown(before, after, "scale_http_request_duration_seconds_count")
    assert (durations["GET", details], durations["POST", "/v6/jobs/claim/"]) == (3, 1)
    assert grown(before, after, "scale_http_request_duration_seconds_sum")["GET", details] > 0


def test_the_statements_of_a_request_are_counted_and_timed(scrape: Scrape, anyone: APIClient) -> None:
    make_job_type("one")
    before = scrape()
    with CaptureQueriesContext(connection) as queries:
        anyone.get("/v6/job-types/one/1.0.0/")
        sent = len(queries)
    after = scrape()
    details = ("GET", "/v6/job-types/<segment:name>/<segment:version>/")
    assert grown(before, after, "scale_http_request_statements_total")[details] == sent > 0
    database = grown(before, after, "scale_http_request_database_seconds_total")[details]
    assert 0 < database <= grown(before, after, "scale_http_request_duration_seconds_sum")[details]


@pytest.mark.parametrize("path", ["/x{}", "/v6/x{}/", "/v6/jobs/x{}/", "/static/x{}", "/v6/x{}", "/healthz"])
def test_paths_that_anyone_can_make_up_are_one_series(scrape: Scrape, anyone: APIClient, path: str) -> None:
    anyone.get(path.format(0))
    before = scrape()
    for number in range(5):
        anyone.get(path.format(number))
    counts = grown(before, scrape(), "scale_http_requests_total")
    assert {route for _, route, _ in counts} == {"other"}
    assert sum(counts.values()) == 5 + 1


def test_methods_that_anyone_can_make_up_are_one_series(scrape: Scrape, anyone: APIClient) -> None:
    before = scrape()
    for method in ("BREW", "PROPFIND", "TRACE"):
        anyone.generic(method, "/v6/job-types/")
    counts = grown(before, scrape(), "scale_http_requests_total")
    assert counts == {("other", "/v6/job-types/", "405"): 3, ("GET", "other", "200"): 1}


def test_a_fault_is_counted_as_a_500(scrape: Scrape, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> Any:
        raise RuntimeError

    monkeypatch.setattr("core.api.index.IndexRouter.APIRootView.get", fail, raising=False)
    before = scrape()
    client = APIClient(raise_request_exception=False)
    assert client.get("/v6/").status_code == 500
    assert grown(before, scrape(), "scale_http_requests_total")["GET", "/v6/", "500"] == 1
