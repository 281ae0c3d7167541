"""`python -m tests.load.keywords`: prints how keywords are found in the empty database of DATABASE_URL, as JSON."""

import json
from pathlib import Path

from tests.standalone import set_up

set_up()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from core.actors import Actor, Source, acting  # noqa: E402
from job_types.models import JobType, JobTypeTag  # noqa: E402
from tests.benchmarks.databases import execute  # noqa: E402
from tests.factories import make_job_type  # noqa: E402

JOB_TYPES = 20_000
KEYWORDS = ["PE-0001", "Münch", "%_"]


def indexes() -> list[str]:
    """The names of the indexes of trigrams."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE indexname LIKE '%trigrams' ORDER BY 1")
        return [name for (name,) in cursor.fetchall()]


def add_job_types() -> None:
    """Register a job type, and copy it and its tag; one tag of a hundred is another."""
    with acting(Actor("tests", Source.COMMAND, command="tests.load.keywords")):
        make_job_type("type-0")
    columns = ", ".join(field.column for field in JobType._meta.concrete_fields if field.name not in ("id", "name"))
    execute(
        f"INSERT INTO job_types_jobtype (name, {columns}) SELECT 'type-' || lpad(g::text, 6, '0'), {columns} "
        f"FROM generate_series(1, {JOB_TYPES}) AS g, job_types_jobtype WHERE name = 'type-0'"
    )
    execute(
        "INSERT INTO job_types_jobtypetag (job_type_id, tag, folded) "
        "SELECT id, CASE WHEN id % 100 = 0 THEN 'MÜNCHEN' ELSE 'clouds ' || id END, "
        "CASE WHEN id % 100 = 0 THEN 'münchen' ELSE 'clouds ' || id END FROM job_types_jobtype"
    )
    execute("ANALYZE")


def is_right(keyword: str) -> bool:
    """Whether a keyword finds what a look at all names and tags does."""
    folded = keyword.casefold()
    expected = {pk for pk, name in JobType.objects.values_list("pk", "name") if folded in name.casefold()}
    expected |= {pk for pk, tag in JobTypeTag.objects.values_list("job_type", "tag") if folded in tag.casefold()}
    return set(JobType.objects.matching_keywords([keyword]).values_list("pk", flat=True)) == expected


add_job_types()
shown = {
    "right": all(map(is_right, KEYWORDS)) and JobType.objects.matching_keywords(KEYWORDS[:2]).count() > 200,
    "plan": JobType.objects.matching_keywords(KEYWORDS[:1]).values("pk").explain(),
}
call_command("migrate", "job_types", "0011", verbosity=0)
shown["without"] = indexes()
execute(Path("job_types/migrations/0012_trigrams.sql").read_text(encoding="utf-8"))
shown["again"] = indexes()
print(json.dumps(shown))
