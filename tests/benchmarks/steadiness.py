"""The moments in which the machine itself is slow, as a virtual one may be without a sign in its own accounts.

Run as a program, this is the process that looks for them.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from types import TracebackType
from typing import Self

_LOOPS = 1_500  # of arithmetic: a fifth of a millisecond
_PAUSE = 0.008  # seconds between two looks
_SLOW = 3.0  # times the median


class Watch:
    """A process that looks, until the end, at how much processor time the same arithmetic takes.

    That does not depend on how busy the cores are otherwise: to wait for one takes none.
    """

    def __enter__(self) -> Self:
        self._output = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen([sys.executable, "-m", __name__], stdout=self._output)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()
        self._output.seek(0)
        # The last line may be half a line.
        looks = [json.loads(line) for line in self._output.read().split("\n")[:-1]]
        self._output.close()
        usual = statistics.median([taken for *_, taken in looks])
        self.slow = [(begin, end) for begin, end, taken in looks if taken > _SLOW * usual]

    def is_steady(self, begin: float, end: float) -> bool:
        """Return whether the machine was not slow at any time between two of ``time.perf_counter()``."""
        return not any(slow_from < end and begin < slow_until for slow_from, slow_until in self.slow)


def _look() -> tuple[float, float, float]:
    """Return when a look began and ended (of ``time.perf_counter()``), and its processor time, all in seconds."""
    begin, used = time.perf_counter(), time.thread_time()
    number = 1
    for _ in range(_LOOPS):
        number = number * 1_664_525 + 1_013_904_223 & 0xFFFF_FFFF
    return begin, time.perf_counter(), time.thread_time() - used


if __name__ == "__main__":
    while True:
        print(json.dumps(_look()), flush=True)
        time.sleep(_PAUSE)
