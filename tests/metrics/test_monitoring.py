"""The alerts, the dashboard and the documents name metrics that exist, and all of them."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from tests.factories import make_job, make_job_type
from tests.metrics.conftest import Metrics

pytestmark = pytest.mark.django_db
ROOT = Path(settings.BASE_DIR)
NAMED = re.compile(r"\bscale_[a-z_]+")


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@pytest.fixture
def existing(scrape: Callable[[], Metrics], anyone: APIClient) -> set[str]:
    make_job(make_job_type())
    anyone.get("/v6/job-types/")
    return {name for name, *_ in scrape()}


def named(texts: list[str]) -> set[str]:
    return {name for one in texts for name in NAMED.findall(one)}


def test_the_alerts_and_the_dashboard_name_metrics_that_exist(existing: set[str]) -> None:
    rules = re.findall(r"(?s)expr:(.*?)\n +(?:for|labels):", text("deploy/prometheus/rules.yml"))
    panels = json.loads(text("deploy/grafana/scale.json"))["panels"]
    shown = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    assert named(rules) <= existing
    assert named(shown) <= existing
    # What the dashboard leaves out, somebody would look for.
    histogram = {f"scale_http_request_duration_seconds_{part}" for part in ("sum", "count", "bucket")}
    assert existing - histogram <= named(shown)


def test_the_documents_list_the_metrics_that_exist(existing: set[str]) -> None:
    section = text("docs/operations.md").partition("\n## Metrics\n")[2].partition("\n## ")[0]
    listed = named(re.findall(r"^\| (`scale_.*?) \|", section, re.MULTILINE))
    assert listed == {re.sub(r"(duration_seconds)_(sum|count|bucket)$", r"\1", name) for name in existing}
