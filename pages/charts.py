"""Charts over time, drawn by the server: the numbers, and where they are in the drawing, in parts of 100."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, floor, log10
from typing import NamedTuple


class Series(NamedTuple):
    """One line, or one part of each bar: its title, its colour (a class of the style sheet), a value a period."""

    title: str
    colour: str
    values: Sequence[float | None]


class Part(NamedTuple):
    """A part of a bar, from the top, in percent of the drawing."""

    colour: str
    top: float
    height: float


class Bar(NamedTuple):
    """What is drawn for a period, and what is said about it; ``left`` and ``width`` in percent."""

    start: datetime
    left: float
    width: float
    parts: list[Part]
    values: list[float | None]


class Mark(NamedTuple):
    """A mark on an axis: where it is, in percent, and what it says."""

    place: float
    value: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Series over the same periods, each ``length`` long: stacked bars, or lines if ``is_lines``."""

    title: str
    starts: Sequence[datetime]
    length: timedelta
    series: Sequence[Series]
    is_lines: bool = False

    @property
    def by_day(self) -> bool:
        """Whether the periods are days: then the marks show dates."""
        return self.length >= timedelta(days=1)

    @property
    def top(self) -> float:
        """The value at the top of the drawing: a round one."""
        columns = zip(*(series.values for series in self.series), strict=True)
        add = max if self.is_lines else sum
        return _round_up(max((add(value or 0 for value in column) for column in columns), default=0))

    @property
    def bars(self) -> list[Bar]:
        """The periods from the left to the right, with the parts of their bars from the bottom to the top."""
        width, top, bars = 100 / max(len(self.starts), 1), self.top, []
        for place, start in enumerate(self.starts):
            parts, floor_of_part = [], 100.0
            values = [series.values[place] for series in self.series]
            for series, value in zip(self.series, values, strict=True):
                if value and not self.is_lines:
                    height = 100 * value / top
                    floor_of_part -= height
                    parts.append(Part(series.colour, round(floor_of_part, 2), round(height, 2)))
            bars.append(Bar(start, round(place * width, 3), round(width, 3), parts, values))
        return bars

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The colour and the path of each line."""
        top = self.top
        return [(series.colour, path(series.values, top)) for series in self.series] if self.is_lines else []

    @property
    def marks(self) -> list[Mark]:
        """The marks of the axis of values."""
        top = self.top
        steps = 4 if top % 4 == 0 else 2 if top % 2 == 0 or top < 1 else 1
        return [Mark(100 - 100 * step / steps, top * step / steps) for step in range(steps + 1)]

    @property
    def moments(self) -> list[tuple[float, datetime]]:
        """The marks of the axis of time: some six of them, and where they are."""
        every = max(1, ceil(len(self.starts) / 6))
        width = 100 / max(len(self.starts), 1)
        return [(round(place * width, 3), self.starts[place]) for place in range(0, len(self.starts), every)]

    @property
    def seconds(self) -> float:
        """How long all periods are together."""
        return len(self.starts) * self.length.total_seconds()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(value for series in self.series for value in series.values)


@dataclass(frozen=True, slots=True)
class Sparkline:
    """A line of ``values`` without axes; ``about`` says what of, as ``failures an hour, 24 hours``."""

    about: str
    values: Sequence[float | None]
    colour: str = "info"

    @property
    def path(self) -> str:
        """The path of the line."""
        return path(self.values, max((value for value in self.values if value), default=0) or 1)

    @property
    def text(self) -> str:
        """What the line shows, for those who do not see it."""
        known = [value for value in self.values if value is not None]
        if not known:
            return f"{self.about}: nothing yet"
        return f"{self.about}: from {min(known):g} to {max(known):g}, last {known[-1]:g}"


def path(values: Sequence[float | None], top: float) -> str:
    """Return the path of a line in a square of 100 by 100; it is broken where a value is missing."""
    step = 100 / max(len(values) - 1, 1)
    drawn, command = [], "M"
    for place, value in enumerate(values):
        if value is None:
            command = "M"
            continue
        drawn.append(f"{command}{place * step:.2f} {100 - 100 * value / top:.2f}")
        command = "L"
    return "".join(drawn)


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 4, 5, 8 times a power of ten."""
    if value <= 0:
        return 1
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 2, 4, 5, 8, 10) if value <= step * power)
