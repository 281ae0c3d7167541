"""Reading JSON so that it can be stored and sent again."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seed import MAX_DEPTH, MOST_PARTS, DocumentError, check_document, number_of_parts, parse_document
from tests.seed.factories import EXAMPLES, JSON_VALUES, example, resolve


def refusal(text: str | bytes) -> tuple[str, str]:
    with pytest.raises(DocumentError) as caught:
        parse_document(text)
    assert str(caught.value) == caught.value.description
    return caught.value.description, caught.value.path


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.name)
def test_the_examples_of_the_user_are_read(path):
    assert parse_document(path.read_bytes()) == example(path.name)


def test_the_user_gave_four_examples():
    assert len(list(EXAMPLES.glob("*.json"))) == 4


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('\ufeff{"a": 1}', {"a": 1}),
        ('"\\ud83d\\ude00"', "😀"),
        (b'"\xc3\xa9"', "é"),
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ("1.5e3", 1500.0),
        ("1e-999", 0.0),
        ("null", None),
        ("[true, false, [], {}]", [True, False, [], {}]),
    ],
)
def test_legal_json_is_read(text, value):
    assert parse_document(text) == value


@pytest.mark.parametrize("text", [b'"\xff"', b'"\xed\xa0\x80"', '{"a": 1}'.encode("utf-16")])
def test_bytes_that_are_not_utf8_are_refused(text):
    assert refusal(text) == ("The document is not UTF-8 text", "")


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 1, 1),
        ('{"a": 1,\n  b}', 2, 3),
        ("[1] 2", 1, 5),
        ("{'a': 1}", 1, 2),
        ('"a\nb"', 1, 3),
        ("\ud800", 1, 1),
    ],
)
def test_what_is_not_json_is_refused_with_line_and_column(text, line, column):
    assert refusal(text) == (
        f"The document is not JSON: it cannot be read at line {line}, column {column}",
        "",
    )


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_numbers_that_json_does_not_have_are_refused(number):
    sentence = "job.timeout: NaN, Infinity and numbers that overflow are not JSON"
    assert refusal(f'{{"job": {{"timeout": {number}}}}}') == (sentence, "/job/timeout")


@pytest.mark.parametrize(
    "number",
    ["9223372036854775808", "-9223372036854775809", "1" + "0" * 5000, "-1" + "0" * 5000, "1" + "0" * 19],
)
def test_integers_outside_64_bits_are_refused(number):
    sentence = "a[1]: an integer outside the signed 64-bit range cannot be stored"
    assert refusal(f'{{"a": [0, {number}]}}') == (sentence, "/a/1")


def test_a_member_that_an_object_has_twice_is_refused():
    sentence = "The document: an object has the member 'b' more than once"
    assert refusal('{"a": {"x": 1, "b": 1, "b": 2}}') == (sentence, "")


@pytest.mark.parametrize("text", ["\\u0000", "a\\ud800", "\\udc00b"])
def test_strings_that_a_database_cannot_store_are_refused(text):
    sentence = "a[0]: a string with U+0000 or a lone surrogate cannot be stored"
    assert refusal(f'{{"a": ["{text}"]}}') == (sentence, "/a/0")


@pytest.mark.parametrize("name", ["\\u0000", "a\\ud800"])
def test_member_names_that_a_database_cannot_store_are_refused(name):
    sentence = "a: a member name with U+0000 or a lone surrogate cannot be stored"
    assert refusal(f'{{"a": {{"{name}": 1}}}}') == (sentence, "/a")


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_nesting_is_read_up_to_the_limit(opening, closing):
    parse_document(opening * MAX_DEPTH + ("1" if closing == "}" else "") + closing * MAX_DEPTH)
    sentence = "The document: more than 100 arrays and objects stand inside one another"
    for depth in (MAX_DEPTH + 1, 49_000):
        assert refusal(opening * depth + "1" + closing * depth) == (sentence, "")


def test_a_parsed_value_is_checked_at_any_depth():
    value: list = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(DocumentError, match="stand inside one another"):
        check_document(value)


@pytest.mark.parametrize(
    ("value", "description", "path"),
    [
        ((1,), "The document: this is not a JSON value", ""),
        ({"a": {1}}, "a: this is not a JSON value", "/a"),
        ({1: 2}, "The document: a member name with U+0000 or a lone surrogate cannot be stored", ""),
        ("\0", "The document: a string with U+0000 or a lone surrogate cannot be stored", ""),
    ],
)
def test_a_parsed_value_that_is_not_json_is_refused(value, description, path):
    with pytest.raises(DocumentError) as caught:
        check_document(value)
    assert (caught.value.description, caught.value.path) == (description, path)


def test_a_description_never_echoes_a_value():
    description, _ = refusal('{"settings": {"DB_PASS": "secret\\u0000password"}}')
    assert description == "settings.DB_PASS: a string with U+0000 or a lone surrogate cannot be stored"


@given(st.text() | st.binary() | JSON_VALUES.map(json.dumps))
def test_any_input_is_read_or_refused(text):
    try:
        value = parse_document(text)
    except DocumentError:
        return
    json.dumps(value, allow_nan=False, ensure_ascii=False).encode("utf-8")


@given(JSON_VALUES)
def test_the_path_of_a_refusal_resolves(value):
    try:
        check_document(value)
    except DocumentError as error:
        resolve(value, error.path)


_TEXTS = st.sampled_from(["", "a", ",[{"])


@given(
    st.recursive(
        st.none() | _TEXTS,
        lambda children: st.lists(children, max_size=3) | st.dictionaries(_TEXTS, children, max_size=3),
    )
)
def test_a_value_has_as_many_parts_as_its_text(value):
    text = json.dumps(value)
    parts = number_of_parts(value)
    assert parse_document(text, most_parts=parts) == value
    if parts:
        with pytest.raises(DocumentError, match=f"more than {parts - 1} commas and opening brackets"):
            parse_document(text, most_parts=parts - 1)


def test_a_document_has_a_bound_on_its_parts():
    assert len(parse_document(f"[{'1,' * (MOST_PARTS - 1)}1]")) == MOST_PARTS
    assert "more than 50000 commas" in refusal(f"[{'1,' * MOST_PARTS}1]")[0]
