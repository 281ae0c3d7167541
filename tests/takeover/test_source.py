"""Reading the other system: patient, careful, and only ever by GET."""

import json
from typing import Any

import pytest

from takeover.source import BadAnswer, Limits, Source, SourceError, path_to
from tests.takeover.old_system import Answer, OldSystem


def page(*ids: int, count: int, following: str | None = "http://elsewhere.example.com/") -> Answer:
    rows = [{"id": pk} for pk in ids]
    return Answer(body={"count": count, "next": following, "results": rows})


def test_every_request_is_a_get_below_the_base_with_the_token(old: OldSystem) -> None:
    old.token = "secret-token"
    old.add_workspace(1, "data")
    for url in (old.url, f"{old.url}v6/", f"{old.url}v6"):
        with Source(url, "secret-token") as source:
            assert source.get(path_to("workspaces", 1)) == old.workspaces[1]
    assert old.requests == [("GET", "/api/v6/workspaces/1/", "Token secret-token")] * 3


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("scale.example.com", "The URL must be that of the API"),
        ("ftp://scale.example.com/", "The URL must be that of the API"),
        ("http://", "The URL must be that of the API"),
        ("http://127.0.0.1:99999/", "The URL must be that of the API"),
        ("http://[::1", "The URL must be that of the API"),
        ("http://jo:secret@scale.example.com/", "no account, query or fragment"),
        ("http://scale.example.com/?token=secret", "no account, query or fragment"),
    ],
)
def test_a_url_that_cannot_be_one_is_refused_without_repeating_it(url: str, sentence: str) -> None:
    with pytest.raises(SourceError, match=sentence) as refused:
        Source(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("token", ["two words", "tökén", "line\nbreak"])
def test_a_token_that_no_header_can_hold_is_refused_without_repeating_it(token: str) -> None:
    with pytest.raises(SourceError) as refused:
        Source("http://scale.example.com/", token)
    assert str(refused.value) == "The token must be one word of ASCII characters."


def test_a_missing_token_is_asked_for(old: OldSystem, source: Source) -> None:
    old.token = "secret-token"
    with pytest.raises(SourceError, match=r"it answers 401; .* --token-file"):
        source.get("version/")
    assert len(old.requests) == 1


@pytest.mark.parametrize(
    "failing",
    [
        Answer(500, "<h1>Server Error</h1>"),
        Answer(503),
        Answer(200, "<html>"),
        Answer(200, '{"a": NaN}'),
        Answer(200, '{"a": -1e400}'),
        Answer(200, "[" * 100_000),
        Answer(200, [1]),
        Answer(200, {"id": 1}, cut=True),
    ],
    ids=["500", "503", "html", "nan", "infinite", "deep", "array", "cut"],
)
def test_what_fails_for_a_moment_is_asked_again(
    old: OldSystem, source: Source, pauses: list[float], failing: Answer
) -> None:
    old.instead["version/"] = [failing, failing]
    assert source.get("version/") == {"version": "7.2.2"}
    assert len(old.requests) == 3
    assert 0.25 <= pauses[0] <= 0.5 <= pauses[1] <= 1


@pytest.mark.parametrize("text", [str(2**63), str(-(10**40)), "9007199254740993", r'"\ud800"', "0.1", "1E5"])
def test_what_is_read_is_what_was_written(old: OldSystem, source: Source, text: str) -> None:
    """Whole numbers of any size have all of their digits, and half a character is no reason to lose the others."""
    old.always["version/"] = Answer(body=f'{{"a": {text}}}')
    assert repr(source.get("version/")) == repr({"a": json.loads(text)})


def test_a_pause_is_as_long_as_was_asked_for_but_bounded(
    old: OldSystem, source: Source, pauses: list[float]
) -> None:
    old.instead["version/"] = [
        Answer(429, headers={"Retry-After": "7"}),
        Answer(429, headers={"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"}),
    ]
    source.get("version/")
    assert pauses == [7, 300]


def test_a_url_that_fails_on_and_on_is_a_bad_answer(old: OldSystem, source: Source) -> None:
    old.always["version/"] = Answer(500)
    with pytest.raises(BadAnswer, match=r"/api/v6/version/: it answers 500, 3 times in a row\.$"):
        source.get("version/")
    assert len(old.requests) == 3


def test_after_five_bad_answers_in_a_row_nothing_else_is_tried(old: OldSystem, source: Source) -> None:
    old.always["version/"] = Answer(500)
    for _ in range(4):
        with pytest.raises(BadAnswer):
            source.get("version/")
    with pytest.raises(SourceError) as last:
        source.get("version/")
    assert type(last.value) is SourceError


def test_urls_that_fail_on_and_on_cost_themselves_alone_while_the_system_answers(
    old: OldSystem, source: Source
) -> None:
    for pk in range(1, 20):
        old.always[f"jobs/{pk}/"] = Answer(500)
        with pytest.raises(BadAnswer, match="it answers 500, 3 times in a row"):
            source.get(path_to("jobs", pk))
    asked = [path for _, path, _ in old.requests]
    assert asked.count("/api/v6/version/") == 3
    assert len(asked) == 19 * 3 + 3


def test_a_system_that_is_overloaded_is_left_alone(old: OldSystem, source: Source) -> None:
    for pk in range(1, 5):
        old.always[f"jobs/{pk}/"] = Answer(503)
        with pytest.raises(BadAnswer):
            source.get(path_to("jobs", pk))
    old.always["jobs/5/"] = Answer(503)
    with pytest.raises(SourceError) as last:
        source.get("jobs/5/")
    assert type(last.value) is SourceError
    assert "/api/v6/version/" not in [path for _, path, _ in old.requests]


def test_a_system_that_is_not_there_is_an_error_of_its_own(pauses: list[float]) -> None:
    with Source("http://127.0.0.1:9/", limits=Limits(tries=2)) as source, pytest.raises(SourceError) as refused:
        source.get("version/")
    assert str(refused.value) == (
        "http://127.0.0.1:9/v6/version/: the connection failed (ConnectionRefusedError), 2 times in a row."
    )


def test_a_404_is_believed_when_it_comes_again_of_a_system_that_is_well(old: OldSystem, source: Source) -> None:
    old.instead["version/"] = [Answer(404, "<h1>Not Found</h1>")]
    assert source.get("version/") == {"version": "7.2.2"}
    assert source.get("job-types/none/1.0.0/") is None
    paths = ["version/", "version/", "job-types/none/1.0.0/", "version/", "job-types/none/1.0.0/"]
    assert [path for _, path, _ in old.requests] == [f"/api/v6/{path}" for path in paths]


def test_any_other_refusal_is_not_repeated(old: OldSystem, source: Source) -> None:
    old.always["version/"] = Answer(400, {"detail": "No."})
    with pytest.raises(BadAnswer, match=r"it answers 400: .*No"):
        source.get("version/")
    assert len(old.requests) == 1


def test_a_redirect_to_the_same_host_is_followed(old: OldSystem, source: Source) -> None:
    old.always["old/"] = Answer(302, headers={"Location": "/api/v6/version/"})
    assert source.get("old/") == {"version": "7.2.2"}


@pytest.mark.parametrize("target", ["http://example.com/", "//example.com/", "http://127.0.0.1:1/"])
def test_a_redirect_to_another_host_is_not(old: OldSystem, source: Source, target: str) -> None:
    old.always["version/"] = Answer(302, headers={"Location": target})
    with pytest.raises(BadAnswer, match="it redirects to another host"):
        source.get("version/")


@pytest.mark.parametrize("target", ["http://127.0.0.1:port/", "https://127.0.0.1:99999/", "//[::1/"])
def test_a_redirect_to_what_is_no_url_is_not(old: OldSystem, source: Source, target: str) -> None:
    old.always["version/"] = Answer(302, headers={"Location": target})
    with pytest.raises(BadAnswer, match="it redirects to what is no URL"):
        source.get("version/")


def test_redirects_in_a_circle_end(old: OldSystem, source: Source) -> None:
    old.always["version/"] = Answer(302, headers={"Location": "/api/v6/version/"})
    with pytest.raises(BadAnswer, match="it redirects more than 3 times"):
        source.get("version/")


def test_an_answer_is_read_up_to_a_bound(old: OldSystem) -> None:
    old.always["version/"] = Answer(body={"version": "7" * 5_000})
    is_too_large = pytest.raises(BadAnswer, match="its answer is larger than 4000 bytes")
    with Source(old.url, limits=Limits(most_bytes=4_000)) as source, is_too_large:
        source.get("version/")


def test_one_page_that_holds_all_rows_is_read_once(old: OldSystem, source: Source) -> None:
    old.always["errors/"] = page(3, 1, 2, count=3, following=None)
    assert [row["id"] for row in source.rows("errors/").items] == [3, 1, 2]
    assert [path for _, path, _ in old.requests] == ["/api/v6/errors/?page_size=1000"]


def test_pages_that_repeat_and_lose_rows_are_read_until_two_readings_agree(old: OldSystem, source: Source) -> None:
    old.instead["errors/"] = [
        page(1, 2, count=4),
        page(2, 3, count=4, following=None),  # 2 twice, and 4 on no page
        page(1, 2, count=4),
        page(3, 4, count=4, following=None),
        page(1, 3, count=4),
        page(2, 4, count=4, following=None),
    ]
    found = source.rows("errors/")
    assert sorted(row["id"] for row in found.items) == [1, 2, 3, 4]
    assert found.remark == ""
    assert old.instead["errors/"] == []
    assert old.requests[1][1] == "/api/v6/errors/?page=2&page_size=1000"


def test_a_list_that_never_comes_to_rest_is_remarked_upon(old: OldSystem, source: Source) -> None:
    old.always["errors/"] = page(1, 1, 2, count=3, following=None)
    found = source.rows("errors/")
    assert [row["id"] for row in found.items] == [1, 2]
    assert found.remark == "the list says that it has 3 rows, and showed 2 in 6 readings"


@pytest.mark.parametrize(
    "answer",
    [Answer(404), Answer(body={"results": []}), Answer(body={"count": 1, "results": [{}]}), Answer(body={"a": 1})],
)
def test_what_is_no_list_is_a_bad_answer(old: OldSystem, source: Source, answer: Answer) -> None:
    old.always["errors/"] = answer
    with pytest.raises(BadAnswer, match="is this the API of a Scale 7"):
        source.rows("errors/")


def test_rows_without_a_key_are_left_out_and_remarked_upon(old: OldSystem, source: Source) -> None:
    rows = [{"id": 1}, {"id": None}, 5, {"id": 2}]
    old.always["errors/"] = Answer(body={"count": 4, "next": None, "results": rows})
    found = source.rows("errors/")
    assert found.items == [{"id": 1}, {"id": 2}]
    assert found.remark == "2 rows of the list have no usable id, and are left out"
    with pytest.raises(BadAnswer, match="2 rows of the list have no usable id"):
        source.all_rows("errors/")


def test_rows_may_be_told_apart_by_their_names(old: OldSystem, source: Source) -> None:
    old.always["names/"] = Answer(body={"count": 2, "next": None, "results": [{"name": "b"}, {"name": "a"}]})
    assert source.rows("names/", "name").items == [{"name": "b"}, {"name": "a"}]


@pytest.mark.parametrize("parallel", [1, 4])
def test_what_is_mapped_comes_in_order(old: OldSystem, parallel: int) -> None:
    for pk in range(1, 20):
        old.add_workspace(pk, f"w{pk}")
    with Source(old.url, parallel=parallel) as source:
        answers: list[Any] = list(source.map(lambda pk: source.get(path_to("workspaces", pk)), range(1, 20)))
    assert [answer["id"] for answer in answers] == list(range(1, 20))


def test_paths_are_quoted() -> None:
    assert path_to("\ud800") == "%3F/"
    assert path_to("job-types", "a/b", "1.0.0+b.1") == "job-types/a%2Fb/1.0.0%2Bb.1/"
