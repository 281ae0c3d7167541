"""An engine whose containers are processes of this machine: for what a run does with any engine."""

import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from seed.run.engine import EngineError, Exit, Output
from seed.run.plan import RunPlan


@dataclass
class ProcessEngine:
    """Runs the command of a plan, with OUTPUT_DIR where it is on the host, and keeps what it ran."""

    ran: list["ProcessContainer"] = field(default_factory=list)

    def start(self, plan: RunPlan, output: Output) -> "ProcessContainer":
        """Start a process."""
        variables = {**plan.environment, "OUTPUT_DIR": str(plan.output_folder), "PATH": "/usr/bin:/bin"}
        container = ProcessContainer(plan.command, variables, output)
        self.ran.append(container)
        return container


class ProcessContainer:
    """A process that can be stopped and is removed."""

    def __init__(self, command: tuple[str, ...], variables: Mapping[str, str], output: Output) -> None:
        try:
            self.process = subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, start_new_session=True)
        except OSError as error:
            raise EngineError(f"the process could not be started: {error.strerror}") from error
        self.output = output
        self.is_removed = False
        self.signals: list[str] = []
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    @property
    def name(self) -> str:
        """Its number."""
        return str(self.process.pid)

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout as stdout:
            while (piece := os.read(stdout.fileno(), 2**16)) and self.output("stdout", piece):
                pass

    def exit(self) -> Exit | None:
        """Return how it ended, with 128 and the number of the signal that killed it."""
        code = self.process.poll()
        return None if code is None else Exit(code if code >= 0 else 128 - code)

    def wait(self, seconds: float) -> Exit | None:
        """Return how it ended as soon as it has."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        return self.exit()

    def send(self, name: str) -> None:
        """Send a signal."""
        self.signals.append(name)
        self.process.send_signal(signal.Signals[name])

    def drain(self, seconds: float) -> None:
        """Wait for the output."""
        self.reader.join(seconds)

    def remove(self) -> None:
        """Kill it if it runs."""
        self.process.kill()
        self.process.wait()
        self.is_removed = True
