"""``python -m tests.benchmarks.charts``: draw the charts of docs/performance.md from the results in var/.

A chart whose results are missing stays as it is.
"""

import json
import statistics
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

_ROOT = Path(__file__).parents[2]
_RESULTS, _CHARTS = _ROOT / "var", _ROOT / "docs" / "charts"
_WIDTH, _NUMBER = 860, 110  # of the whole, and of what stands after a bar
_CHARACTER = 7.5  # of a label: more than most take
_HEADING, _ROW, _THICK, _MARGIN = 44, 24, 15, 16
_MOST_GROWN = 5  # requests of an axis
_STYLE = """
svg { color-scheme: light dark; --page: #fff; --text: #1f2328; --faint: #59636e; --other: #8c959f; --ours: #0757ba;
  --floor: #a5d0ff; }
@media (prefers-color-scheme: dark) {
  svg { --page: #0d1117; --text: #e6edf3; --faint: #9198a1; --other: #6e7681; --ours: #58a6ff; --floor: #1f4b85; }
}
text { font: 13px system-ui, sans-serif; fill: var(--text); }
.page { fill: var(--page); }
.title { font-size: 16px; font-weight: 600; }
.panel { font-weight: 600; }
.label { text-anchor: end; }
.value { fill: var(--faint); }
.ours { fill: var(--ours); }
.other { fill: var(--other); }
.floor { fill: var(--floor); }
"""


class Bar(NamedTuple):
    """A number by its name; ``floor`` is a part of it that is shown apart."""

    label: str
    value: float
    text: str
    floor: float = 0
    is_ours: bool = True


class Panel(NamedTuple):
    """Bars of one unit, as long as the largest allows."""

    title: str
    bars: Sequence[Bar]


def svg(title: str, panels: Sequence[Panel]) -> str:
    """Return a chart as SVG, with its numbers in words for those who do not see it."""
    said = ". ".join(
        f"{panel.title}: " + "; ".join(f"{bar.label}: {bar.text}" for bar in panel.bars) for panel in panels
    )
    height = _HEADING + sum(_height(panel) for panel in panels) + _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        'aria-labelledby="title" aria-describedby="numbers">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="numbers">{escape(said)}.</desc>',
        f"<style>{_STYLE}</style>",
        f'<rect class="page" width="{_WIDTH}" height="{height}"/>',
        f'<text class="title" x="{_MARGIN}" y="28">{escape(title)}</text>',
    ]
    top = _HEADING
    left = round(_MARGIN + _CHARACTER * max(len(bar.label) for panel in panels for bar in panel.bars))
    for panel in panels:
        parts += _drawn(panel, left, top)
        top += _height(panel)
    return "\n".join([*parts, "</svg>", ""])


def _height(panel: Panel) -> int:
    return _HEADING + _ROW * len(panel.bars)


def _drawn(panel: Panel, left: int, top: int) -> Iterator[str]:
    yield f'<text class="panel" x="{_MARGIN}" y="{top + 28}">{escape(panel.title)}</text>'
    scale = (_WIDTH - left - _NUMBER) / max(bar.value for bar in panel.bars)
    for row, bar in enumerate(panel.bars):
        y = top + _HEADING + row * _ROW
        length = max(bar.value * scale, 1)
        kind = "ours" if bar.is_ours else "other"
        yield f'<text class="label" x="{left - 8}" y="{y + 12}">{escape(bar.label)}</text>'
        yield f'<rect class="{kind}" x="{left}" y="{y}" width="{length:.1f}" height="{_THICK}"/>'
        if bar.floor:
            floor = min(bar.floor * scale, length)
            yield f'<rect class="floor" x="{left}" y="{y}" width="{floor:.1f}" height="{_THICK}"/>'
        yield f'<text class="value" x="{left + length + 6:.1f}" y="{y + 12}">{escape(bar.text)}</text>'


def peers(found: dict[str, Any]) -> list[Panel]:
    """Return the rates of the queues, medians of their turns; what is created one by one has no batch."""
    rates: dict[str, dict[str, float]] = {
        queue: {
            name: statistics.median(turn[name] for turn in turns)
            for name in turns[0]
            if name.startswith(("one", "in", "whole"))
        }
        for queue, turns in found["turns"].items()
    }
    by_100, *smaller = (queue for queue in rates if queue.startswith("ours"))
    once = {queue: of for queue, of in rates.items() if queue not in smaller}
    titles = {
        "whole lives": ("Whole lives a second: created in bulk, run by four workers, kept as history", rates),
        "in bulk": ("Created in a second, by calls for a thousand", once),
    }
    titles |= {name: (f"Created in a second, {name}", once) for name in rates[by_100] if name.startswith("one")}
    return [
        Panel(
            title,
            sorted(
                (
                    Bar(
                        queue.partition(",")[0] if of is once else queue,
                        rate[name],
                        f"{rate[name]:,.0f}",
                        is_ours=queue.startswith("ours"),
                    )
                    for queue, rate in of.items()
                ),
                key=lambda bar: -bar.value,
            ),
        )
        for name, (title, of) in titles.items()
    ]


def reads(found: dict[str, Any]) -> list[Panel]:
    """Return the medians of all reads with a floor, by area."""
    measured = [row for row in found["endpoints"] if row["floor ms"]]
    return [
        Panel(
            f"{area[0].upper()}{area[1:]}",
            [
                Bar(
                    row["endpoint"].removeprefix("/v6"),
                    row["median ms"],
                    f"{row['median ms']:g} / {row['floor ms']:g}",
                    row["floor ms"],
                )
                for row in rows
            ],
        )
        for area, rows in groupby(measured, key=lambda row: str(row["area"]))
    ]


def growth(found: Iterable[dict[str, Any]]) -> list[Panel]:
    """Return how many times as long the requests take that grew most, from the first value but 0 to the last."""
    return [_grown(one["rows"]) for one in found]


def _grown(rows: Sequence[dict[str, Any]]) -> Panel:
    first, last = next(row for row in rows if row["value"]), rows[-1]
    ratios = {
        name: last[name] / first[name]
        for name in last
        if name not in ("axis", "value") and first[name] and last[name]
    }
    most = sorted(ratios.items(), key=lambda one: -one[1])[:_MOST_GROWN]
    return Panel(
        f"{first['value']:,} to {last['value']:,} {first['axis']}",
        [Bar(name, ratio, f"{ratio:.2f}") for name, ratio in most],
    )


def main() -> None:
    """Draw what there are results for."""
    _CHARTS.mkdir(exist_ok=True)
    drawn = {
        "peers": ("Beside other queues, on the same machine and in one run", peers, "bench-peers.json"),
        "reads": ("Reads: median milliseconds over HTTP / of them, the floor", reads, "bench-[0-9]*.json"),
    }
    for name, (title, panels, pattern) in drawn.items():
        if results := _results(pattern):
            _write(name, svg(title, panels(results[-1])))
    if results := _results("bench-growth-*.json"):
        _write("growth", svg("How many times as long the requests take that grow most", growth(results)))


def _results(pattern: str) -> list[dict[str, Any]]:
    """Return the results of this pattern, oldest first."""
    files = sorted(_RESULTS.glob(pattern), key=lambda file: file.stat().st_mtime)
    return [json.loads(file.read_text()) for file in files]


def _write(name: str, chart: str) -> None:
    file = _CHARTS / f"{name}.svg"
    file.write_text(chart)
    print(f"Drawn: {file.relative_to(_ROOT)}")


if __name__ == "__main__":
    main()
