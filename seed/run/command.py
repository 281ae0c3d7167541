r"""The ``command`` of a manifest as the words that a container is given, without any shell.

Seed 1.0.0 passes ``interface.command`` to the ENTRYPOINT of the image, and lets whoever runs it fill in variables
as Bash does. The text is divided into words by the quotes and backslashes of POSIX (Shell Command Language, 2.2);
then references are filled in, each within its word. What a variable holds is never read as a part of the command:
it is neither divided nor searched for quotes or further references.

| in the command | becomes |
| --- | --- |
| ``${NAME}``, ``$NAME`` | the value; outside of quotes, a word of nothing but unset variables is left out |
| ``${NAME/#/PREFIX}`` | PREFIX and the value, which blanks in PREFIX divide; nothing if NAME is not set |
| a name that the manifest does not declare | stays as it is, for a shell in the container |
| ``'${NAME}'``, ``\${NAME}`` | ``${NAME}`` |
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_REFERENCE = re.compile(
    r"\$\{(?P<braced>[A-Za-z_][A-Za-z0-9_]*)(?:/#/(?P<prefix>[^{}]*))?\}|\$(?P<plain>[A-Za-z_][A-Za-z0-9_]*)"
)
_BLANKS = re.compile(r"([ \t\n]+)")
# What a backslash protects inside of double quotes; before anything else it stays.
_ESCAPED_IN_QUOTES = '$`"\\\n'


class CommandError(ValueError):
    """A command that cannot be divided into words; the text is a sentence for a person."""


def command_words(command: str, variables: Mapping[str, str | None]) -> list[str]:
    """Return the words of a command with its references filled in.

    ``variables`` has the value of each declared name, None for one that is not set. Raises CommandError for a quote
    that is not closed, or a backslash at the end.
    """
    words = _Words()
    for text, quoted in _pieces(command):
        if text is None:
            words.end()
        elif quoted == "'":
            words.add(text)
        else:
            _fill_in(words, text, variables, is_quoted=quoted == '"')
    words.end()
    return words.done


@dataclass
class _Words:
    """Words that are done, and the one that is being put together; None while there is nothing of it."""

    done: list[str] = field(default_factory=list)
    current: str | None = None

    def add(self, text: str) -> None:
        self.current = (self.current or "") + text

    def end(self) -> None:
        if self.current is not None:
            self.done.append(self.current)
        self.current = None


def _pieces(command: str) -> Iterator[tuple[str | None, str]]:
    """Yield texts with the quote that they stand in, "" for none, and None between words.

    A character that a backslash protects is yielded as one in single quotes.
    """
    position = 0
    while position < len(command):
        character = command[position]
        if character in " \t\n":
            yield None, ""
            position += 1
        elif character == "'":
            end = _closing(command, position)
            yield command[position + 1 : end], "'"
            position = end + 1
        elif character == '"':
            end = _closing(command, position)
            yield "", "'"
            yield from _in_double_quotes(command[position + 1 : end])
            position = end + 1
        elif character == "\\":
            if position + 1 == len(command):
                raise CommandError("it ends with a backslash, which protects nothing")
            if command[position + 1] != "\n":
                yield command[position + 1], "'"
            position += 2
        else:
            end = _end_of_plain_text(command, position)
            yield command[position:end], ""
            position = end


def _closing(command: str, start: int) -> int:
    """Return where the quote at ``start`` is closed."""
    quote, position = command[start], start + 1
    while position < len(command):
        if command[position] == quote:
            return position
        position += 2 if quote == '"' and command[position] == "\\" else 1
    raise CommandError(f"the quote {quote} at character {start + 1} is not closed")


def _in_double_quotes(text: str) -> Iterator[tuple[str, str]]:
    start = position = 0
    while position < len(text):
        if text[position] == "\\" and text[position + 1] in _ESCAPED_IN_QUOTES:
            yield text[start:position], '"'
            yield text[position + 1].removeprefix("\n"), "'"
            start = position = position + 2
        else:
            position += 2 if text[position] == "\\" else 1
    yield text[start:], '"'


def _end_of_plain_text(command: str, start: int) -> int:
    position = start
    while position < len(command) and command[position] not in " \t\n'\"\\":
        # The blanks and quotes of a prefix are its own.
        reference = _REFERENCE.match(command, position)
        position = reference.end() if reference else position + 1
    return position


def _fill_in(words: _Words, text: str, variables: Mapping[str, str | None], *, is_quoted: bool) -> None:
    position = 0
    for reference in _REFERENCE.finditer(text):
        name = reference["braced"] or reference["plain"]
        if name not in variables:
            continue
        if between := text[position : reference.start()]:
            words.add(between)
        position = reference.end()
        if (value := variables[name]) is None:
            continue
        prefix = reference["prefix"] or ""
        if is_quoted:
            words.add(prefix + value)
            continue
        for index, part in enumerate(_BLANKS.split(prefix)):
            if index % 2:
                words.end()
            elif part:
                words.add(part)
        if value:
            words.add(value)
    if rest := text[position:]:
        words.add(rest)
