"""The other system, read over HTTP. No Django."""

from takeover.source.errors import BadAnswer, SourceError
from takeover.source.lists import Rows, is_id
from takeover.source.session import Limits, Source, path_to

__all__ = ["BadAnswer", "Limits", "Rows", "Source", "SourceError", "is_id", "path_to"]
