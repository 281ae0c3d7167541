"""Image references, by the grammar that registries and their clients share."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seed import ImageReference, ImageReferenceError

SHA256, SHA512 = "sha256:" + "0a" * 32, "sha512:" + "0a" * 64
LOWER_CASE = "has upper-case letters; a path is in lower case, and the name of a registry has a dot or a port"
COMPONENT = "cannot be in a path; a component of a path has a-z and 0-9, and between them '.', '_', '__' or '-'"
TAG = "is not a tag; a tag has 1 to 128 letters, digits, '_', '.' and '-', and begins with neither '.' nor '-'"
DIGEST = "is not a digest; a digest is an algorithm, ':' and a value, such as sha256: and 64 hexadecimal digits"
REGISTRY = "is not the name of a registry, with or without a port"

LABELS = st.from_regex(r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,5}[a-zA-Z0-9])?", fullmatch=True)
HOSTS = st.one_of(
    st.lists(LABELS, min_size=2, max_size=4).map(".".join), st.sampled_from(["localhost", "10.0.0.1", "[::1]:5000"])
)
REGISTRIES = HOSTS | st.builds("{}:{}".format, LABELS, st.integers(1, 65535))
COMPONENTS = st.from_regex(r"[a-z0-9]{1,4}((\.|_|__|-{1,3})[a-z0-9]{1,4}){0,3}", fullmatch=True)
PATHS = st.lists(COMPONENTS, min_size=1, max_size=4).map("/".join)
TAGS = st.from_regex(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("scale", (None, "scale", None, None)),
        ("my-job-1.0.0-seed:1.0.0", (None, "my-job-1.0.0-seed", "1.0.0", None)),
        ("team/a_b__c---d.e", (None, "team/a_b__c---d.e", None, None)),
        ("localhost/a", ("localhost", "a", None, None)),
        ("host:5000", (None, "host", "5000", None)),
        ("host:5000/a", ("host:5000", "a", None, None)),
        ("Registry.example.com:5000/a/b:RC_1", ("Registry.example.com:5000", "a/b", "RC_1", None)),
        ("[2001:db8::1]:5000/a", ("[2001:db8::1]:5000", "a", None, None)),
        (f"a:1@{SHA256}", (None, "a", "1", SHA256)),
        (f"r.io/a@{SHA512}", ("r.io", "a", None, SHA512)),
        ("a@x+b64u:LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7==", (None, "a", None, "x+b64u:LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7==")),
        (f"{'x' * 255}:{'y' * 128}", (None, "x" * 255, "y" * 128, None)),
    ],
)
def test_a_reference_is_split_into_its_parts(text, parts):
    assert ImageReference.parse(text) == ImageReference(*parts)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x y:1", "it has white space"),
        (" x", "it has white space"),
        ("x:1\n", "it has white space"),
        ("x:1\ny:2", "it has white space"),
        ("https://registry.example.com/x:1", "it is a URL; leave out 'https://'"),
        ("docker://x", "it is a URL; leave out 'docker://'"),
        ("UPPER/Case:1", f"'UPPER' {LOWER_CASE}"),
        ("Team/app:1", f"'Team' {LOWER_CASE}"),
        ("r.io/Case:1", f"'Case' {LOWER_CASE}"),
        ("", "a component of its path is empty"),
        ("/x", "a component of its path is empty"),
        ("x/", "a component of its path is empty"),
        ("a//b", "a component of its path is empty"),
        ("r.io/:1", "a component of its path is empty"),
        (":1", "a component of its path is empty"),
        ("x-1.0.0+b-seed:1", f"'x-1.0.0+b-seed' {COMPONENT}"),
        ("a___b", f"'a___b' {COMPONENT}"),
        ("-a", f"'-a' {COMPONENT}"),
        ("a.", f"'a.' {COMPONENT}"),
        ("é", f"'é' {COMPONENT}"),
        ("x" * 256, "its path has 256 characters; at most 255 are allowed"),
        ("-r.io/x", f"'-r.io' {REGISTRY}"),
        ("r.io:port/x", f"'r.io:port' {REGISTRY}"),
        ("x:", f"'' {TAG}"),
        ("x:.1", f"'.1' {TAG}"),
        ("x:1+b", f"'1+b' {TAG}"),
        ("x:1:2", f"'1:2' {TAG}"),
        ("a/x:1/y", f"'1/y' {TAG}"),
        (f"x:{'1' * 129}", f"'{'1' * 59}…' {TAG}"),
        ("x@", f"'' {DIGEST}"),
        ("x@sha256:abc", f"'sha256:abc' {DIGEST}"),
        ("x@sha256", f"'sha256' {DIGEST}"),
        (
            f"x@sha256:{'A' * 64}",
            f"'sha256:{'A' * 52}…' is not a digest; a value of sha256 has 64 hexadecimal digits in lower case",
        ),
        (
            f"x@sha512:{'a' * 64}",
            f"'sha512:{'a' * 52}…' is not a digest; a value of sha512 has 128 hexadecimal digits in lower case",
        ),
    ],
)
def test_what_no_registry_could_have_is_refused_with_the_reason(text, reason):
    with pytest.raises(ImageReferenceError, match=f"^{re.escape(reason)}$"):
        ImageReference.parse(text)


@given(st.none() | REGISTRIES, PATHS, st.none() | TAGS, st.sampled_from([None, SHA256, SHA512]))
def test_any_reference_of_the_grammar_is_read_as_it_was_written(registry, path, tag, digest):
    # A first component with a dot is a registry.
    assume(registry or "/" not in path or "." not in path.partition("/")[0])
    text = (
        (f"{registry}/" if registry else "") + path + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    )
    assert ImageReference.parse(text) == ImageReference(registry, path, tag, digest)


@given(st.text(max_size=20) | st.text("aB./:@-_ +[]", max_size=20))
def test_any_text_is_a_reference_or_refused(text):
    try:
        reference = ImageReference.parse(text)
    except ImageReferenceError:
        return
    registry, tag, digest = reference.registry, reference.tag, reference.digest
    assert text == (
        (f"{registry}/" if registry is not None else "")
        + reference.path
        + (f":{tag}" if tag is not None else "")
        + (f"@{digest}" if digest is not None else "")
    )
