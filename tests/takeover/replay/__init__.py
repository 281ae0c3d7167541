"""A live Scale 7 that is none: a server that replays recordings, with faults by plan."""

from tests.takeover.replay.faults import PASSING, Fault, at, every
from tests.takeover.replay.recordings import Recordings
from tests.takeover.replay.server import TOKEN, Replay, replay

__all__ = ["PASSING", "TOKEN", "Fault", "Recordings", "Replay", "at", "every", "replay"]
