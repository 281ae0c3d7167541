"""The form of the registration of a Seed image."""

from typing import Any

from django import forms

from job_types.models import MAX_DOCKER_IMAGE_LENGTH, MAX_ICON_CODE_LENGTH
from pages.content.listings import indented
from pages.forms.configuration import ICON_HELP


class ManifestField(forms.CharField):
    """A manifest: its JSON, or what the label of an image holds. JSON of a single line is shown in lines."""

    widget = forms.Textarea(attrs={"rows": 16, "class": "document", "spellcheck": "false", "autocomplete": "off"})

    def to_python(self, value: Any) -> str:
        return indented(str(super().to_python(value)).replace("\r\n", "\n"))


class RegistrationForm(forms.Form):
    """A manifest and its image, as text. What is wrong with them, the service says."""

    manifest = ManifestField(
        label="Seed manifest",
        help_text="The JSON of the manifest, or the label com.ngageoint.seed.manifest of an image as it is.",
    )
    docker_image = forms.CharField(
        required=False, max_length=MAX_DOCKER_IMAGE_LENGTH, label="Docker image", help_text="As a node pulls it."
    )
    icon_code = forms.CharField(
        required=False,
        max_length=MAX_ICON_CODE_LENGTH,
        label="Icon code",
        help_text=ICON_HELP,
    )

    @property
    def body(self) -> dict[str, str]:
        """The body of a request to the API for a valid form: without what is empty."""
        return {name: self.cleaned_data[name] for name in self.fields if self.cleaned_data[name]}
