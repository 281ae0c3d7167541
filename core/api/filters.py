"""The kinds of query parameters, with which the FilterSets of the apps declare theirs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Self

import django_filters
from django import forms
from django.db.models import F, QuerySet
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from drf_spectacular.utils import extend_schema_field
from rest_framework.request import Request
from rest_framework.views import APIView

from core.api.exceptions import InvalidParameter
from core.api.moments import parse_moment
from core.api.query import query_parameters, whole_number

LARGEST_ID = 2**63 - 1
_DURATION = r"^P(\d+W|(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?)$"
MOST_KEYWORDS = 300
MOST_ORDERS = 3

_BOOLEANS = {"true": True, "1": True, "t": True, "false": False, "0": False, "f": False}


def applied_by_the_view(queryset: QuerySet[Any], name: str, value: object) -> QuerySet[Any]:
    """Return ``queryset`` as it is: the ``method`` of a filter that only checks and parses its parameter."""
    return queryset


class QueryFilterBackend(DjangoFilterBackend):
    """The FilterSet of the view, applied to the parameters that have a value. An invalid value is a 400."""

    def get_filterset_kwargs(self, request: Request, queryset: QuerySet[Any], view: APIView) -> dict[str, Any]:
        return {"data": query_parameters(request), "queryset": queryset, "request": request}

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        filterset = self.get_filterset(request, queryset, view)
        return queryset if filterset is None else require_valid(filterset).qs


def require_valid(filterset: FilterSet) -> FilterSet:
    """Return ``filterset`` if its parameters are valid, else raise InvalidParameter with all faults."""
    if not filterset.is_valid():
        raise InvalidParameter(
            " ".join(
                message if name == "__all__" else f"{name}: {message}"
                for name, messages in filterset.errors.items()
                for message in messages
            )
        )
    return filterset


class _ParsedField(forms.Field):
    """A field whose values are parsed by its filter."""

    def __init__(self, *, parse: Callable[[Any], Any], **options: Any) -> None:
        super().__init__(**options)
        self.parse = parse

    def __deepcopy__(self, memo: object) -> Self:
        # A form copies its fields, so that it can change them: this one is the same in all.
        return self

    def to_python(self, value: object) -> Any:
        try:
            return None if value is None else self.parse(value)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


class _TextInputs(forms.MultipleHiddenInput):
    """A text input for each value, and one for another value."""

    input_type = "text"

    def id_for_label(self, id_: str | None) -> str:
        return f"{id_}_0"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, [*(value or ()), ""], attrs)
        for number, each in enumerate(context["widget"]["subwidgets"]):
            each["type"] = self.input_type
            if number:  # the label is that of the first
                each["attrs"]["aria-label"] = f"{name}, another one"
        return context


class ApiFilter(django_filters.Filter):
    """A query parameter that the API document describes by its ``json_schema`` and help text.

    ``parse`` returns the value of the text of a request, or raises ValueError with a message for the client.
    """

    json_schema: dict[str, Any]
    field_class = _ParsedField
    widget: type[forms.Widget] | forms.Widget = forms.TextInput
    # The form then labels the field by the name of the parameter. The label of django-filter is that of a column.
    label = None

    def __init__(self, *args: object, help_text: str, **options: object) -> None:
        super().__init__(*args, help_text=help_text, parse=self.parse, widget=self.widget, **options)
        extend_schema_field({**self.json_schema, "description": help_text})(self)

    def __deepcopy__(self, memo: object) -> Self:
        # A FilterSet copies its filters for each request, sets their ``parent`` and ``model``, and changes nothing
        # in them. Deeper copies take as long as all else that a FilterSet does.
        same = type(self).__new__(type(self))
        same.__dict__.update(self.__dict__)
        return same

    def parse(self, text: Any) -> Any:
        raise NotImplementedError


class ApiFilterSet(FilterSet):
    """A FilterSet of filters of this module, whose forms are of one class: it depends on no request."""

    def get_form_class(self) -> type[forms.Form]:
        return self._form_class()

    @classmethod
    @cache
    def _form_class(cls) -> type[forms.Form]:
        fields = {name: declared.field for name, declared in cls.base_filters.items()}
        return type(f"{cls.__name__}Form", (cls._meta.form,), fields)


class FlagFilter(ApiFilter):
    """``true``, ``false``, ``1``, ``0``, ``t`` or ``f``, in upper or lower case."""

    json_schema = {"type": "boolean"}
    widget = forms.Select(choices=[("", "any"), ("true", "yes"), ("false", "no")])

    def parse(self, text: str) -> bool:
        if text.lower() not in _BOOLEANS:
            raise ValueError("must be true or false.")
        return _BOOLEANS[text.lower()]


class RepeatedFilter(ApiFilter):
    """Rows whose column equals any of the values; none of them if the parameter is absent."""

    json_schema = {"type": "array", "items": {"type": "string", "pattern": r"^[^\x00]*$"}}
    widget: type[forms.Widget] | forms.Widget = _TextInputs

    def parse(self, texts: Sequence[str]) -> list[Any]:
        if any("\0" in text for text in texts):
            raise ValueError("must not contain a NUL character.")
        return list(texts)

    def filter(self, queryset: QuerySet[Any], values: list[Any]) -> QuerySet[Any]:
        return queryset.filter(**{f"{self.field_name}__in": values}) if values else queryset


class KeywordFilter(RepeatedFilter):
    """Rows that match any of the values, according to ``matching_keywords()`` of their queryset."""

    def parse(self, texts: Sequence[str]) -> list[str]:
        # Each keyword adds to one condition of the query, whose length databases limit.
        if len(texts) > MOST_KEYWORDS:
            raise ValueError(f"must not repeat more than {MOST_KEYWORDS} times.")
        return super().parse(texts)

    def filter(self, queryset: Any, values: list[str]) -> QuerySet[Any]:
        return queryset.matching_keywords(values)


class AnyOfFilter(RepeatedFilter):
    """Rows whose column equals any of the values, each of which must be one of ``allowed``."""

    def __init__(self, *, allowed: Sequence[str], **options: Any) -> None:
        self.allowed = allowed
        self.json_schema = {"type": "array", "items": {"type": "string", "enum": list(allowed)}}
        self.widget = forms.SelectMultiple(choices=[(value, value) for value in allowed])
        super().__init__(**options)

    def parse(self, texts: Sequence[str]) -> list[str]:
        if not set(texts) <= set(self.allowed):
            raise ValueError(f"must be one of {', '.join(self.allowed)}.")
        return list(texts)


class IdFilter(RepeatedFilter):
    """Rows whose id equals any of the values; a number that no column can hold matches nothing."""

    json_schema = {"type": "array", "items": {"type": "integer"}}

    def parse(self, texts: Sequence[str]) -> list[int]:
        return [whole_number(text) for text in texts]

    def filter(self, queryset: QuerySet[Any], values: list[int]) -> QuerySet[Any]:
        if not values:
            return queryset
        return queryset.filter(**{f"{self.field_name}__in": [pk for pk in values if abs(pk) <= LARGEST_ID]})


class MomentFilter(ApiFilter):
    """A datetime, a date, or a duration before now, that a column is compared with by ``lookup_expr``.

    ``help_text`` says which time it is; how to write it is added.
    """

    json_schema = {"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}, {"pattern": _DURATION}]}
    widget = forms.TextInput(attrs={"placeholder": "P1D or a date", "list": "moments"})

    def __init__(self, *args: object, help_text: str, default: str = "", **options: object) -> None:
        forms_of_it = "an ISO-8601 datetime, a date (its midnight, UTC), or a duration that means that long ago"
        super().__init__(*args, help_text=f"{help_text}: {forms_of_it}{default}.", **options)

    def parse(self, text: str) -> datetime:
        return parse_moment(text, now=timezone.now())


class TimeRangeForm(forms.Form):
    """A form in which ``started`` must not be after ``ended``, nor any ``…_started`` after its ``…_ended``."""

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        for name in given:
            kind, start, _ = name.rpartition("started")
            end = f"{kind}ended"
            if start and given[name] and given.get(end) and given[name] > given[end]:
                raise forms.ValidationError(f"{name}: must not be after {end}.")
        return given


class ModifiedRangeFilterSet(ApiFilterSet):
    """``started`` and ``ended`` limit ``last_modified``; both are inclusive."""

    started = MomentFilter("last_modified", "gte", help_text="The earliest last_modified")
    ended = MomentFilter("last_modified", "lte", help_text="The latest last_modified")

    class Meta:
        form = TimeRangeForm


class OrderFilter(RepeatedFilter):
    """``order=name&order=-version``: a total order by any of ``columns``, in which ids break ties.

    ``columns`` maps the names that clients use to columns, of related rows too, or to None if no row has a value.
    ``default`` is the order without the parameter, in the names that clients use. On every database, nulls come
    last, and first if the order is reversed.
    """

    def __init__(self, *, columns: Mapping[str, str | None], default: Iterable[str], **options: object) -> None:
        names = [*columns, *(f"-{name}" for name in columns)]
        self.json_schema = {"type": "array", "items": {"type": "string", "enum": names}, "maxItems": MOST_ORDERS}
        help_text = (
            f"The fields to order by, up to {MOST_ORDERS}; `-` in front reverses; may be repeated: "
            f"{', '.join(columns)}."
        )
        super().__init__(help_text=help_text, **options)
        self.columns = columns
        self.default = tuple(default)

    def parse(self, names: Sequence[str]) -> list[str]:
        if any(name.removeprefix("-") not in self.columns for name in names):
            raise ValueError(
                f"the fields to order by are: {', '.join(self.columns)}; a dash in front reverses the order."
            )
        if len(names) > MOST_ORDERS:
            raise ValueError(f"must not name more than {MOST_ORDERS} fields.")
        # A repeated field would not change the order, only make the query longer.
        first: dict[str, str] = {}
        for name in names:
            first.setdefault(name.removeprefix("-"), name)
        return list(first.values())

    def filter(self, queryset: QuerySet[Any], names: list[str]) -> QuerySet[Any]:
        order = []
        for name in names or self.default:
            if (path := self.columns[name.removeprefix("-")]) is None:
                continue
            column, reverse = F(path), name.startswith("-")
            nullable = _is_nullable(queryset.model, path) or None  # Django refuses False here
            order.append(column.desc(nulls_first=nullable) if reverse else column.asc(nulls_last=nullable))
        return queryset.order_by(*order, "id")


def _is_nullable(model: Any, path: str) -> bool:
    """Return whether a column, or a relation on the way to it, may be null."""
    name, _, rest = path.partition("__")
    field = model._meta.get_field(name)
    return field.null or (bool(rest) and _is_nullable(field.related_model, rest))
