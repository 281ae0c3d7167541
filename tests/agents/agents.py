"""Agents as processes of their own, which are killed and started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from tests.images.engines import PATIENCE
from tests.load.server import ROOT


class Agent:
    """An agent of one node: its state is in ``folder/state``, what it logs in ``folder/log``.

    ``options`` are added to its command line.
    """

    def __init__(self, folder: Path, url: str, token: str, options: Sequence[str]) -> None:
        folder.mkdir()
        self.node, self.folder, self.state, self.log = folder.name, folder, folder / "state", folder / "log"
        token_file = folder / "token"
        token_file.touch(mode=0o600)
        token_file.write_text(token, encoding="utf-8")
        self.command = [
            *(sys.executable, "-m", "agent", "--url", url, "--token-file", str(token_file), "--node", self.node),
            *("--state-dir", str(self.state), *options),
        ]

    def start(self) -> None:
        """Start it; it may be running for some time before it reaches the service and the engine."""
        self.said_before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, cwd=ROOT, stdout=log, stderr=log)

    def kill(self) -> None:
        """Kill it as the kernel would, and nothing that it started."""
        self.process.kill()
        self.process.wait()

    def terminate(self) -> None:
        """Tell it to end in an orderly way."""
        self.process.send_signal(signal.SIGTERM)

    def end(self) -> int:
        """End it in an orderly way, and return its exit code."""
        self.terminate()
        return self.process.wait(PATIENCE)

    def is_running(self) -> bool:
        """Return whether it has not ended by itself."""
        return self.process.poll() is None

    def is_idle(self) -> bool:
        """Return whether it has begun to work, and has nothing to do."""
        said = self.log.read_bytes()[self.said_before :]
        return b'"message": "started"' in said and not list((self.state / "jobs").iterdir())

    def left_processes(self) -> list[str]:
        """Return the command lines of what it started and left behind, after waiting for it a little."""
        end = time.monotonic() + 20
        while (left := list(self._processes())) and time.monotonic() < end:
            time.sleep(0.2)
        return left

    def _processes(self) -> list[str]:
        lines = []
        for process in psutil.process_iter():
            try:
                line = " ".join(process.cmdline())
            except psutil.Error:
                continue
            if str(self.state) in line and process.pid != os.getpid():
                lines.append(line)
        return lines


class Crew:
    """Some agents, which run while this is entered."""

    def __init__(self, agents: Sequence[Agent]) -> None:
        self.agents = agents

    def __enter__(self) -> Self:
        for agent in self.agents:
            agent.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for agent in self.agents:
            agent.kill()
            if error is not None:
                error.add_note(f"the end of the log of {agent.node}:\n{_tail(agent.log)}")

    def end(self) -> list[int]:
        """Wait until they have nothing to do, end all of them at the same time, and return their exit codes."""
        until = time.monotonic() + PATIENCE
        while not all(agent.is_idle() for agent in self.agents):
            assert time.monotonic() < until, "an agent keeps a job that is over"
            time.sleep(0.1)
        # One that was just started keeps a claim of before until that is answered.
        time.sleep(3)
        for agent in self.agents:
            agent.terminate()
        return [agent.process.wait(PATIENCE) for agent in self.agents]


def _tail(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")[-6_000:]
