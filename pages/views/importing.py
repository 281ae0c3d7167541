"""Import: read the manifest of an image in a registry, and register it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from core.api.query import query_parameters, refuse_unknown
from core.services import Missing, Refused
from job_types.imports import read_image
from job_types.services import register_job_type, validate_job_type
from pages.content.listings import Line, indented, listing
from pages.forms.importing import ImportForm
from pages.navigation import url_of
from pages.views.base import FormPage
from seed import Finding, Report

RIGHT = "job_types.add_jobtype"


class ImportPage(FormPage):
    """Shows what would be imported, with the findings beside the lines of the manifest, and imports it."""

    template = "pages/import.html"
    right = RIGHT
    form_class = ImportForm
    manifest = ""
    digest = ""
    lines: Sequence[Line] = ()
    warnings: Sequence[Finding] = ()
    is_checked = False

    def content(self, **kwargs: Any) -> dict[str, Any]:
        if not settings.IMAGE_REGISTRIES:
            raise Missing("No registry may be asked here; an operator can name some in IMAGE_REGISTRIES.")
        refuse_unknown(Request(self.request), ["image"])
        return {
            "title": "Import from a registry",
            "back": url_of("job-types"),
            "registries": [registry.name for registry in settings.IMAGE_REGISTRIES],
            "digest": self.digest,
            "lines": self.lines,
            "warnings": self.warnings,
            "is_valid": self.is_checked and not any(line.errors for line in self.lines),
        }

    def initial(self, **kwargs: Any) -> Mapping[str, Any]:
        return {"image": query_parameters(Request(self.request)).get("image", "")}

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if "check" not in request.POST:
            return super().post(request, **kwargs)
        form = ImportForm(request.POST)
        if form.is_valid():
            try:
                report = validate_job_type(**self._fields(form))
            except Refused as refused:
                super().show_findings(form, refused.report)
            else:
                self.is_checked = True
                self.show_findings(form, report)
        return self.show({**self.content(**kwargs), "form": form})

    def save(self, form: Any, **kwargs: Any) -> str:
        written = register_job_type(fields=self._fields(form))
        self.warn(written.report)
        self.imported = written.instance
        if written.created:
            return f"{written.instance} is registered. Configure it before its jobs run."
        return f"{written.instance} was registered before; it is at revision {written.instance.revision_num} now."

    def then(self, **kwargs: Any) -> str:
        return url_of("job-type", name=self.imported.name, version=self.imported.version)

    def show_findings(self, form: Any, report: Report) -> None:
        """Show the findings beside the lines of the manifest, and the others beside the fields or above all."""
        self.lines, rest = listing(self.manifest, report)
        self.warnings = rest.warnings
        super().show_findings(form, rest)

    def _fields(self, form: ImportForm) -> Any:
        """Return the fields of the registration, read from the registry. Raises Refused."""
        image = read_image(form.cleaned_data["image"])
        self.manifest, self.digest = indented(image["manifest"]), image["docker_image_digest"]
        return {**form.choices, **image}
