"""The work of the demo: a few jobs every now and then, of which one makes a file and another reads it."""

import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from agent.demo.images import IMAGES, REPORT, STATION, VERSION
from client import NotFound, Scale

WORKSPACE = "demo_products"
STATIONS = ("Aachen", "Bergen", "Chur", "Dublin", "Evora", "Faro", "Graz", "Heraklion")
# A newcomer sees three jobs at once, and another one every half minute.
_FIRST, _PAUSE_SECONDS = 3, 30.0
_OVER = ("COMPLETED", "FAILED", "CANCELED")
_HOURS = 12


class Work:
    """Creates jobs by ``scale``, whose products go to ``folder``, and says what becomes of them."""

    def __init__(self, scale: Scale, folder: Path, say: Callable[[str], None]) -> None:
        self.scale, self.folder, self.say = scale, folder, say
        self.jobs: dict[int, str] = {}  # those that are not over: the name of the job type by the id of the job
        self.created = 0
        self.next_at = 0.0

    def prepare(self) -> None:
        """Create the workspace, and register the job types, unless they are there. Raises ScaleError."""
        configuration = {"broker": {"type": "host", "host_path": str(self.folder)}}
        try:
            self.scale.workspaces.edit(WORKSPACE, {"configuration": configuration})
        except NotFound:
            self.scale.workspaces.create(
                {"name": WORKSPACE, "title": "Products of the demo's agent", "configuration": configuration}
            )
        for image in IMAGES:
            self.scale.job_types.register(
                {
                    "docker_image": image.tag,
                    "manifest": image.manifest,
                    "configuration": {"output_workspaces": {"default": WORKSPACE}},
                }
            )

    def go_on(self) -> None:
        """Look after the jobs that were created, and create more. Raises ScaleError."""
        for job_id in list(self.jobs):
            self._look_after(job_id)
        if self.created < _FIRST or time.monotonic() >= self.next_at:
            station = random.choice(STATIONS)  # noqa: S311  (it is no secret)
            self._create(STATION, {"json": {"STATION": station, "HOURS": _HOURS}}, f"the temperatures of {station}")
            self.next_at = time.monotonic() + _PAUSE_SECONDS

    def _create(self, job_type: str, inputs: Mapping[str, object], what: str) -> None:
        # Before the jobs of the demo that nobody runs, which have a priority of 100 at most.
        body = {"job_type_name": job_type, "job_type_version": VERSION, "priority": 1, "input": inputs}
        job = self.scale.jobs.create(body)
        self.jobs[job.id] = job_type
        self.created += 1
        self.say(f"job {job.id} is queued ({what}): {self._page(job.id)}")

    def _look_after(self, job_id: int) -> None:
        job = self.scale.jobs.show(job_id)
        if job.status not in _OVER:
            return
        job_type = self.jobs.pop(job_id)
        error = f" of {job.error.name}" if job.error else ""
        self.say(f"job {job_id} {job.status}{error}: {self._page(job_id)}")
        if job_type == STATION and job.status == "COMPLETED":
            self._create(REPORT, {"files": job.output["files"]}, f"a report on the file that job {job_id} made")

    def _page(self, job_id: int) -> str:
        return f"{self.scale.url.removesuffix('v6/')}jobs/{job_id}/"
