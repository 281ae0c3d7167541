"""Path converters for URLs: ``<segment:…>`` and ``<number:…>``."""

from django.urls import register_converter
from django.urls.converters import StringConverter


class SegmentConverter(StringConverter):
    """One segment of a path. A NUL, which databases do not accept in text, is never part of a name: it is a 404."""

    regex = r"[^/\x00]+"


class NumberConverter:
    """A number that can be compared with any integer column; a longer one is a 404."""

    regex = r"[0-9]{1,18}"

    def to_python(self, text: str) -> int:
        return int(text)

    def to_url(self, number: int) -> str:
        return str(number)


register_converter(SegmentConverter, "segment")
register_converter(NumberConverter, "number")
