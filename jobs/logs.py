"""The ends of the logs of a try, as text and in the shape in which v6 shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models.functions import Coalesce, Now

from core.services import Missing
from jobs.execution_rows import no_such_try
from jobs.models import JobExecution

STREAMS = ("stdout", "stderr")
COMBINED = "combined"
NAMES = (*STREAMS, COMBINED)

_LINE = {
    "type": "object",
    "properties": {
        "message": {"type": "string", "description": "The end of the log."},
        "@timestamp": {"type": "string", "format": "date-time", "description": "The time until which it reaches."},
        "scale_order_num": {"type": "integer", "description": "Its place in the order of the logs, from 1."},
        "scale_node": {"type": ["string", "null"], "description": "The node that reported it."},
        "stream": {"type": "string", "enum": STREAMS, "description": "Which log it is."},
    },
}
_HIT = {"type": "object", "properties": {"_source": _LINE}}
SCHEMA = {
    "type": "object",
    "properties": {
        "hits": {
            "type": "object",
            "properties": {
                "total": {"type": "integer", "description": "How many logs there are."},
                "hits": {"type": "array", "items": _HIT, "description": "The logs."},
            },
        }
    },
}


@dataclass(frozen=True, slots=True)
class Logs:
    """What a try logged: name -> the end of the log, unless that is empty; and until when."""

    texts: Mapping[str, str]
    written: datetime
    node: str | None
    is_combined: bool


def read_logs(*, pk: int, name: str) -> Logs:
    """Return a log of a try, or both, which are ``combined``. Raises Missing."""
    if name not in NAMES:
        raise Missing(f"There is no such log; the logs of a try are {', '.join(NAMES)}.")
    streams = STREAMS if name == COMBINED else (name,)
    written = Coalesce("ended", Now())
    row = JobExecution.objects.filter(pk=pk).values("node", *streams, written=written).first()
    if row is None:
        raise no_such_try(pk)
    texts = {stream: row[stream] for stream in streams if row[stream]}
    return Logs(texts, row["written"], row["node"], is_combined=name == COMBINED)


def as_text(logs: Logs) -> str:
    """Return the text of ``logs``; if they are combined, each below a line with its name."""
    if not logs.is_combined:
        return "".join(logs.texts.values())
    return "\n".join(f"==> {stream} <==\n{text}" for stream, text in logs.texts.items())


def as_hits(logs: Logs) -> dict[str, Any]:
    """Return ``logs`` as v6 does, whose logs are what a search found: a hit for each of them."""
    hits = [
        {
            "_source": {
                "message": text,
                "@timestamp": logs.written,
                "scale_order_num": number,
                "scale_node": logs.node,
                "stream": stream,
            }
        }
        for number, (stream, text) in enumerate(logs.texts.items(), start=1)
    ]
    return {"hits": {"total": len(hits), "hits": hits}}
