"""What the page of errors shows: of which errors jobs failed, how many, and whether they become more."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, TypedDict

from django.utils import timezone

from errors.models import Error
from errors.selectors import COLUMNS
from jobs.failures import Failures, count_failures
from jobs.states import Status
from metrics.models import Outcome
from metrics.periods import Periods
from metrics.plots import COLUMNS as COLUMNS_OF_PLOTS
from metrics.plots import ERRORS, plot
from pages.charts import Chart, Series, Sparkline
from pages.content.dashboard import KINDS
from pages.content.words import utc
from pages.navigation import url_of

MOST_ERRORS = 100


class Window(NamedTuple):
    """A window of time that ends now, of so many hours or days, and what it is called."""

    unit: Literal["hour", "day"]
    length: int
    title: str

    def periods(self, now: datetime) -> Periods:
        """Return the periods of this window, and as many before it."""
        one = timedelta(hours=1) if self.unit == "hour" else timedelta(days=1)
        return Periods.of(now - (2 * self.length - 1) * one, now)


WINDOWS = {"day": Window("hour", 24, "24 hours"), "week": Window("day", 7, "7 days")}


class ErrorRow(TypedDict):
    """An error, how many jobs failed of it in the window and in the one before (None if not all are counted)."""

    error: Mapping[str, Any]
    number: int
    before: int | None
    trend: str
    line: Sparkline
    url: str


def errors_content(window: Window) -> dict[str, Any]:
    """Return what the page shows: four queries, of which those of jobs are bounded."""
    periods = window.periods(timezone.now())
    starts = periods.starts
    earlier, current = starts[: -window.length], starts[-window.length :]
    failures = count_failures(since=periods.first, unit=window.unit)
    numbers = {pk: sum(counts.get(start, 0) for start in current) for pk, counts in failures.counts.items()}
    ranked = sorted((pk for pk in numbers if numbers[pk]), key=lambda pk: (-numbers[pk], pk))
    shown = {row["id"]: row for row in Error.objects.filter(pk__in=ranked[:MOST_ERRORS]).values(*COLUMNS)}
    rows = [_row(shown[pk], failures, earlier, current, window) for pk in ranked[:MOST_ERRORS]]
    return {
        "rows": rows,
        "more": len(ranked) - len(rows),
        "counted_since": failures.since if failures.since > periods.first else None,
        "chart": _chart(periods, current, window),
    }


def _row(
    error: Mapping[str, Any],
    failures: Failures,
    earlier: list[datetime],
    current: list[datetime],
    window: Window,
) -> ErrorRow:
    counts = failures.counts[error["id"]]
    number = sum(counts.get(start, 0) for start in current)
    before = None if failures.since > earlier[0] else sum(counts.get(start, 0) for start in earlier)
    query = {"status": Status.FAILED.value, "error_id": error["id"], "started": utc(current[0])}
    return {
        "error": error,
        "number": number,
        "before": before,
        "trend": "" if before is None or before == number else "more" if number > before else "fewer",
        "line": Sparkline(
            f"failures by {window.unit}, {window.title}", [counts.get(one, 0) for one in current], "bad"
        ),
        "url": url_of("jobs", query=query),
    }


def _chart(periods: Periods, starts: list[datetime], window: Window) -> Chart:
    """Return the failures by category, of the hourly and daily counts: one query."""
    columns = [column for column in COLUMNS_OF_PLOTS.values() if column.group == ERRORS]
    plots = plot([column.name for column in columns], Periods(periods.hours, starts[0], periods.end))
    series = []
    for column, plotted in zip(columns, plots, strict=True):
        numbers = {value["datetime"]: value["value"] for value in plotted["values"]}
        series.append(Series(*KINDS[Outcome(column.outcomes[0])], [numbers.get(start, 0) for start in starts]))
    return Chart(f"Failed by {window.unit}, {window.title}", starts, timedelta(hours=periods.hours), series)
