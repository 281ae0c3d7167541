"""What goes wrong when the other system is read."""


class SourceError(Exception):
    """The other system cannot be read, and no further try would mend it.

    The message is a sentence, with the URL if one is at fault.
    """


class BadAnswer(SourceError):
    """One URL has no usable answer, however often it is asked; others may have."""
