"""The commands of ``scale`` against a service that listens: what they do, print and return."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.contrib.auth.models import User
from knox.models import AuthToken

from client import Scale
from client.cli.scale.completion import job_type_names, recipe_type_names
from client.cli.scale.follow import added
from job_types.models import JobType
from job_types.services import edit_job_type
from jobs.models import Job
from tests.client.conftest import Command
from tests.client.faulty import Scripted, faulty_server
from tests.factories import interface, make_job, make_job_type, make_manifest
from tests.recipes.factories import FIRST, chain, make_pair, make_recipe

pytestmark = pytest.mark.django_db(transaction=True)


def test_job_types_are_listed_as_a_table_as_json_and_as_yaml(operator: Command) -> None:
    make_job_type("a")
    make_job_type("b", "2.0.0")
    table = operator("job-types", "list", "--keyword", "a", "--keyword", "b", "--active")
    head, *lines = table.out.splitlines()
    assert head.split() == ["name", "version", "title", "revision_num", "docker_image", "is_active", "is_paused"]
    cells = [re.split(" {2,}", line.strip()) for line in lines]
    assert ["b", "2.0.0", "Title of b", "1", "b:2.0.0", "yes", "no"] in cells
    assert "\x1b" not in table.out
    listed = operator("job-types", "list", "-o", "json", "--keyword", "a")
    assert next(row for row in listed.rows if row["name"] == "a")["docker_image"] == "a:1.0.0"
    assert yaml.safe_load(operator("job-types", "list", "--keyword", "a", "-o", "yaml").out) == listed.rows


def test_a_job_type_is_shown_paused_resumed_and_deprecated(operator: Command) -> None:
    make_job_type(title="A \x1b[2Jtitle")
    assert (
        json.loads(operator("job-types", "show", "test", "1.0.0", "-o", "json").out)["manifest"] == make_manifest()
    )
    shown = operator("job-types", "show", "test", "1.0.0").out
    assert "seedVersion: 1.0.0" in shown
    steps = [("pause", (True, True)), ("resume", (False, True)), ("deprecate", (False, False))]
    for verb, state in steps:
        ran = operator("job-types", verb, "test", "1.0.0")
        assert (ran.code, ran.table[0]) == (0, ["version", "1.0.0"])
        job_type = JobType.objects.get(name="test")
        assert (job_type.is_paused, job_type.is_active) == state


def test_what_a_service_says_cannot_move_the_cursor(operator: Command) -> None:
    make_job_type(job={"title": "A \x1b[2J title"})
    out = (
        operator("job-types", "list", "--keyword", "test").out + operator("job-types", "show", "test", "1.0.0").out
    )
    assert "\x1b" not in out
    assert "A \\x1b[2J title" in out


def test_recipe_types_are_listed_shown_deprecated_and_exported(
    operator: Command, scale: Scale, tmp_path: Path
) -> None:
    scale.recipe_types.register({"name": "one", "title": "The one", "definition": {"nodes": {}}})
    assert operator("recipe-types", "list").table == [["one", "The one", "1", "yes"]]
    shown = operator("recipe-types", "show", "one").out
    assert re.search(r"^definition +input:$", shown, re.MULTILINE)
    assert json.loads(operator("recipe-types", "show", "one", "-o", "json").out)["definition"]["nodes"] == {}
    assert operator("recipe-types", "export", "one", "--to", tmp_path).out == f"{tmp_path}/one\n"
    assert yaml.safe_load((tmp_path / "one" / "recipe-type.yaml").read_text())["title"] == "The one"
    ran = operator("recipe-types", "deprecate", "one")
    assert (ran.code, ran.table, scale.recipe_types.show("one").is_active) == (0, [["revision_num", "1"]], False)
    assert operator("recipe-types", "list", "--active").table == []


def test_a_name_that_leads_out_of_the_folder_is_not_exported(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    times = dict.fromkeys(("created", "last_modified"), "2026-11-24T09:00:00Z")
    row = {"id": 1, "name": "../out", "version": "1.0.0", "title": "", "description": "", **times}
    details: dict[str, object] = {
        "docker_image": "a",
        "docker_image_digest": None,
        "manifest": {},
        "configuration": {},
        "findings": [],
        "recipe_types": [],
    }
    with faulty_server(Scripted(body=json.dumps({**row, **details}).encode())) as server:
        monkeypatch.setenv("SCALE_URL", server.url)
        ran = command("job-types", "export", "x", "1.0.0", "--to", tmp_path)
    assert (ran.code, ran.err) == (2, "'../out' can be no name of a folder\n")
    assert list(tmp_path.iterdir()) == []


def test_a_job_type_that_is_not_there_is_not_exported(operator: Command, tmp_path: Path) -> None:
    ran = operator("job-types", "export", "none", "--to", tmp_path)
    assert (ran.code, ran.err) == (1, "There is no active job type none.\n")


def test_a_job_is_created_listed_shown_canceled_and_requeued(operator: Command, tmp_path: Path) -> None:
    make_job_type(job={"interface": {"inputs": {"json": [{"name": "WIDTH", "type": "integer"}]}}})
    path = tmp_path / "input.yaml"
    path.write_text("json: {WIDTH: 7}\n")
    created = operator("jobs", "create", "test", "1.0.0", "--input", path, "--priority", 5, "--key", "once")
    again = operator("jobs", "create", "test", "1.0.0", "--input", path, "--priority", 5, "--key", "once")
    job = Job.objects.get()
    assert created.out == again.out
    assert created.out.split() == ["id", str(job.pk), "status", "QUEUED"]
    assert (job.input["json"], job.priority) == ({"WIDTH": 7}, 5)
    listed = operator("jobs", "list", "--job-type", "test", "--status", "QUEUED", "-o", "json")
    assert [row["id"] for row in listed.rows] == [job.pk]
    assert operator("jobs", "list", "--status", "FAILED", "-o", "json").rows == []
    assert json.loads(operator("jobs", "show", job.pk, "-o", "json").out)["input"]["json"] == {"WIDTH": 7}
    canceled = operator("jobs", "cancel", job.pk, "-o", "json")
    assert json.loads(canceled.out) == {"count": 1, "remaining": 0}
    requeued = operator("jobs", "requeue", "--job-type", "test", "--priority", 3, "--yes", "-o", "yaml")
    assert yaml.safe_load(requeued.out) == {"count": 1, "remaining": 0}
    job.refresh_from_db()
    assert (job.status, job.priority) == ("QUEUED", 3)


def test_a_job_is_created_for_each_input_of_a_file(operator: Command, tmp_path: Path) -> None:
    make_job_type(job={"interface": {"inputs": {"json": [{"name": "WIDTH", "type": "integer"}]}}})
    path = tmp_path / "inputs.yaml"
    path.write_text("- json: {WIDTH: 7}\n- json: {WIDTH: 8}\n")
    call = ("jobs", "create", "test", "1.0.0", "--inputs", path, "--pending", "--key", "once", "-o", "json")
    created, again = operator(*call), operator(*call)
    ids = list(Job.objects.order_by("pk").values_list("pk", flat=True))
    assert json.loads(created.out) == json.loads(again.out) == {"count": 2, "ids": ids, "warnings": []}
    assert [(job.input["json"]["WIDTH"], job.status) for job in Job.objects.order_by("pk")] == [
        (7, "PENDING"),
        (8, "PENDING"),
    ]
    path.write_text("- json: {WIDTH: 7}\n- json: {WIDTH: wide}\n")
    refused = operator("jobs", "create", "test", "1.0.0", "--inputs", path)
    assert (refused.code, "/inputs/1/json/WIDTH" in refused.err) == (1, True)
    both = operator("jobs", "create", "test", "1.0.0", "--inputs", path, "--input", path)
    assert (both.code, both.err) == (2, "Either --input, for one job, or --inputs, for many.\n")
    assert Job.objects.count() == 2


def test_all_jobs_of_a_filter_are_changed_only_after_a_question(operator: Command) -> None:
    job = make_job(make_job_type())
    ran = operator("jobs", "cancel", "--job-type", "test")
    assert (ran.code, ran.err) == (
        2,
        "Cancel all jobs that pass the filters? Say --yes, as there is no terminal to ask at.\n",
    )
    nothing = operator("jobs", "cancel")
    assert (nothing.code, nothing.err) == (2, "Which jobs? Name their ids, or give filters.\n")
    job.refresh_from_db()
    assert job.status == "QUEUED"


def test_logs_are_printed_and_followed_to_the_end(operator: Command, scale: Scale) -> None:
    job = make_job(make_job_type())
    scale.jobs.claim({"node": "node-01", "limit": 1})
    change = {"job_id": job.pk, "num_exes": 1, "node": "node-01", "status": "COMPLETED", "exit_code": 0}
    scale.jobs.report({"changes": [{**change, "log": {"stdout": "a\nb\n", "stderr": "c\n"}}]})
    combined = operator("jobs", "logs", job.pk)
    assert combined.out == "==> stdout <==\na\nb\n\n==> stderr <==\nc\n"
    assert operator("jobs", "logs", job.pk, "--log", "stderr", "--try", 1).out == "c\n"
    followed = operator("jobs", "logs", job.pk, "--follow")
    assert (followed.code, followed.out, followed.err) == (0, "a\nb\n", f"c\nJob {job.pk}: COMPLETED\n")
    missing = operator("jobs", "logs", job.pk, "--try", 9)
    assert (missing.code, missing.err) == (1, f"Job {job.pk} has no try 9.\n")


def test_a_log_that_grows_is_followed(operator: Command, scale: Scale, monkeypatch: pytest.MonkeyPatch) -> None:
    job = make_job(make_job_type())
    one = {"job_id": job.pk, "num_exes": 1}
    steps = iter(
        [
            lambda: scale.jobs.claim({"node": "node-01", "limit": 1}),
            lambda: scale.nodes.heartbeat({"node": "node-01", "jobs": [{**one, "log": {"stdout": "a\n"}}]}),
            lambda: scale.nodes.heartbeat({"node": "node-01", "jobs": [{**one, "log": {"stdout": "a\nb\n"}}]}),
            lambda: scale.jobs.report({"changes": [{**one, "status": "FAILED", "exit_code": 1}]}),
        ]
    )
    monkeypatch.setattr("client.cli.scale.follow.time.sleep", lambda seconds: next(steps)())
    ran = operator("jobs", "logs", job.pk, "--follow")
    assert (ran.code, ran.out, ran.err) == (0, "a\nb\n", f"Job {job.pk}: FAILED\n")


@pytest.mark.parametrize(
    ("before", "now", "new"),
    [
        ("", "abc", "abc"),
        ("abc", "abcde", "de"),
        ("abc", "abc", ""),
        ("x" * 300 + "line 1\n", "x" * 250 + "line 1\nline 2\n", "line 2\n"),
        ("all of it is gone", "another log", "…\nanother log"),
    ],
)
def test_only_what_was_added_to_a_log_is_printed(before: str, now: str, new: str) -> None:
    assert added(before, now) == new


def test_findings_are_printed_one_a_line(operator: Command) -> None:
    make_job_type(job={"interface": {"inputs": {"json": [{"name": "WIDTH", "type": "integer"}]}}})
    ran = operator("jobs", "create", "test", "1.0.0")
    assert (ran.code, ran.out) == (1, "")
    assert re.fullmatch(r"error    MISSING_INPUT  /input/json  .*WIDTH.*\n", ran.err)


def test_what_the_service_refuses_is_said_as_the_service_says_it(operator: Command, url: str) -> None:
    missing = operator("job-types", "show", "none", "1.0.0")
    assert (missing.code, missing.out) == (1, "")
    assert missing.err.count("\n") == 1
    assert "none" in missing.err
    unknown = operator("jobs", "list", "--status", "DONE")
    assert (unknown.code, unknown.err.count("\n")) == (1, 1)


def test_an_account_without_the_right_or_a_token_is_told_so(
    command: Command, url: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_job_type()
    monkeypatch.setenv("SCALE_URL", url)
    nobody = command("job-types", "pause", "test", "1.0.0")
    assert nobody.code == 1
    assert nobody.err.endswith("Use scale login, --token-file or SCALE_TOKEN.\n")
    monkeypatch.setenv("SCALE_TOKEN", AuthToken.objects.create(User.objects.create_user("user"))[1])
    ran = command("job-types", "pause", "test", "1.0.0")
    assert (ran.code, JobType.objects.get(name="test").is_paused) == (1, False)
    monkeypatch.setenv("SCALE_TOKEN", "two words")
    assert command("job-types", "list").err == "The token is none: it has characters that no token has.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("jobs", "show", "many"), "Invalid value for 'ID': Input should be a valid integer"),
        (
            ("jobs", "list", "--limit", "0"),
            "Invalid value for '--limit': Input should be greater than or equal to 1",
        ),
        (
            ("jobs", "list", "--output", "xml"),
            "Invalid value for '--output' / '-o': Value error, 'xml' is not one of",
        ),
        (("job-types", "show", "test"), "Missing argument 'VERSION'."),
        (("job-types", "show", "..", "1.0.0"), "'..' can be no part of a URL"),
        (("--url", "ftp://host", "jobs", "list"), "The URL of a service begins with http"),
        (("jobs", "create", "a", "1", "--input", "/none.yaml"), "/none.yaml: No such file or directory"),
    ],
)
def test_wrong_usage_is_a_sentence_and_the_exit_code_2(
    operator: Command, arguments: tuple[str, ...], sentence: str
) -> None:
    ran = operator(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1].removeprefix("Error: ").startswith(sentence)
    assert "Traceback" not in ran.err


def test_no_service_is_a_sentence_and_the_exit_code_2(command: Command) -> None:
    ran = command("--url", "http://127.0.0.1:1", "jobs", "create", "a", "1")
    assert ran.code == 2
    assert ran.err.startswith("http://127.0.0.1:1 cannot be reached: ")
    assert ran.err.count("\n") == 1


def test_names_are_completed_and_a_service_that_is_away_completes_nothing(
    operator: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_job_type("cloud-mask")
    assert job_type_names("clo") == ["cloud-mask"]
    assert recipe_type_names("clo") == []
    monkeypatch.setenv("SCALE_URL", "http://127.0.0.1:1")
    assert job_type_names("clo") == []


def test_publish_sends_the_image_and_the_fields_of_a_file(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_PASSWORD", "a secret")
    file = tmp_path / "job-type.yaml"
    settings = {"HOST": "a", "PASSWORD": {"env": "DB_PASSWORD"}}
    file.write_text(yaml.safe_dump({"max_scheduled": 2, "configuration": {"settings": settings}}))
    edited = {"is_valid": True, "errors": [], "warnings": [], "name": "x", "version": "1.0.0", "revision_num": 2}
    report = {"is_valid": False, "errors": [{"name": "A", "description": "b", "path": "/c"}], "warnings": []}
    answers = [Scripted(body=json.dumps(one).encode()) for one in (edited, report)]
    with faulty_server(*answers) as server:
        monkeypatch.setenv("SCALE_URL", server.url)
        ran = command("publish", "registry.example.com/x:1", "--file", file)
        dry = command("publish", "registry.example.com/x:1", "--dry-run")
    assert (ran.code, ran.out.split()) == (0, ["name", "x", "version", "1.0.0", "revision_num", "2"])
    assert (dry.code, dry.err, dry.out.split()) == (1, "error    A  /c  b\n", ["is_valid", "no"])
    bodies = [json.loads(body) for *_, body in server.asked]
    assert [asked[:2] for asked in server.asked] == [("POST", "/v6/job-types/import/")] * 2
    assert bodies == [
        {
            "image": "registry.example.com/x:1",
            "max_scheduled": 2,
            "configuration": {"settings": {"HOST": "a", "PASSWORD": "a secret"}},
        },
        {"image": "registry.example.com/x:1", "dry_run": True},
    ]


def test_differences_are_shown_with_what_they_mean_to_recipe_types(operator: Command) -> None:
    make_pair()
    make_recipe("pair", definition=chain())
    without = make_manifest("first", timeout=90, **interface(inputs=FIRST["interface"]["inputs"]))
    edit_job_type(name="first", version="1.0.0", fields={"manifest": without})
    ran = operator("job-types", "diff", "first", "1.0.0", "--from", 1, "--to", 2)
    assert ran.out.splitlines()[0].split() == ["kind", "path", "old", "new"]
    assert "changed  /manifest/job/timeout" in ran.out
    assert "The output 'mask' is gone: recipes that use it cannot any more.\n" in ran.out
    assert ran.out.splitlines()[-1].startswith("The recipe type pair breaks: node 'report': ")
    assert operator("diff", "first", "1.0.0", "--from", 1, "--to", 2).out == ran.out
    whole = operator("job-types", "diff", "first", "1.0.0", "-o", "json")
    assert json.loads(whole.out)["old"]["revision_num"] == 1


def test_the_command_works_in_pipes(url: str, token: str) -> None:
    for number in range(3):
        make_job_type(f"type-{number}")
    program = [sys.executable, "-c", "import sys; from client.cli.scale import main; sys.exit(main())"]
    environment = {**os.environ, "SCALE_URL": url, "SCALE_TOKEN": token, "FORCE_COLOR": ""}
    ran = subprocess.run(
        [*program, "job-types", "list", "--keyword", "type-"], env=environment, capture_output=True, text=True
    )
    assert (ran.returncode, ran.stderr, len(ran.stdout.splitlines())) == (0, "", 4)
    reader, writer = os.pipe()
    os.close(reader)
    cut = subprocess.run([*program, "job-types", "list"], env=environment, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert cut.stderr == b""
