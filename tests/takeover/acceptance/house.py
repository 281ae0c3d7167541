"""What a takeover has left here, so that two of them can be compared, and the commands that tests run."""

from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management import CommandError, call_command

from takeover.comparing import Ours
from takeover.models import Imported
from takeover.run import Options
from takeover.services import take_over
from takeover.source import Limits, Source
from takeover.stages import STAGES
from tests.takeover.replay import TOKEN, Replay

APPS = ("audit", "errors", "files", "job_types", "jobs", "recipes", "takeover", "workspaces")
OF_THIS_SERVICE = {
    "scale-batch-creator",
    "scale-clock",
    "scale-daily-metrics",
    "scale-delete-files",
    "scale-ingest",
    "scale-move-files",
    "scale-scan",
    "scale-strike",
}
IMPATIENT = Limits(first_pause=0.0, longest_pause=0.0, longest_asked_for=0.0)
BY_DEFAULT = [stage.name for stage in STAGES if stage.name != "jobs"]


def install() -> None:
    """Write what each installation has from the start."""
    for command in ("load_builtin_errors", "seed_system_job_types"):
        call_command(command, stdout=StringIO())


def run(command: str, server: Replay, folder: Path, *options: str) -> tuple[int, str]:
    """Run a command on the other system, and return its exit status and what it prints."""
    file = folder / "token.txt"
    file.write_text(f"{TOKEN}\n", encoding="utf-8")
    printed = StringIO()
    try:
        call_command(command, server.url, "--token-file", str(file), *options, stdout=printed)
    except CommandError as error:
        return error.returncode, f"{printed.getvalue()}{error}"
    return 0, printed.getvalue()


def bring(server: Replay, options: Options | None = None, *, limits: Limits = IMPATIENT, parallel: int = 1) -> Any:
    """Take the other system over without pauses, and return the report as it is stored."""
    with Source(server.url, TOKEN, limits=limits, parallel=parallel) as source:
        return take_over(source=source, options=options or Options(), stages=BY_DEFAULT).report.as_dict()


def rows() -> dict[str, int]:
    """Return how many rows each table of the domain has."""
    models = [model for name in APPS for model in apps.get_app_config(name).get_models()]
    return {model._meta.label: model._default_manager.count() for model in models}


def house() -> dict[str, Any]:
    """Return all that the API shows, without ids, how many rows there are, and what is known of what arrived."""
    ours = Ours()
    answers = {path: ours.rows(path) for path in ("workspaces/", "errors/", "job-types/", "recipe-types/")}
    paths = [f"workspaces/{row['id']}/" for row in answers["workspaces/"]]
    for row in answers["job-types/"]:
        paths += _revised(f"job-types/{row['name']}/{row['version']}/", row["revision_num"])
    for row in answers["recipe-types/"]:
        paths += _revised(f"recipe-types/{row['name']}/", row["revision_num"])
    details = [without_ids(ours.get(path)) for path in paths]
    imported = Imported.objects.order_by("kind", "source_id")
    known = imported.values_list("kind", "source_id", "digest", "findings", "remarks", "is_whole")
    return {"lists": without_ids(answers), "details": details, "known": list(known), "rows": rows()}


def without_ids(value: Any) -> Any:
    """Return a document without the ids in it; lists in the order of what is left."""
    if isinstance(value, list):
        return sorted((without_ids(one) for one in value), key=repr)
    if isinstance(value, dict):
        return {name: without_ids(member) for name, member in value.items() if name != "id"}
    return value


def outcomes(report: Any) -> dict[str, int]:
    """Return how many objects there were of each outcome, all kinds together."""
    return dict(sum((Counter(counts) for counts in report["counts"].values()), Counter()))


def _revised(path: str, last: int) -> list[str]:
    return [path, *(f"{path}revisions/{number}/" for number in range(1, last + 1))]
