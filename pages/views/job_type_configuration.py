"""The configuration of a job type: the form of all of it, and that of a single secret."""

from typing import Any

from core.services import Missing, Refused
from job_types.models import JobTypeSecret
from pages.forms.configuration import MOST_FIELDS, ConfigurationForm, SecretForm, number_of_fields
from pages.views.job_type_edits import JobTypeFormPage
from seed import Manifest
from workspaces.selectors import workspaces_by_name


class ConfigurationPage(JobTypeFormPage):
    """Edits the configuration of a job type, and what operators set of it beside that."""

    template = "pages/job_type_configuration.html"

    def made_form(self, data: Any) -> ConfigurationForm:
        manifest = Manifest.read(self.job_type["manifest"])
        if number_of_fields(manifest) > MOST_FIELDS:
            sentence = f"The manifest declares more than {MOST_FIELDS} settings, mounts and outputs; use the API."
            raise Refused.because("TOO_MANY_FIELDS", sentence)
        secrets = JobTypeSecret.objects.filter(job_type=self.job_type["id"]).values_list("name", flat=True)
        return ConfigurationForm(
            data,
            job_type=self.job_type,
            manifest=manifest,
            stored_secrets=frozenset(secrets),
            initial=self.initial(),
        )

    def content(self, **kwargs: Any) -> dict[str, Any]:
        return {
            **super().content(**kwargs),
            "title": f"Configure {kwargs['name']} {kwargs['version']}",
            "workspaces": [name for name, is_active in workspaces_by_name().items() if is_active],
        }

    def save(self, form: Any, **kwargs: Any) -> str:
        before = self.job_type["last_modified"]
        written = self.edit(form, form.as_fields())
        if written.instance.last_modified == before:
            return "Nothing was changed, as all is as it was."
        return f"{kwargs['name']} {kwargs['version']} is configured. Jobs that exist keep their configuration."


class SecretPage(JobTypeFormPage):
    """Sets or replaces a secret setting of a job type."""

    template = "pages/form.html"
    form_class = SecretForm

    def made_form(self, data: Any) -> SecretForm:
        setting = self.kwargs["setting"]
        if setting not in Manifest.read(self.job_type["manifest"]).secret_settings:
            raise Missing(f"{self.kwargs['name']} {self.kwargs['version']} has no secret setting {setting}.")
        return SecretForm(data, initial=self.initial())

    def content(self, **kwargs: Any) -> dict[str, Any]:
        setting = kwargs["setting"]
        return {
            **super().content(**kwargs),
            "title": f"Replace the secret {setting}",
            "text": f"The secret {setting} of {kwargs['name']} {kwargs['version']} is stored encrypted, given to "
            "the nodes that run its jobs, and never shown. Jobs that are claimed from now on get the new value.",
            "button": "Replace the secret",
        }

    def save(self, form: Any, **kwargs: Any) -> str:
        setting, stored = kwargs["setting"], self.job_type["configuration"]
        settings = {**stored["settings"], setting: form.cleaned_data["settings"]}
        self.edit(form, {"configuration": {**stored, "settings": settings}})
        return f"The secret {setting} is replaced."
