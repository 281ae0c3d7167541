"""Windows of time, and the hours or days that they consist of."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from django import forms
from django.utils import timezone

from core.api.filters import ApiFilterSet, MomentFilter, applied_by_the_view
from metrics.models import DAY, HOUR

DEFAULT_DAYS = 31
_LONGEST_BY_HOUR = timedelta(hours=48)
_LONGEST = timedelta(days=1_000)


@dataclass(frozen=True, slots=True)
class Periods:
    """The hours of a window of up to 48 hours, or the days of a longer one, the first and the last as a whole.

    The last one begins before ``end``.
    """

    hours: int
    first: datetime
    end: datetime

    @classmethod
    def of(cls, started: datetime, ended: datetime) -> Self:
        """Return the periods of the window from ``started`` to ``ended``."""
        by_hour = ended - started <= _LONGEST_BY_HOUR
        first = started.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return cls(HOUR, first, ended) if by_hour else cls(DAY, first.replace(hour=0), ended)

    @property
    def count(self) -> int:
        """How many periods there are."""
        return max(0, -((self.first - self.end) // timedelta(hours=self.hours)))

    @property
    def starts(self) -> list[datetime]:
        """When each period begins."""
        return [self.first + number * timedelta(hours=self.hours) for number in range(self.count)]


class WindowForm(forms.Form):
    """Fills in a missing end of the window, now, and a missing start, 31 days before it."""

    def clean(self) -> dict[str, Any]:
        now = timezone.now()
        ended = self.cleaned_data.get("ended") or now
        try:
            started = self.cleaned_data.get("started") or ended - timedelta(days=DEFAULT_DAYS)
        except OverflowError:
            raise forms.ValidationError("ended: is too early.") from None
        if started > ended:
            raise forms.ValidationError("started: must not be after ended, which is now by default.")
        if ended - started > _LONGEST:
            raise forms.ValidationError(f"started: must be no more than {_LONGEST.days} days before ended.")
        return {**self.cleaned_data, "started": started, "ended": ended}


class WindowFilterSet(ApiFilterSet):
    """A window of at most 1,000 days."""

    started = MomentFilter(
        method=applied_by_the_view,
        help_text="The start of the window, at most 1,000 days before its end",
        default=f"; by default {DEFAULT_DAYS} days before its end",
    )
    ended = MomentFilter(method=applied_by_the_view, help_text="The end of the window", default="; by default now")

    class Meta:
        form = WindowForm

    @property
    def periods(self) -> Periods:
        """The hours or days of the window."""
        return Periods.of(self.form.cleaned_data["started"], self.form.cleaned_data["ended"])
