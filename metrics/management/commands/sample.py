"""``manage.py sample``: store how many jobs are pending, queued and running."""

from jobs.standby import StandbyCommand
from metrics.loads import delete_old, take_sample


class Command(StandbyCommand):
    help = (
        "Stores how many jobs of each job type are pending, queued and running, once a minute, and deletes samples "
        "that are old. Of several such processes, one works and the others stand by."
    )
    lock = 0x7361_6D70_6C65  # "sample"
    sentence = "Samples taken: {}."

    def work(self) -> int:
        taken = int(take_sample())
        if taken:
            delete_old()
        return taken
