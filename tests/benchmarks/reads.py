"""The reads that the benchmark sends, each with its floor.

A list shows how many rows there are on all its pages, so its floor counts them too.
"""

from errors.models import Error
from files.models import File
from job_types.models import JobType
from jobs.models import Job, JobExecution, Node
from tests.benchmarks.entries import Read

_BRIEF = """
    t.id, t.name, t.version, t.title, t.description, t.is_active, t.is_paused, t.is_published, t.is_system,
    t.icon_code, t.unmet_resources
"""
_TYPE = f"""
    {_BRIEF}, t.max_scheduled, t.max_tries, t.revision_num, t.docker_image, t.created, t.deprecated, t.paused,
    t.last_modified
"""
_LIST = f"""
    SELECT {_TYPE}, (SELECT count(*) FROM job_types_jobtype) FROM job_types_jobtype t
    ORDER BY t.name, t.version_key, t.id LIMIT {{limit}} OFFSET {{offset}}
"""
_CHOSEN = f"""
    SELECT {_TYPE}, count(*) OVER () FROM job_types_jobtype t WHERE {{where}}
    ORDER BY t.name, t.version_key, t.id LIMIT 100
"""
_KEYWORD = """
    t.name ILIKE '%algorithm-05%' OR t.id IN (SELECT job_type_id FROM job_types_jobtypetag
                                              WHERE folded LIKE '%algorithm-05%')
"""
_NAMES = f"""
    SELECT {_TYPE}, versions, names FROM job_types_jobtype t
    JOIN (SELECT (array_agg(id ORDER BY version_key, id))[count(*)] AS latest,
                 array_agg(version ORDER BY version_key, id) AS versions, count(*) OVER () AS names
          FROM job_types_jobtype GROUP BY name ORDER BY name LIMIT 200) AS latest ON latest = t.id
    ORDER BY t.name
"""
_ONE = "t.name = 'algorithm-000' AND t.version = '1.0.0'"
_RECIPE = """
    r.id, r.name, r.title, r.description, r.is_active, r.is_system, r.revision_num, r.created, r.deprecated,
    r.last_modified
"""
_DETAILS = f"""
    SELECT {_TYPE}, t.manifest::text, t.configuration::text,
           (SELECT json_agg(json_build_array({_RECIPE}))::text
            FROM recipes_recipetype_job_types m JOIN recipes_recipetype r ON r.id = m.recipetype_id
            WHERE m.jobtype_id = t.id)
    FROM job_types_jobtype t WHERE {_ONE}
"""
_REVISIONS = f"""
    SELECT v.id, v.revision_num, v.docker_image, v.created, {_BRIEF} {{more}}
    FROM job_types_jobtyperevision v JOIN job_types_jobtype t ON t.id = v.job_type_id
    WHERE {_ONE} {{which}} ORDER BY v.revision_num DESC
"""
_RECIPES = f"""
    SELECT {_RECIPE}, (SELECT count(*) FROM recipes_recipetype) FROM recipes_recipetype r ORDER BY r.name LIMIT 100
"""
_RECIPE_KEYWORD = f"""
    SELECT {_RECIPE}, count(*) OVER () FROM recipes_recipetype r
    WHERE r.name ILIKE '%recipe-05%' OR r.title ILIKE '%recipe-05%' ORDER BY r.name LIMIT 100
"""
_RECIPE_DETAILS = f"""
    SELECT {_RECIPE}, r.definition::text,
           (SELECT json_agg(json_build_array({_BRIEF}))::text
            FROM recipes_recipetype_job_types m JOIN job_types_jobtype t ON t.id = m.jobtype_id
            WHERE m.recipetype_id = r.id)
    FROM recipes_recipetype r WHERE r.name = 'recipe-000'
"""
_RECIPE_REVISIONS = f"""
    SELECT v.id, v.revision_num, v.created, {_RECIPE} {{more}}
    FROM recipes_recipetyperevision v JOIN recipes_recipetype r ON r.id = v.recipe_type_id
    WHERE r.name = 'recipe-000' {{which}} ORDER BY v.revision_num DESC
"""
_ERROR = """
    e.id, e.name, e.title, e.description, e.job_type_name, e.category, e.is_builtin, e.should_be_retried, e.created,
    e.last_modified
"""
_JOB = f"""
    SELECT j.id, j.status, j.priority, j.node, j.exit_code, j.max_tries, j.num_exes, j.created, j.queued,
           j.created_by, (SELECT n.id FROM jobs_node n WHERE n.hostname = j.node),
           j.started, j.ended, j.last_status_change, j.last_modified, v.id, v.revision_num, v.docker_image,
           {_BRIEF}, {_ERROR}, {{more}}
    FROM {{jobs}} j JOIN job_types_jobtype t ON t.id = j.job_type_id
    JOIN job_types_jobtyperevision v ON v.id = j.job_type_rev_id LEFT JOIN errors_error e ON e.id = j.error_id
"""
_DETAILS_OF_JOB = """
    v.created, v.manifest::text, v.resources::text,
    t.configuration::text, j.input::text, j.output::text, j.configuration::text
"""
_PAGE_OF_JOBS = f"""
    {_JOB.format(jobs="({page})", more="(SELECT sum(change)::bigint FROM jobs_total)")}
    ORDER BY j.last_status_change DESC, j.id
"""
_FIRST_JOBS = "SELECT * FROM jobs_job ORDER BY last_status_change DESC, id LIMIT 100"
_LATER_JOBS = """
    SELECT * FROM jobs_job JOIN (SELECT id FROM jobs_job ORDER BY last_status_change DESC, id
                                 LIMIT 100 OFFSET 99900) AS page USING (id)
"""
_FAILED_JOBS = """
    SELECT * FROM jobs_job WHERE status = 'FAILED'
        AND job_type_id IN (SELECT id FROM job_types_jobtype WHERE name = 'algorithm-000')
    ORDER BY last_status_change DESC, id
"""
_COMPLETED_AND_RUNNING = """
    SELECT job_type_id, 'COMPLETED', NULL, max(last_status_change), count(*) {completed} GROUP BY 1
    UNION ALL
    SELECT job_type_id, 'RUNNING', NULL, CASE WHEN max(ceased) >= max(began) THEN
        (SELECT max(last_status_change) FROM jobs_job WHERE status = 'RUNNING' AND job_type_id = tally.job_type_id)
        ELSE max(began) END, sum(change)
    FROM jobs_tally AS tally WHERE status = 'RUNNING' GROUP BY job_type_id HAVING sum(change) > 0
"""
_CHANGED = "FROM jobs_job WHERE last_status_change BETWEEN now() - interval '{window}' AND now() AND "
_COMPLETED = _COMPLETED_AND_RUNNING.format(completed=f"{_CHANGED} status = 'COMPLETED'")
_OTHERS = f"{_CHANGED} NOT (status IN ('COMPLETED', 'RUNNING'))"
# Which of the two is faster depends on how many errors each category has, and on the memory.
_STATUS = (
    f"""
    SELECT j.job_type_id, j.status, e.category, max(j.last_status_change), count(*)
    FROM (SELECT job_type_id, status, error_id, last_status_change {_OTHERS}) AS j
    LEFT JOIN errors_error e ON e.id = j.error_id GROUP BY 1, 2, 3
    UNION ALL {_COMPLETED}
    """,
    f"""
    SELECT j.job_type_id, j.status, e.category, max(j.latest), sum(j.jobs)::bigint
    FROM (SELECT job_type_id, status, error_id, max(last_status_change) AS latest, count(*) AS jobs
          {_OTHERS} GROUP BY 1, 2, 3) AS j
    LEFT JOIN errors_error e ON e.id = j.error_id GROUP BY 1, 2, 3
    UNION ALL {_COMPLETED}
    """,
)
_GROUPS = """
    SELECT job_type_id, min({since}), count(*) OVER (), count(*)
    FROM jobs_job WHERE {chosen} GROUP BY 1 ORDER BY 2, 1 LIMIT 1000
"""
_QUEUE = """
    SELECT job_type_id, min(priority), min(queued), count(*) OVER (), count(*)
    FROM jobs_job WHERE status = 'QUEUED' GROUP BY 1 ORDER BY 2, 3, 1 LIMIT 1000
"""
_FAILURES = """
    SELECT job_type_id, error_id, min(last_status_change), max(last_status_change), count(*) OVER (), count(*)
    FROM jobs_job WHERE status = 'FAILED' AND error_id {of_the_system}
    GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2 LIMIT 1000
"""
_SYSTEM = "SELECT id FROM errors_error WHERE category = 'SYSTEM'"
_FLEET = """
    SELECT (SELECT count(*) FROM jobs_job WHERE node IS NOT NULL AND ended IS NULL),
           (SELECT count(*) FROM jobs_jobexecution WHERE ended > now() - interval '3 hours')
"""
_FILE = f"""
    SELECT f.*, w.id, w.name, w.base_url, {_BRIEF}, e.id, {{more}}
    FROM files_file f JOIN workspaces_workspace w ON w.id = f.workspace_id
    LEFT JOIN jobs_job j ON j.id = f.job_id LEFT JOIN job_types_jobtype t ON t.id = j.job_type_id
    LEFT JOIN jobs_jobexecution e ON e.job_id = f.job_id AND e.exe_num = f.exe_num
"""
_PAGE_OF_FILES = f"""
    {_FILE.format(more="(SELECT sum(change)::bigint FROM files_total)")}
    WHERE f.id IN (SELECT id FROM files_file ORDER BY last_modified DESC, id LIMIT 100)
"""
_WORKSPACE = "SELECT w.*, (SELECT count(*) FROM workspaces_workspace) FROM workspaces_workspace w"

PAGE = Read("job types", "/v6/job-types/", (_LIST.format(limit=100, offset=0),))
DETAILS = Read("job types", "/v6/job-types/algorithm-000/1.0.0/", (_DETAILS,))
_TRY = """
    SELECT x.id, x.status, x.exe_num, x."end", x.ended_by, x.exit_code, x.queued, x.started, x.ended, x.times_out,
           x.lease_expires, x.node, n.id, u.username, e.*, t.id, t.name, t.version, t.title, t.description,
           t.icon_code, v.timeout, {more}
    FROM jobs_jobexecution x JOIN jobs_job j ON j.id = x.job_id JOIN job_types_jobtype t ON t.id = j.job_type_id
        JOIN job_types_jobtyperevision v ON v.id = x.job_type_rev_id LEFT JOIN errors_error e ON e.id = x.error_id
        LEFT JOIN jobs_node n ON n.hostname = x.node LEFT JOIN auth_user u ON u.id = x.account_id
"""


def reads() -> list[Read]:
    """Return all reads, for the data set that ``data.load`` makes."""
    return [*_job_types(), *_status(), *_jobs(), *_tries(), *_nodes(), *_metrics(), *_recipe_types(), *_others()]


def _job_types() -> list[Read]:
    revisions = f"{DETAILS.path}revisions/"
    return [
        Read("job types", "/v6/job-type-names/?page_size=200", (_NAMES,)),
        PAGE,
        Read("job types", "/v6/job-types/?page=5", (_LIST.format(limit=100, offset=400),)),
        Read("job types", "/v6/job-types/?page_size=1000", (_LIST.format(limit=1000, offset=0),)),
        Read("job types", "/v6/job-types/?keyword=algorithm-05", (_CHOSEN.format(where=_KEYWORD),)),
        Read("job types", "/v6/job-types/?is_active=true", (_CHOSEN.format(where="t.is_active"),)),
        Read(
            "job types",
            "/v6/job-types/algorithm-000/",
            (f"SELECT {_TYPE}, count(*) OVER () FROM job_types_jobtype t WHERE t.name = 'algorithm-000'",),
        ),
        DETAILS,
        Read("job types", revisions, (_REVISIONS.format(more=", count(*) OVER ()", which=""),)),
        Read(
            "job types",
            f"{revisions}1/",
            (_REVISIONS.format(more=", v.manifest::text", which="AND v.revision_num = 1"),),
        ),
        Read("job types", f"{DETAILS.path}diff/?from=1&to=2"),
    ]


def _status() -> list[Read]:
    page = "/v6/job-types/{}/?page_size=1000"
    windows = {"": "3 hours", "&started=P1D": "1 day", "&started=P31D": "31 days"}
    waiting = _GROUPS.format(since="coalesce(queued, last_status_change)", chosen="status = 'PENDING'")
    running = _GROUPS.format(since="started", chosen="status = 'RUNNING'")
    failures = tuple(
        _FAILURES.format(of_the_system=chosen) for chosen in (f"= ANY (ARRAY({_SYSTEM}))", f"IN ({_SYSTEM})")
    )
    return [
        *(
            Read(
                "status",
                page.format("status") + query,
                tuple(statement.format(window=window) for statement in _STATUS),
                counts=True,
                # The longest window takes long, and its spread is small.
                share=0.25 if window == "31 days" else 1,
            )
            for query, window in windows.items()
        ),
        Read("status", page.format("pending"), (waiting,), counts=True),
        Read("status", "/v6/queue/status/?page_size=1000", (_QUEUE,), counts=True),
        Read("status", page.format("running"), (running,), counts=True),
        Read("status", page.format("system-failures"), failures, counts=True),
    ]


def _jobs() -> list[Read]:
    failed = Job.objects.filter(status="FAILED").order_by("id")[0].pk
    details = _JOB.format(jobs="jobs_job", more=_DETAILS_OF_JOB)
    return [
        Read("jobs", "/v6/jobs/", (_PAGE_OF_JOBS.format(page=_FIRST_JOBS),)),
        Read("jobs", "/v6/jobs/?page=1000", (_PAGE_OF_JOBS.format(page=_LATER_JOBS),), share=0.5),
        Read(
            "jobs",
            "/v6/jobs/?job_type_name=algorithm-000&status=FAILED",
            (f"{_JOB.format(jobs=f'({_FAILED_JOBS})', more='count(*) OVER ()')} LIMIT 100",),
        ),
        Read("jobs", f"/v6/jobs/{failed}/", (f"{details} WHERE j.id = {failed}",), name="/v6/jobs/{id}/"),
    ]


def _tries() -> list[Read]:
    one = JobExecution.objects.filter(status="FAILED").order_by("id")[0]
    of_job = f"/v6/jobs/{one.job_id}/executions/"
    by_id = f"/v6/job-executions/{one.pk}/"
    total = "(SELECT sum(change)::bigint FROM jobs_execution_total)"
    failed = "x.node = 'node-7' AND x.status = 'FAILED'"
    return [
        Read("tries", "/v6/job-executions/", (_TRY.format(more=total) + "ORDER BY x.id DESC LIMIT 100",)),
        Read(
            "tries",
            "/v6/job-executions/?node=node-7&status=FAILED",
            tuple(
                f"{_TRY.format(more=count)} WHERE {failed} ORDER BY x.id DESC LIMIT 100"
                for count in ("count(*) OVER ()", f"(SELECT count(*) FROM jobs_jobexecution x WHERE {failed})")
            ),
        ),
        Read("tries", by_id, (_TRY.format(more="j.id") + f"WHERE x.id = {one.pk}",), "/v6/job-executions/{id}/"),
        Read(
            "tries",
            f"{by_id}logs/combined/",
            (f"SELECT stdout, stderr FROM jobs_jobexecution WHERE id = {one.pk}",),
            "/v6/job-executions/{id}/logs/combined/",
        ),
        Read(
            "tries",
            of_job,
            (_TRY.format(more="j.id") + f"WHERE x.job_id = {one.job_id}",),
            "/v6/jobs/{id}/executions/",
        ),
        Read(
            "tries",
            f"{of_job}{one.exe_num}/",
            (_TRY.format(more="j.id") + f"WHERE x.job_id = {one.job_id} AND x.exe_num = {one.exe_num}",),
            "/v6/jobs/{id}/executions/{num}/",
        ),
    ]


def _nodes() -> list[Read]:
    one = Node.objects.order_by("id")[0].pk
    return [
        Read("nodes", "/v6/nodes/", ("SELECT * FROM jobs_node ORDER BY hostname LIMIT 100",)),
        Read("nodes", f"/v6/nodes/{one}/", (f"SELECT * FROM jobs_node WHERE id = {one}",), "/v6/nodes/{id}/"),
        Read("nodes", "/v6/scheduler/", ("SELECT is_paused FROM jobs_scheduler",)),
        Read("nodes", "/v6/status/", (_FLEET,)),
    ]


def _metrics() -> list[Read]:
    days = "hours = 24 AND start >= date_trunc('day', now() - interval '31 days', 'UTC')"
    one = f"job_type_id = (SELECT id FROM job_types_jobtype t WHERE {_ONE})"
    # They show many rows as one result.
    ended = f"SELECT json_agg(ended) FROM (SELECT * FROM metrics_hourlycount WHERE {days} AND {{of}}) AS ended"
    choices = "&".join(f"choice_id={pk}" for pk in JobType.objects.order_by("id").values_list("pk", flat=True))
    return [
        # A result for each of its columns.
        Read("numbers over time", "/v6/metrics/job-types/plot-data/"),
        Read(
            "numbers over time",
            f"/v6/metrics/job-types/plot-data/?column=failed_count&{choices}",
            (ended.format(of="job_type_id > 0 AND outcome LIKE 'failed-%'"),),
            name="/v6/metrics/job-types/plot-data/?column=failed_count&choice_id=… (1,000)",
            share=0.25,
            rate=False,
        ),
        Read(
            "numbers over time",
            "/v6/metrics/job-types/",
            (
                "SELECT json_agg(t) FROM (SELECT id, name, version, title, icon_code FROM job_types_jobtype "
                "ORDER BY name, version_key, id) AS t",
            ),
        ),
        Read("numbers over time", "/v6/stats/", (ended.format(of="job_type_id = 0"),)),
        Read("numbers over time", f"{DETAILS.path}stats/", (ended.format(of=one),)),
        Read(
            "numbers over time",
            "/v6/load/?started=P1D&page_size=1000",
            (
                "SELECT time, pending_count, queued_count, running_count FROM metrics_loadsample "
                "WHERE job_type_id = 0 AND time >= now() - interval '1 day' ORDER BY time LIMIT 1000",
            ),
        ),
    ]


def _recipe_types() -> list[Read]:
    details = "/v6/recipe-types/recipe-000/"
    return [
        Read("recipe types", "/v6/recipe-types/", (_RECIPES,)),
        Read("recipe types", "/v6/recipe-types/?keyword=recipe-05", (_RECIPE_KEYWORD,)),
        Read("recipe types", details, (_RECIPE_DETAILS,)),
        Read(
            "recipe types", f"{details}revisions/", (_RECIPE_REVISIONS.format(more=", count(*) OVER ()", which=""),)
        ),
        Read(
            "recipe types",
            f"{details}revisions/1/",
            (_RECIPE_REVISIONS.format(more=", v.definition::text", which="AND v.revision_num = 1"),),
        ),
    ]


def _others() -> list[Read]:
    error = Error.objects.order_by("id")[0].pk
    product = File.objects.filter(job__isnull=False).order_by("id")[0]
    product_of_job = _FILE.format(more="j.id") + f"WHERE f.job_id = {product.job_id}"
    errors = f"SELECT {_ERROR}, (SELECT count(*) FROM errors_error) FROM errors_error e ORDER BY e.id LIMIT 1000"
    records = "SELECT r.*, (SELECT count(*) FROM audit_record) FROM audit_record r ORDER BY r.id DESC LIMIT 100"
    return [
        Read("errors", "/v6/errors/?page_size=1000", (errors,)),
        Read(
            "errors",
            f"/v6/errors/{error}/",
            (f"SELECT {_ERROR} FROM errors_error e WHERE e.id = {error}",),
            name="/v6/errors/{id}/",
        ),
        Read("workspaces", "/v6/workspaces/", (f"{_WORKSPACE} ORDER BY w.name LIMIT 100",)),
        Read(
            "workspaces",
            "/v6/workspaces/workspace_1/",
            ("SELECT w.* FROM workspaces_workspace w WHERE w.name = 'workspace_1'",),
        ),
        Read("files", "/v6/files/", (_PAGE_OF_FILES,)),
        Read("files", f"/v6/files/?job_id={product.job_id}", (product_of_job,), name="/v6/files/?job_id={id}"),
        Read("files", "/v6/files/?file_name=scene-7.tif"),
        Read("files", "/v6/files/?workspace=workspace_1"),
        Read("files", f"/v6/jobs/{product.job_id}/input_files/", name="/v6/jobs/{id}/input_files/"),
        Read("files", f"/v6/files/{product.pk}/", name="/v6/files/{id}/"),
        Read("audit", "/v6/audit/", (records,)),
        Read("service", "/v6/version/"),
        Read("service", "/v6/ingests/status/"),
        Read("service", "/v6/accounts/profile/"),
        Read("service", "/v6/"),
        Read("service", "/v6/schema/"),
        Read("service", "/healthz"),
        Read("service", "/readyz"),
    ]
