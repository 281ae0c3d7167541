"""Images on their way to this node: each is pulled once at a time, and nobody waits for it longer than they may."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait

_TICK_SECONDS = 0.5


class Pulls:
    """The images that are being pulled. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._going: dict[str, Future[None]] = {}

    def wait_for(self, image: str, pull: Callable[[], None], check: Callable[[], None]) -> None:
        """Let an image be pulled, unless it is already, and wait until that has ended.

        What ``pull`` raises is raised to all who wait for it. ``check`` is called now and then, and may raise; the
        pull goes on then, for others and for the next one who needs the image.
        """
        with self._lock:
            if (going := self._going.get(image)) is None:
                going = self._going[image] = Future()
                threading.Thread(
                    target=self._pull, args=(image, pull, going), name=f"pull {image}", daemon=True
                ).start()
        while not wait([going], _TICK_SECONDS).done:
            check()
        going.result()

    def _pull(self, image: str, pull: Callable[[], None], going: Future[None]) -> None:
        error: BaseException | None = None
        try:
            pull()
        except BaseException as raised:
            error = raised
        with self._lock:
            del self._going[image]
        if error:
            going.set_exception(error)
        else:
            going.set_result(None)
