"""Fields of forms that several pages have."""

from typing import Any

from django import forms


class TextField(forms.CharField):
    """A text as it is: with its blanks, and with the line breaks that the API sends."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, **options)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")
