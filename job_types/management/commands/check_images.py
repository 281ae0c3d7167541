"""``manage.py check_images``: ask the registries whether the tags of imported images mean something else by now."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from job_types.image_checks import check_images


class Command(BaseCommand):
    help = (
        "Asks the registries in IMAGE_REGISTRIES what the tag of each imported image means now, one after the "
        "other. Job types whose tag has moved on are on the dashboard, until they are imported again. Run it every "
        "hour."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.IMAGE_REGISTRIES:
            raise CommandError("No registry may be asked: IMAGE_REGISTRIES is empty.")
        counts = {False: 0, True: 0, None: 0}
        for job_type, has_moved in check_images():
            counts[has_moved] += 1
            if has_moved:
                image = job_type.docker_image
                self.stdout.write(f"{job_type}: {image} is another image than the one that jobs run.")
        unknown = f"{counts[None]} could not be asked"
        self.stdout.write(f"{counts[False]} as imported, {counts[True]} moved on, {unknown}.")
