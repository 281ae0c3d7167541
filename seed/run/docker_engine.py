"""Docker Engine, and Podman by its socket of the same API, as an engine that runs Seed images."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from typing import Any
from uuid import uuid4

import docker
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.types import CancellableStream, DeviceRequest, Healthcheck, LogConfig, Mount, Ulimit
from requests.exceptions import ReadTimeout, RequestException

from seed.run.docker_api import api_client, engine_urls, errors_of, reason_of
from seed.run.engine import (
    EngineError,
    EngineLost,
    Exit,
    Facts,
    Image,
    ImageMissing,
    Output,
    PullTimedOut,
    State,
)
from seed.run.plan import Limits, RunPlan
from seed.wording import printable

_MIB = 2**20
# What stays in the engine of the output of a container, for `docker logs`.
_LOG = LogConfig(type="json-file", config={"max-size": "10m", "max-file": "1"})
# Some storage drivers copy a whole image for each container.
_TIMEOUT_SECONDS = 300
# A container whose output has not ended is looked at all the same, in case the stream hangs.
_LOOK_SECONDS = 5.0
_TICK_SECONDS = 0.1
_PROBE_SECONDS = 5
_KILL_SECONDS = 10
_CONFLICT = 409
_STREAMS = ("stdout", "stderr")
_STATES = {
    "created": State.CREATED,
    "initialized": State.CREATED,
    "running": State.RUNNING,
    "stopping": State.RUNNING,
    "restarting": State.RUNNING,
    "paused": State.PAUSED,
}


def connect(url: str | None = None) -> "DockerEngine":
    """Connect to the engine at ``url``, such as ``unix:///run/podman/podman.sock``, or to the first that answers.

    Raises EngineError.
    """
    urls = [url] if url else engine_urls()
    if not urls:
        raise EngineError(
            "no engine was found: DOCKER_HOST is not set, and there is no socket of Docker or Podman. Start one, "
            "such as with `systemctl --user start podman.socket`, or name one with --engine"
        )
    reasons = []
    for one in urls:
        try:
            with errors_of("the engine cannot be reached"):
                return DockerEngine(api_client(one, seconds=_TIMEOUT_SECONDS), one)
        except EngineError as error:
            reasons.append(f"{one}: {error}")
    raise EngineError("; ".join(reasons))


class DockerEngine:
    """An engine that has the API of Docker."""

    def __init__(self, client: docker.APIClient, url: str) -> None:
        self.client = client
        self.url = url
        with errors_of("the engine says nothing of itself"):
            info, version = client.info(), client.version()
        self.facts = Facts(
            cpus=float(info.get("NCPU") or 1),
            is_rootless=any("rootless" in option for option in info.get("SecurityOptions") or ()),
            is_podman=any("Podman" in component.get("Name", "") for component in version.get("Components") or ()),
        )

    def image(self, reference: str) -> Image:
        """Return what an image says of itself; raises ImageMissing if the engine does not have it."""
        with errors_of(f"{reference} cannot be looked at"):
            try:
                config = self.client.inspect_image(reference).get("Config") or {}
            except ImageNotFound as error:
                raise ImageMissing(f"the engine has no image {printable(reference)}") from error
        return Image(
            labels=config.get("Labels") or {},
            user=config.get("User") or "",
            environment=dict(text.partition("=")[::2] for text in config.get("Env") or ()),
            volumes=tuple(config.get("Volumes") or ()),
        )

    def pull(self, reference: str, seconds: float | None = None) -> None:
        """Get an image from its registry, with the credentials of ``docker login``.

        Raises ImageMissing, or PullTimedOut if it is not there after so many seconds.
        """
        began = time.monotonic()
        repository, _, digest = reference.partition("@")
        last = repository.rpartition("/")[2]
        name, _, tag = repository.rpartition(":") if ":" in last else (repository, "", "latest")
        try:
            for line in self.client.pull(name, tag=digest or tag, stream=True, decode=True):
                if "error" in line:
                    raise ImageMissing(
                        f"{printable(reference)} could not be pulled: {printable(str(line['error']))}"
                    )
                # It says how far it is several times a second.
                if seconds is not None and time.monotonic() - began > seconds:
                    raise PullTimedOut(f"{printable(reference)} was not pulled within {seconds:g} s")
        except (DockerException, RequestException, OSError) as error:
            raise ImageMissing(f"{printable(reference)} could not be pulled: {reason_of(error)}") from error

    def start(self, plan: RunPlan, output: Output) -> "DockerContainer":
        """Start a container as planned, whose output goes to ``output``; nothing is left if that fails."""
        config = self.config(plan, self.image(plan.image))
        with errors_of("the container could not be started"):
            # Its name is known before it is there, so that it is removed even if the answer is lost.
            container = DockerContainer(self, plan.name or f"seed-run-{uuid4().hex[:12]}", plan.labels)
            is_ours = True
            try:
                try:
                    self.client.create_container_from_config(config, container.name)
                except APIError as error:
                    # One that was there before is not ours to remove.
                    is_ours = error.status_code != _CONFLICT
                    raise
                container.attach(output)
                self.client.start(container.name)
            except BaseException:
                if is_ours:
                    container.remove()
                raise
        return container

    def find(self, labels: Mapping[str, str]) -> Sequence["DockerContainer"]:
        """Return all containers with these labels, whatever their state."""
        with errors_of("the containers could not be listed"):
            wanted = [f"{name}={value}" for name, value in labels.items()]
            rows = self.client.containers(all=True, filters={"label": wanted})
        return [
            DockerContainer(
                self, row["Names"][0].lstrip("/"), row["Labels"] or {}, _STATES.get(row["State"], State.ENDED)
            )
            for row in rows
        ]

    def check_it_stays(self) -> None:
        """Raise EngineLost if the engine takes no connection any more, as when it is about to end."""
        try:
            # By a connection of its own. Podman starts programs to say its version, so that is not asked for.
            version = self.client.api_version
            with closing(api_client(self.url, seconds=_PROBE_SECONDS, version=version)) as other:
                other.ping()
        except ReadTimeout:
            # It took the connection: a machine that has much to do may be slow to answer.
            return
        except (DockerException, RequestException, OSError, ValueError) as error:
            raise EngineLost(f"the engine is about to end: {reason_of(error)}") from error

    def config(self, plan: RunPlan, image: Image) -> dict[str, Any]:
        """Return what the API is sent to make a container of ``image`` as planned."""
        if self.facts.is_podman:
            _check_for_podman(plan)
        limits = plan.limits
        targets = {bind.target for bind in plan.binds}
        # What the image declares as a volume would be a disk without a limit.
        in_memory = [path for path in ("/tmp", *image.volumes) if path not in targets]  # noqa: S108
        mounts = [
            Mount(bind.target, bind.source, type="bind", read_only=bind.read_only, propagation="rprivate")
            for bind in plan.binds
        ]
        # Whom the image does not know has no home to write to.
        home = {"HOME": image.environment.get("HOME", "/tmp")} if plan.user.is_stranger else {}  # noqa: S108
        host = self.client.create_host_config(
            network_mode=plan.network,
            privileged=False,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges", "label=disable"],
            read_only=not plan.writable_root,
            tmpfs=dict.fromkeys(in_memory, f"rw,nosuid,nodev,exec,mode=1777,size={limits.memory}m"),
            mounts=mounts,
            mem_limit=limits.memory * _MIB,
            memswap_limit=limits.memory * _MIB,
            nano_cpus=int(max(limits.cpus, 0.01) * 1e9),
            shm_size=max(limits.shared_memory, 1) * _MIB,
            pids_limit=limits.pids,
            ulimits=self._ulimits(plan),
            log_config=_LOG,
            userns_mode="keep-id" if plan.user.keeps_ids else None,
            device_requests=_gpus(limits),
        )
        return self.client.create_container_config(
            image=plan.image,
            command=list(plan.command),
            environment={**home, **plan.environment},
            user=plan.user.name or None,
            labels=dict(plan.labels),
            healthcheck=Healthcheck(test=["NONE"]),
            host_config=host,
        )

    def _ulimits(self, plan: RunPlan) -> list[Ulimit]:
        """Let no single file be larger than all of them may be, however fast it grows, and no core be written."""
        # For a container with a limit of its own, Podman forgets those that it is configured to give each.
        if self.facts.is_podman:
            return []
        limits = [Ulimit(name="core", soft=0, hard=0)]
        # The files in a mount are not those of OUTPUT_DIR.
        if sum(not bind.read_only for bind in plan.binds) == 1:
            most = int(plan.limits.disk * _MIB) + _MIB
            limits.append(Ulimit(name="fsize", soft=most, hard=most))
        return limits


def _gpus(limits: Limits) -> list[DeviceRequest] | None:
    if limits.gpu_ids:
        return [DeviceRequest(device_ids=list(limits.gpu_ids), capabilities=[["gpu"]])]
    return [DeviceRequest(count=limits.gpus, capabilities=[["gpu"]])] if limits.gpus else None


def _check_for_podman(plan: RunPlan) -> None:
    """Refuse what Podman's API for clients of Docker reads as something else, or not at all."""
    for bind in plan.binds:
        # It makes one text of a mount, in which these end a path and begin an option.
        if any(character in bind.source + bind.target for character in ',"'):
            raise EngineError(f"Podman cannot mount a path with a comma or a quote: {printable(bind.source)}")
    if plan.limits.gpus:
        raise EngineError("Podman gives a container no gpus by this API; use Docker, or --gpus 0")


class DockerContainer:
    """A container of such an engine."""

    def __init__(
        self,
        engine: DockerEngine,
        name: str,
        labels: Mapping[str, str],
        state: State = State.RUNNING,
    ) -> None:
        self.engine = engine
        self.client = engine.client
        self._name = name
        self._labels = labels
        self._state = state
        self.readers: list[threading.Thread] = []
        self.was_sent_signals = False
        self.looked = 0.0

    @property
    def name(self) -> str:
        """The name that `docker ps` shows."""
        return self._name

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels that it was started with."""
        return self._labels

    @property
    def state(self) -> State:
        """Where it was in its life when it was found."""
        return self._state

    def attach(self, output: Output) -> None:
        """Begin to hand out what it prints from now on, before it is started."""
        self._read(self.client.attach(self._name, stream=True, demux=True), output)

    def follow(self, output: Output) -> None:
        """Begin to hand out what it prints, from its beginning, as far as the engine has kept it."""
        with errors_of("the log of the container cannot be read"):
            # A frozen container cannot be attached to, and `logs` mixes what it is asked for together.
            for name in _STREAMS:
                wanted = {one: one == name for one in _STREAMS}
                self._read(self.client.logs(self._name, **wanted, stream=True, follow=True), output, name)

    def _read(self, stream: CancellableStream, output: Output, name: str = "") -> None:
        """Hand out, in a thread, what is in a stream: pieces of ``name``, or pairs of stdout and stderr."""

        def read() -> None:
            try:
                for piece in stream:
                    pair = zip((name,), (piece,), strict=True) if name else zip(_STREAMS, piece, strict=True)
                    if not all(output(one, data) for one, data in pair if data):
                        break
                stream.close()
            except (DockerException, RequestException, OSError, ValueError):
                # The engine has gone, or the stream was closed: whoever waits for the exit learns more.
                return

        reader = threading.Thread(target=read, name=f"output of {self.name}", daemon=True)
        reader.start()
        self.readers.append(reader)

    def exit(self) -> Exit | None:
        """Return how it ended, None while it runs.

        An engine that is stopped stops its containers first: EngineLost is raised where it may have done so.
        """
        with errors_of("the container was lost"):
            state = self.client.inspect_container(self._name)["State"]
            if state.get("Running") or state.get("Status") in ("created", "running", "stopping"):
                return None
        if not self.was_sent_signals:
            self.engine.check_it_stays()
        return Exit(int(state.get("ExitCode", 0)), bool(state.get("OOMKilled")))

    def wait(self, seconds: float) -> Exit | None:
        """Return how it ended as soon as it has, None if it has not after some seconds."""
        until = time.monotonic() + seconds
        # The stream of its output ends with it, unless somebody wants no more of that.
        for reader in self.readers:
            reader.join(max(0.0, until - time.monotonic()))
        is_printing = any(reader.is_alive() for reader in self.readers)
        if is_printing and time.monotonic() < self.looked + _LOOK_SECONDS:
            return None
        self.looked = time.monotonic()
        while (end := self.exit()) is None and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _TICK_SECONDS))
        return end

    def send(self, signal: str) -> None:
        """Send a signal; nothing happens if it has ended."""
        self.was_sent_signals = True
        with errors_of("the container could not be stopped"):
            try:
                self.client.kill(self._name, signal)
            except APIError as error:
                # It ended between being looked at and this.
                if error.status_code not in (404, 409) and self.exit() is None:
                    raise

    def drain(self, seconds: float) -> None:
        """Wait until all that it printed was handed out, at most for some seconds."""
        until = time.monotonic() + seconds
        for reader in self.readers:
            reader.join(max(0.0, until - time.monotonic()))

    def pause(self) -> None:
        """Freeze it; nothing happens if it is frozen or has ended."""
        self._freeze(self.client.pause, "frozen")

    def unpause(self) -> None:
        """Let it go on; nothing happens if it runs or has ended."""
        self._freeze(self.client.unpause, "thawed")

    def _freeze(self, change: Callable[[str], None], what: str) -> None:
        with errors_of(f"the container {self.name} could not be {what}"):
            try:
                change(self._name)
            except APIError as error:
                # Docker and Podman answer differently where there is nothing to do.
                if error.status_code not in (404, _CONFLICT, 500):
                    raise

    def remove(self) -> None:
        """Kill it if it runs, and remove it with its volumes and its log; what is frozen does not run again."""
        with errors_of(f"the container {self.name} could not be removed"):
            if self.engine.facts.is_podman:
                self._kill_first()
            try:
                self.client.remove_container(self._name, v=True, force=True)
            except NotFound:
                return

    def _kill_first(self) -> None:
        """Kill it where it stands: with cgroups v1, Podman thaws what it removes, and kills it a moment later.

        It answers when the container has ended. A client of its own does not wait as long for that as the other one
        for all else: what does not end within ten seconds is left to the removal.
        """
        other = api_client(self.engine.url, seconds=_KILL_SECONDS, version=self.client.api_version)
        with closing(other), suppress(APIError, ReadTimeout):
            other.kill(self._name)
