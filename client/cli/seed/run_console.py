"""What ``seed run`` says: the output of the image as it comes, findings and results as text or JSON."""

import json
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console as Terminal
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from seed.findings import Report, shown
from seed.run.plan import RunPlan
from seed.run.result import Result
from seed.wording import printable


class Console:
    """Where a run is shown: the output of the image, and what the command says of it."""

    def __init__(self, *, is_json: bool, is_quiet: bool, most_bytes: int) -> None:
        self.is_json = is_json
        self.is_quiet = is_quiet
        self.most_bytes = most_bytes
        self.printed: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.terminal = Terminal(stderr=True, highlight=False, markup=False, soft_wrap=True)

    def output(self, stream: str, piece: bytes) -> bool:
        """Show what the image prints; returns False once that is as much as is shown."""
        if self.is_quiet:
            return False
        rest = self.most_bytes - self.printed[stream]
        self.printed[stream] += len(piece)
        # Of a result in JSON nothing else is on stdout.
        target = sys.stdout if stream == "stdout" and not self.is_json else sys.stderr
        with self.lock:
            target.buffer.write(piece[: max(rest, 0)])
            target.flush()
            if 0 <= rest < len(piece):
                self._say(
                    f"\nIts output is more than {decimal(self.most_bytes)}; the rest is not shown (--log-limit)."
                )
        return rest >= len(piece)

    @contextmanager
    def busy(self, what: str) -> Iterator[None]:
        """Show that something takes its time."""
        if self.is_quiet:
            yield
        else:
            with self.terminal.status(Text(f"{what} ...")):
                yield

    def started(self, name: str, plan: RunPlan) -> None:
        """Say what runs, and what it may."""
        limits = plan.limits
        timeout = "no timeout" if plan.timeout is None else f"{plan.timeout:g} s"
        network = "no network" if plan.network == "none" else f"network {plan.network}"
        self._say(
            f"Running {printable(plan.image)} in container {name}: user {plan.user.name}, {limits.cpus:g} cpus, "
            f"{limits.memory} MiB of memory, {limits.disk:g} MiB for outputs, {network}, {timeout}."
        )

    def warn(self, report: Report) -> None:
        """Show findings that stop nothing."""
        if not self.is_quiet:
            self._findings(Report(warnings=report.warnings))

    def refused(self, report: Report) -> None:
        """Show why nothing was started."""
        self._findings(report)
        self._print_json({"status": "REFUSED", "findings": report.as_dict()})

    def failed(self, reason: str) -> None:
        """Show that the engine failed."""
        self._say(f"error    {printable(reason)}", always=True)
        self._print_json({"status": "ENGINE_FAILED", "reason": reason})

    def planned(self, plan: RunPlan, report: Report) -> None:
        """Show what would be run."""
        self.warn(report)
        if self.is_json:
            self._print_json({"status": "PLANNED", "plan": plan.as_dict(), "findings": report.as_dict()})
        else:
            print(json.dumps(plan.as_dict(), indent=2))

    def result(self, result: Result, plan: RunPlan) -> None:
        """Show what became of a run."""
        self._findings(result.outputs.report)
        self._print_json({**result.as_dict(), "output_folder": str(plan.output_folder), "plan": plan.as_dict()})
        if result.outputs.files or result.outputs.json:
            self.terminal.print(_table(result))
        seconds = f"{result.outcome.seconds:.1f} s"
        if not result.error:
            self._say(f"Done in {seconds}; the outputs are in {printable(str(plan.output_folder))}")
            return
        error = result.error
        code = "" if result.outcome.ending != "exited" else f", exit code {result.outcome.exit_code}"
        self._say(f"Failed after {seconds}{code}: {error.name} ({error.category})", always=True)
        for line in (error.title, error.description):
            if line:
                self._say(f"  {printable(line)}", always=True)

    def _findings(self, report: Report) -> None:
        for severity, findings in (("error", report.errors), ("warning", report.warnings)):
            for finding in shown(findings):
                self._say(f"{severity:<7}  {finding.name}  {printable(finding.description)}", always=True)

    def _say(self, text: str, *, always: bool = False) -> None:
        if always or not self.is_quiet:
            self.terminal.print(Text(text))

    def _print_json(self, document: dict[str, Any]) -> None:
        if self.is_json:
            print(json.dumps(document, indent=2))


def _table(result: Result) -> Table:
    table = Table("output", "what", "size", title="Outputs", title_justify="left")
    for name, files in result.outputs.files.items():
        for file in files:
            described = " (described)" if file.meta_data else ""
            table.add_row(name, Text(printable(str(file.path)) + described), decimal(file.size))
    for name, value in result.outputs.json.items():
        text = json.dumps(value, ensure_ascii=False)
        table.add_row(name, Text(printable(text if len(text) <= 200 else text[:199] + "…")), "JSON")
    return table
