"""``manage.py rescue_jobs``: end tries whose nodes are silent, and let jobs whose retry is due be claimed."""

import logging

from jobs.rescue import rescue_due
from jobs.standby import StandbyCommand

logger = logging.getLogger(__name__)


class Command(StandbyCommand):
    help = (
        "Ends tries whose lease has expired, and lets jobs whose retry is due be claimed. Web processes do so too, "
        "a hundred at a time; this does what a large fleet needs after a loss. Of several such processes, one "
        "works and the others stand by."
    )
    lock = 0x7265_7363_7565  # "rescue"
    sentence = "Jobs rescued: {}."

    def work(self) -> int:
        total = 0
        while count := rescue_due():
            total += count
        if total:
            logger.warning("jobs rescued", extra={"count": total})
        return total
