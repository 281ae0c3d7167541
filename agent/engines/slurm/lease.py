"""The lease of a try as its compute node counts it, whose clock has nothing to do with that of the agent."""

from agent.clock import now

MARGIN_SECONDS = 3.0
"""How long before its end a lease is taken for over: clocks differ in speed, and freezing takes time."""


class Lease:
    """Until when a container may run.

    The agent writes a promise, and when that is on the disk, how long the lease lasts from then on. Whenever the
    promise was looked for and not there yet, that was before, so that the lease is counted from the last such time:
    it ends here before it ends for the service, never after, however long either message is on its way.
    """

    def __init__(self) -> None:
        self.end = float("-inf")

    def renew(self, seconds: float, since: float) -> None:
        """Let the lease last for some seconds from ``since``, when it was not promised yet."""
        self.end = max(self.end, since + seconds - MARGIN_SECONDS)

    @property
    def holds(self) -> bool:
        """Whether a container may run now."""
        return now() < self.end
