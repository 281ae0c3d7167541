"""All that a container printed: kept on the disk until its try ends, and stored in the workspace for logs."""

import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from agent.storage import Check, StorageError
from agent.storage.brokers import Storages
from seed.wording import printable

log = logging.getLogger(__name__)

STREAMS = ("stdout", "stderr")

_PIECE = 2**20
_MISSING = b"\nscale-agent: what follows may repeat a part of the log, or leave one out: the agent was away.\n"


class WholeLogs:
    """The files ``stdout.log`` and ``stderr.log`` in the folder of a try, with the first ``most`` bytes of each.

    They are kept from the beginning of the try or not at all, which the file ``whole-logs`` says to an agent that
    goes on with it: it is made while the folder is empty. Nothing here raises OSError: with a hole it would not be
    the whole log, so it is given up.

    After an agent or an engine was away, a log is handed out again. An engine may have kept the end of it alone, so
    what was here before stays in a file of its own, until it is known whether the other begins like it.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self._folder = folder
        self._most = most
        self._lock = threading.Lock()
        self._is_kept = most > 0
        try:
            if most and not any(folder.iterdir()):
                self._mark.touch()
            if not most or not self._mark.exists():
                self._discard()
            self._room = {name: self._room_of(name) for name in STREAMS}
        except OSError as error:
            self.give_up(error)

    @property
    def are_there(self) -> bool:
        """Whether anything was kept, and still is."""
        return self._is_kept and any(self._log(name).exists() or self._before(name).exists() for name in STREAMS)

    def write(self, name: str, piece: bytes) -> None:
        """Take what a container printed."""
        with self._lock:
            if not self._is_kept or not (kept := piece[: self._room[name]]):
                return
            try:
                with self._log(name).open("ab") as file:
                    file.write(kept)
                self._room[name] -= len(kept)
            except OSError as error:
                self.give_up(error)

    def restart(self) -> None:
        """Prepare for a log that is handed out again, or that begins again."""
        with self._lock:
            try:
                for name in STREAMS if self._is_kept else ():
                    self._join(name)
                    if self._log(name).exists():
                        self._log(name).replace(self._before(name))
                    self._room[name] = self._most
            except OSError as error:
                self.give_up(error)

    def sync(self) -> None:
        """Let the disk have it, as what comes after it says that the container has ended."""
        with self._lock:
            try:
                for name in STREAMS:
                    if self._is_kept and self._log(name).exists():
                        with self._log(name).open("rb") as file:
                            os.fsync(file.fileno())
            except OSError as error:
                self.give_up(error)

    def files(self, check: Check) -> list[Path]:
        """Return both files; none if nothing was printed, or they are not kept. ``check`` may end it by raising."""
        with self._lock:
            try:
                if not self.are_there:
                    return []
                for name in STREAMS:
                    self._join(name, check)
                    self._log(name).touch()
            except OSError as error:
                self.give_up(error)
                return []
            return [self._log(name) for name in STREAMS]

    def give_up(self, error: OSError) -> None:
        """Keep none. What it takes of a full disk, others may need."""
        if self._is_kept:
            self._discard()
            log.warning("the log is not kept whole", extra={"folder": str(self._folder), "reason": str(error)})

    def _discard(self) -> None:
        self._is_kept = False
        files = (place(name) for place in (self._log, self._before, self._joined) for name in STREAMS)
        for path in (self._mark, *files):
            with suppress(OSError):
                path.unlink()

    def _join(self, name: str, check: Check = lambda: None) -> None:
        """Make one file of what was kept before and what was handed out since. It may be killed anywhere."""
        kept, before = self._log(name), self._before(name)
        if not before.exists():
            return
        if not kept.exists() or _begins_with(before, kept, check):
            before.replace(kept)
        elif not _begins_with(kept, before, check):
            joined = self._joined(name)
            with joined.open("wb") as file:
                _append(file.write, before, self._most + len(_MISSING), check)
                if (room := self._most - file.tell()) > 0:
                    file.write(_MISSING)
                    _append(file.write, kept, room, check)
            joined.replace(kept)
        before.unlink(missing_ok=True)

    def _room_of(self, name: str) -> int:
        path = self._log(name)
        return max(0, self._most - (path.stat().st_size if path.exists() else 0))

    @property
    def _mark(self) -> Path:
        return self._folder / "whole-logs"

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def _before(self, name: str) -> Path:
        return self._folder / f"{name}.before"

    def _joined(self, name: str) -> Path:
        return self._folder / f"{name}.joined"


def _begins_with(path: Path, beginning: Path, check: Check) -> bool:
    with path.open("rb") as file, beginning.open("rb") as first:
        while piece := first.read(_PIECE):
            check()
            if file.read(len(piece)) != piece:
                return False
    return True


def _append(write: Callable[[bytes], object], source: Path, most: int, check: Check) -> None:
    with source.open("rb") as file:
        while most > 0 and (piece := file.read(min(_PIECE, most))):
            check()
            write(piece)
            most -= len(piece)


def store_logs(
    logs: WholeLogs,
    storages: Storages,
    workspace: str,
    folder: str,
    *,
    may_go_on: Callable[[], bool],
    room: threading.Semaphore,
) -> str:
    """Store logs in a folder of a workspace, and return why that was given up, or "".

    ``may_go_on`` is asked several times a second. A workspace that does not answer, as over a network that is cut,
    is left behind with a thread of its own. There is ``room`` for so many of these.
    """
    if not room.acquire(blocking=False):
        return "too many logs are being stored already"
    faults: list[str] = []
    too_late = threading.Event()

    def check() -> None:
        if too_late.is_set():
            raise StorageError("it was given up")

    def store() -> None:
        try:
            storage = storages.of(workspace)
            for path in logs.files(check):
                check()
                storage.store(path, f"{folder}/{path.name}", check)
            if not logs.are_there:
                raise StorageError("it is not kept whole any more")
        except Exception as error:  # whatever it is: a log costs no result
            faults.append(printable(str(error))[:500] or type(error).__name__)
        finally:
            room.release()

    thread = threading.Thread(target=store, name=f"log {folder}", daemon=True)
    try:
        thread.start()
    except RuntimeError as error:  # there are too many threads
        room.release()
        return str(error)
    while thread.is_alive():
        thread.join(0.1)
        if thread.is_alive() and not may_go_on():
            too_late.set()
            return "it takes too long, or the try is to end"
    return faults[0] if faults else ""
