"""Registration: check a pasted manifest, and register it."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.exceptions import PermissionDenied

from core.api.bodies import report_on_body, require_valid_body
from core.services import Refused
from job_types.changes import CHECKED
from job_types.serializers import RegistrationBody, ValidationBody
from job_types.services import register_job_type, validate_job_type
from pages.content.listings import Line, listing
from pages.forms.registration import RegistrationForm
from pages.navigation import url_of
from pages.views.base import FormPage, lacking
from seed import Finding, Report

_RIGHT = "job_types.add_jobtype"


class RegistrationPage(FormPage):
    """Checks a manifest, for all who may read, and registers it, for those who may.

    The findings of the API stand beside the lines that they are about.
    """

    template = "pages/registration.html"
    form_class = RegistrationForm
    lines: Sequence[Line] = ()
    warnings: Sequence[Finding] = ()
    is_checked = False

    def content(self, **kwargs: Any) -> dict[str, Any]:
        return {
            "title": "Register a job type" if self.may(_RIGHT) else "Check a manifest",
            "may_register": self.may(_RIGHT),
            "back": url_of("job-types"),
            "lines": self.lines,
            "warnings": self.warnings,
            "is_valid": self.is_checked and not any(line.errors for line in self.lines),
        }

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if "check" not in request.POST:
            return super().post(request, **kwargs)
        form = RegistrationForm(request.POST)
        if form.is_valid():
            self.is_checked = True
            self.show_findings(form, _checked(form))
        return self.show({**self.content(**kwargs), "form": form})

    def save(self, form: Any, **kwargs: Any) -> str:
        if not self.may(_RIGHT):
            raise PermissionDenied(lacking(_RIGHT))
        body = RegistrationBody(data=form.body)
        require_valid_body(body, documents=CHECKED, check=validate_job_type)
        written = register_job_type(fields=body.changes)
        self.warn(written.report)
        self.registered = written.instance
        if written.created:
            return f"{written.instance} is registered. Configure it before its jobs run."
        return f"{written.instance} was registered before; it is at revision {written.instance.revision_num} now."

    def then(self, **kwargs: Any) -> str:
        return url_of("job-type", name=self.registered.name, version=self.registered.version)

    def show_findings(self, form: Any, report: Report) -> None:
        """Show the findings beside the lines of the manifest, and the others beside the fields or above all."""
        self.lines, rest = listing(form.cleaned_data["manifest"], report)
        self.warnings = rest.warnings
        super().show_findings(form, rest)


def _checked(form: RegistrationForm) -> Report:
    try:
        return report_on_body(ValidationBody(data=form.body), documents=CHECKED, check=validate_job_type)
    except Refused as refused:
        return refused.report
