"""The form of the import of an image from its registry."""

from typing import Any

from django import forms

from job_types.models import LARGEST_INTEGER, MAX_DOCKER_IMAGE_LENGTH, MAX_ICON_CODE_LENGTH, JobType
from job_types.serializers import help_of
from pages.forms.configuration import ICON_HELP


class ImportForm(forms.Form):
    """An image, and what is set of its job type beside what its manifest says."""

    image = forms.CharField(
        max_length=MAX_DOCKER_IMAGE_LENGTH,
        label="Image",
        help_text="Such as registry.example.com/team/my-job-1.0.0-seed:1.0.0, with its manifest in its label.",
    )
    icon_code = forms.CharField(
        required=False, max_length=MAX_ICON_CODE_LENGTH, label="Icon code", help_text=ICON_HELP
    )
    max_scheduled = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=LARGEST_INTEGER,
        label="Jobs at once",
        help_text="How many of its jobs may run at the same time; empty for no limit, or for what it is.",
    )
    is_published = forms.BooleanField(required=False, label="Published", help_text=help_of(JobType, "is_published"))
    is_paused = forms.BooleanField(required=False, label="Paused", help_text=help_of(JobType, "is_paused"))

    @property
    def choices(self) -> dict[str, Any]:
        """What was chosen beside the image: what is empty stays as it is."""
        return {name: value for name, value in self.cleaned_data.items() if name != "image" and value}
