"""``python -m agent.demo --port 8000 -- SERVER …``: a server, and an agent beside it that runs jobs of the demo.

``var/agent`` has the tokens of an operator (``operator-token``) and of a worker (``worker-token``), and gets the
state of the agent and the products. Without an engine, there is the server alone.
"""

import argparse
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
from docker.errors import DockerException

from agent.demo.images import IMAGES
from agent.demo.programs import NoProgram
from agent.demo.work import Work
from client import Scale, ScaleError
from seed.run.docker_engine import DockerEngine, connect
from seed.run.engine import EngineError

_NODE = "demo-agent"
_SECONDS_TO_START, _SECONDS_TO_END = 60.0, 20.0


def say(text: str) -> None:
    """Tell the newcomer something."""
    print(f"[demo] {text}", flush=True)


def main() -> int:
    """Serve until Ctrl-C or SIGTERM, and return the exit code of the server."""
    parser = argparse.ArgumentParser(prog="python -m agent.demo")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, default=Path("var/agent"))
    parser.add_argument("server", nargs="+")
    options = parser.parse_args()
    try:
        engine = connect()
        for image in IMAGES:
            image.make(engine)
    except EngineError:
        reason = "no Docker Engine and no Podman answers; on Debian, `apt install docker.io` brings one"
    except (NoProgram, DockerException) as error:
        reason = f"its images cannot be made: {error}"
    else:
        return Demo(engine, options.folder.resolve(), options.port).run(options.server)
    say(f"No agent runs: {reason}. The demo is shown without it.")
    return os.execvp(options.server[0], options.server)  # noqa: S606  (the Makefile names the server)


class Demo:
    """A server and an agent, which run beside this process."""

    def __init__(self, engine: DockerEngine, folder: Path, port: int) -> None:
        self.engine, self.folder = engine, folder
        self.url = f"http://127.0.0.1:{port}"
        self.ended = threading.Event()
        self.agent: subprocess.Popen[bytes] | None = None

    def run(self, command: list[str]) -> int:
        """Run until a signal comes or the server ends. The agent ends first, to report what becomes of its jobs."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.ended.set())
        # In a session of its own, as Ctrl-C reaches all processes of the one of the terminal at the same time.
        with subprocess.Popen(command, start_new_session=True) as server:  # noqa: S603
            try:
                self._work(server)
            finally:
                self._end_agent()
                server.send_signal(signal.SIGTERM)
        return 0 if self.ended.is_set() else server.returncode

    def _work(self, server: subprocess.Popen[bytes]) -> None:
        products = self.folder / "products"
        products.mkdir(parents=True, exist_ok=True)
        token = (self.folder / "operator-token").read_text(encoding="utf-8").strip()
        if not self._wait_for(server):
            return
        with Scale(self.url, token) as scale:
            work = Work(scale, products, say)
            work.prepare()
            self._start_agent()
            while server.poll() is None and not self.ended.wait(1.0):
                if self.agent and self.agent.poll() is not None:
                    say(f"the agent has ended; {self.folder / 'log'} says why.")
                    self.agent = None
                try:
                    work.go_on()
                except ScaleError as error:
                    say(str(error))

    def _wait_for(self, server: subprocess.Popen[bytes]) -> bool:
        """Return whether the server answers, once it does or has ended."""
        while server.poll() is None and not self.ended.wait(0.2):
            try:
                if httpx.get(f"{self.url}/readyz").is_success:
                    return True
            except httpx.HTTPError:
                continue
        return False

    def _start_agent(self) -> None:
        command = [
            *(sys.executable, "-m", "agent", "--url", self.url, "--token-file", str(self.folder / "worker-token")),
            *("--node", _NODE, "--slots", "2", "--state-dir", str(self.folder / "state"), "--drain", "0"),
            # Less than any other job of the demo needs, so that it takes none of them: they have no images.
            *("--cpus", "0.4", "--mem", "128", "--disk", "1024", "--host-root", str(self.folder)),
        ]
        with (self.folder / "log").open("wb") as log:
            self.agent = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)  # noqa: S603
        say(f"an agent runs as the node {_NODE}; its log and its products are in {self.folder}")

    def _end_agent(self) -> None:
        if self.agent is None:
            return
        say("the agent gives back what it runs, and ends.")
        self.agent.terminate()
        try:
            self.agent.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self.agent.kill()
            self.agent.wait()


if __name__ == "__main__":
    sys.exit(main())
