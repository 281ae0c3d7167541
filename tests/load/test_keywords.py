"""Keywords in a PostgreSQL that has pg_trgm, Debian's: found in indexes, and as elsewhere."""

import json
import os
import subprocess
import sys
from typing import Any

from tests.load.debian import debian_postgres


def asked() -> Any:
    """What ``tests.load.keywords`` prints of a new database."""
    with debian_postgres() as url:
        environment = {**os.environ, "DATABASE_URL": url}
        command = [sys.executable, "-m", "tests.load.keywords"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_keyword_is_looked_up_in_the_indexes_of_names_and_tags() -> None:
    found = asked()
    assert found["right"]
    assert "Bitmap Index Scan on job_type_name_trigrams" in found["plan"], found["plan"]
    assert "Bitmap Index Scan on job_type_tag_trigrams" in found["plan"], found["plan"]
    assert "Seq Scan" not in found["plan"], found["plan"]
    # Taken away by the migration backwards, and added again by hand.
    assert found["without"] == []
    assert found["again"] == ["job_type_name_trigrams", "job_type_tag_trigrams"]
