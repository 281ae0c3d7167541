"""Debian's docker-registry on 127.0.0.1, and images that are pushed to it."""

import gzip
import hashlib
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from seed.registry import Registry
from seed.sources import LABEL

ACCOUNT = ("ci", "s3cret")
# As `htpasswd -B` writes it.
HTPASSWD = "ci:$2b$04$ThisIsASaltOf22CharsXurYn.fjf/IQ9PJCJcQsZjpZtBkPxMrSi"


@contextmanager
def docker_registry(folder: Path, *, asks: bool = False) -> Iterator[str]:
    """Run a registry that keeps its files in ``folder``; one that ``asks`` wants ACCOUNT. Yield its name."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        name = f"127.0.0.1:{free.getsockname()[1]}"
    config: dict[str, Any] = {
        "version": 0.1,
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "files")}},
        "http": {"addr": name},
    }
    if asks:
        (folder / "htpasswd").write_text(f"{HTPASSWD}\n")
        config["auth"] = {"htpasswd": {"realm": "test", "path": str(folder / "htpasswd")}}
    file = folder / "config.yml"
    file.write_text(json.dumps(config))  # JSON is YAML
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(["docker-registry", "serve", file], stdout=log, stderr=log)
    try:
        _wait(name)
        yield name
    finally:
        process.terminate()
        process.wait(60)


def registry_of(name: str, **accounts: Any) -> Registry:
    """The registry as the settings would have it."""
    return Registry.parse(f"http://{name}", **accounts)


def write_image(folder: Path, label: str | None) -> str:
    """Write an image without layers but one, as an OCI image layout. Return the digest of its manifest."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def add(content: bytes, media_type: str) -> dict[str, Any]:
        digest = hashlib.sha256(content).hexdigest()
        (blobs / digest).write_bytes(content)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    empty = bytes(1024)  # the end of an archive of tar
    # Compressed, or skopeo would do it, and the digest of the manifest would be another one.
    layer = add(gzip.compress(empty, mtime=0), "application/vnd.oci.image.layer.v1.tar+gzip")
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Labels": {} if label is None else {LABEL: label}},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(empty).hexdigest()}"]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": add(json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json"),
        "layers": [layer],
    }
    descriptor = add(json.dumps(manifest).encode(), str(manifest["mediaType"]))
    platform = {"os": "linux", "architecture": "amd64"}
    index = {"schemaVersion": 2, "manifests": [{**descriptor, "platform": platform}]}
    (folder / "index.json").write_text(json.dumps(index))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return descriptor["digest"]


def push(folder: Path, image: str, *options: str) -> None:
    """Push the image in an OCI image layout with skopeo."""
    command = ["skopeo", "copy", "--dest-tls-verify=false", *options, f"oci:{folder}", f"docker://{image}"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "HOME": str(folder)})
    assert done.returncode == 0, done.stderr


def _wait(name: str) -> None:
    host, _, port = name.partition(":")
    end = time.monotonic() + 60
    while True:
        try:
            socket.create_connection((host, int(port)), 1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return
