"""The kinds of query parameters, with which the FilterSets of the apps declare theirs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.db.models import F, QuerySet
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from drf_spectacular.utils import extend_schema_field
from rest_framework.request import Request
from rest_framework.views import APIView

from core.api.exceptions import InvalidQuery
from core.api.moments import parse_moment
from core.api.query import query_parameters, whole_number

LARGEST_ID = 2**63 - 1
_DURATION = r"^P(\d+W|(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?)$"
MOST_KEYWORDS = 300

_BOOLEANS = {"true": True, "1": True, "t": True, "false": False, "0": False, "f": False}


class QueryFilterBackend(DjangoFilterBackend):
    """The FilterSet of the view, applied to the parameters that have a value. An invalid value is a 400."""

    def get_filterset_kwargs(self, request: Request, queryset: QuerySet[Any], view: APIView) -> dict[str, Any]:
        return {"data": query_parameters(request), "queryset": queryset, "request": request}

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        filterset = self.get_filterset(request, queryset, view)
        return queryset if filterset is None else require_valid(filterset).qs


def require_valid(filterset: FilterSet) -> FilterSet:
    """Return ``filterset`` if its parameters are valid; raise InvalidQuery, with all faults, if they are not."""
    if not filterset.is_valid():
        raise InvalidQuery(
            " ".join(
                message if name == "__all__" else f"{name}: {message}"
                for name, messages in filterset.errors.items()
                for message in messages
            )
        )
    return filterset


class _BooleanField(forms.Field):
    widget = forms.TextInput

    def to_python(self, value: str | None) -> bool | None:
        if value is None:
            return None
        try:
            return _BOOLEANS[value.lower()]
        except KeyError:
            raise forms.ValidationError("must be true or false.") from None


class _RepeatedField(forms.Field):
    """All values of a parameter that may be repeated, as a list: empty if it is absent."""

    widget = forms.MultipleHiddenInput
    default_validators = [ProhibitNullCharactersValidator("must not contain a NUL character.")]

    def run_validators(self, value: list[Any]) -> None:
        for item in value:
            super().run_validators(item)

    def to_python(self, value: Sequence[str] | None) -> list[Any]:
        return list(value or ())


class _KeywordField(_RepeatedField):
    """A limited number of keywords: each adds to one condition of the query, whose length databases limit."""

    def run_validators(self, value: list[Any]) -> None:
        if len(value) > MOST_KEYWORDS:
            raise forms.ValidationError(f"must not repeat more than {MOST_KEYWORDS} times.")
        super().run_validators(value)


class _RepeatedIdField(_RepeatedField):
    default_validators = []

    def to_python(self, value: Sequence[str] | None) -> list[int]:
        try:
            return [whole_number(text) for text in super().to_python(value)]
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


class _RepeatedChoiceField(_RepeatedField):
    def __init__(self, *, allowed: Sequence[str], **options: Any) -> None:
        super().__init__(**options)
        self.allowed = allowed

    def to_python(self, value: Sequence[str] | None) -> list[str]:
        values = super().to_python(value)
        if not set(values) <= set(self.allowed):
            raise forms.ValidationError(f"must be one of {', '.join(self.allowed)}.")
        return values


class _MomentField(forms.Field):
    widget = forms.TextInput

    def to_python(self, value: str | None) -> datetime | None:
        if value is None:
            return None
        try:
            return parse_moment(value, now=timezone.now())
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


class ApiFilter(django_filters.Filter):
    """A query parameter that the API document describes by its ``json_schema`` and help text."""

    json_schema: dict[str, Any]

    def __init__(self, *args: Any, help_text: str, **options: Any) -> None:
        super().__init__(*args, help_text=help_text, **options)
        extend_schema_field({**self.json_schema, "description": help_text})(self)


class BooleanFilter(ApiFilter):
    """``true``, ``false``, ``1``, ``0``, ``t`` or ``f``, in upper or lower case."""

    json_schema = {"type": "boolean"}
    field_class = _BooleanField


class RepeatedFilter(ApiFilter):
    """Rows whose column equals any of the values."""

    json_schema = {"type": "array", "items": {"type": "string", "pattern": r"^[^\x00]*$"}}
    field_class: type[_RepeatedField] = _RepeatedField

    def filter(self, queryset: QuerySet[Any], values: list[Any]) -> QuerySet[Any]:
        return queryset.filter(**{f"{self.field_name}__in": values}) if values else queryset


class KeywordFilter(RepeatedFilter):
    """Rows that match any of the values, according to ``matching_keywords()`` of their queryset."""

    field_class = _KeywordField

    def filter(self, queryset: Any, values: list[str]) -> QuerySet[Any]:
        return queryset.matching_keywords(values)


class ChoiceFilter(RepeatedFilter):
    """Rows whose column equals any of the values, each of which must be one of ``allowed``."""

    field_class = _RepeatedChoiceField

    def __init__(self, *, allowed: Sequence[str], **options: Any) -> None:
        self.json_schema = {"type": "array", "items": {"type": "string", "enum": list(allowed)}}
        super().__init__(allowed=allowed, **options)


class IdFilter(RepeatedFilter):
    """Rows whose id equals any of the values; a number that no column can hold matches nothing."""

    json_schema = {"type": "array", "items": {"type": "integer"}}
    field_class = _RepeatedIdField

    def filter(self, queryset: QuerySet[Any], values: list[int]) -> QuerySet[Any]:
        if not values:
            return queryset
        return queryset.filter(**{f"{self.field_name}__in": [pk for pk in values if abs(pk) <= LARGEST_ID]})


class MomentFilter(ApiFilter):
    """A datetime, or a duration before now, that a column is compared with by ``lookup_expr``."""

    json_schema = {"type": "string", "anyOf": [{"format": "date-time"}, {"pattern": _DURATION}]}
    field_class = _MomentField


class TimeRangeForm(forms.Form):
    """A form in which ``started`` must not be after ``ended``."""

    def clean(self) -> dict[str, Any]:
        started, ended = self.cleaned_data.get("started"), self.cleaned_data.get("ended")
        if started and ended and started > ended:
            raise forms.ValidationError("started: must not be after ended.")
        return self.cleaned_data


class ModifiedRangeFilterSet(FilterSet):
    """``started`` and ``ended`` limit ``last_modified``; both are inclusive."""

    started = MomentFilter(
        "last_modified",
        "gte",
        help_text="The earliest last_modified: an ISO-8601 datetime, or a duration that means that long ago.",
    )
    ended = MomentFilter(
        "last_modified",
        "lte",
        help_text="The latest last_modified: an ISO-8601 datetime, or a duration that means that long ago.",
    )

    class Meta:
        form = TimeRangeForm


class _OrderField(_RepeatedField):
    def __init__(self, *, columns: Mapping[str, str], **options: Any) -> None:
        super().__init__(**options)
        self.columns = columns

    def to_python(self, value: Sequence[str] | None) -> list[str]:
        names = super().to_python(value)
        if any(name.removeprefix("-") not in self.columns for name in names):
            raise forms.ValidationError(
                f"the fields to order by are: {', '.join(self.columns)}; a dash in front reverses the order."
            )
        # A repeated field would not change the order, only make the query longer.
        first: dict[str, str] = {}
        for name in names:
            first.setdefault(name.removeprefix("-"), name)
        return list(first.values())


class OrderFilter(ApiFilter):
    """``order=name&order=-version``: a total order by any of ``columns``, in which ids break ties.

    ``columns`` maps the names that clients use to columns. ``default`` is the order without the parameter, in the
    names that clients use. On every database, nulls come last, and first if the order is reversed.
    """

    field_class = _OrderField

    def __init__(self, *, columns: Mapping[str, str], default: Iterable[str], **options: Any) -> None:
        names = [*columns, *(f"-{name}" for name in columns)]
        self.json_schema = {"type": "array", "items": {"type": "string", "enum": names}}
        super().__init__(
            columns=columns,
            help_text=f"The fields to order by, `-` in front reverses; may be repeated: {', '.join(columns)}.",
            **options,
        )
        self.columns = columns
        self.default = tuple(default)

    def filter(self, queryset: QuerySet[Any], names: list[str]) -> QuerySet[Any]:
        order = []
        for name in names or self.default:
            column = F(self.columns[name.removeprefix("-")])
            reverse = name.startswith("-")
            nullable = queryset.model._meta.get_field(column.name).null
            order.append(
                column.desc(nulls_first=True if nullable else None)
                if reverse
                else column.asc(nulls_last=True if nullable else None)
            )
        return queryset.order_by(*order, "id")
