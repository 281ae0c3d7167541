"""What the forms of several pages have."""

from typing import Any

from django import forms


class TextField(forms.CharField):
    """A text as it is: with its blanks, and with the line breaks that the API sends."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, **options)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


class EditForm(forms.Form):
    """A form that knows which state of what it edits it was shown with, by its entity tag."""

    tag = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def seen(self) -> list[str] | None:
        """The states that the editor has seen, as services take them; None for a button that shows none."""
        return [self.cleaned_data["tag"]] if self.cleaned_data["tag"] else None
