"""The list of files, the page of one, and the forms that register and edit one."""

from collections.abc import Mapping
from typing import Any

from core.api.bodies import require_valid_body
from core.entity_tags import tag_of_rows
from files.models import File
from files.rows import file_details
from files.serializers import FileBody, NewFileBody
from files.services import FileFields, edit_file, register_file
from pages.content.files import FilePageFilterSet, file_page, listed_files
from pages.forms.fields import EditForm
from pages.forms.files import FileEditForm, RegistrationForm
from pages.navigation import url_of
from pages.views.base import FormPage, ListPage, Page
from seed import Report
from workspaces.selectors import workspaces_by_name

# The filters in sight, and those that are folded up. Others find nothing yet, or what `time_field` finds too.
_FILTERS = ("workspace", "file_type", "job_id", "is_deleted")
_FOLDED = ("media_type", "job_output", "job_type_name", "file_name", "started", "ended", "time_field")


class FileListPage(ListPage):
    """The files, with the filters, orders and pages of the API."""

    template = "pages/files/list.html"
    filterset_class = FilePageFilterSet
    orders_of_many = ("last_modified", "file_name", "created")

    def rows(self, **kwargs: Any) -> Any:
        return File.objects.values("pk")

    def shown(self, rows: Any) -> Any:
        return listed_files([row["pk"] for row in rows])

    def content(self, **kwargs: Any) -> dict[str, Any]:
        content = super().content(**kwargs)
        if content["orders"] and content["chosen"].get("begins"):
            content["orders"] = ("file_name",)
        return {**content, "title": "Files", "shown_filters": _FILTERS, "more_filters": _FOLDED}


class FilePage(Page):
    """One file: where it lies, what is known of it, and which job made it."""

    template = "pages/files/detail.html"

    def content(self, **kwargs: Any) -> dict[str, Any]:
        page = file_page(kwargs["pk"])
        return {**page, "title": page["file"]["file_name"]}


class RegisterFilePage(FormPage):
    """Register a file that lies in a workspace."""

    template = "pages/files/register.html"
    right = "files.add_file"
    form_class = RegistrationForm
    _pk = 0

    def content(self, **kwargs: Any) -> dict[str, Any]:
        active = [name for name, is_active in workspaces_by_name().items() if is_active]
        return {"title": "Register a file", "workspaces": active}

    def save(self, form: Any, **kwargs: Any) -> str:
        body = NewFileBody(data=form.as_fields())
        require_valid_body(body, documents=(), check=Report)
        registered = register_file(fields=body.validated_data)
        self._pk = registered.file.pk
        self.warn(registered.report)
        if registered.is_new:
            return f"The file {registered.file} is registered."
        return f"The file {registered.file} was registered before."

    def then(self, **kwargs: Any) -> str:
        return url_of("file", pk=self._pk)


class _FileFormPage(FormPage):
    """A form that changes what is known of a file."""

    right = "files.change_file"

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        self.file = file_details(str(kwargs["pk"]))
        return {**self.file, "tag": tag_of_rows(self.file)}

    def then(self, **kwargs: Any) -> str:
        return url_of("file", **kwargs)


class EditFilePage(_FileFormPage):
    """Edit the media type and the times of a file."""

    template = "pages/form.html"
    form_class = FileEditForm

    def initial(self, **kwargs: Any) -> dict[str, Any]:
        initial = super().initial(**kwargs)
        times = {name: initial[name] and initial[name].isoformat() for name in ("data_started", "data_ended")}
        return {**initial, **times}

    def content(self, **kwargs: Any) -> dict[str, Any]:
        return {"title": f"Edit {self.file['file_name']}", "button": "Save", "back": self.then(**kwargs)}

    def save(self, form: Any, **kwargs: Any) -> str:
        body = FileBody(data=form.as_fields())
        require_valid_body(body, documents=(), check=Report)
        edit_file(key=str(kwargs["pk"]), fields=body.changes, seen=form.seen)
        return f"The file {self.file['file_name']} was saved."


class _DeletionPage(_FileFormPage):
    """Says that a file is gone from its workspace, or is there again."""

    template = "pages/confirm.html"
    form_class = EditForm
    fields: FileFields
    words: Mapping[str, str]

    def content(self, **kwargs: Any) -> dict[str, Any]:
        where = f"{self.file['file_path']} in the workspace {self.file['workspace']['name']}"
        return {
            "title": f"{self.words['title']} {self.file['file_name']}?",
            "text": self.words["text"].format(where=where),
            "button": self.words["button"],
            "back": self.then(**kwargs),
        }

    def save(self, form: Any, **kwargs: Any) -> str:
        edit_file(key=str(kwargs["pk"]), fields=self.fields, seen=form.seen)
        return self.words["done"].format(name=self.file["file_name"])


class DeleteFilePage(_DeletionPage):
    """Mark a file as deleted."""

    fields = {"is_deleted": True}
    words = {
        "title": "Mark as deleted:",
        "text": "Nothing is deleted by this: it says that {where} is gone. No new job can read it, jobs that need "
        "it fail, and another file can be registered there.",
        "button": "Mark as deleted",
        "done": "The file {name} is marked as deleted.",
    }


class RestoreFilePage(_DeletionPage):
    """Say that a file that was marked as deleted is there."""

    fields = {"is_deleted": False}
    words = {
        "title": "Mark as there:",
        "text": "It says that {where} is there again, as it was. Jobs can read it.",
        "button": "Mark as there",
        "done": "The file {name} is marked as there.",
    }
