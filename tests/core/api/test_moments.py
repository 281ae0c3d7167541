"""Times in a query: how they are parsed, and how they filter a list."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from core.api.moments import parse_moment
from errors.models import Error
from errors.services import declare_errors
from seed import ManifestError

NOW = datetime(2024, 3, 31, 12, 0, 0, tzinfo=UTC)
EXPECTED = (
    "must be an ISO-8601 datetime such as 2015-01-01T00:00:00Z, a date such as 2015-01-01, or a duration "
    "such as PT3H."
)
LEAVES = "is outside the calendar, which covers the years 1 to 9999."
URL = "/v6/errors/"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2015-01-01T00:00:00Z", datetime(2015, 1, 1, tzinfo=UTC)),
        ("2015-01-01T00:00:00", datetime(2015, 1, 1, tzinfo=UTC)),
        ("2015-01-01T00:00:00.250Z", datetime(2015, 1, 1, 0, 0, 0, 250_000, tzinfo=UTC)),
        ("2015-01-01T02:00:00+02:00", datetime(2015, 1, 1, tzinfo=UTC)),
        ("2015-01-01T02:00:00 02:00", datetime(2015, 1, 1, tzinfo=UTC)),
        ("2015-01-01T02:00:00 0200", datetime(2015, 1, 1, tzinfo=UTC)),
        ("2015-01-01T02:00:00.5 02", datetime(2015, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)),
        ("2014-12-31T18:30:00-05:30", datetime(2015, 1, 1, tzinfo=UTC)),
        ("20150101T000000Z", datetime(2015, 1, 1, tzinfo=UTC)),
        ("2015-01-01", datetime(2015, 1, 1, tzinfo=UTC)),
        ("20150101", datetime(2015, 1, 1, tzinfo=UTC)),
        ("9999-12-31", datetime(9999, 12, 31, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("P1D", NOW - timedelta(days=1)),
        ("P1W", NOW - timedelta(weeks=1)),
        ("PT3H0M0S", NOW - timedelta(hours=3)),
        ("PT0S", NOW),
        ("P1Y", datetime(2023, 3, 31, 12, tzinfo=UTC)),
        ("P1M", datetime(2024, 2, 29, 12, tzinfo=UTC)),
        ("P1Y1M1DT1H", datetime(2023, 2, 27, 11, tzinfo=UTC)),
        ("-P1D", NOW + timedelta(days=1)),
    ],
)
def test_datetimes_and_durations_are_moments_in_utc(text: str, moment: datetime) -> None:
    parsed = parse_moment(text, now=NOW)
    assert (parsed, parsed.utcoffset()) == (moment, timedelta(0))


@pytest.mark.parametrize(
    "text",
    [
        "P99999Y",
        "P3000Y",
        "-P9000Y",
        "P999999999D",
        "PT99999999999999H",
        "P100000M",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
    ],
)
def test_a_moment_outside_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(LEAVES)):
        parse_moment(text, now=NOW)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "NaN",
        "P",
        "PT",
        "PT1e9H",
        "PTNaNH",
        "P1",
        "1D",
        "--P1D",
        "2015",
        "2015-01",
        "2015-1-1",
        "2015-W01-4",
        "2015-001",
        "2015-02-29",
        "2015-01-01Z",
        "0000-01-01",
        "12:00:00",
        "T",
        "2015-01-01T",
        "2015-13-01T00:00:00Z",
        "2015-02-29T00:00:00Z",
        "2015-01-01T25:00:00Z",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "2015-01-01 00:00:00",
        "1420070400",
        "2015-01-01T00:00:00Z\0",
        "٢٠١٥-01-01T00:00:00Z",
        "2015-01-01T00:00:00Z" * 10,
        "P" + "9" * 5000 + "D",
    ],
)
def test_what_is_neither_datetime_nor_duration_is_refused_with_an_example_of_both(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(EXPECTED)):
        parse_moment(text, now=NOW)


def parses_or_refuses(text: str) -> None:
    try:
        parsed = parse_moment(text, now=NOW)
    except ValueError as error:
        assert type(error) is ValueError
        assert str(error) in (EXPECTED, LEAVES)
    else:
        assert parsed.utcoffset() == timedelta(0)


@given(st.text())
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    parses_or_refuses(text)


@given(st.text(alphabet="PTYMWDHSZ+-:., 0123456789eENnaIif", max_size=40))
def test_any_text_that_resembles_a_moment_is_one_or_refused(text: str) -> None:
    parses_or_refuses(text)


@given(st.datetimes(), st.integers(-24 * 60, 24 * 60))
def test_any_datetime_with_an_offset_is_a_moment_or_refused(moment: datetime, minutes: int) -> None:
    sign = "-" if minutes < 0 else "+"
    parses_or_refuses(f"{moment.isoformat()}{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}")


@given(st.tuples(*[st.integers(0, 10**12)] * 6))
def test_any_duration_is_a_moment_or_refused(parts: tuple[int, ...]) -> None:
    parses_or_refuses("P{}Y{}M{}DT{}H{}M{}S".format(*parts))


def make_errors(*moments: str) -> None:
    """Make an error for each moment, last modified at it and named after it."""
    for moment in moments:
        declare_errors(job_type_name="test", errors=[ManifestError(1, moment, "", "", "DATA")])
        Error.objects.filter(name=moment).update(last_modified=moment)


def names(client: APIClient, **query: Any) -> list[str]:
    answer = client.get(URL, query)
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["results"]]


@pytest.mark.django_db
def test_both_ends_of_a_range_are_within_it(anyone: APIClient) -> None:
    first, second, third = "2015-01-01T00:00:00Z", "2015-01-02T00:00:00Z", "2015-01-03T00:00:00Z"
    make_errors(first, second, third)
    assert names(anyone, started=first, ended=third) == [first, second, third]
    assert names(anyone, started="2015-01-01T00:00:00.000001Z", ended="2015-01-02T23:59:59.999999Z") == [second]
    assert names(anyone, started=second) == [second, third]
    assert names(anyone, started="2015-01-02") == [second, third]
    assert names(anyone, ended="2015-01-02") == [first, second]
    assert names(anyone, ended=second) == [first, second]
    assert names(anyone, started=second, ended=second) == [second]
    assert names(anyone, started="P1D") == []
    assert names(anyone, ended="P1D") == [first, second, third]


@pytest.mark.django_db
def test_a_plus_that_was_decoded_to_a_space_is_read_as_a_plus(anyone: APIClient) -> None:
    make_errors("2015-01-01T00:00:00Z")
    assert anyone.get(f"{URL}?started=2015-01-01T02:00:00+02:00").json()["count"] == 1
    assert anyone.get(f"{URL}?started=2015-01-01T02:00:01+02:00").json()["count"] == 0


@pytest.mark.django_db
@pytest.mark.parametrize("when", ["2015-01-01", "P1D", "PT3H"])
def test_a_time_in_a_body_is_a_datetime_and_nothing_shorter(staff: APIClient, when: str) -> None:
    change = {"job_id": 1, "status": "QUEUED", "when": when}
    answer = staff.post("/v6/jobs/transitions/", {"changes": [change]}, format="json")
    assert [one["path"] for one in answer.json()["errors"]] == ["/changes/0/when"]


@pytest.mark.django_db
def test_a_range_may_span_the_whole_calendar(anyone: APIClient) -> None:
    make_errors("2015-01-01T00:00:00Z")
    assert names(anyone, started="0001-01-01T00:00:00Z", ended="9999-12-31T23:59:59Z") == ["2015-01-01T00:00:00Z"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ({"started": "yesterday"}, f"started: {EXPECTED}"),
        ({"ended": "P99999Y"}, f"ended: {LEAVES}"),
        ({"started": "x", "ended": "2015-01-01T00:00:00Z\0"}, f"started: {EXPECTED} ended: {EXPECTED}"),
        ({"started": "2015-01-02T00:00:00Z", "ended": "2015-01-01T00:00:00Z"}, "started: must not be after ended."),
        ({"started": "PT1H", "ended": "P1D"}, "started: must not be after ended."),
        ({"started": "2015-01-02", "ended": "2015-01-01"}, "started: must not be after ended."),
    ],
)
def test_an_unreadable_or_reversed_range_is_refused_and_its_parameter_named(
    anyone: APIClient, query: dict[str, str], detail: str
) -> None:
    answer = anyone.get(URL, query)
    assert (answer.status_code, answer.json()) == (400, {"detail": detail})
