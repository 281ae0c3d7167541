"""Fixtures of the tests of numbers over time: right counts, and a service that shows metrics."""

from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from rest_framework.test import APIClient

from metrics.hours import recount

Metrics = dict[tuple[str, ...], float]  # (name of the sample, the values of its labels by their names) -> its value
TOKEN = "the-token-of-the-prometheus-of-the-tests"


@pytest.fixture(autouse=True)
def counted(db: None) -> None:
    """Begin with right counts: tests before may have left the database emptied table by table, in any order."""
    recount()


@pytest.fixture
def metered(settings: Any) -> None:
    """The service shows metrics, as with METRICS_TOKEN in the environment."""
    settings.METRICS_TOKEN = TOKEN
    log, *others = settings.MIDDLEWARE
    settings.MIDDLEWARE = [
        log,
        "metrics.requests.RequestMetricsMiddleware",
        "metrics.scraping.MetricsMiddleware",
        *others,
    ]


@pytest.fixture
def scrape(metered: None) -> Callable[[], Metrics]:
    """Return what /metrics shows at the moment."""

    def read() -> Metrics:
        answer = APIClient().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        return {
            (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(answer.content.decode())
            for sample in family.samples
        }

    return read
