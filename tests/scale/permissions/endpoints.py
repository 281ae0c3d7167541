"""Every endpoint of the API by who may use it, and the pages beside it."""

from typing import Any

from tests.factories import make_manifest
from tests.recipes.factories import job_node

READS = [
    "/v6/job-type-names/",
    "/v6/job-types/",
    "/v6/job-types/test/",
    "/v6/job-types/test/1.0.0/",
    "/v6/job-types/test/1.0.0/revisions/",
    "/v6/job-types/test/1.0.0/revisions/1/",
    "/v6/job-types/status/",
    "/v6/job-types/pending/",
    "/v6/job-types/running/",
    "/v6/job-types/system-failures/",
    "/v6/jobs/",
    "/v6/recipe-types/",
    "/v6/recipe-types/recipe/",
    "/v6/recipe-types/recipe/revisions/",
    "/v6/recipe-types/recipe/revisions/1/",
    "/v6/errors/",
    "/v6/errors/{error}/",
    "/v6/jobs/{job}/",
    "/v6/workspaces/",
    "/v6/workspaces/raw/",
    "/v6/schema/",
    "/v6/docs/",
]

STAFF_READS = ["/v6/audit/"]

WRITES: list[tuple[str, str, dict[str, Any]]] = [
    ("post", "/v6/job-types/", {"manifest": make_manifest("new"), "docker_image": "x"}),
    ("patch", "/v6/job-types/test/1.0.0/", {"is_published": True}),
    ("post", "/v6/jobs/", {"job_type_name": "test", "job_type_version": "1.0.0"}),
    ("post", "/v6/jobs/transitions/", {"changes": []}),
    ("post", "/v6/jobs/claim/", {"node": "a", "limit": 1}),
    ("post", "/v6/jobs/cancel/", {"status": "QUEUED"}),
    ("post", "/v6/jobs/requeue/", {"status": "FAILED"}),
    ("post", "/v6/recipe-types/", {"name": "new", "definition": {"nodes": {"a": job_node("test")}}}),
    ("patch", "/v6/recipe-types/recipe/", {"title": "New"}),
    ("post", "/v6/workspaces/", {"name": "new"}),
    ("patch", "/v6/workspaces/raw/", {"title": "Raw"}),
]

VALIDATIONS: list[tuple[str, dict[str, Any]]] = [
    ("/v6/job-types/validation/", {"manifest": {}}),
    ("/v6/recipe-types/validation/", {"definition": {}}),
]


# These have no route: a middleware answers them.
PROBES = {"/healthz", "/readyz"}
# URLs outside the API: redirects and logins, and the probes, which are for everybody.
PAGES = {
    "/": 302,
    "/favicon.ico": 302,
    "/healthz": 200,
    "/readyz": 200,
    "/accounts/login/": 200,
    "/accounts/logout/": 405,
}
