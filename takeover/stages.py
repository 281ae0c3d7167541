"""The stages of a run, in their order: each brings one kind of objects, after all that it refers to."""

from collections.abc import Callable
from typing import NamedTuple

from takeover.run import Run


class Stage(NamedTuple):
    """A stage, by the name that ``--what`` has for it."""

    name: str
    bring: Callable[[Run], None]


# `jobs` is the last one; see takeover/readers/.
STAGES: tuple[Stage, ...] = ()
