"""Semantic versions against the text of the standard."""

import functools
import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seed import is_semantic_version, precedence_key

NUMBERS = st.integers(0, 3).map(str) | st.integers(0, 10**300).map(str)
ALPHANUMERIC = st.from_regex(r"[0-9A-Za-z-]{0,4}[A-Za-z-][0-9A-Za-z-]{0,4}", fullmatch=True)
PRE_RELEASES = st.lists(NUMBERS | ALPHANUMERIC, min_size=1, max_size=4).map(".".join)
BUILDS = st.lists(st.from_regex(r"[0-9A-Za-z-]{1,4}", fullmatch=True), min_size=1, max_size=3).map(".".join)


@st.composite
def versions(draw: st.DrawFn) -> str:
    version = ".".join(draw(st.tuples(NUMBERS, NUMBERS, NUMBERS)))
    if draw(st.booleans()):
        version += "-" + draw(PRE_RELEASES)
    if draw(st.booleans()):
        version += "+" + draw(BUILDS)
    return version


def compare(left: str, right: str) -> int:
    """Compare two versions word for word as section 11 of the standard says."""
    left_core, _, left_pre = left.split("+")[0].partition("-")
    right_core, _, right_pre = right.split("+")[0].partition("-")
    left_numbers, right_numbers = ([int(n) for n in core.split(".")] for core in (left_core, right_core))
    if left_numbers != right_numbers:
        return -1 if left_numbers < right_numbers else 1
    if not left_pre or not right_pre:
        return bool(right_pre) - bool(left_pre)
    for one, other in itertools.zip_longest(left_pre.split("."), right_pre.split(".")):
        if one is None or other is None:
            return -1 if one is None else 1
        if one != other:
            return compare_identifiers(one, other)
    return 0


def compare_identifiers(one: str, other: str) -> int:
    if one.isdigit() and other.isdigit():
        return -1 if int(one) < int(other) else 1
    if one.isdigit() != other.isdigit():
        return -1 if one.isdigit() else 1
    return -1 if one.encode("ascii") < other.encode("ascii") else 1


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0",
        "1.2.3",
        "10.20.30",
        "1.0.0-alpha",
        "1.0.0-0",
        "1.0.0-0a.1",
        "1.0.0--",
        "1.0.0-rc.1+build.5",
        "1.0.0+001",
        "1.0.0+-.a-b",
        "1.0.0+a-b",
        "9" * 500 + ".0.0",
    ],
)
def test_a_semantic_version_is_recognised(text):
    assert is_semantic_version(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1.0",
        "1.0.0.0",
        "01.0.0",
        "1.00.0",
        "1.0.0-",
        "1.0.0+",
        "1.0.0-+b",
        "1.0.0-01",
        "1.0.0-a..b",
        "1.0.0-a.",
        "1.0.0+a..b",
        "1.0.0+a+b",
        "1.0.0-a_b",
        "v1.0.0",
        "1.0.0\n",
        "1.0.0-a\n",
        "1.0.0+a\n",
        " 1.0.0",
        "1.0.x",
        "-1.0.0",
        "1.0.\u0661",
        "1.0.0-\u0661",
        "1.0.0-é",
        "\uff11.0.0",
    ],
)
def test_what_is_not_a_semantic_version_is_refused(text):
    assert not is_semantic_version(text)
    with pytest.raises(ValueError, match=r"^not a semantic version$"):
        precedence_key(text)


def test_the_order_that_the_standard_gives_is_kept():
    ordered = [
        "0.9.9",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.2.0",
        "1.10.0",
        "2.0.0",
        "2.1.0",
        "2.1.1",
    ]
    shuffled = ordered[1::2] + ordered[::2]
    assert sorted(shuffled, key=precedence_key) == ordered


@pytest.mark.parametrize("digits", [254, 255, 256, 509, 510, 511])
def test_longer_numbers_are_greater_around_each_length_byte(digits):
    assert precedence_key("9" * digits + ".0.0") < precedence_key("1" + "0" * digits + ".0.0")


def test_build_metadata_does_not_change_the_precedence():
    assert precedence_key("1.0.0-rc.1+build.5") == precedence_key("1.0.0-rc.1")


@given(versions(), versions())
def test_the_byte_order_of_keys_is_the_precedence(left, right):
    assert is_semantic_version(left)
    left_key, right_key = precedence_key(left), precedence_key(right)
    assert (left_key > right_key) - (left_key < right_key) == compare(left, right)


@given(st.lists(versions(), max_size=8))
def test_sorting_by_keys_is_sorting_by_precedence(several):
    assert sorted(several, key=precedence_key) == sorted(several, key=functools.cmp_to_key(compare))


@pytest.mark.parametrize("text", ["1" * 500_000, "1.0.0-" + "1" * 500_000 + "!", "1.0.0-" + "a." * 250_000])
def test_long_texts_are_decided_quickly(text):
    start = time.perf_counter()
    assert not is_semantic_version(text)
    assert time.perf_counter() - start < 2
