"""The files of other packages that the pages bring with them."""

import gzip
import re
from pathlib import Path

from django.conf import settings

VENDOR = Path(settings.BASE_DIR) / "pages" / "static" / "pages" / "vendor"


def test_a_compressed_file_is_the_one_beside_it() -> None:
    (packed,) = VENDOR.glob("*.gz")
    assert gzip.decompress(packed.read_bytes()) == packed.with_suffix("").read_bytes()


def test_the_readme_names_each_file() -> None:
    named = re.findall(r"`([\w.*-]+)`", (VENDOR / "README.md").read_text(encoding="utf-8"))
    files = [path.name for path in VENDOR.iterdir() if path.name != "README.md"]
    assert [name for name in files if not any(Path(name).match(pattern) for pattern in named)] == []
