"""What Prometheus sees of an agent."""

from contextlib import AbstractContextManager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)


class Metrics:
    """The metrics of one agent, in a registry of their own. Threads may share it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.reports = Counter(
            "scale_agent_reports",
            "Reports of how a try ended, by status, error and what the service made of it.",
            ["status", "error", "outcome"],
            registry=self.registry,
        )
        self.stages = Histogram(
            "scale_agent_stage_seconds",
            "How long each stage of a try took.",
            ["stage"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.running = Gauge("scale_agent_tries", "Tries that this node has.", registry=self.registry)
        self.slots = Gauge("scale_agent_slots", "Tries that this node may have.", registry=self.registry)
        self.engine = Gauge("scale_agent_engine_up", "Whether the engine answers.", registry=self.registry)
        self.last_heartbeat = Gauge(
            "scale_agent_last_heartbeat_timestamp_seconds",
            "When the service last answered a heartbeat.",
            registry=self.registry,
        )
        self.bytes = Counter(
            "scale_agent_bytes",
            "Bytes of the inputs and of the products of tries.",
            ["what"],
            registry=self.registry,
        )

    def stage(self, name: str) -> AbstractContextManager[object]:
        """Measure how long a stage takes."""
        timer: AbstractContextManager[object] = self.stages.labels(name).time()
        return timer

    def reported(self, status: str, error: str | None, outcome: str) -> None:
        """Count a report."""
        self.reports.labels(status, error or "", outcome).inc()

    def serve(self, host: str, port: int) -> None:
        """Answer at ``/metrics`` in a thread of its own. Raises OSError."""
        start_http_server(port, host, self.registry)
