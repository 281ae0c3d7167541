"""The plan of a run on its way to a node: the same there, and nothing secret in the part that anyone may read."""

import json
from dataclasses import replace
from pathlib import Path

from agent.engines.slurm.plans import join, open_part, secret_part
from seed.run.plan import Bind, Limits, RunPlan
from seed.run.users import User

PLAN = RunPlan(
    image="image:1",
    command=("run", "open sesame"),
    environment={"KEY": "open sesame", "LEVEL": "3"},
    binds=(Bind("/shared/in", "/seed/inputs/IN/in"), Bind("/shared/out", "/seed/outputs", read_only=False)),
    output_folder=Path("/shared/out"),
    limits=Limits(1.5, 512, 64, 100.0, gpus=1),
    timeout=60.0,
    network="none",
    user=User("7:8", owner=(7, 8)),
    writable_root=False,
    labels={"scale.agent.job": "1"},
    shown_command=("run", "*****"),
    shown_environment={"KEY": "*****", "LEVEL": "3"},
    name="scale-1-1",
)


def test_a_plan_is_the_same_when_its_parts_are_joined() -> None:
    for plan in (PLAN, replace(PLAN, user=User("app"), timeout=None, binds=(), command=())):
        assert join(json.loads(json.dumps(open_part(plan))), secret_part(plan)) == plan


def test_nothing_secret_is_in_the_open_part() -> None:
    assert "sesame" not in json.dumps(open_part(PLAN))
