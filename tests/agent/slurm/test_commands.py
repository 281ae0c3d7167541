"""The commands of Slurm, with what a real Slurm 22.05 printed."""

import stat
from pathlib import Path

import pytest

from agent.engines.slurm import commands
from agent.engines.slurm.commands import ClusterSize, Request, SlurmJob, SlurmState
from seed.run.engine import EngineError, EngineLost

SQUEUE = """\
9|CANCELLED|JobHeldUser|scale-a-8-1.hh
1|COMPLETED|None|scale-a-1-1.aa
2|FAILED|NonZeroExitCode|scale-a-2-1.bb
3|PENDING|Resources|scale-a-3-1.cc
5|PENDING|Priority|scale|odd|name
6|RUNNING|None|scale-a-5-1.ee
7|PENDING|PartitionConfig|scale-a-6-1.ff
4|PENDING|PartitionTimeLimit|scale-a-4-1.dd
"""


def request(**members: object) -> Request:
    values = {
        "name": "scale-a-1-2.0f",
        "comment": "scale.agent.job=1 scale.agent.try=2",
        "cpus": 1.5,
        "memory": 512,
        "gpus": 0,
        "seconds": 3600.0,
        "log": Path("/shared/100%/slurm.log"),
    }
    return Request(**{**values, **members})  # type: ignore[arg-type]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where a script stands in for each of the commands; it is to be written."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sbatch", "squeue", "scancel", "sinfo"):
        (folder / name).symlink_to(tmp_path / "program")
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return tmp_path / "program"


def write(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(stat.S_IRWXU)


def test_a_job_is_submitted_with_its_resources_and_a_time_limit_behind_its_timeout() -> None:
    assert commands.sbatch_words(request()) == [
        *("sbatch", "--parsable", "--no-requeue", "--export=ALL", "--nodes=1", "--ntasks=1", "--chdir=/"),
        "--job-name=scale-a-1-2.0f",
        "--comment=scale.agent.job=1 scale.agent.try=2",
        "--cpus-per-task=2",
        "--mem=608M",
        "--output=/shared/100%%/slurm.log",
        "--open-mode=append",
        "--time=65",
        "--signal=B:TERM@60",
    ]


def test_a_job_without_a_timeout_has_no_time_limit_of_ours_and_gpus_are_asked_for() -> None:
    words = commands.sbatch_words(request(seconds=None, gpus=2))
    assert words[-1] == "--gres=gpu:2"
    assert not [word for word in words if word.startswith(("--time", "--signal"))]


def test_the_script_is_made_of_paths_alone_whatever_is_in_them() -> None:
    script = commands.batch_script("/opt/my python/bin/python", Path("/opt/it's"), Path("/shared/$HOME/a"))
    assert script == (
        "#!/bin/sh\n"
        "export PYTHONPATH='/opt/it'\"'\"'s'\n"
        "exec '/opt/my python/bin/python' -m agent.engines.slurm.step '/shared/$HOME/a'\n"
    )


def test_all_jobs_are_read_from_one_answer_by_name() -> None:
    assert commands.parse_jobs(SQUEUE) == {
        "scale-a-8-1.hh": SlurmJob("9", SlurmState.CANCELLED, "CANCELLED, JobHeldUser"),
        "scale-a-1-1.aa": SlurmJob("1", SlurmState.COMPLETED, "COMPLETED"),
        "scale-a-2-1.bb": SlurmJob("2", SlurmState.FAILED, "FAILED, NonZeroExitCode"),
        "scale-a-3-1.cc": SlurmJob("3", SlurmState.WAITS, "PENDING, Resources"),
        "scale|odd|name": SlurmJob("5", SlurmState.WAITS, "PENDING, Priority"),
        "scale-a-5-1.ee": SlurmJob("6", SlurmState.RUNS, "RUNNING"),
        "scale-a-6-1.ff": SlurmJob("7", SlurmState.WAITS, "PENDING, PartitionConfig", is_hopeless=True),
        "scale-a-4-1.dd": SlurmJob("4", SlurmState.WAITS, "PENDING, PartitionTimeLimit", is_hopeless=True),
    }


def test_of_two_jobs_with_one_name_the_one_counts_that_may_still_run() -> None:
    for printed in ("1|RUNNING|None|a\n2|COMPLETED|None|a\n", "2|COMPLETED|None|a\n1|RUNNING|None|a\n"):
        assert commands.parse_jobs(printed)["a"].state == SlurmState.RUNS


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("CONFIGURING", SlurmState.WAITS),
        ("COMPLETING", SlurmState.RUNS),
        ("SUSPENDED", SlurmState.RUNS),
        ("TIMEOUT", SlurmState.TIMED_OUT),
        ("DEADLINE", SlurmState.TIMED_OUT),
        ("OUT_OF_MEMORY", SlurmState.OUT_OF_MEMORY),
        ("NODE_FAIL", SlurmState.LOST),
        ("PREEMPTED", SlurmState.LOST),
        ("BOOT_FAIL", SlurmState.LOST),
    ],
)
def test_each_state_of_slurm_means_something_here(word: str, state: SlurmState) -> None:
    assert commands.parse_jobs(f"1|{word}|None|a\n")["a"].state == state


def test_the_size_of_a_cluster_counts_each_usable_node_once() -> None:
    printed = "n1|8|4000|idle\nn1|8|4000|idle\nn2|64|256000|mixed\nn3|8|4000|drained\nn4|8|4000|down*\n"
    assert commands.parse_size(printed) == ClusterSize(cpus=72, memory=260_000, most_cpus=64)


def test_a_cluster_without_a_usable_node_is_an_error() -> None:
    with pytest.raises(EngineError, match="no node of the cluster can be used"):
        commands.parse_size("vm|8|4000|drained\n")


def test_a_submission_answers_the_id_and_passes_on_neither_the_token_nor_anything_else(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCALE_AGENT_TOKEN", "secret")
    monkeypatch.setenv("SBATCH_PARTITION", "long")
    monkeypatch.setenv("SLURM_CONF", "/etc/slurm/slurm.conf")
    write(program, f'env > {program}.env; cat > {program}.stdin; echo "17;cluster"')
    assert commands.submit(request(), "#!/bin/sh\ntrue\n") == "17"
    names = {line.partition("=")[0] for line in Path(f"{program}.env").read_text().splitlines()}
    assert {"SBATCH_PARTITION", "SLURM_CONF", "PATH"} <= names
    assert "SCALE_AGENT_TOKEN" not in names
    assert Path(f"{program}.stdin").read_text() == "#!/bin/sh\ntrue\n"


def test_what_slurm_refuses_is_an_error_in_its_words(program: Path) -> None:
    write(
        program,
        "echo 'sbatch: error: Memory specification can not be satisfied' >&2\n"
        "echo 'sbatch: error: Batch job submission failed: Requested node configuration is not available' >&2\n"
        "exit 1",
    )
    with pytest.raises(EngineError) as refused:
        commands.submit(request(), "")
    assert type(refused.value) is EngineError
    assert str(refused.value) == (
        "sbatch failed: Memory specification can not be satisfied; "
        "Batch job submission failed: Requested node configuration is not available"
    )


def test_a_controller_that_is_away_is_lost_and_not_an_error_of_the_job(program: Path) -> None:
    write(
        program,
        "echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1",
    )
    with pytest.raises(EngineLost, match=r"squeue failed: .*connect failure"):
        commands.jobs()


def test_a_machine_without_slurm_is_told_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(EngineError, match=r"scancel cannot be started \(No such file .*\): install Slurm"):
        commands.cancel("a")


def test_a_command_that_hangs_is_given_up(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_ANSWER_SECONDS", 0.2)
    write(program, "exec sleep 60")
    with pytest.raises(EngineLost, match=r"squeue does not answer within 0.2 s"):
        commands.jobs()
