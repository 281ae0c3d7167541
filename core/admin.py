"""Base classes of the pages of the admin."""

import json
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from core.encryption import EncryptionError
from core.forms import TaggedForm
from core.marks import marked
from core.services import Missing, Refused
from seed import shown

# What services raise when they do not do what they were asked for.
REFUSALS = (Refused, Missing, EncryptionError)


# How many rows a list counts, and an action of those that it is about to change; it names some.
MOST_COUNTED = 10_000
MOST_NAMED = 20


class BoundedPaginator(Paginator):
    """Counts no further than 10,000: rows beyond that are found by filters and the search, not by turning pages."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return rows.order_by()[:MOST_COUNTED].count()


def confirmed(along: Callable[[QuerySet[Any]], Iterable[str]] = lambda rows: ()) -> Callable[[Any], Any]:
    """Return a decorator of an action: a page that says what and how many comes first, and has the button.

    ``along`` returns sentences on what else the action changes or affects.
    """

    def decorate(action: Any) -> Any:
        @wraps(action)
        def ask(page: admin.ModelAdmin, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
            if "confirmed" in request.POST:
                return action(page, request, rows)
            what, _, effect = action.short_description.partition(": ")
            count = rows.order_by()[: MOST_COUNTED + 1].count()
            number = f"more than {MOST_COUNTED:,}" if count > MOST_COUNTED else f"{count:,}"
            names = page.opts.verbose_name if count == 1 else page.opts.verbose_name_plural
            context = {
                **page.admin_site.each_context(request),
                "opts": page.opts,
                "title": f"{what} {number} {names}?",
                "button": f"{what} {number} {names}",
                "what": what,
                "effect": effect,
                "rows": rows[:MOST_NAMED],
                "has_more": count > MOST_NAMED,
                "along": list(along(rows)),
                "sent": [
                    (name, value)
                    for name in ("action", "select_across", ACTION_CHECKBOX_NAME)
                    for value in request.POST.getlist(name)
                ],
            }
            return TemplateResponse(request, "admin/confirm_action.html", context)

        return ask

    return decorate


class StepsAdmin(admin.ModelAdmin):
    """Pages with a button for each action of the list that their row can take; the action asks first."""

    change_form_template = "admin/steps.html"

    def steps(self, row: Any) -> Iterable[str]:
        """Return the names of the actions that ``row`` can take now."""
        raise NotImplementedError

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any) -> Any:
        allowed = self.get_actions(request)
        context["steps"] = [name for name in self.steps(context["original"]) if name in allowed]
        return super().render_change_form(request, context, *args, **options)


@admin.display(description="state", ordering="is_active")
def state(row: Any) -> SafeString:
    """Return the state of a row in a word, for a list: active, paused or deprecated."""
    word = "deprecated" if not row.is_active else "paused" if getattr(row, "is_paused", False) else "active"
    return format_html('<span class="scale-state scale-{0}">{0}</span>', word)


class NoDeleteAdmin(admin.ModelAdmin):
    """Pages of rows that are never deleted, since others refer to them."""

    # Those of links from other pages, and of filters that are classes of their own.
    linked_lookups: tuple[str, ...] = ()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow the links of the page's own filters, and ``linked_lookups``.

        Django lets a URL look up any column, and some lookups fail in some databases, as those inside a JSON column
        or those of a NUL.
        """
        field, _, kind = lookup.rpartition("__")
        is_filter = field in self.list_filter and kind in ("exact", "isnull")
        return (is_filter or lookup in self.linked_lookups) and "\0" not in value


class ReadOnlyAdmin(NoDeleteAdmin):
    """Pages of rows that the admin shows and cannot change."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ServiceAdmin(NoDeleteAdmin):
    """Pages of rows that services write. A refusal is shown to the operator, and nothing is written."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the form again when a service refuses what was valid in the form, as when another was faster."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except REFUSALS as refusal:
            self.show_refusal(request, refusal)
            return HttpResponseRedirect(request.get_full_path())

    def show_refusal(self, request: HttpRequest, refusal: Exception) -> None:
        """Show the operator every reason why a service refused."""
        findings = refusal.report.errors if isinstance(refusal, Refused) else ()
        for sentence in [finding.description for finding in shown(findings)] or [str(refusal)]:
            self.message_user(request, sentence, messages.ERROR)


class TaggedAdmin(admin.ModelAdmin):
    """Pages whose forms lose no update: they say what somebody else changed after they were shown."""

    form: type[TaggedForm]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Add the hidden tag of the form to the first fields of a row that can be changed."""
        (title, options), *others = super().get_fieldsets(request, obj)
        if obj is None or not self.has_change_permission(request, obj):
            return [(title, options), *others]
        return [(title, {**options, "fields": [*options["fields"], "tag"]}), *others]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Say what others changed while the operator edited: nothing of theirs is lost."""
        super().save_related(request, form, formsets, change)
        self._show_changes(request, form)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any) -> Any:
        """Say what others changed before the operator: the form, which is shown again, has both values."""
        self._show_changes(request, context["adminform"].form)
        return super().render_change_form(request, context, *args, **options)

    def changes_since(self, form: TaggedForm) -> Iterable[str]:
        """Return sentences on the fields that ``form`` calls overtaken, of which there are some."""
        done = " and ".join(f"{field} to {form.words(field)}" for field in sorted(form.overtaken))
        return [f"After this page was shown, somebody else set {done}."]

    def _show_changes(self, request: HttpRequest, form: forms.ModelForm) -> None:
        if isinstance(form, TaggedForm) and form.overtaken:
            for sentence in self.changes_since(form):
                self.message_user(request, sentence, messages.WARNING)


def document(column: str) -> Callable[[Any, Any], SafeString]:
    """Return a read-only field of an admin: the JSON document in ``column``, indented and scrolling."""

    @admin.display(description=column)
    def show(page: object, row: object) -> SafeString:
        text = json.dumps(getattr(row, column), indent=2, ensure_ascii=False)
        return format_html('<pre class="scale-document">{}</pre>', text)

    return show


@admin.display(description="findings")
def findings_shown(page: object, row: Any) -> SafeString | str:
    """Return the marks of a row (see ``core.marks``) as a list, each behind the place that it is on.

    It is a read-only field of an admin.
    """
    marks = ((mark["path"], mark["name"], mark["description"]) for mark in row.findings)
    shown_marks = format_html_join("", "<li><code>{}</code> {}: {}</li>", marks)
    return format_html("<ul>{}</ul>", shown_marks) if shown_marks else "none"


class MarkedFilter(admin.SimpleListFilter):
    """The rows with marks. The page has ``findings`` among its ``linked_lookups``."""

    title = "findings"
    parameter_name = "findings"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Has findings")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return marked(queryset) if self.value() == "yes" else queryset
