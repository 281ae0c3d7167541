"""The comparison of a live Scale with this service: the same reads of both, and where the answers differ."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from takeover.comparing.differences import ABSENT, About, Difference, differences, is_undeclared, pairs_by
from takeover.comparing.ours import Ours
from takeover.run import NoProgress, Progress
from takeover.source import BadAnswer, Source, is_id, path_to

Document = dict[str, Any]


class _Kind(NamedTuple):
    """A kind of things: its list, by what two of them are the same one, and by what their details are read.

    Without ``parts`` there are no details. ``row_key`` is the member that identifies a row of the list.
    """

    path: str
    key: tuple[str, ...]
    parts: tuple[str, ...] = ()
    has_revisions: bool = False
    row_key: str = "id"

    def name_of(self, row: Mapping[str, Any]) -> str:
        return " ".join(str(row[member]) for member in self.key if row.get(member) is not None)

    def path_of(self, row: Mapping[str, Any]) -> str:
        return path_to(self.path, *(str(row.get(member)) for member in self.parts))


_KINDS = (
    _Kind("workspaces", key=("name",), parts=("id",)),
    _Kind("errors", key=("job_type_name", "name"), parts=("id",)),
    _Kind("job-types", key=("name", "version"), parts=("name", "version"), has_revisions=True),
    _Kind("job-type-names", key=("name",), row_key="name"),
    _Kind("recipe-types", key=("name",), parts=("name",), has_revisions=True),
)


class Comparison:
    """The lists, details and revisions of workspaces, errors, job types and recipe types of both systems.

    What belongs together has the same name, and version or number, on both sides; ids may differ.
    """

    def __init__(self, source: Source, ours: Ours, progress: Progress | None = None) -> None:
        self._source, self._ours = source, ours
        self._progress = progress or NoProgress()
        self._own = ours.own_names()
        self._ids = ours.ids()

    def differences(self) -> Iterator[Difference]:
        """Yield all differences. Raises SourceError where the other system cannot be read any further."""
        for kind in _KINDS:
            path = f"{kind.path}/"
            try:
                rows = self._source.rows(path, kind.row_key)
            except BadAnswer as error:
                yield Difference(kind.path, path, "", str(error), ABSENT)
                continue
            if rows.remark:
                yield Difference(kind.path, path, "/results", rows.remark, ABSENT)
            pairs = list(pairs_by(kind.name_of, rows.items, self._ours.rows(path)))
            for place, theirs, mine in pairs:
                row = mine if theirs is ABSENT else theirs
                yield from self._found(kind, row, path, theirs, mine, f"/results/{place}")
            if kind.parts:
                yield from self._compare_details(kind, [(a, b) for _, a, b in pairs if ABSENT not in (a, b)])

    def _compare_details(self, kind: _Kind, pairs: list[tuple[Document, Document]]) -> Iterator[Difference]:
        self._progress.begin(kind.path, len(pairs))
        answers = self._source.map(lambda pair: self._read(kind, pair[0]), pairs)
        for theirs, mine in pairs:
            for path, there in next(answers):
                rest = path.removeprefix(kind.path_of(theirs))
                here = self._read_here(f"{kind.path_of(mine)}{rest}", is_list=rest == "revisions/")
                yield from self._found(kind, theirs, path, there, here)
            self._progress.advance()

    def _read(self, kind: _Kind, row: Document) -> list[tuple[str, object]]:
        """Return what the other system shows of a thing: paths and answers, which are a text where it fails."""
        path = kind.path_of(row)
        answers: list[tuple[str, object]] = []
        try:
            details = self._source.get(path)
            answers.append((path, ABSENT if details is None else details))
            if details is None or not kind.has_revisions:
                return answers
            rows = self._source.all_rows(f"{path}revisions/")
            answers.append((f"{path}revisions/", {"results": rows}))
            for one in rows:
                at = f"{path}revisions/{one.get('revision_num')}/"
                answers.append((at, self._source.get(at) or ABSENT))
        except BadAnswer as error:
            answers.append((path, str(error)))
        return answers

    def _read_here(self, path: str, *, is_list: bool) -> object:
        if is_list:
            return {"results": self._ours.rows(path)}
        return self._ours.get(path) or ABSENT

    def _found(
        self, kind: _Kind, row: Mapping[str, Any], url: str, there: object, here: object, pointer: str = ""
    ) -> Iterator[Difference]:
        is_own = str(row.get("name")) in self._own and bool(row.get("is_system") or row.get("is_builtin"))
        for at, theirs, mine in differences(there, here, pointer):
            about = About.OTHER
            if is_own:
                about = About.OWN
            elif at.endswith("/id") and is_id(theirs) and is_id(mine) and (theirs, mine) in self._ids:
                about = About.MOVED
            elif is_undeclared(there, at):
                about = About.UNDECLARED
            yield Difference(kind.name_of(row), url, at, theirs, mine, about)
