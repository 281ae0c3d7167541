"""The drawing of the life of a job in docs/."""

from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

from django.core.management import call_command

from jobs.states import TRANSITIONS, Status

DRAWING = Path(__file__).parent.parent.parent / "docs" / "job-states.svg"


def test_the_drawing_in_docs_is_what_the_code_draws_now() -> None:
    drawn = StringIO()
    call_command("draw_states", stdout=drawn)
    assert DRAWING.read_text(encoding="utf-8") == drawn.getvalue(), "manage.py draw_states > docs/job-states.svg"


def test_the_drawing_names_each_status_and_each_step() -> None:
    svg = ElementTree.fromstring(DRAWING.read_text(encoding="utf-8"))
    texts = [element.text for element in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert set(Status.values) <= set(texts)
    steps = [f"{before} → {after}" for before, following in TRANSITIONS.items() for after in following]
    assert [text for text in texts if text and "→" in text] == steps
