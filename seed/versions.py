"""Semantic versions: which texts are one, and a key that sorts them by precedence in any database."""

import re

_NUMBER = r"(?:0|[1-9][0-9]*)"
_PRE_RELEASE = rf"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_VERSION = re.compile(
    rf"\A{_NUMBER}\.{_NUMBER}\.{_NUMBER}"
    rf"(?:-{_PRE_RELEASE}(?:\.{_PRE_RELEASE})*)?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?\Z"
)


def is_semantic_version(text: str) -> bool:
    """Return whether ``text`` is a semantic version 2.0.0, as the grammar at semver.org has it."""
    return _VERSION.match(text) is not None


def precedence_key(version: str) -> bytes:
    """Return a key whose byte order is the precedence of semantic versions (semver.org, section 11).

    Versions that differ in build metadata alone have the same key. Numbers and pre-releases may be of any
    length. Raises ValueError for what is not a semantic version.
    """
    if not is_semantic_version(version):
        raise ValueError("not a semantic version")
    core, _, pre_release = version.partition("+")[0].partition("-")
    key = b"".join(_number_key(number) for number in core.split("."))
    if not pre_release:
        return key + b"\x03\x00"
    return key + b"".join(_identifier_key(each) for each in pre_release.split(".")) + b"\x00"


def _identifier_key(identifier: str) -> bytes:
    if identifier.isdigit():
        return b"\x01" + _number_key(identifier)
    return b"\x02" + identifier.encode("ascii") + b"\x00"


def _number_key(digits: str) -> bytes:
    # Without leading zeros a longer number is the greater one: its length first, in a code that keeps order.
    full, rest = divmod(len(digits), 255)
    return b"\xff" * full + bytes([rest]) + digits.encode("ascii")
