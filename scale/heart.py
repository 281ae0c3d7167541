"""A thread of each web process that shows that the service is alive, and looks after what becomes due by itself."""

import logging
import threading
import time

from django.db import DatabaseError, InterfaceError, connection

from jobs.leases import between_beats
from jobs.rescue import look_after_due

logger = logging.getLogger(__name__)


def start() -> None:
    """Let the heart of this process beat from now on, twelve times in a lease."""
    threading.Thread(target=_beat_forever, daemon=True, name="heart").start()


def _beat_forever() -> None:
    is_well = True
    while True:
        try:
            look_after_due()
            is_well = True
        except (DatabaseError, InterfaceError) as error:
            if is_well:
                logger.warning("the database is not available", extra={"error": type(error).__name__})
            is_well = False
            connection.close()
        time.sleep(between_beats().total_seconds())
