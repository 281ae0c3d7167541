"""An engine whose containers are process groups of this machine, and outlast whoever started them."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from agent.state import write_json
from seed.run.engine import EngineError, Exit, Facts, Image, ImageMissing, Output, State
from seed.run.plan import RunPlan

NO_IMAGE = "missing:1"
# The command runs below a shell that outlives SIGTERM, and notes how it ended.
_SHELL = """
trap : TERM
"$@" &
wait $!
code=$?
while kill -0 $! 2>/dev/null; do
    wait $!
    code=$?
done
echo $code > "$0"
"""


class ProcessEngine:
    """Containers are folders below ``folder``, with what they print and how they ended."""

    facts = Facts(cpus=4.0, is_rootless=False, is_podman=False)

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.pulled: list[str] = []

    def image(self, reference: str) -> Image:
        """Every image is there, but one."""
        if reference == NO_IMAGE:
            raise ImageMissing(f"the engine has no image {reference}")
        return Image({}, f"{os.getuid()}:{os.getgid()}", {}, ())

    def pull(self, reference: str, seconds: float | None = None) -> None:
        """No registry has the image that is missing."""
        self.pulled.append(reference)
        raise ImageMissing(f"{reference} could not be pulled: no such image")

    def start(self, plan: RunPlan, output: Output) -> "ProcessContainer":
        """Start a process group."""
        folder = self.folder / plan.name
        try:
            folder.mkdir()
        except FileExistsError as error:
            raise EngineError(f"the name {plan.name} is in use") from error
        variables = {**plan.environment, "OUTPUT_DIR": str(plan.output_folder), "PATH": "/usr/bin:/bin"}
        for bind in plan.binds:
            variables = {name: value.replace(bind.target, bind.source) for name, value in variables.items()}
        command = [word.replace("/seed/inputs", str(folder)) for word in plan.command]
        with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
            process = subprocess.Popen(
                ["/bin/sh", "-c", _SHELL, str(folder / "code"), *command],
                env=variables,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        threading.Thread(target=process.wait, daemon=True).start()
        note = {"pid": process.pid, "labels": dict(plan.labels), "environment": variables}
        write_json(folder / "container.json", note)
        container = ProcessContainer(folder)
        container.follow(output)
        return container

    def find(self, labels: Mapping[str, str]) -> Sequence["ProcessContainer"]:
        """Return those with these labels."""
        found = [ProcessContainer(path.parent) for path in sorted(self.folder.glob("*/container.json"))]
        return [one for one in found if labels.items() <= dict(one.labels).items()]

    def remove_all(self) -> None:
        """End all that runs."""
        for container in self.find({}):
            container.remove()


class ProcessContainer:
    """A process group with its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        note = json.loads((folder / "container.json").read_text())
        self.pid: int = note["pid"]
        self.labels: Mapping[str, str] = note["labels"]
        self.environment: Mapping[str, str] = note["environment"]
        self.reader: threading.Thread | None = None

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name

    @property
    def state(self) -> State:
        """What the kernel says of it."""
        if self.exit():
            return State.ENDED
        with suppress(OSError):
            letter = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]
            return State.PAUSED if letter == "T" else State.RUNNING
        return State.ENDED

    def follow(self, output: Output) -> None:
        """Hand out what is in its files, and what is added to them."""

        stdout, stderr = ((self.folder / name).open("rb") for name in ("stdout", "stderr"))

        def read() -> None:
            with stdout, stderr:
                is_over = False
                while not is_over:
                    is_over = not self.folder.exists() or self.exit() is not None
                    for name, file in (("stdout", stdout), ("stderr", stderr)):
                        while piece := file.read(2**16):
                            output(name, piece)
                    time.sleep(0.01)

        self.reader = threading.Thread(target=read, daemon=True)
        self.reader.start()

    def exit(self) -> Exit | None:
        """Return how it ended: as it was noted, or by SIGKILL."""
        if (end := self._noted()) is not None:
            return end
        try:
            os.killpg(self.pid, 0)
        except ProcessLookupError:
            # It may have noted its code and ended since it was looked for.
            return self._noted() or Exit(137)
        return None

    def _noted(self) -> Exit | None:
        with suppress(OSError, ValueError):
            return Exit(int((self.folder / "code").read_text()))
        return None

    def wait(self, seconds: float) -> Exit | None:
        """Return how it ended as soon as it has."""
        until = time.monotonic() + seconds
        while (end := self.exit()) is None and time.monotonic() < until:
            time.sleep(0.01)
        return end

    def send(self, name: str) -> None:
        """Send a signal to all of its processes."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.Signals[name])

    def drain(self, seconds: float) -> None:
        """Wait for the output."""
        if self.reader:
            self.reader.join(seconds)

    def pause(self) -> None:
        """Freeze it."""
        self.send("SIGSTOP")

    def unpause(self) -> None:
        """Let it go on."""
        self.send("SIGCONT")

    def remove(self) -> None:
        """Kill it if it runs; another agent may have removed it, or do so now."""
        self.send("SIGKILL")
        self.drain(5)
        with suppress(FileNotFoundError):
            for path in self.folder.glob("*"):
                path.unlink(missing_ok=True)
            self.folder.rmdir()
