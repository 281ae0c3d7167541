"""Every endpoint of the API by who may use it, and the pages beside it."""

from typing import Any

from tests.factories import make_manifest
from tests.recipes.factories import job_node

REGISTRY = "registry.example.com"

READS = [
    "/v6/",
    "/v6/job-type-names/",
    "/v6/job-types/",
    "/v6/job-types/test/",
    "/v6/job-types/test/1.0.0/",
    "/v6/job-types/test/1.0.0/diff/?from=1",
    "/v6/job-types/test/1.0.0/revisions/",
    "/v6/job-types/test/1.0.0/revisions/1/",
    "/v6/job-types/status/",
    "/v6/job-types/pending/",
    "/v6/job-types/running/",
    "/v6/job-types/system-failures/",
    "/v6/queue/status/",
    "/v6/version/",
    "/v6/status/",
    "/v6/ingests/status/",
    "/v6/job-types/test/1.0.0/stats/",
    "/v6/stats/",
    "/v6/load/",
    "/v6/metrics/job-types/",
    "/v6/metrics/job-types/plot-data/",
    "/v6/jobs/",
    "/v6/jobs/{job}/executions/",
    "/v6/jobs/{job}/input_files/",
    "/v6/jobs/{job}/executions/1/",
    "/v6/job-executions/",
    "/v6/job-executions/{execution}/",
    "/v6/job-executions/{execution}/logs/combined/",
    "/v6/nodes/",
    "/v6/nodes/{node}/",
    "/v6/scheduler/",
    "/v6/recipe-types/",
    "/v6/recipe-types/recipe/",
    "/v6/recipe-types/recipe/revisions/",
    "/v6/recipe-types/recipe/revisions/1/",
    "/v6/errors/",
    "/v6/errors/{error}/",
    "/v6/files/",
    "/v6/files/{file}/",
    "/v6/jobs/{job}/",
    "/v6/workspaces/",
    "/v6/workspaces/raw/",
    "/v6/schema/",
    "/v6/docs/",
]

# Reads that need a right.
RIGHTFUL_READS = {"/v6/audit/": "audit.view_record"}

# Reads of an account about itself, which nobody else may.
OWN_READS = ["/v6/accounts/profile/"]

# The method, the URL, the right that it needs, and a body that is taken.
WRITES: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "post",
        "/v6/job-types/",
        "job_types.add_jobtype",
        {"manifest": make_manifest("new"), "docker_image": "x"},
    ),
    ("post", "/v6/job-types/import/", "job_types.add_jobtype", {"image": f"{REGISTRY}/imported:1.0.0"}),
    ("patch", "/v6/job-types/test/1.0.0/", "job_types.change_jobtype", {"is_published": True}),
    ("patch", "/v6/job-types/system/1.0.0/", "job_types.pause_system_jobtype", {"is_paused": True}),
    ("post", "/v6/jobs/", "jobs.add_job", {"job_type_name": "test", "job_type_version": "1.0.0"}),
    (
        "post",
        "/v6/jobs/bulk/",
        "jobs.add_job",
        {"job_type_name": "test", "job_type_version": "1.0.0", "inputs": [{}]},
    ),
    ("post", "/v6/jobs/transitions/", "jobs.report_job", {"changes": []}),
    ("post", "/v6/jobs/claim/", "jobs.claim_job", {"node": "a", "limit": 1}),
    ("post", "/v6/nodes/heartbeat/", "jobs.claim_job", {"node": "b", "jobs": []}),
    ("patch", "/v6/nodes/{node}/", "jobs.change_node", {"is_paused": True}),
    ("patch", "/v6/scheduler/", "jobs.change_scheduler", {"is_paused": False}),
    ("post", "/v6/jobs/cancel/", "jobs.cancel_job", {"status": "QUEUED"}),
    ("post", "/v6/jobs/requeue/", "jobs.requeue_job", {"status": "FAILED"}),
    (
        "post",
        "/v6/recipe-types/",
        "recipes.add_recipetype",
        {"name": "new", "definition": {"nodes": {"a": job_node("test")}}},
    ),
    ("patch", "/v6/recipe-types/recipe/", "recipes.change_recipetype", {"title": "New"}),
    ("post", "/v6/files/", "files.add_file", {"workspace": "raw", "file_path": "new", "file_size": 1}),
    ("patch", "/v6/files/{file}/", "files.change_file", {"media_type": "image/tiff"}),
    ("post", "/v6/workspaces/", "workspaces.add_workspace", {"name": "new"}),
    ("patch", "/v6/workspaces/raw/", "workspaces.change_workspace", {"title": "Raw"}),
]

VALIDATIONS: list[tuple[str, dict[str, Any]]] = [
    ("/v6/job-types/validation/", {"manifest": {}}),
    ("/v6/recipe-types/validation/", {"definition": {}}),
    ("/v6/workspaces/validation/", {"title": "New"}),
]


# These have no route: a middleware answers them.
PROBES = {"/healthz", "/readyz"}
# URLs outside the API: redirects and logins, and the probes, which are for everybody.
PAGES = {
    "/": 200,
    "/look/": 405,
    "/jobs/": 200,
    "/jobs/{job}/": 200,
    "/jobs/cancel/": 302,  # to the login, as for all who have no session
    "/jobs/requeue/": 302,
    "/nodes/": 200,
    "/nodes/{node}/": 200,
    **{f"/nodes/{{node}}/{switch}/": 302 for switch in ("pause", "resume", "deprecate", "activate")},
    "/scheduler/pause/": 302,
    "/scheduler/resume/": 302,
    "/job-types/": 200,
    "/job-types/import/": 302,  # to the login
    "/job-types/validation/": 200,
    "/job-types/test/": 200,
    "/job-types/test/1.0.0/": 200,
    "/job-types/test/1.0.0/revisions/1/": 200,
    "/job-types/test/1.0.0/pause/": 302,  # to the login, as all that change something
    "/job-types/test/1.0.0/resume/": 302,
    "/job-types/test/1.0.0/deprecate/": 302,
    "/job-types/test/1.0.0/activate/": 302,
    "/job-types/test/1.0.0/configuration/": 302,
    "/job-types/test/1.0.0/secrets/PASSWORD/": 302,
    "/favicon.ico": 302,
    "/healthz": 200,
    "/readyz": 200,
    "/accounts/login/": 200,
    "/accounts/logout/": 405,
    "/v6/accounts/login/": 200,
    "/ui/": 404,  # without SCALE_UI_DIR
    "/ui/main.js": 404,
    "/tokens/": 302,  # to the login, as for all who have no session
    "/tokens/revoke/": 302,
    "/accounts/tokens/": 302,
    "/accounts/tokens/revoke/": 302,
    "/recipes/": 200,
    "/recipes/recipe/": 200,
    "/recipes/recipe/revisions/1/": 200,
    "/recipes/recipe/deprecate/": 302,
    "/recipes/recipe/activate/": 302,
    "/errors/": 200,
    "/errors/week/": 200,
    "/errors/known/": 200,
    "/files/": 200,
    "/files/register/": 302,
    "/files/{file}/": 200,
    **{f"/files/{{file}}/{page}/": 302 for page in ("edit", "delete", "restore")},
    "/workspaces/": 200,
    "/workspaces/-/create/": 302,
    "/workspaces/raw/": 200,
    "/workspaces/raw/edit/": 302,
    "/audit/": 302,
    "/takeovers/": 302,
    "/takeovers/{takeover}/": 302,
    "/takeovers/{takeover}/differences/": 302,
}
