"""Make the data of these tests from a folder of recordings: ``python -m tests.recorded.compact FOLDER``.

The README beside this file says what a folder of recordings holds. Names, versions, numbers and the shapes of
answers are kept. Descriptions, commands and people are replaced, and so are titles that the live system wrote.
"""

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
# Bodies that are sent back are kept whole.
_DETAILS = re.compile(r"/v6/(job-types/[^/]+/[^/?]+|recipe-types/[^/?]+)/")
_BY_NUMBER = re.compile(r"/v6/(jobs|errors|workspaces)/(\d+)/")
_PERSON = {"name": "A", "organization": "A", "email": "a@example.com", "url": "https://example.com/", "phone": "1"}
_TEXTS = {"description": "A description", "access_key_id": "made-up", "secret_access_key": "made-up"}
_TEXTS_OF_ANSWERS = {**_TEXTS, "title": "A title", "command": "run"}
_NOTHING: dict[type, Any] = {str: "", bool: False, int: 0, float: 0}


def without_texts(value: Any, texts: dict[str, str]) -> Any:
    """Return a document with ``texts`` in the place of members of these names, and nobody's name or address."""
    if isinstance(value, list):
        return [without_texts(one, texts) for one in value]
    if not isinstance(value, dict):
        return value
    kept: dict[str, Any] = {}
    for name, member in value.items():
        if name == "maintainer":
            kept[name] = {field: _PERSON[field] for field in member}
        elif name in texts and isinstance(member, str) and member:
            kept[name] = texts[name]
        else:
            kept[name] = without_texts(member, texts)
    return kept


def reduced(value: Any) -> Any:
    """Return a document with an empty value of its type for each value, and each kind of member of an array once.

    Manifests are empty too: the details of job types, which are kept whole, have them all.
    """
    if isinstance(value, dict):
        return {name: {} if name == "manifest" else reduced(member) for name, member in sorted(value.items())}
    if isinstance(value, list):
        return [json.loads(one) for one in sorted({json.dumps(reduced(member)) for member in value})]
    return _NOTHING.get(type(value))


def _requests(folder: Path) -> Iterable[dict[str, Any]]:
    for line in (folder / "loaded-requests.jsonl").read_text().splitlines():
        sent = json.loads(line)
        body = without_texts(sent["body"], _TEXTS)
        yield {"method": sent["method"], "path": sent["path"], "status": sent["status"], "body": body}


def _answers(folder: Path, entries: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    for entry in entries:
        url = entry["url"]
        is_json = entry["content_type"] == "application/json"
        body: Any = json.loads((folder / entry["file"]).read_text()) if is_json else None
        if numbered := _BY_NUMBER.match(url):
            # Another installation has other numbers.
            called = numbered[2] if numbered[1] == "jobs" else body["name"]
            url = url.replace(f"/{numbered[2]}/", f"/<{called}>/")
        whole = entry["status"] == 200 and _DETAILS.fullmatch(url) is not None
        body = without_texts(body, _TEXTS_OF_ANSWERS) if whole else reduced(body)
        yield {
            "url": url,
            "anonymous": not entry["auth"],
            "status": entry["status"],
            "whole": whole,
            "body": body,
        }


def _jobs(folder: Path, entries: list[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    numbers = [int(one[2]) for entry in entries if (one := re.fullmatch(r"/v6/(jobs)/(\d+)/", entry["url"]))]
    for number in sorted(numbers):
        job = json.loads((folder / f"jobs.{number}.json").read_text())
        yield {
            "job_type_name": job["job_type"]["name"],
            "job_type_version": job["job_type"]["version"],
            "input": job["input"],
            "status": job["status"],
            "node": job["node"] and job["node"]["hostname"],
            "error": job["error"] and job["error"]["name"],
        }


def _write(name: str, rows: Iterable[dict[str, Any]]) -> None:
    lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows]
    (DATA / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(folder: Path) -> None:
    entries = json.loads((folder / "index.json").read_text())["entries"]
    _write("requests.jsonl", _requests(folder))
    _write("answers.jsonl", _answers(folder, entries))
    _write("jobs.jsonl", _jobs(folder, entries))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
