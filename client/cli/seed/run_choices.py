"""What the options of ``seed run`` may be chosen from."""

from enum import StrEnum


class Pull(StrEnum):
    """When an image is got from its registry."""

    MISSING = "missing"
    ALWAYS = "always"
    NEVER = "never"


class Format(StrEnum):
    """How the result is shown."""

    TEXT = "text"
    JSON = "json"
