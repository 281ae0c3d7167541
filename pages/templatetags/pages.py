"""The components of the pages: icons, times, states, numbers, lists, forms and charts (see ``pages/README.md``)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django import template
from django.conf import settings
from django.core.paginator import Page
from django.forms import BoundField, Form, MultipleHiddenInput, Select, SelectMultiple
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from pages.charts import Bar, Chart, Sparkline
from pages.content.words import size_in_words, utc
from pages.links import PAGES_OF_LISTS
from pages.navigation import Link, links, url_of

register = template.Library()

_ICON = re.compile(r"[0-9a-f]{4}")
_NO_ICON = "f1b2"
_NONE = "\N{EN DASH}"


class _Look(NamedTuple):
    """How a state is shown: a colour, and a shape for those who do not see it."""

    colour: str
    icon: str


_PLAIN = _Look("plain", "f111")
_STATES = {
    "PENDING": _Look("plain", "f254"),
    "BLOCKED": _Look("warn", "f05e"),
    "QUEUED": _Look("info", "f017"),
    "RUNNING": _Look("run", "f04b"),
    "COMPLETED": _Look("good", "f058"),
    "FAILED": _Look("bad", "f057"),
    "CANCELED": _Look("plain", "f05e"),
    "ACTIVE": _Look("good", "f058"),
    "READY": _Look("good", "f058"),
    "PAUSED": _Look("warn", "f28b"),
    "DEPRECATED": _Look("plain", "f187"),
    "UPDATE": _Look("warn", "f062"),
    "OFFLINE": _Look("bad", "f127"),
    "SYSTEM": _Look("bad", "f233"),
    "ALGORITHM": _Look("warn", "f1b3"),
    "DATA": _Look("info", "f15b"),
    "NEW": _Look("good", "f067"),
    "CHANGED": _Look("info", "f040"),
    "DELETED": _Look("bad", "f1f8"),
}


# What filters are called where the name of their parameter says less.
_FILTERS = {
    "keyword": "Search",
    "begins": "Name begins with",
    "file_name": "Whole name",
    "file_type": "Kind",
    "is_deleted": "Deleted",
    "job_id": "Job",
    "job_output": "Output",
    "time_field": "Times are of",
    "hostname": "Node",
    "job_type_name": "Job type",
    "error_name": "Error",
    "started": "Since",
    "ended": "Until",
    "is_active": "Active",
    "is_builtin": "Built in",
    "is_paused": "Paused",
    "is_superseded": "Superseded",
    "is_system": "System",
    "actor": "Who",
}


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> list[Link]:
    """Return the links of the navigation, for the account that looks."""
    return list(links(context["request"]))


@register.simple_tag
def list_page(model: str) -> str:
    """Return the URL of the page that lists the rows of a model, by its label; or nothing."""
    name = PAGES_OF_LISTS.get(model)
    return url_of(name) if name else ""


@register.simple_tag
def import_page() -> str:
    """Return the URL of the page that imports images; nothing where no registry may be asked."""
    return url_of("import-job-type") if settings.IMAGE_REGISTRIES else ""


@register.simple_tag
def icon(code: str | None, label: str = "") -> SafeString:
    """Return the icon with a code of Font Awesome; ``label`` says what it means where no text beside it does."""
    if label:
        return format_html('<span class="icon" role="img" aria-label="{}">{}</span>', label, glyph(code))
    return format_html('<span class="icon" aria-hidden="true">{}</span>', glyph(code))


@register.simple_tag
def glyph(code: str | None) -> str:
    """Return the character of an icon alone, for texts of drawings that have the class ``icon``."""
    return chr(int(code if code and _ICON.fullmatch(code) else _NO_ICON, 16))


@register.simple_tag
def state(name: str, label: str = "") -> SafeString:
    """Return the badge of a state: a word, with a colour and a shape. ``label`` replaces the word."""
    look = _STATES.get(name.upper(), _PLAIN)
    word = label or name.capitalize()
    return format_html('<span class="state {}">{}{}</span>', look.colour, icon(look.icon), word)


@register.simple_tag
def moment(when: datetime | None, none: str = _NONE) -> str:
    """Return a time in UTC, which the script shows in the zone of the reader, with UTC in its title."""
    return none if when is None else _time(when, "local")


@register.simple_tag
def ago(when: datetime | None, none: str = _NONE) -> str:
    """Return a time that the script shows as how long ago it was, and keeps true."""
    return none if when is None else _time(when, "ago")


@register.simple_tag
def wait(since: datetime) -> SafeString:
    """Return for how long something has lasted, which the script keeps true."""
    return _time(since, "lasting")


def _time(when: datetime, kind: str) -> SafeString:
    text = when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return format_html('<time datetime="{}" data-show="{}">{} UTC</time>', utc(when), kind, text)


@register.filter
def number(value: float | None) -> str:
    """Return a number with its digits in groups; a dash for none."""
    if value is None:
        return _NONE
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


@register.filter
def percent(value: float | None) -> str:
    """Return a part of one as a percentage; a dash for none."""
    if value is None:
        return _NONE
    return f"{100 * value:.1f} %" if 0 < value < 0.1 else f"{100 * value:.0f} %"


@register.filter
def duration(seconds: float | None) -> str:
    """Return how long something took, in its two largest units: ``3 h 20 min``."""
    if seconds is None:
        return _NONE
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


@register.filter
def size(number_of_bytes: int) -> str:
    """Return a size in words."""
    return size_in_words(number_of_bytes)


@register.simple_block_tag
def table(content: str, label: str = "", *, by: str = "", css: str = "") -> SafeString:
    """Show a table, which scrolls where it is too wide; ``label`` or the heading with the id ``by`` names it."""
    name = format_html('aria-labelledby="{}"', by) if by else format_html('aria-label="{}"', label)
    kind = format_html(' class="{}"', css) if css else ""
    region = '<div class="scroll" tabindex="0" role="region" {}><table{}>{}</table></div>'
    return format_html(region, name, kind, content)


@register.simple_tag
def columns(*titles: str, css: str = "") -> SafeString:
    """Show the heads of columns that do not order the table; ``css`` is ``n`` for columns of numbers."""
    kind = format_html(' class="{}"', css) if css else ""
    return format_html_join("", '<th scope="col"{}>{}</th>', ((kind, title) for title in titles))


@register.inclusion_tag("pages/parts/pager.html", takes_context=True)
def pager(context: Context, page: Page[Any]) -> dict[str, Any]:
    """Show which rows of how many a page has, with links to the others that keep the filters."""
    return {"request": context["request"], "page": page}


@register.inclusion_tag("pages/parts/sort.html", takes_context=True)
def sort(context: Context, name: str, title: str) -> dict[str, Any]:
    """Show the head of a column that ``order`` can name, as a link that orders by it, or the other way around.

    It is no link where a list of many rows is not to be ordered by it.
    """
    offered, orders = context.get("orders"), context["request"].GET.getlist("order")
    is_up, is_down = orders[:1] == [name], orders[:1] == [f"-{name}"]
    return {
        "request": context["request"],
        "title": title,
        "order": f"-{name}" if is_up else name,
        "is_up": is_up,
        "is_down": is_down,
        "is_link": offered is None or name in offered,
    }


@register.inclusion_tag("pages/parts/filters.html", takes_context=True)
def filters(
    context: Context, form: Form, *names: str, more: Sequence[str] = (), search: str = "", into: str = ""
) -> dict[str, Any]:
    """Show the fields ``names`` of a FilterSet as a form; other parameters of the URL stay, but for the page.

    The fields ``more`` are folded up, unless one of them is in use. ``search`` is a field that one types into.
    ``into`` is the id of the element that the form replaces as soon as it changes.
    """
    request = context["request"]
    for bound in (form[name] for name in (*names, *more, *([search] if search else ()))):
        bound.label = _FILTERS.get(bound.name, bound.label)
    parameters = [(name, value) for name, values in request.GET.lists() for value in values if value]
    kept = [(name, value) for name, value in parameters if name not in (*names, *more, search, "page")]
    return {
        "search": form[search] if search else None,
        "text": request.GET.get(search, ""),
        "into": into,
        "action": request.path,
        "fields": [form[name] for name in names],
        "more": [form[name] for name in more],
        "is_open": any(request.GET.get(name) for name in more),
        "kept": kept,
        "is_filtered": bool(parameters),
    }


@register.simple_tag
def choice(bound: BoundField) -> SafeString:
    """Show the input of a filter, for several values only where several are in use."""
    widget = bound.field.widget
    if not isinstance(widget, SelectMultiple | MultipleHiddenInput) or len(bound.value() or ()) > 1:
        return bound.as_widget()
    if isinstance(widget, MultipleHiddenInput):
        (value,) = bound.value() or ("",)
        return format_html('<input name="{}" value="{}" id="{}">', bound.html_name, value, bound.id_for_label)
    named = [(value, str(label).replace("_", " ").capitalize()) for value, label in widget.choices]
    return bound.as_widget(Select(choices=[("", "any"), *named]))


@register.inclusion_tag("pages/parts/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """Show a field of a form: label, help, input, and what was found wrong with it."""
    is_check = getattr(bound.field.widget, "input_type", "") == "checkbox"
    return {"field": bound, "is_check": is_check}


@register.inclusion_tag("pages/parts/empty.html")
def empty(title: str, text: str = "", url: str = "", action: str = "") -> dict[str, str]:
    """Show that there is nothing, and what to do next."""
    return {"title": title, "text": text, "url": url, "action": action}


@register.inclusion_tag("pages/parts/chart.html")
def chart(drawn: Chart) -> dict[str, Any]:
    """Draw a chart over time, with its legend and its numbers as a table."""
    return {"chart": drawn}


# Charts have a hundred bars and numbers: as templates, they would take most of the time of a page.
@register.simple_tag
def bars(drawn: Chart) -> SafeString:
    """Draw the bars of a chart, each with a title that says its numbers."""
    return format_html_join(
        "",
        '<svg class="bar" x="{}%" width="{}%"><title>{}</title>'
        '<rect class="hit" width="100%" height="100%"/>{}</svg>',
        ((bar.left, bar.width, " · ".join(_said(bar, drawn)), _parts(bar)) for bar in drawn.bars),
    )


def _said(bar: Bar, drawn: Chart) -> Iterator[str]:
    yield f"{bar.start.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    for series, value in zip(drawn.series, bar.values, strict=True):
        yield f"{series.title} {number(value)}"


def _parts(bar: Bar) -> SafeString:
    rect = '<rect class="{}" x="12%" width="76%" y="{}%" height="{}%"/>'
    return format_html_join("", rect, ((part.colour, part.top, part.height) for part in bar.parts))


@register.simple_tag
def numbers(drawn: Chart) -> SafeString:
    """Show the numbers of a chart as the rows of a table."""
    return format_html_join(
        "",
        '<tr><th scope="row">{}</th>{}</tr>',
        (
            (
                moment(bar.start),
                format_html_join("", '<td class="n">{}</td>', ((number(one),) for one in bar.values)),
            )
            for bar in drawn.bars
        ),
    )


@register.inclusion_tag("pages/parts/sparkline.html")
def sparkline(drawn: Sparkline) -> dict[str, Any]:
    """Draw a small line without axes, with a sentence that says what it shows."""
    return {"line": drawn}


@register.simple_tag
def meter(percent: float) -> SafeString:
    """Draw how much of something is in use; the text beside it says how much."""
    colour = "bad" if percent >= 95 else "warn" if percent >= 80 else "good"
    return format_html(
        '<svg class="meter" aria-hidden="true"><rect width="100%" height="100%"/>'
        '<rect class="{}" width="{}%" height="100%"/></svg>',
        colour,
        percent,
    )


@register.inclusion_tag("pages/parts/job_type.html")
def job_type(row: Mapping[str, Any]) -> dict[str, Any]:
    """Show a job type, of which other answers show so much, as a link with its icon and version."""
    return {"row": row, "url": url_of("job-type", name=row["name"], version=row["version"])}


@register.filter
def items_of(mapping: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the members of a mapping that may itself have one that is called ``items``."""
    yield from mapping.items()
