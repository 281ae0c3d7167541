"""The command: what it takes, what it says, and how it ends."""

import logging
import re
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from job_types.models import JobType
from takeover.models import Takeover
from takeover.report import MOST_ENTRIES, Report
from takeover.run import Run
from takeover.services import AlreadyRunning, take_over
from tests.takeover.conftest import Import
from tests.takeover.old_system import Answer, OldSystem

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--what", "workspaces,moods"], "--what: there is no 'moods'; known are workspaces, errors, job-types"),
        (["--token-file", "/nowhere"], "--token-file: /nowhere cannot be read as text."),
        (["--parallel", "0"], "'0' is no number from 1 to 16"),
        (["--parallel", "many"], "'many' is no number from 1 to 16"),
        (["--jobs", "90"], "'90' is no ISO 8601 duration of days or hours, such as P90D"),
        (["--jobs", "P1Y"], "'P1Y' is no ISO 8601 duration"),
        (["--jobs", "-P1D"], "'-P1D' is no ISO 8601 duration"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_asked(
    old: OldSystem, import_scale: Import, options: list[str], sentence: str
) -> None:
    with pytest.raises(CommandError) as refused:
        import_scale(*(f"{options[0]}={options[1]}",))
    assert sentence in str(refused.value)
    assert old.requests == []


def test_the_token_is_in_a_file_and_nowhere_else(
    old: OldSystem, import_scale: Import, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    old.token = "secret-token"
    (tmp_path / "token").write_text("secret-token\n")
    printed = import_scale("--token-file", str(tmp_path / "token"))
    assert {token for _, _, token in old.requests} == {"Token secret-token"}
    assert not any("secret-token" in text for text in (printed, caplog.text, str(list(Takeover.objects.values()))))


def test_a_wrong_token_is_an_error_that_says_what_to_do(old: OldSystem, import_scale: Import) -> None:
    old.token = "secret-token"
    with pytest.raises(CommandError, match=r"it answers 401; put the token .* --token-file\."):
        import_scale()
    assert not Takeover.objects.exists()


def test_what_is_no_scale_is_an_error_that_says_where_its_api_may_be(old: OldSystem, import_scale: Import) -> None:
    old.always["version/"] = Answer(404, "<h1>Not Found</h1>")
    with pytest.raises(CommandError, match="no Scale answers here; the base of its API often ends in /api/"):
        import_scale()


def test_a_system_that_goes_away_ends_the_run_and_the_next_one_goes_on(
    old: OldSystem, import_scale: Import
) -> None:
    for pk in range(1, 9):
        old.add_job_type(pk, f"algorithm-{pk}")
    for pk in range(3, 9):
        old.always[f"job-types/algorithm-{pk}/1.0.0/"] = Answer(503)
    printed = StringIO()
    with pytest.raises(CommandError, match="What has arrived stays; run it again to go on"):
        call_command("import_scale", old.url, stdout=printed)
    assert re.search(r"^job-type +2 ", printed.getvalue(), re.MULTILINE)
    assert "job-type algorithm-3 1.0.0: http" in printed.getvalue()
    assert JobType.objects.count() == 2
    assert Takeover.objects.get().finished is None
    old.always.clear()
    old.requests.clear()
    import_scale()
    assert JobType.objects.count() == 8
    assert "/api/v6/job-types/algorithm-2/1.0.0/" not in [path for _, path, _ in old.requests]


def test_a_run_that_is_stopped_says_what_it_brought_until_then(
    old: OldSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Ctrl-C does, while it waits for a system that does not answer."""
    old.add_workspace(1, "data")
    old.always["errors/"] = Answer(503)

    def stop(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("takeover.source.session.time.sleep", stop)
    printed = StringIO()
    with pytest.raises(CommandError, match=r"^Stopped\. What has arrived stays; run it again to go on\.$"):
        call_command("import_scale", old.url, stdout=printed)
    assert re.search(r"^workspace +1 ", printed.getvalue(), re.MULTILINE)


def test_several_requests_at_once_bring_the_same(old: OldSystem, import_scale: Import) -> None:
    for pk in range(1, 20):
        old.add_job_type(pk, f"algorithm-{pk}")
    import_scale("--keep-ids", "--parallel", "4")
    expected = [(pk, f"algorithm-{pk}") for pk in range(1, 20)]
    assert list(JobType.objects.order_by("id").values_list("id", "name")) == expected


def test_names_of_the_other_system_cannot_move_the_cursor(old: OldSystem, import_scale: Import) -> None:
    old.add_error(1, "\x1b[2Jname", job_type_name=None)
    printed = import_scale()
    assert "error \\x1b[2Jname: it belongs to no job type" in printed
    assert "\x1b" not in printed


def test_it_watches_until_it_is_terminated(old: OldSystem, monkeypatch: pytest.MonkeyPatch, pauses: None) -> None:
    runs: list[float] = []

    class Clock:
        def wait(self, seconds: float) -> bool:
            runs.append(seconds)
            old.add_workspace(len(runs), f"w{len(runs)}")
            if len(runs) == 2:
                old.instead["version/"] = [Answer(500)] * 8
            return len(runs) == 4

    monkeypatch.setattr("takeover.management.commands.import_scale.Event", Clock)
    printed, failed = StringIO(), StringIO()
    call_command("import_scale", old.url, "--watch", stdout=printed, stderr=failed)
    assert runs == [60] * 4
    assert [line[9:] for line in printed.getvalue().splitlines()[:2]] == [
        "1 created",
        "2 created, 1 unchanged",
    ]
    assert "it answers 500, 8 times in a row. It goes on in a minute." in failed.getvalue()


def test_while_it_watches_it_asks_for_the_jobs_of_the_last_hour_alone(
    old: OldSystem, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    old.add_recipe_type(1, "broken", {}, title=5)  # a fault that is none of a job

    class Clock:
        def wait(self, seconds: float) -> bool:
            pauses.append(seconds)
            return len(pauses) == 2

    monkeypatch.setattr("takeover.management.commands.import_scale.Event", Clock)
    began = timezone.now()
    with pytest.raises(CommandError, match="1 did not come"):
        call_command("import_scale", old.url, "--watch", "--jobs", "P90D", stdout=StringIO())
    queries = [parse_qs(urlsplit(path).query) for _, path, _ in old.requests if "/jobs/" in path]
    first, second = [datetime.fromisoformat(query["started"][0]) for query in queries if "started" in query]
    assert timedelta(days=89) < began - first < timedelta(days=91)
    assert timedelta(minutes=45) < began - second < timedelta(minutes=61)


def test_while_it_watches_another_run_stops_it_for_a_minute_alone(
    old: OldSystem, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    answers = iter([None, AlreadyRunning("Another takeover is running; one at a time."), None])

    def run(**options: Any) -> Run:
        if error := next(answers):
            raise error
        return take_over(**options)

    class Clock:
        def wait(self, seconds: float) -> bool:
            pauses.append(seconds)
            return len(pauses) == 3

    monkeypatch.setattr("takeover.management.commands.import_scale.Event", Clock)
    monkeypatch.setattr("takeover.management.commands.import_scale.take_over", run)
    failed = StringIO()
    call_command("import_scale", old.url, "--watch", stdout=StringIO(), stderr=failed)
    assert failed.getvalue() == "Another takeover is running; one at a time. It goes on in a minute.\n"
    assert next(answers, "all were asked for") == "all were asked for"


def test_a_report_is_bounded(old: OldSystem) -> None:
    report = Report()
    for number in range(MOST_ENTRIES + 5):
        report.fail("job", str(number), "gone")
    stored = report.as_dict()
    assert (stored["faults"]["count"], len(stored["faults"]["first"])) == (MOST_ENTRIES + 5, MOST_ENTRIES)
    assert stored["counts"] == {"job": {"failed": MOST_ENTRIES + 5}}
