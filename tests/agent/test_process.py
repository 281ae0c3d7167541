"""The process of an agent, from outside."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.load.server import ROOT

PATIENCE = 30


def test_it_ends_in_an_orderly_way_however_often_it_is_told(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.touch(mode=0o600)
    token.write_text("sesame", encoding="utf-8")
    log = tmp_path / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "agent", "--url", "http://127.0.0.1:9", "--token-file", str(token)),
                *("--node", "a", "--state-dir", str(tmp_path / "state"), "--host-root", str(tmp_path)),
                # There is no engine, for which it waits.
                *("--engine-url", f"unix://{tmp_path}/no.sock"),
            ],
            cwd=ROOT,
            stdout=stream,
            stderr=stream,
        )
        until = time.monotonic() + PATIENCE
        while b"the engine does not answer" not in log.read_bytes():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.05)
        while process.poll() is None and time.monotonic() < until:
            process.send_signal(signal.SIGTERM)
            time.sleep(0.0005)
    assert process.returncode == 0, log.read_text()
