"""A real Prometheus, Debian's, which scrapes a server."""

import json
import shutil
import socket
import subprocess
from functools import partial
from pathlib import Path
from typing import Any, Self
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import yaml

from tests.load.database import wait_for
from tests.load.server import ROOT

DEPLOY = ROOT / "deploy" / "prometheus"


class Prometheus:
    """A running Prometheus with the configuration of ``deploy/``, but for the address and the interval."""

    def __init__(self, folder: Path, target: str, token: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.folder = folder
        folder.mkdir()
        configuration = yaml.safe_load((DEPLOY / "prometheus.yml").read_text(encoding="utf-8"))
        configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        configuration["scrape_configs"][0]["static_configs"] = [{"targets": [target]}]
        (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration), encoding="utf-8")
        (folder / "metrics-token").write_text(token, encoding="utf-8")
        shutil.copy(DEPLOY / "rules.yml", folder)

    def __enter__(self) -> Self:
        command = ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data", "--log.level=warn"]
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [*command, f"--web.listen-address=127.0.0.1:{self.port}"], cwd=self.folder, stdout=log, stderr=log
            )
        wait_for(self.is_ready)
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.kill()
        self.process.wait()

    def is_ready(self) -> bool:
        assert self.process.poll() is None, (self.folder / "log").read_text(encoding="utf-8")
        try:
            return bool(self.query("up == 1"))
        except URLError:
            return False

    def query(self, expression: str) -> dict[tuple[str, ...], float]:
        """Return the value of each series of an instant query, by the values of its labels in their order."""
        found = self._get("query", query=expression)["result"]
        without = ("__name__", "instance", "job")
        return {
            tuple(value for name, value in sorted(one["metric"].items()) if name not in without): float(
                one["value"][1]
            )
            for one in found
        }

    def rules(self) -> list[str]:
        """Return the names of the rules that it evaluates without a fault."""
        groups = self._get("rules")["groups"]
        return [rule["name"] for group in groups for rule in group["rules"] if rule["health"] == "ok"]

    def scrape_again(self) -> None:
        """Wait until everything that the server shows now has been scraped."""
        began = self.query("timestamp(up)")[()]
        wait_for(partial(self._is_after, began + 2))

    def _is_after(self, moment: float) -> bool:
        return self.query("timestamp(up == 1)").get((), 0) > moment

    def _get(self, what: str, **parameters: str) -> Any:
        with urlopen(f"http://127.0.0.1:{self.port}/api/v1/{what}?{urlencode(parameters)}", timeout=10) as answer:
            return json.load(answer)["data"]
