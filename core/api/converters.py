"""What a part of a URL may be: `<segment:…>` and `<number:…>`."""

from django.urls import register_converter
from django.urls.converters import StringConverter


class SegmentConverter(StringConverter):
    """One segment of a path. A NUL, which no database takes in a text, is in no name: such a URL is a 404."""

    regex = r"[^/\x00]+"


class NumberConverter:
    """A number that any integer column can be compared with; a URL beyond that is a 404."""

    regex = r"[0-9]{1,18}"

    def to_python(self, text: str) -> int:
        return int(text)

    def to_url(self, number: int) -> str:
        return str(number)


register_converter(SegmentConverter, "segment")
register_converter(NumberConverter, "number")
