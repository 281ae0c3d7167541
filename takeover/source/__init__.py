"""The other system, read over HTTP. No Django."""

from takeover.source.errors import BadAnswer, SourceError
from takeover.source.lists import Rows
from takeover.source.session import Limits, Source, path_to

__all__ = ["BadAnswer", "Limits", "Rows", "Source", "SourceError", "path_to"]
