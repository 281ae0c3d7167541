r"""Manifests as the label of an image holds them: encoded as strings, with escapes of a shell.

Seed's ``seed build`` writes the manifest as a JSON string, with ``\$`` for ``$`` and ``\/`` for ``/``; people copy
labels without their outer quotes, and scripts encode them twice. Each encoding is taken off by the rules by which
it was put on, the outermost first. A text that is JSON is read as JSON, whatever escapes its strings contain.
"""

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from seed.documents import MOST_PARTS, DocumentError, parse_document
from seed.findings import Finding, Report

MOST_ENCODINGS = 8
"""How many encodings, one inside the other, are taken off."""

LONGEST_LABEL = 2**18
"""How many characters a text may have to be read as anything but JSON; an argument of a Linux command has 2**17."""

# Quotes are escaped at the beginning, where JSON has none: in {\"job\", in { \n \"job\" and in \"{.
_ESCAPED_QUOTES = re.compile(r'\A(?:\{(?:\s|\\+[nrt])*)?\\+"')
# Of two backslashes in a row, the second one escapes nothing.
_ESCAPED_DOLLAR = re.compile(r"(?<!\\)((?:\\\\)*)\\\$")
_ESCAPED_IN_SHELL = re.compile(r'\\([\\"$`])')


class Encoding(StrEnum):
    """What was done to a manifest to put it into a label."""

    STRING = "a JSON string"
    QUOTED = "a text in quotes"
    ESCAPED_QUOTES = r"a text with \" for quotes"
    ESCAPED_DOLLARS = r"a text with \$ for $"


@dataclass(frozen=True, slots=True)
class Decoded:
    """A JSON value that was read from a text, and the encodings that were taken off, the outermost first."""

    document: Any
    encodings: tuple[Encoding, ...] = ()

    @property
    def report(self) -> Report:
        """Return a warning ENCODED_MANIFEST that names the encodings, if there was any."""
        if not self.encodings:
            return Report()
        sentence = f"The manifest is {', in it '.join(self.encodings)}; it was read as the JSON inside"
        return Report(warnings=(Finding("ENCODED_MANIFEST", sentence),))


def decode_manifest(text: str | bytes, *, most_parts: int = MOST_PARTS) -> Decoded:
    """Read a manifest from a text that holds it as JSON, or in any encoding of labels; bytes are UTF-8.

    Whatever is taken off, what is inside is parsed by ``parse_document``, within its bounds and ``most_parts``.
    Raises DocumentError as that does, and for more than ``MOST_ENCODINGS`` encodings. Of a text longer than
    ``LONGEST_LABEL``, JSON strings are all that is taken off.
    """
    try:
        inner = text.decode("utf-8") if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        raise DocumentError("The document is not UTF-8 text") from error
    encodings: tuple[Encoding, ...] = ()
    while len(encodings) <= MOST_ENCODINGS:
        try:
            value = parse_document(inner, most_parts=most_parts)
        except DocumentError:
            step = _step(inner.removeprefix("\ufeff").strip()) if len(inner) <= LONGEST_LABEL else None
            if step is None:
                raise
            encoding, inner = step
            encodings = (*encodings, encoding)
        else:
            if not isinstance(value, str):
                return Decoded(value, encodings)
            inner = value
            encodings = (*encodings, Encoding.STRING)
    raise DocumentError(f"The document: more than {MOST_ENCODINGS} encodings, one inside the other")


def _step(text: str) -> tuple[Encoding, str] | None:
    """Return the outermost encoding of a text that is not JSON, and what is inside; None if there is none."""
    if "\\$" in text and (dollars := _ESCAPED_DOLLAR.sub(r"\1$", text)) != text:
        return Encoding.ESCAPED_DOLLARS, dollars
    if _ESCAPED_QUOTES.match(text):
        return Encoding.ESCAPED_QUOTES, _without_escaped_quotes(text)
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return Encoding.QUOTED, text[1:-1]
    return None


def _without_escaped_quotes(text: str) -> str:
    """Return what ``text`` is as the inside of a JSON string or, if that is not JSON, as a shell reads it.

    A shell, and likewise a Dockerfile, lets line breaks stand in a string, and leaves ``\\n`` as it is.
    """
    try:
        in_json: str | None = json.loads(f'"{text}"', strict=False)
    except json.JSONDecodeError:
        in_json = None
    if in_json is not None and _is_json(in_json):
        return in_json
    in_shell = _ESCAPED_IN_SHELL.sub(r"\1", text)
    return in_shell if in_json is None or _is_json(in_shell) else in_json


def _is_json(text: str) -> bool:
    try:
        parse_document(text)
    except DocumentError:
        return False
    return True
