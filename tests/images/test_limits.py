"""What an image may not do, and what it may not use more of, however it tries."""

import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.images.build import build_image
from tests.images.engines import Engine
from tests.images.running import AS_1000, PATIENCE, Desk, outputs
from tests.seed.factories import minimal_manifest

HEEDS_SIGTERM = "trap 'exit 0' TERM;"
FOREVER = "while true; do sleep 0.1; done"
RESOURCES = {"cpus": 0.5, "mem": 32.0, "disk": 8.0, "sharedMem": 4.0}


def test_it_has_the_limits_of_its_manifest_and_no_rights(desk: Desk):
    image = desk.image(
        "cd $OUTPUT_DIR; (grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status; id; df -m /dev/shm | tail -1; "
        "cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.cfs_period_us "
        "/sys/fs/cgroup/memory/memory.limit_in_bytes || cat /sys/fs/cgroup/cpu.max /sys/fs/cgroup/memory.max; "
        "cat /sys/fs/cgroup/pids/pids.max || cat /sys/fs/cgroup/pids.max; ls /sys/class/net) > out.txt 2>/dev/null",
        resources=RESOURCES,
        outputs=outputs("out.txt"),
    )
    ran = desk.run(image)
    lines = ran.text().splitlines()
    assert ran.code == 0
    assert {line.split(":")[1].strip() for line in lines if line.startswith("Cap")} == {"0" * 16}
    assert "NoNewPrivs:\t1" in lines
    assert "Seccomp:\t2" in lines
    assert [line for line in lines if line.startswith("uid=65532") and "gid=65532" in line]
    assert [line.split()[1] for line in lines if line.endswith("/dev/shm")] == ["4"]
    assert {"50000", "100000"} <= set(" ".join(lines).split())
    assert str(32 * 2**20) in lines
    assert "1024" in lines
    assert lines[-1] == "lo"


def test_what_it_may_write_to(desk: Desk):
    image = desk.image(
        "for folder in / /etc /data /tmp /volume $OUTPUT_DIR; do "
        "touch $folder/x 2>/dev/null && echo $folder; done > $OUTPUT_DIR/out.txt; mount | grep ' /volume ' "
        ">> $OUTPUT_DIR/out.txt",
        outputs=outputs("out.txt"),
        build={"volume": "/volume"},
    )
    ran = desk.run(image)
    *folders, volume = ran.text().splitlines()
    assert (ran.code, folders) == (0, ["/tmp", "/volume", "/seed/outputs"])
    assert "tmpfs" in volume


def test_a_writable_root_where_that_is_asked_for(desk: Desk):
    image = desk.image(
        "touch /tmp/x /world/x && id -u > $OUTPUT_DIR/out.txt",
        outputs=outputs("out.txt"),
        build={"user": "1234:1234", "files": {"/world/read-me": ""}},
    )
    assert desk.run(image).code == 1
    ran = desk.run(image, "--writable-root", "--user", "0:0")
    assert (ran.code, ran.text()) == (0, "0\n")


@pytest.mark.parametrize(
    ("named", "options", "uid"), [("1234:1234", (), "1234"), ("1234", ("--user", "77:78"), "77")]
)
def test_the_user_of_the_image_or_another_one(desk: Desk, named: str, options: tuple[str, ...], uid: str):
    image = desk.image("id -u > $OUTPUT_DIR/out.txt", outputs=outputs("out.txt"), build={"user": named})
    ran = desk.run(image, *options)
    assert (ran.code, ran.text()) == (0, f"{uid}\n")
    assert (ran.folder / "out.txt").stat().st_uid == 0


def test_an_account_runs_it_as_itself(desk: Desk, engine: Engine):
    address = Path(engine.url.removeprefix("unix://"))
    address.chmod(0o666)
    address.parent.chmod(0o711)
    desk.folder.chmod(0o777)
    image = desk.image("id -u > $OUTPUT_DIR/out.txt; mkdir $OUTPUT_DIR/x", outputs=outputs("out.txt"))
    ran = desk.run(image, before=AS_1000)
    assert (ran.code, ran.text()) == (0, "1000\n")
    assert {path.stat().st_uid for path in (ran.folder, *ran.folder.iterdir())} == {1000}


def test_it_has_no_network_but_where_that_is_allowed(desk: Desk):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        image = desk.image(
            f"nc -w 5 127.0.0.1 {port} < /dev/null > $OUTPUT_DIR/out.txt", outputs=outputs("out.txt")
        )
        assert desk.run(image).code == 1

        def answer(process: subprocess.Popen[bytes]) -> None:
            with server.accept()[0] as connection:
                connection.sendall(b"reached")

        ran = desk.run(image, "--network", "host", during=answer)
        assert (ran.code, ran.text()) == (0, "reached")


def test_more_memory_than_it_may_have(desk: Desk):
    image = desk.image("exec tail /dev/zero", resources=RESOURCES, outputs=outputs("out.txt"))
    ran = desk.run(image)
    assert (ran.code, ran.result["error"]["name"]) == (6, "out-of-memory")
    assert ran.result["error"]["description"].endswith("it needs more than 32 MiB of memory")


def test_memory_that_it_fills_with_files(desk: Desk):
    image = desk.image("dd if=/dev/zero of=/tmp/x bs=1M count=200; exit 7", resources=RESOURCES)
    ran = desk.run(image)
    # The kernel kills one process of it, and engines do not always hear of it.
    assert (ran.code, ran.result["exit_code"]) in [(1, 7), (6, 7), (6, 137)]
    assert ran.result["seconds"] < 60


def test_a_fork_bomb(desk: Desk):
    image = desk.image("bomb() { bomb | bomb & }; bomb & exec sleep 60", resources=RESOURCES, job={"timeout": 3})
    ran = desk.run(image, "--pids", "40")
    assert (ran.code, ran.result["error"]["name"]) == (4, "timeout")


@pytest.mark.parametrize("number", [1, 64], ids=["one file", "many files"])
def test_a_gigabyte_of_outputs(desk: Desk, number: int):
    script = (
        f"{HEEDS_SIGTERM} for part in $(seq {number}); do "
        f"dd if=/dev/zero of=$OUTPUT_DIR/$part.bin bs=1M count={1024 // number}; sleep 0.05; done; {FOREVER}"
    )
    image = desk.image(script, resources=RESOURCES, outputs=outputs("*.bin", multiple=True))
    ran = desk.run(image)
    assert (ran.code, ran.result["error"]["name"]) == (6, "disk-exceeded")
    assert ran.result["error"]["description"] == "its outputs have more than 8 MiB"
    assert ran.result["seconds"] < 60


def test_a_gigabyte_that_it_only_claims(desk: Desk):
    """A sparse file takes no room, until somebody copies it."""
    image = desk.image("dd of=$OUTPUT_DIR/x.bin bs=1 count=0 seek=1G || exit 0", resources=RESOURCES)
    ran = desk.run(image)
    if desk.engine.name == "podman":
        assert (ran.code, ran.result["error"]["name"]) == (6, "disk-exceeded")
    else:
        # The kernel lets no file be so large.
        assert (ran.code, sum(path.stat().st_size for path in ran.folder.iterdir())) == (0, 0)


def test_the_disk_is_that_of_the_option(desk: Desk):
    image = desk.image(
        "dd if=/dev/zero of=$OUTPUT_DIR/x.bin bs=1M count=20", resources=RESOURCES, outputs=outputs("*.bin")
    )
    ran = desk.run(image, "--disk", "30")
    assert (ran.code, ran.result["outputs"]["files"]["OUT"][0]["size"]) == (0, 20 * 2**20)


def test_a_container_that_ignores_sigterm_is_killed(desk: Desk):
    image = desk.image("trap '' TERM; while true; do sleep 1; done", job={"timeout": 1})
    ran = desk.run(image)
    assert (ran.code, ran.result["error"]["name"], ran.result["exit_code"]) == (4, "timeout", 137)
    assert 10 < ran.result["seconds"] < PATIENCE


def test_a_container_that_heeds_sigterm_may_clean_up(desk: Desk):
    script = "trap 'echo bye > $OUTPUT_DIR/out.txt; exit 0' TERM; while true; do sleep 0.1; done"
    image = desk.image(script, outputs=outputs("out.txt"))
    ran = desk.run(image, "--timeout", "1")
    assert (ran.code, ran.result["error"]["description"]) == (4, "it ran longer than 1 seconds")
    assert ran.text() == "bye\n"
    assert ran.result["seconds"] < 9


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_container(desk: Desk, number: signal.Signals):
    script = f"{HEEDS_SIGTERM} {FOREVER}"

    def send(process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + PATIENCE
        while not desk.engine.containers(status="running") and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(0.5)
        process.send_signal(number)

    ran = desk.run(desk.image(script), during=send)
    assert (ran.code, ran.result["error"]["name"]) == (128 + number, "stopped")


def test_more_output_than_is_shown(desk: Desk):
    image = desk.image(
        "yes | head -c 5000000; echo done > $OUTPUT_DIR/out.txt", outputs=outputs("out.txt"), job={"timeout": 60}
    )
    ran = desk.run(image, "--log-limit", "1")
    assert (ran.code, ran.text()) == (0, "done\n")
    assert 2**20 < len(ran.printed) < 2**20 + 2**14
    assert "more than 1.0 MB; the rest is not shown (--log-limit)" in ran.printed


def test_a_container_that_is_kept(desk: Desk):
    image = desk.image("echo hello")
    ran = desk.run(image, "--keep", leaves=1)
    [container] = desk.containers()
    assert (ran.code, container.logs(), container.status) == (0, b"hello\n", "exited")
    container.remove()


def test_a_plan_starts_nothing(desk: Desk):
    image = desk.image("echo hello", settings=[{"name": "PASS", "secret": True}])
    ran = desk.run(image, "--dry-run", "-e", "PASS=hunter2")
    assert (ran.code, ran.result["status"]) == (0, "PLANNED")
    assert [finding["name"] for finding in ran.result["findings"]["warnings"]] == ["SECRET_ON_COMMAND_LINE"]
    assert not ran.folder.exists()


def digest_in(registry: str, repository: str) -> str:
    """Return the digest of a tag in the registry."""
    accepted = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json"
    request = Request(f"http://{registry}/v2/{repository}/manifests/1.0.0", headers={"Accept": accepted})
    with urlopen(request, timeout=30) as answer:
        return str(answer.headers["Docker-Content-Digest"])


def test_an_image_is_pulled_where_it_is_missing(desk: Desk, engine: Engine, registry: str):
    manifest = minimal_manifest(interface={"command": "true"})
    tag = build_image(engine, f"{registry}/{engine.name}/pulled-1.0.0-seed:1.0.0", manifest)
    for line in engine.client.images.push(tag, stream=True, decode=True):
        assert "error" not in line, line
    digest = f"{tag.rpartition(':')[0]}@{digest_in(registry, f'{engine.name}/pulled-1.0.0-seed')}"
    engine.client.images.remove(tag, force=True)
    ran = desk.run(tag, "--pull", "never")
    assert (ran.code, ran.result["reason"]) == (3, f"the engine has no image {tag}")
    assert desk.run(tag).code == 0
    assert desk.run(digest, "--pull", "always").code == 0
    ran = desk.run(f"{registry}/no/such-image:1.0.0")
    assert (ran.code, ran.result["status"]) == (3, "ENGINE_FAILED")
    assert "could not be pulled" in ran.result["reason"]
