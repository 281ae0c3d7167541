"""Images that several tries wait for."""

import threading

import pytest

from agent.pulls import Pulls
from seed.run.engine import ImageMissing


class Late(Exception):
    """What ends a wait."""


def never() -> None:
    return


def late() -> None:
    raise Late


def test_a_pull_that_fails_fails_all_who_wait_for_it_and_none_of_them_begins_another() -> None:
    pulls, goes_on, begun, failed = Pulls(), threading.Event(), [], []
    waiting = threading.Semaphore(0)

    def pull() -> None:
        begun.append(1)
        assert goes_on.wait(60)
        raise ImageMissing("no such image")

    def wait() -> None:
        with pytest.raises(ImageMissing, match="no such image"):
            pulls.wait_for("image", pull, waiting.release)
        failed.append(1)

    threads = [threading.Thread(target=wait) for _ in range(3)]
    for thread in threads:
        thread.start()
        # It has begun to wait.
        assert waiting.acquire(timeout=60)
    goes_on.set()
    for thread in threads:
        thread.join(60)
    assert (begun, failed) == ([1], [1, 1, 1])
    pulls.wait_for("image", never, never)


def test_who_may_not_wait_any_longer_leaves_the_pull_to_others() -> None:
    pulls, goes_on, begun = Pulls(), threading.Event(), []

    def pull() -> None:
        begun.append(1)
        assert goes_on.wait(60)

    with pytest.raises(Late):
        pulls.wait_for("image", pull, late)
    goes_on.set()
    pulls.wait_for("image", never, never)
    assert begun == [1]
