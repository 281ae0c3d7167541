"""Make these files from a folder of recordings: ``python -m tests.takeover.recordings.compact FOLDER``.

``index.json`` of the folder names the answer to each URL. What one answer repeats of others is taken out.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

Document = dict[str, Any]


class Folder:
    """The answers in a folder of recordings, by URL."""

    def __init__(self, path: Path) -> None:
        entries = json.loads((path / "index.json").read_text())["entries"]
        self._files = {
            entry["url"]: path / entry["file"] for entry in entries if entry["auth"] and entry["status"] == 200
        }

    def get(self, path: str) -> Any:
        """Return the answer to a path below ``/v6/``, or None if it was none or a 404."""
        file = self._files.get(f"/v6/{path}")
        return None if file is None else json.loads(file.read_text())

    def rows(self, path: str, *, page_size: int = 1000) -> Iterator[Document]:
        """Yield the rows of a list in their order."""
        query = f"?page_size={page_size}"
        number = 1
        while page := self.get(f"{path}{query}" + (f"&page={number}" if number > 1 else "")):
            yield from page["results"]
            number += 1


def _workspaces(folder: Folder) -> Iterator[Document]:
    for row in folder.rows("workspaces/", page_size=2):
        yield folder.get(f"workspaces/{row['id']}/")


def _job_types(folder: Folder) -> Iterator[Document]:
    for row in folder.rows("job-types/"):
        path = f"job-types/{row['name']}/{row['version']}/"
        details = folder.get(path)
        if details is None:
            yield row
            continue
        revisions = []
        for listed in folder.rows(f"{path}revisions/"):
            revision = folder.get(f"{path}revisions/{listed['revision_num']}/")
            revisions.append({name: value for name, value in revision.items() if name != "job_type"})
        kept = {name: value for name, value in details.items() if name not in ("manifest", "recipe_types")}
        if details["manifest"] != revisions[0]["manifest"]:
            kept["manifest"] = details["manifest"]
        yield {**kept, "revisions": revisions}


def _recipe_types(folder: Folder) -> Iterator[Document]:
    for row in folder.rows("recipe-types/"):
        path = f"recipe-types/{row['name']}/"
        details = folder.get(path)
        revisions = []
        for listed in folder.rows(f"{path}revisions/"):
            revision = folder.get(f"{path}revisions/{listed['revision_num']}/")
            revisions.append({name: value for name, value in revision.items() if name != "recipe_type"})
        related = ("job_types", "sub_recipe_types", "super_recipe_types")
        ids = {name: [one["id"] for one in details[name]] for name in related}
        listed_ids = {f"listed_{name}": row[name] for name in related[:2]}
        kept = {name: value for name, value in details.items() if name != "definition"}
        yield {**kept, **ids, **listed_ids, "revisions": revisions}


def _jobs(folder: Folder) -> Iterator[Document]:
    for row in folder.rows("jobs/", page_size=10):
        job = folder.get(f"jobs/{row['id']}/")
        execution = job["execution"]
        if execution is not None:
            execution = {name: value for name, value in execution.items() if name not in ("job", "job_type")}
            execution["error"] = _id_of(execution["error"])
        yield {
            **job,
            "job_type": job["job_type"]["id"],
            "job_type_rev": job["job_type_rev"]["id"],
            "error": _id_of(job["error"]),
            "execution": execution,
        }


def _id_of(related: Document | None) -> int | None:
    return None if related is None else related["id"]


def _write(name: str, rows: Iterable[Document]) -> None:
    lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows]
    (HERE / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(path: Path) -> None:
    """Write all files."""
    folder = Folder(path)
    _write("workspaces", _workspaces(folder))
    _write("errors", folder.rows("errors/"))
    _write("job-types", _job_types(folder))
    _write("recipe-types", _recipe_types(folder))
    _write("jobs", _jobs(folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
