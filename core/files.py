"""Files that hold secrets."""

import os
from pathlib import Path


def write_private(file: Path, text: str) -> None:
    """Create ``file``, which its owner alone may read from the beginning. Raises FileExistsError if it exists."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
        opened.write(text)
