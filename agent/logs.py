"""The log of the agent: JSON lines on stderr."""

import logging
import sys

from pythonjsonlogger.json import JsonFormatter

_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
# What they say of each request is said better by the agent.
_QUIET = ("httpx", "httpcore", "urllib3", "docker", "botocore", "aiobotocore", "s3fs", "fsspec", "asyncio")


def log_to(level: int) -> None:
    """Write all records from ``level`` on, one a line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter(
            _FORMAT,
            rename_fields={"asctime": "time", "levelname": "level"},
            timestamp=False,
            json_ensure_ascii=False,
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
