"""The other system may be slow, fail for a moment, and show pages that repeat and lose rows."""

import pytest

from takeover.source import Limits, SourceError
from tests.takeover.acceptance.house import IMPATIENT, bring, house, outcomes
from tests.takeover.replay import PASSING, Fault, Replay, at, every


@pytest.mark.parametrize("step", [2, 3, 7])
def test_what_fails_for_a_moment_makes_no_difference(server: Replay, installed: None, step: int) -> None:
    server.plan, server.delay = every(step, PASSING), 0.01
    report = bring(server)
    assert report["faults"]["count"] == 0
    # Nothing is missing that a run without faults would bring.
    server.plan = at({})
    assert outcomes(bring(server)) == {"unchanged": 93}


def test_an_answer_that_comes_too_late_is_asked_for_again(server: Replay, installed: None) -> None:
    server.plan, server.delay = at({5: Fault.SLOW, 60: Fault.SLOW}), 1.5
    report = bring(server, limits=Limits(first_pause=0, longest_pause=0, timeout=0.5))
    assert report["faults"]["count"] == 0
    assert [server.requests[number - 1] for number in (5, 60)] == [server.requests[number] for number in (5, 60)]


def test_pages_that_repeat_and_lose_rows_are_read_until_all_have_come(server: Replay, installed: None) -> None:
    server.page_size, server.shuffles = 4, True
    report = bring(server)
    assert report["faults"]["count"] == 0
    server.page_size, server.shuffles = 1000, False
    assert outcomes(bring(server)) == {"unchanged": 93}


def test_links_to_another_host_and_mount_are_not_followed(server: Replay, installed: None) -> None:
    server.page_size = 10
    bring(server)
    assert all(request.startswith("GET /v6/") for request in server.requests)


def test_several_requests_at_once_bring_the_same(server: Replay, installed: None) -> None:
    server.plan, server.delay = every(5, PASSING), 0.01
    bring(server, parallel=4)
    before = house()
    server.plan = at({})
    assert outcomes(bring(server)) == {"unchanged": 93}
    assert house() == before


def test_a_token_that_is_refused_ends_the_run_with_what_to_do(server: Replay, installed: None) -> None:
    server.plan = at({30: Fault.REFUSED})
    with pytest.raises(SourceError, match="answers 401; put the token of an account"):
        bring(server)
    assert len(server.requests) == 30


def test_a_url_that_never_answers_costs_its_own_object_alone(server: Replay, installed: None) -> None:
    path = "/v6/job-types/tiler/1.0.1/"
    server.plan = lambda number: Fault.BROKEN if server.requests[number - 1].endswith(path) else None
    report = bring(server)
    assert [(fault["kind"], fault["name"]) for fault in report["faults"]["first"]] == [("job-type", "tiler 1.0.1")]
    assert server.requests.count(f"GET {path}") == IMPATIENT.tries
    server.plan = at({})
    assert outcomes(bring(server))["created"] >= 1
