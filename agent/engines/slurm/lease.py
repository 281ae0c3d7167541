"""The lease of a try as its compute node counts it, whose clock has nothing to do with that of the agent."""

from agent.clock import now

MARGIN_SECONDS = 3.0
"""How long before its end a lease is taken for over: clocks differ in speed, and freezing takes time."""


class Lease:
    """Until when a container may run.

    A message of the agent says how long the lease lasts from when it was written. That was after any time at which
    it was looked for and not there yet, so that the lease is counted from the last such time: it ends here before
    it ends for the service, never after.
    """

    def __init__(self) -> None:
        self.end = float("-inf")

    def renew(self, seconds: float, since: float) -> None:
        """Let the lease last for some seconds from ``since``, when the message was not there yet."""
        self.end = max(self.end, since + seconds - MARGIN_SECONDS)

    @property
    def holds(self) -> bool:
        """Whether a container may run now."""
        return now() < self.end
