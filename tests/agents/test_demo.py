"""``make demo AGENT=1``, without its data: jobs are done with a real engine, and Ctrl-C ends everything."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.images.engines import PATIENCE, docker_engine, free_port, podman_engine
from tests.load.server import ROOT
from tests.standalone import ENVIRONMENT

ENGINES = {"docker": docker_engine, "podman": podman_engine}


class Demo:
    """The demo as the Makefile starts it, with a database of its own."""

    def __init__(self, folder: Path, engine: str) -> None:
        self.folder, self.log, self.port = folder, folder / "log", free_port()
        self.environment = {
            **os.environ,
            **ENVIRONMENT,
            "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
            "BIND": f"127.0.0.1:{self.port}",
            "WEB_CONCURRENCY": "1",
            "DOCKER_HOST": engine,
        }

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run it in a session of its own, which is its terminal."""
        self._manage("bootstrap", "--operator", "operator", "--credentials", str(self.folder / "credentials"))
        for name, group in (("operator", "Operators"), ("worker", "Workers")):
            token = self._manage("tokens", "create", f"demo-{name}", "--group", group).split()[-1]
            (self.folder / f"{name}-token").touch(mode=0o600)
            (self.folder / f"{name}-token").write_text(token, encoding="utf-8")
        arguments = ["--port", str(self.port), "--folder", str(self.folder), "--", sys.executable, "-m", "gunicorn"]
        command = [sys.executable, "-m", "agent.demo", *arguments]
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        try:
            yield process
        finally:
            # Killed, it would leave its server behind.
            process.terminate()
            process.wait(PATIENCE)

    def wait_for(self, text: str) -> None:
        """Wait until it has said something."""
        until = time.monotonic() + PATIENCE
        while text not in (said := self.log.read_text(encoding="utf-8")):
            assert time.monotonic() < until, said
            time.sleep(0.2)

    def _manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True
        ).stdout


@pytest.mark.parametrize("name", ENGINES)
def test_one_job_makes_a_file_and_another_reads_it_until_ctrl_c(tmp_path: Path, name: str) -> None:
    with ENGINES[name]() as engine:
        demo = Demo(tmp_path, engine.url)
        with demo.running() as process:
            demo.wait_for("is queued (a report on the file that job")
            said = demo.log.read_text(encoding="utf-8")
            report = said.rpartition(" is queued (a report")[0].rpartition("job ")[2]
            demo.wait_for(f"job {report} COMPLETED: http://127.0.0.1:{demo.port}/jobs/{report}/")
            os.killpg(process.pid, signal.SIGINT)
            assert process.wait(PATIENCE) == 0
        assert engine.containers() == []
        products = {path.name for path in (tmp_path / "products").rglob("*") if path.is_file()}
        assert products == {"readings.csv", "report.txt"}


def test_without_an_engine_it_says_so_and_serves(tmp_path: Path) -> None:
    demo = Demo(tmp_path, f"unix://{tmp_path}/nothing.sock")
    with demo.running() as process:
        demo.wait_for(
            "[demo] No agent runs: no Docker Engine and no Podman answers; on Debian, `apt install docker.io`"
        )
        demo.wait_for("Listening at")
        with urlopen(f"http://127.0.0.1:{demo.port}/readyz", timeout=60) as answer:
            assert answer.status == 200
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(PATIENCE) == 0
