"""What an argument of ``seed`` names: standard input, a file, or an image."""

import errno
import json
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from seed import ImageReference, ImageReferenceError

MOST_BYTES = 2**24
"""How many bytes of a file are read; what programs print of an image has some thousand."""

_NO_FILE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG})


class Unreadable(Exception):
    """What an argument names cannot be read; the message is a line that begins with the argument."""


class NoSuchFile(Unreadable):
    """There is no file of the name that an argument is."""


@dataclass(frozen=True, slots=True)
class Input:
    """What was read: the argument, UTF-8 text, and the file that has it (None: standard input, or an image)."""

    name: str
    text: bytes
    file: Path | None = None

    @property
    def is_image(self) -> bool:
        """Whether the text is made from the labels of an image, so that nobody has seen it."""
        return self.file is None and self.name != "-"


def read_input(argument: str) -> Input:
    """Read standard input for ``-``, else the file of this name, else the labels of the image of this name.

    The text of an image is the JSON object ``{"Labels": {…}}``. Raises Unreadable.
    """
    # Not inside of an `except`: that there is no file would be a cause of all that goes wrong with the image.
    with suppress(NoSuchFile):
        return read_file(argument)
    return _read_image(argument)


def read_file(argument: str) -> Input:
    """Read standard input for ``-``, else the file of this name. Raises NoSuchFile or another Unreadable."""
    if argument == "-":
        return Input(argument, _bounded(argument, sys.stdin.buffer.read(MOST_BYTES + 1)))
    path = Path(argument)
    try:
        with path.open("rb") as file:
            return Input(argument, _bounded(argument, file.read(MOST_BYTES + 1)), path)
    except OSError as error:
        kind = NoSuchFile if error.errno in _NO_FILE else Unreadable
        raise kind(f"{argument}: {error.strerror}") from error


def _bounded(argument: str, text: bytes) -> bytes:
    if len(text) > MOST_BYTES:
        raise Unreadable(
            f"{argument}: more than {MOST_BYTES} bytes, which neither a manifest nor what holds one has"
        )
    return text


def _read_image(argument: str) -> Input:
    from client.cli.seed.images import ImageUnreadable, labels_of  # It takes a third of a second.

    try:
        ImageReference.parse(argument)
        labels = labels_of(argument)
    except ImageReferenceError as error:
        raise Unreadable(f"{argument}: no such file, and no image reference, because {error}") from error
    except ImageUnreadable as error:
        raise Unreadable(f"{argument}: no such file, and no image that can be read: {error}") from error
    return Input(argument, json.dumps({"Labels": labels}).encode())
