"""``manage.py draw_states``: draw the life of a job, for docs/job-states.svg, from the table of its legal steps."""

from collections.abc import Iterator
from html import escape
from math import copysign, hypot

from django.core.management.base import BaseCommand

from jobs.states import ENDED, ENDS_OF_A_TRY, TRANSITIONS, Status

_Point = tuple[float, float]
_Step = tuple[Status, Status]

# Where the box of each status is: its middle.
_PLACES: dict[Status, _Point] = {
    Status.PENDING: (110, 60),
    Status.QUEUED: (436, 60),
    Status.RUNNING: (763, 60),
    Status.COMPLETED: (1090, 60),
    Status.BLOCKED: (110, 330),
    Status.CANCELED: (436, 330),
    Status.FAILED: (763, 330),
}
# What makes each step; ``TRANSITIONS`` says which steps there are.
_REASONS: dict[_Step, str] = {
    (Status.PENDING, Status.BLOCKED): "what it waits for will not come by itself",
    (Status.PENDING, Status.QUEUED): "it is released",
    (Status.PENDING, Status.CANCELED): "it is canceled",
    (Status.BLOCKED, Status.PENDING): "what it waits for may come again",
    (Status.BLOCKED, Status.QUEUED): "it is released",
    (Status.BLOCKED, Status.CANCELED): "it is canceled",
    (Status.QUEUED, Status.PENDING): "it is held",
    (Status.QUEUED, Status.RUNNING): "claimed, which begins a try",
    (Status.QUEUED, Status.CANCELED): "it is canceled",
    (Status.RUNNING, Status.QUEUED): "given back, or failed or lost with tries left",
    (Status.RUNNING, Status.FAILED): "timed out, or failed or lost without tries left",
    (Status.RUNNING, Status.COMPLETED): "reported as successful",
    (Status.RUNNING, Status.CANCELED): "canceled; the node stops at its next heartbeat",
    (Status.FAILED, Status.QUEUED): "it is requeued, with new tries",
    (Status.FAILED, Status.CANCELED): "it is canceled",
    (Status.CANCELED, Status.PENDING): "it is requeued, and was held before",
    (Status.CANCELED, Status.BLOCKED): "it is requeued, and was held before",
    (Status.CANCELED, Status.QUEUED): "it is requeued, with new tries",
}
_BY_NODES = {(Status.QUEUED, Status.RUNNING), *((Status.RUNNING, end) for end in ENDS_OF_A_TRY)}
# What happens to a try whose lease expires.
_BY_SERVICE = {(Status.RUNNING, Status.QUEUED), (Status.RUNNING, Status.FAILED)}

_WIDTH, _HEIGHT = 1200, 675
_HALF_WIDTH, _HALF_HEIGHT = 74, 24  # of a box
_APART = 13  # how far a step is from the line between two boxes, if it can be undone
_LEGEND, _LINE = 420, 28

_STYLE = """
svg { color-scheme: light dark; --page: #fff; --text: #1f2328; --faint: #59636e; --box: #f6f8fa; --over: #e6eaef;
  --node: #0757ba; --operator: #6e5494; }
@media (prefers-color-scheme: dark) {
  svg { --page: #0d1117; --text: #e6edf3; --faint: #9198a1; --box: #161b22; --over: #262c36;
    --node: #58a6ff; --operator: #c297ff; }
}
text { font: 14px system-ui, sans-serif; fill: var(--text); }
.page { fill: var(--page); }
.box { fill: var(--box); stroke: var(--text); stroke-width: 1.5; }
.over { fill: var(--over); }
.status { font-weight: 600; text-anchor: middle; }
.who { font-size: 13px; fill: var(--faint); }
.number { font-size: 12px; font-weight: 600; text-anchor: middle; fill: var(--page); }
path { fill: none; stroke-width: 1.8; }
.operators { stroke: var(--operator); stroke-dasharray: 6 4; }
.nodes { stroke: var(--node); }
circle.operators, .head.operators { fill: var(--operator); stroke: none; }
circle.nodes, .head.nodes { fill: var(--node); stroke: none; }
"""


class Command(BaseCommand):
    help = "Prints docs/job-states.svg: the statuses of a job, and who takes which step between them."
    requires_system_checks = []

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write("\n".join(_drawing()))


def _drawing() -> Iterator[str]:
    """Yield the lines of the SVG."""
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        'aria-labelledby="title">'
    )
    yield '<title id="title">The statuses of a job, and the steps between them</title>'
    yield f"<style>{_STYLE}</style>"
    yield f'<rect class="page" width="{_WIDTH}" height="{_HEIGHT}"/>'
    steps = [(Status(before), after) for before, following in TRANSITIONS.items() for after in following]
    for number, step in enumerate(steps, start=1):
        yield from _arrow(step, number)
    for status, (x, y) in _PLACES.items():
        kind = "box over" if status in ENDED else "box"
        left, top = x - _HALF_WIDTH, y - _HALF_HEIGHT
        size = f'width="{2 * _HALF_WIDTH}" height="{2 * _HALF_HEIGHT}"'
        yield f'<rect class="{kind}" x="{left}" y="{top}" {size} rx="8"/>'
        yield f'<text class="status" x="{x}" y="{y + 5}">{status}</text>'
    rows = -(-len(steps) // 2)
    for number, step in enumerate(steps, start=1):
        column, row = divmod(number - 1, rows)
        yield from _explanation(step, number, (36 + column * 570, _LEGEND + row * _LINE))
    yield "</svg>"


def _arrow(step: _Step, number: int) -> Iterator[str]:
    """Yield the arrow of a step, and its number before the middle, where some cross. Boxes hide its start."""
    before, after = step
    (x, y), (to_x, to_y) = _PLACES[before], _PLACES[after]
    length = hypot(to_x - x, to_y - y)
    along, down = (to_x - x) / length, (to_y - y) / length
    # An arrow that has one in the other direction keeps to its right.
    apart = _APART if before in TRANSITIONS[after] else 0
    aside, below = -down * apart, along * apart
    x, y = x + aside, y + below
    # From the middle of the box to the side where the arrow arrives, upright or flat, whichever it meets first.
    upright = (_HALF_WIDTH + copysign(1, along) * aside) / abs(along) if along else length
    flat = (_HALF_HEIGHT + copysign(1, down) * below) / abs(down) if down else length
    tip = length - min(upright, flat)
    (base_x, base_y), (tip_x, tip_y), at = (
        (x + along * far, y + down * far) for far in (tip - 9, tip, length * 0.38)
    )
    style = _style_of(step)
    yield f'<path class="{style}" d="M{x:.1f} {y:.1f} L{base_x:.1f} {base_y:.1f}"/>'
    corners = [(tip_x, tip_y), *((base_x - side * down * 5, base_y + side * along * 5) for side in (1, -1))]
    yield f'<path class="head {style}" d="M{" L".join(f"{a:.1f} {b:.1f}" for a, b in corners)} Z"/>'
    yield from _number(number, style, at)


def _number(number: int, style: str, place: _Point) -> Iterator[str]:
    x, y = place
    yield f'<circle class="{style}" cx="{x:.1f}" cy="{y:.1f}" r="10"/>'
    yield f'<text class="number" x="{x:.1f}" y="{y + 4:.1f}">{number}</text>'


def _explanation(step: _Step, number: int, place: _Point) -> Iterator[str]:
    x, y = place
    yield from _number(number, _style_of(step), (x, y - 5))
    who = [name for name, own in (("node", _BY_NODES), ("service", _BY_SERVICE)) if step in own] or ["operator"]
    yield f'<text x="{x + 20}" y="{y}">{step[0]} → {step[1]}</text>'
    yield f'<text class="who" x="{x + 205}" y="{y}">{", ".join(who)}: {escape(_REASONS[step])}</text>'


def _style_of(step: _Step) -> str:
    return "nodes" if step in _BY_NODES else "operators"
