"""``manage.py seed_system_job_types``: register the job types that the system itself needs."""

import json
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from core.actors import ActingCommand
from core.services import Refused
from job_types.services import write_system_job_type

DEFINITIONS = Path(__file__).resolve().parent.parent.parent / "system"


class Command(ActingCommand):
    help = (
        "Registers the system job types, or updates them to this release: a changed manifest or image "
        "becomes a new revision, one that an operator paused stays paused. A second run changes nothing."
    )

    def handle(self, *args: object, **options: object) -> None:
        for file in sorted(DEFINITIONS.glob("*.json")):
            fields = json.loads(file.read_text(encoding="utf-8")) | {"docker_image": settings.SYSTEM_DOCKER_IMAGE}
            try:
                written = write_system_job_type(max_tries=fields.pop("max_tries"), fields=fields)
            except Refused as refused:
                raise CommandError(f"{file.name}: {refused}") from None
            state = "registered" if written.created else f"revision {written.instance.revision_num}"
            self.stdout.write(f"System job type {written.instance}: {state}.")
