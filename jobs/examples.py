"""Examples of requests and answers about jobs for the API document; those of the services are the users' own."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from job_types.examples import REVISION


def _request(summary: str, value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(summary, value=value, request_only=True)


def _answer(summary: str, value: dict[str, Any], status: str = "200") -> OpenApiExample:
    return OpenApiExample(summary, value=value, response_only=True, status_codes=[status])


_INGEST = {
    **REVISION.value["job_type"],
    "id": 1,
    "name": "scale-ingest",
    "title": "Scale Ingest",
    "description": "Ingests a source file into a workspace",
    "is_published": True,
    "is_system": True,
}
_CLOCK = {**_INGEST, "id": 3, "name": "scale-clock", "title": "Scale Clock", "description": ""}
_REVISION = {"id": 3, "revision_num": 1, "docker_image": "scale:6.0.0"}
_COUNTS = [
    {"status": "RUNNING", "count": 1, "most_recent": "2015-08-31T22:09:12.674000Z", "category": None},
    {"status": "FAILED", "count": 2, "most_recent": "2015-08-31T19:28:30.799000Z", "category": "SYSTEM"},
    {"status": "COMPLETED", "count": 57, "most_recent": "2015-08-31T21:51:40.900000Z", "category": None},
]
_ERROR = {
    "id": 1,
    "name": "unknown",
    "title": "Unknown",
    "description": "The error that caused the failure is unknown.",
    "job_type_name": None,
    "category": "SYSTEM",
    "is_builtin": True,
    "should_be_retried": True,
    "created": "2015-03-11T00:00:00Z",
    "last_modified": "2015-03-11T00:00:00Z",
}
_INPUT = {"files": {}, "json": {"INGEST_ID": 17, "WORKSPACE": "raw"}}
_DETAILS = {
    "id": 12,
    "job_type": _INGEST,
    "job_type_rev": _REVISION,
    "error": None,
    "status": "QUEUED",
    "priority": 10,
    "node": None,
    "exit_code": None,
    "max_tries": 3,
    "num_exes": 0,
    "created": "2015-08-31T22:09:10Z",
    "queued": "2015-08-31T22:09:10Z",
    "started": None,
    "ended": None,
    "last_status_change": "2015-08-31T22:09:10Z",
    "last_modified": "2015-08-31T22:09:10Z",
    "input": _INPUT,
    "output": {},
    "configuration": {},
}
_OUTCOMES = {
    "results": [
        {"job_id": 12, "outcome": "changed", "status": "COMPLETED", "refusal": None},
        {
            "job_id": 13,
            "outcome": "refused",
            "status": "COMPLETED",
            "refusal": {
                "name": "ILLEGAL_TRANSITION",
                "description": "changes[1]: job 13 is COMPLETED and cannot become FAILED; it can become: none.",
                "path": "/changes/1/status",
            },
        },
    ],
    "changed": 1,
    "unchanged": 0,
    "refused": 1,
}

CREATION = _request(
    "A job of the system", {"job_type_name": "scale-ingest", "job_type_version": "1.0.0", "input": _INPUT}
)
CREATED = _answer("The new job", _DETAILS, "201")
DETAILS = _answer("A job, whole", _DETAILS)
CHANGES = _request(
    "Two reports",
    {
        "changes": [
            {
                "job_id": 12,
                "num_exes": 1,
                "node": "node-01",
                "status": "COMPLETED",
                "output": {"json": {"COUNT": 4}},
            },
            {"job_id": 13, "num_exes": 2, "node": "node-01", "status": "FAILED", "exit_code": 3},
        ]
    },
)
OUTCOMES = _answer("One carried out, one refused", _OUTCOMES)
SELECTION = _request(
    "What failed within a day", {"job_type_name": "scale-ingest", "status": ["FAILED"], "started": "P1D"}
)
STEPPED = _answer("All of them", {"count": 38, "remaining": 0})
STATUS = _answer("A job type at work", {"job_type": _INGEST, "job_counts": _COUNTS})
PENDING = _answer(
    "One that waits", {"job_type": _CLOCK, "count": 1, "longest_pending": "2015-09-08T15:43:15.681000Z"}
)
RUNNING = _answer(
    "One that runs", {"job_type": _CLOCK, "count": 1, "longest_running": "2015-09-08T15:43:15.681000Z"}
)
FAILURES = _answer(
    "A job type and an error",
    {
        "job_type": _CLOCK,
        "error": _ERROR,
        "count": 38,
        "first_error": "2015-08-28T23:29:28.719000Z",
        "last_error": "2015-09-08T16:27:42.243000Z",
    },
)
