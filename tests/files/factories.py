"""Files for tests."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from django.utils import timezone

from files.models import File
from jobs.models import Job
from workspaces.models import Workspace

_numbers = count(1)


def make_workspace(name: str = "raw", **columns: Any) -> Workspace:
    """The workspace of this name."""
    now = timezone.now()
    defaults = {"created": now, "last_modified": now, **columns}
    return Workspace.objects.get_or_create(name=name, defaults=defaults)[0]


def make_file(file_name: str = "scene.tif", *, job: Job | None = None, **columns: Any) -> File:
    """A file in the workspace `raw`, or another, in a folder of its own; with a job, a product of its last try."""
    product = {"job": job, "exe_num": job.num_exes, "job_output": "image"} if job else {}
    values = {
        "workspace": columns.pop("workspace", None) or make_workspace(),
        "file_name": file_name,
        "file_path": f"{next(_numbers)}/{file_name}",
        "file_size": 1000,
        "deleted": timezone.now() if columns.get("is_deleted") else None,
        **product,
        **columns,
    }
    return File.objects.create(**values)


def ids_of(files: Sequence[File]) -> list[int]:
    """Their ids."""
    return [file.pk for file in files]
