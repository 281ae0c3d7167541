"""Manifests in every encoding of labels, and texts that look like one and are none."""

import json
import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seed import DocumentError, Encoding, Report, decode_manifest
from seed.labels import LONGEST_LABEL
from tests.seed.factories import full_manifest, warnings

STRING, QUOTED = Encoding.STRING, Encoding.QUOTED
ESCAPED_QUOTES, ESCAPED_DOLLARS = Encoding.ESCAPED_QUOTES, Encoding.ESCAPED_DOLLARS

# Texts of what encodings are made of, which one that is careless would mistake for its own.
TEXTS = st.text(st.sampled_from("\\\"$/{}:,'na 0u\n\t\u00e9\U0001f600"), max_size=8) | st.sampled_from(
    ["${OUT}", r"\${OUT}", r"\\$", r"C:\new", r"\/", '{"a": 1}', r"{\"a\": 1}", '"', "\\", "\\u0041", "'x'"]
)
MANIFESTS = st.dictionaries(
    TEXTS,
    st.recursive(TEXTS | st.integers(0, 9), lambda inner: st.lists(inner, max_size=3)),
    min_size=1,
    max_size=3,
)


def in_string(text: str) -> str:
    return json.dumps(text)


def without_outer_quotes(text: str) -> str:
    return json.dumps(text)[1:-1]


def with_escaped_dollars(text: str) -> str:
    return text.replace("$", r"\$")


def with_escaped_slashes(text: str) -> str:
    return text.replace("/", r"\/")


@st.composite
def encoded(draw: st.DrawFn) -> tuple[dict, str]:
    """Draw a manifest, and a text that holds it in some encodings, one inside the other."""
    manifest = draw(MANIFESTS)
    text = json.dumps(manifest, indent=draw(st.sampled_from([None, 2])), ensure_ascii=draw(st.booleans()))
    escapes = st.lists(st.sampled_from([with_escaped_dollars, with_escaped_slashes]), unique=True)
    for escape in draw(escapes):
        text = escape(text)
    for put_in in draw(st.lists(st.sampled_from([in_string, without_outer_quotes]), max_size=3)):
        text = put_in(text)
        for escape in draw(escapes):
            text = escape(text)
    return manifest, text


@given(encoded())
def test_any_manifest_in_any_encoding_is_read_as_it_was(pair):
    manifest, text = pair
    assert decode_manifest(text).document == manifest


@given(MANIFESTS)
def test_json_is_read_as_it_is_whatever_its_texts_look_like(manifest):
    decoded = decode_manifest(json.dumps(manifest))
    assert (decoded.document, decoded.encodings, decoded.report) == (manifest, (), Report())


@given(st.text(st.sampled_from("\\\"${}[]:,'na1 \n"), max_size=30))
def test_any_text_is_read_or_refused(text):
    with suppress(DocumentError):
        decode_manifest(text)


@pytest.mark.parametrize(
    ("text", "encodings", "command"),
    [
        (r'{"command": "run \${OUT}/x"}', (ESCAPED_DOLLARS,), "run ${OUT}/x"),
        (r'{"command": "run ${OUT}\/x"}', (), "run ${OUT}/x"),
        (r'"{\"command\": \"run ${OUT}\"}"', (STRING,), "run ${OUT}"),
        (r'"{\"command\":\"run \${OUT}\/x\"}"', (ESCAPED_DOLLARS, STRING), "run ${OUT}/x"),
        (r'"\"{\\\"command\\\": \\\"x\\\"}\""', (STRING, STRING), "x"),
        (r"{\"command\": \"run \${OUT}\"}", (ESCAPED_DOLLARS, ESCAPED_QUOTES), "run ${OUT}"),
        ('{ \n \\"command\\": \\"x\\" \n}', (ESCAPED_QUOTES,), "x"),
        # As an author of a Dockerfile writes a text with quotes or a line feed in it.
        (r"""{\"command\": \"say \\"hi\\"\"}""", (ESCAPED_QUOTES,), 'say "hi"'),
        (r"{\"command\": \"a\nb\"}", (ESCAPED_QUOTES,), "a\nb"),
        # As Seed's own tools read them.
        ("""'"{\\"command\\": \\"x\\"}"'""", (QUOTED, STRING), "x"),
        ("""'{"command": "x"}'""", (QUOTED,), "x"),
        ('"{"command": "x"}"', (QUOTED,), "x"),
        # An escaped backslash before a dollar sign is a backslash.
        (r'{"command": "\\${OUT}"}', (), r"\${OUT}"),
        (r'{"command": "\\\${OUT}"}', (ESCAPED_DOLLARS,), r"\${OUT}"),
        ("\ufeff  " + r'"{\"command\": \"x\"}"' + "\n", (STRING,), "x"),
    ],
)
def test_the_encodings_that_were_taken_off_are_named(text, encodings, command):
    decoded = decode_manifest(text.encode())
    assert (decoded.document, decoded.encodings) == ({"command": command}, encodings)


def test_the_label_that_seed_build_writes_is_read_and_reported():
    manifest = full_manifest()
    manifest["job"]["interface"]["command"] = "run ${OUTPUT_DIR}/out < in & more"
    label = with_escaped_slashes(with_escaped_dollars(in_string(json.dumps(manifest).replace("<", r"\u003c"))))
    decoded = decode_manifest(label)
    assert decoded.document == manifest
    sentence = r"The manifest is a text with \$ for $, in it a JSON string; it was read as the JSON inside"
    assert decoded.report == warnings(("ENCODED_MANIFEST", "", sentence))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "The document is not JSON: it cannot be read at line 1, column 2"),
        (r'"{\"a\": 1,}"', "The document is not JSON: it cannot be read at line 1, column 9"),
        (r"{\"a\": }", "The document is not JSON: it cannot be read at line 1, column 7"),
        ("''", "The document is not JSON: it cannot be read at line 1, column 1"),
        ("'", "The document is not JSON: it cannot be read at line 1, column 1"),
        (r'"{\"a\": NaN}"', "a: NaN, Infinity and numbers that overflow are not JSON"),
        (r'"{\"a\": 1, \"a\": 2}"', "The document: an object has the member 'a' more than once"),
        (json.dumps("[" * 101 + "]" * 101), "more than 100 arrays and objects"),
        (json.dumps("[" + "0," * 50_001 + "0]"), "more than 50000 commas and opening brackets"),
        ("'" * 9 + '{"a": 1}' + "'" * 9, "more than 8 encodings, one inside the other"),
        ("'" + " " * LONGEST_LABEL + "'", "The document is not JSON: it cannot be read at line 1, column 1"),
        (b"\xff", "The document is not UTF-8 text"),
    ],
)
def test_what_is_inside_must_be_json_within_the_bounds(text, sentence):
    with pytest.raises(DocumentError, match=re.escape(sentence)):
        decode_manifest(text)
