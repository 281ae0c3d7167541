"""The pages for people: how long each takes on the server and in a browser, and how many bytes it is."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, resolve
from django.utils import timezone
from tqdm import tqdm

from files.models import File
from jobs.models import Job, Node
from jobs.states import Status
from takeover.models import Takeover
from tests.benchmarks import browser
from tests.benchmarks.clients import Answer, Clients, Connection
from tests.benchmarks.data import load
from tests.benchmarks.databases import database_of_its_own, execute, no_trigger, vacuum
from tests.benchmarks.floors import milliseconds
from tests.benchmarks.measure import OF_TRANSACTIONS, WARM, Bench, Row, bench, spread

NODES = 100
# What a page, and what the answer to a poll, has to stay below.
_BOUNDS = {"median ms": 100, "cold ms": 1000, "warm ms": 1000, "first kB": 150}
_BOUNDS_OF_POLLS = {"median ms": 10}
_NOT_MODIFIED = ", not modified"
# Lists with the filters that people use, forms and confirmations among them.
_PATHS = (
    "/",
    "/job-types/",
    "/job-types/?page=8",
    "/job-types/?keyword=algorithm-05",
    "/job-types/?is_active=true",
    "/job-types/validation/",
    "/job-types/import/",
    "/job-types/algorithm-000/",
    "/job-types/algorithm-000/1.0.0/",
    "/job-types/algorithm-000/1.0.0/?started=P31D",
    "/job-types/algorithm-000/1.0.0/configuration/",
    "/job-types/algorithm-000/1.0.0/secrets/DB_PASS/",
    "/job-types/algorithm-000/1.0.0/pause/",
    "/job-types/algorithm-000/1.0.0/resume/",
    "/job-types/algorithm-000/1.0.0/deprecate/",
    "/job-types/algorithm-000/1.0.0/activate/",
    "/job-types/algorithm-000/1.0.0/revisions/5/",
    "/jobs/",
    "/jobs/?page=100",
    "/jobs/?status=QUEUED",
    "/jobs/?status=RUNNING",
    "/jobs/?status=FAILED",
    "/jobs/?status=FAILED&started=PT1H",
    "/jobs/?status=COMPLETED&started=P1D",
    "/jobs/?started=P1D",
    "/jobs/?job_type_name=algorithm-000",
    "/jobs/?job_type_name=algorithm-000&job_type_version=1.0.0&status=FAILED&started=P1D",
    "/jobs/?node=node-7",
    "/jobs/?node=node-7&status=RUNNING",
    "/jobs/?error_name=node-lost",
    "/jobs/?error_category=ALGORITHM",
    "/jobs/?order=id",
    "/jobs/?job_type_name=algorithm-000&order=created",
    "/jobs/cancel/?status=QUEUED",
    "/jobs/cancel/?status=QUEUED&job_type_name=algorithm-000",
    "/jobs/requeue/?error_name=node-lost&started=P1D",
    "/jobs/requeue/?status=FAILED",
    "/nodes/",
    "/nodes/?hostname=node-1",
    "/scheduler/pause/",
    "/scheduler/resume/",
    "/errors/",
    "/errors/week/",
    "/errors/known/",
    "/recipes/",
    "/recipes/?keyword=recipe-05",
    "/recipes/recipe-000/",
    "/recipes/recipe-000/deprecate/",
    "/recipes/recipe-000/activate/",
    "/recipes/recipe-000/revisions/5/",
    "/files/",
    "/files/?page=100",
    "/files/?begins=scene-4999",
    "/files/?begins=product",
    "/files/?workspace=workspace_1&is_deleted=false",
    "/files/?file_type=PRODUCT",
    "/files/?started=P1D&time_field=created",
    "/files/?order=file_name",
    "/files/register/",
    "/workspaces/",
    "/workspaces/-/create/",
    "/workspaces/workspace_1/",
    "/workspaces/workspace_1/edit/",
    "/audit/",
    "/audit/?page=100",
    "/audit/?kind=job_type&name=algorithm-000",
    "/takeovers/",
    "/tokens/",
    "/accounts/login/",
)
# All job types and jobs came from elsewhere.
_IMPORTED = (
    """
    INSERT INTO takeover_imported (takeover_id, kind, source_id, object_id, digest, findings, remarks, is_whole)
    SELECT %s, 'job-type', id, id, '', '[]', '["It has no icon there."]', TRUE FROM job_types_jobtype
    """,
    """
    INSERT INTO takeover_imported (takeover_id, kind, source_id, object_id, digest, findings, remarks, is_whole)
    SELECT %s, 'job', id, id, '', '[]', '[]', TRUE FROM jobs_job
    """,
)
_STATUSES = (Status.PENDING, Status.QUEUED, Status.RUNNING, Status.FAILED, Status.COMPLETED)
# A hundred thousand records in the audit: those of the registrations, again and again.
_RECORDS = """
    INSERT INTO audit_record (at, actor, source, request_id, command, kind, name, version, action, changes)
    SELECT at - hour * interval '1 hour', actor, source, request_id, command, kind, name, version, action, changes
    FROM audit_record, generate_series(1, 90) AS hour
"""
# More tries of a job, each of which wrote as much to its logs as is kept.
_TRIES = """
    INSERT INTO jobs_jobexecution (job_id, job_type_rev_id, exe_num, status, "end", error_id, node, queued, started,
                                   ended, stdout, stderr)
    SELECT job_id, job_type_rev_id, exe_num + number, status, "end", error_id, node, queued,
           started + number * interval '1 minute', ended + number * interval '1 minute',
           repeat('Band 3 of 12: 4096 x 4096 pixels in 0.8 s' || chr(10), 1560),
           repeat('WARNING: no projection in the header, EPSG:4326 assumed' || chr(10), 1170)
    FROM jobs_jobexecution, generate_series(1, 9) AS number WHERE job_id = %s
"""


def measure(clients: Clients, rounds: int, jobs: int) -> list[Row]:
    """Return a row for each page over ``jobs`` jobs, in a database of its own, and for each that is polled."""
    with database_of_its_own("pages"):
        load(jobs, nodes=NODES)
        add_work()
        with bench(clients, rounds) as asking:
            return rows(asking)


def add_work() -> None:
    """Add what no other mode has: a long audit, and a job of ten tries with long logs."""
    execute(_RECORDS)
    takeover = Takeover.objects.create(url="https://example.com/api/", started=timezone.now()).pk
    for statement in _IMPORTED:
        execute(statement, [takeover])
    failed = _first(Status.FAILED)
    with no_trigger():
        execute(_TRIES, [failed])
        Job.objects.filter(pk=failed).update(num_exes=10, max_tries=10)
    vacuum()


def rows(asking: Bench) -> list[Row]:
    """Measure each page as an account of the Operators: on the server first, and then in the browser."""
    paths = _paths()
    if missing := _unmeasured(paths.values()):
        raise SystemExit(f"Not measured: {', '.join(sorted(missing))}")
    client = Client(SERVER_NAME="localhost")
    client.force_login(get_user_model().objects.get(username="bench"))
    served = {
        title: list(_on_server(asking, client, title, path)) for title, path in tqdm(paths.items(), desc="Server")
    }
    shown = browser.loads(asking.server.port, paths, session=_session(client), rounds=max(3, asking.rounds // 5))
    nothing = dict.fromkeys(browser.COLUMNS)
    return [
        row | (nothing if is_poll else shown[title])
        for title, measured in served.items()
        for is_poll, row in enumerate(measured)
    ]


def beyond(measured: Sequence[Row]) -> list[str]:
    """Return in words what does not stay below its bound."""
    return [
        f"{row['page']}: {column} is {row[column]}, and not below {bound}."
        for row in measured
        for column, bound in (_BOUNDS_OF_POLLS if row["page"].endswith(_NOT_MODIFIED) else _BOUNDS).items()
        if row[column] >= bound
    ]


def _paths() -> dict[str, str]:
    """Return the paths of all pages, by their titles in the table."""
    error = Job.objects.values_list("error_id", flat=True).get(pk=_first(Status.FAILED))
    now = timezone.now()
    day = f"started={now - timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}&ended={now - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    file = File.objects.filter(job__isnull=False).values_list("pk", "job_id")[:1].get()
    takeover = f"/takeovers/{Takeover.objects.values_list('pk', flat=True)[0]}/"
    node = f"/nodes/{Node.objects.values_list('pk', flat=True)[0]}/"
    return {
        **{path: path for path in _PATHS},
        "/jobs/?started=…&ended=…": f"/jobs/?{day}",
        "/jobs/?error_id=…&status=FAILED&started=P1D": f"/jobs/?error_id={error}&status=FAILED&started=P1D",
        **{f"/jobs/{{id}}/, {status.lower()}": f"/jobs/{_first(status)}/" for status in _STATUSES},
        "/files/?job_id=…": f"/files/?job_id={file[1]}",
        **{f"/files/{{id}}/{step}": f"/files/{file[0]}/{step}" for step in ("", "edit/", "delete/", "restore/")},
        **{f"/takeovers/{{id}}/{part}": takeover + part for part in ("", "differences/")},
        **{f"/nodes/{{id}}/{step}": node + step for step in ("", "pause/", "resume/", "deprecate/", "activate/")},
    }


def _first(status: Status) -> int:
    """Return the id of the first job in a status; of those that have ended it is the last one that did."""
    return Job.objects.filter(status=status).order_by("pk").values_list("pk", flat=True)[0]


def _unmeasured(paths: Iterable[str]) -> set[str]:
    """Return the names of the pages that none of the paths leads to; that of the look has no GET."""
    measured = {resolve(path.partition("?")[0]).url_name for path in paths}
    _, pages = get_resolver().namespace_dict["pages"]
    names = {name for name in pages.reverse_dict if isinstance(name, str)}
    return names - measured - {"look"}


def _on_server(asking: Bench, client: Client, title: str, path: str) -> Iterator[Row]:
    """Measure a page and, if it has an entity tag, the answer to a poll while nothing has changed."""
    client.get(path)  # Browsers have the cookie of the forms in a page, which its tag depends on.
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    kept_alive = Connection(asking.server.port)

    def ask(**headers: str) -> Answer:
        sent = {"Host": "127.0.0.1", "Cookie": cookie, "Accept-Encoding": "gzip", **headers}
        lines = (f"{name}: {value}" for name, value in sent.items())
        answer = kept_alive.ask("\r\n".join((f"GET {path} HTTP/1.1", *lines, "", "")).encode())
        assert answer.status in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED), (path, answer)
        return answer

    for _ in range(WARM):
        answer = ask()
    times = [milliseconds(ask) for _ in range(asking.rounds)]
    yield _row(title, times, _queries(client, path), len(answer.body))
    if tag := answer.header("ETag"):
        times = []
        for _ in range(2 * asking.rounds):
            begin = time.perf_counter()
            answer = ask(**{"If-None-Match": tag})
            if answer.status == HTTPStatus.NOT_MODIFIED:
                times.append((time.perf_counter() - begin) * 1000)
            else:  # A minute was over: tags change with the time too.
                tag = answer.header("ETag") or ""
        if not times:
            raise SystemExit(f"The tag of {path} is never the same.")
        yield _row(title + _NOT_MODIFIED, times, _queries(client, path, {"If-None-Match": tag}), 0)
    kept_alive.close()


def _session(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _queries(client: Client, path: str, headers: Mapping[str, str] | None = None) -> int:
    """Return how many statements a page takes, with those for the session and the account."""
    client.get(
        path
    )  # The server under measurement has answered before, and has the revision of the catalogue cached.
    with CaptureQueriesContext(connection) as captured:
        client.get(path, headers=headers)
    return sum(not query["sql"].startswith(OF_TRANSACTIONS) for query in captured)


def _row(title: str, times: Sequence[float], queries: int, size: int) -> Row:
    return {
        "page": title,
        "queries": queries,
        "kB": round(size / 1000, 1),
        **spread(list(times), digits=1),
    }
