"""What the benchmarks say of their figures: which requests grew, and the charts; and what they take away."""

import os
import subprocess
import sys
from typing import Any
from xml.etree import ElementTree

from tests.benchmarks import charts, growth
from tests.standalone import ENVIRONMENT

ROWS = [
    {"axis": "queued", "value": 0, "claim": 2.0, "list": 4.0, "edit": None},
    {"axis": "queued", "value": 10, "claim": 10.0, "list": 4.0, "edit": None},
    {"axis": "queued", "value": 1_000, "claim": 15.5, "list": 6.0, "edit": None},
]
SVG = "{http://www.w3.org/2000/svg}"


def test_each_cell_has_its_ratio_to_the_first_value_but_nothing() -> None:
    assert growth.with_ratios(ROWS) == [
        {"value": "0 queued", "claim": "2.0 (0.20)", "list": "4.0 (1.00)", "edit": None},
        {"value": "10 queued", "claim": "10.0 (1.00)", "list": "4.0 (1.00)", "edit": None},
        {"value": "1,000 queued", "claim": "15.5 (1.55)", "list": "6.0 (1.50)", "edit": None},
    ]


def test_what_grew_by_more_than_half_is_named() -> None:
    assert growth.notable(ROWS) == ["claim, 1,000 queued: 1.55 times"]


def test_all_that_makes_reads_fast_can_be_taken_away() -> None:
    take = (
        "import os; from tests.benchmarks.without import LAYERS, OTHERS; "
        "os.environ['WITHOUT'] = ','.join(LAYERS | OTHERS); "
        "from tests.benchmarks.without_wsgi import application; print(len(LAYERS))"
    )
    environment = {**os.environ, **ENVIRONMENT}
    done = subprocess.run(
        [sys.executable, "-c", "import scale.wsgi; " + take],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "10"), done.stderr


def test_the_chart_of_growth_shows_what_grew_most_first() -> None:
    assert charts.growth([{"rows": ROWS}]) == [
        charts.Panel("10 to 1,000 queued", [charts.Bar("claim", 1.55, "1.55"), charts.Bar("list", 1.5, "1.50")])
    ]


def test_the_chart_of_queues_shows_medians_of_turns_and_ours_once_where_nothing_is_claimed() -> None:
    turns = [
        {"one by one": rate, "in bulk": 10 * rate, "worked": 1, "whole lives": rate} for rate in (1.0, 3.0, 900.0)
    ]
    lives, bulk, one = charts.peers(
        {"turns": {"ours, by 100": turns, "Celery": turns[2:], "ours, by 1": turns[:1]}}
    )
    assert [(bar.label, bar.text, bar.is_ours) for bar in lives.bars] == [
        ("Celery", "900", False),
        ("ours, by 100", "3", True),
        ("ours, by 1", "1", True),
    ]
    assert [(bar.label, bar.text) for bar in bulk.bars] == [("Celery", "9,000"), ("ours", "30")]
    assert [(bar.label, bar.text) for bar in one.bars] == [("Celery", "900"), ("ours", "3")]


def test_a_chart_is_well_formed_and_says_its_numbers_in_words() -> None:
    row: dict[str, Any] = {"area": "jobs", "endpoint": "/v6/jobs/?a=1&b=<2>", "median ms": 4.0, "floor ms": 1.0}
    chart = ElementTree.fromstring(
        charts.svg("Reads", charts.reads({"endpoints": [row, {**row, "floor ms": None}]}))
    )
    assert chart.get("role") == "img"
    assert chart.findtext(f"{SVG}title") == "Reads"
    assert chart.findtext(f"{SVG}desc") == "Jobs: /jobs/?a=1&b=<2>: 4 / 1."
    assert [text.text for text in chart.iter(f"{SVG}text")] == ["Reads", "Jobs", "/jobs/?a=1&b=<2>", "4 / 1"]
    whole, floor = (float(bar.get("width", 0)) for bar in chart.findall(f"{SVG}rect")[1:])
    assert round(floor / whole, 2) == 0.25
