"""What a container prints, kept on the disk while its try is not reported, and its end for the service."""

import threading
from pathlib import Path

from agent.whole_logs import STREAMS, WholeLogs

TAIL = 65_536
"""How many bytes of the end of each log are sent."""

_MOST_KEPT = 4 * 2**20


class LogFiles:
    """The files ``stdout`` and ``stderr`` in the folder of a try, of which the last megabytes are kept.

    ``whole`` has the first ``most`` bytes of each.
    """

    def __init__(self, folder: Path, most: int = 0) -> None:
        self._folder = folder
        self.whole = WholeLogs(folder, most)
        self._lock = threading.Lock()
        self._ends: dict[str, bytearray] = {}
        self._sizes: dict[str, int] = {}
        self._is_new = dict.fromkeys(STREAMS, False)
        for name in self._is_new:
            self._read(name)

    def _read(self, name: str) -> None:
        path = self._folder / name
        self._sizes[name] = path.stat().st_size if path.exists() else 0
        self._ends[name] = bytearray()
        if self._sizes[name]:
            self._is_new[name] = True
            with path.open("rb") as file:
                file.seek(max(0, self._sizes[name] - TAIL))
                self._ends[name] += file.read()

    def restart(self) -> None:
        """Forget what was printed: it is handed out again, or printed again, from its beginning."""
        self.whole.restart()
        with self._lock:
            for name in self._is_new:
                (self._folder / name).unlink(missing_ok=True)
                self._read(name)

    def write(self, name: str, piece: bytes) -> bool:
        """Take what a container printed; it may always print more."""
        with self._lock:
            end = self._ends[name]
            end += piece
            del end[:-TAIL]
            self._is_new[name] = True
            is_full = self._sizes[name] + len(piece) > _MOST_KEPT
            kept = bytes(end) if is_full else piece
            self._sizes[name] = len(kept) if is_full else self._sizes[name] + len(piece)
            try:
                with (self._folder / name).open("wb" if is_full else "ab") as file:
                    file.write(kept)
            except OSError as error:
                # What is sent is in memory, too.
                self.whole.give_up(error)
        self.whole.write(name, piece)
        return True

    def note(self, sentence: str) -> None:
        """Add a line of the agent's own to stderr."""
        self.write("stderr", f"scale-agent: {sentence}\n".encode())

    def ends(self, *, only_new: bool = False) -> dict[str, str]:
        """Return the ends of both as texts that the service takes; those alone that were not sent, if asked."""
        with self._lock:
            names = [name for name, is_new in self._is_new.items() if is_new or not only_new]
            for name in names:
                self._is_new[name] = False
            return {name: self._ends[name].decode(errors="replace").replace("\0", "\ufffd") for name in names}

    def not_sent(self) -> None:
        """Let ``ends`` return all again: what it returned did not reach the service."""
        with self._lock:
            for name, end in self._ends.items():
                self._is_new[name] = bool(end)
