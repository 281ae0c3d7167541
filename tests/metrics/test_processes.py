"""The files in which processes count."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from metrics import processes

# A process that counts, ends, and is replaced twice: by one with its number, and by one with another.
REPLACED = """
import os
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from metrics import processes
from metrics.requests import _series
for number in (1, 1, 2):
    if os.fork() == 0:
        processes.count_as(number)
        _series("/", "GET", 200).requests.inc()
        os._exit(0)
    os.wait()
registry = CollectorRegistry()
MultiProcessCollector(registry, processes.folder())
print(sorted(os.listdir(processes.folder())))
print(next(line for line in generate_latest(registry).decode().splitlines() if "requests_total{" in line))
print(processes.folder())
"""


@pytest.mark.parametrize(("taken", "free"), [([], 1), ([1, 2], 3), ([3, 1], 2)])
def test_a_process_gets_the_lowest_number_that_no_other_one_has(taken: list[int], free: int) -> None:
    assert processes.free_number(SimpleNamespace(number=number) for number in taken) == free


def test_a_process_counts_on_where_the_one_that_it_replaces_has_ended() -> None:
    environment = os.environ | {"ENV_FILE": "", "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "-c", REPLACED]
    output = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    files, counted, folder = output.splitlines()
    assert files == str([f"{kind}_worker-{number}.db" for kind in ("counter", "histogram") for number in (1, 2)])
    assert counted == 'scale_http_requests_total{method="GET",route="/",status="200"} 3.0'
    assert not Path(folder).exists(), "the first process has ended"
