"""A real nginx with deploy/nginx.conf in front of a server, in a folder and on ports of its own."""

import http.client
import socket
import ssl
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from tests.load.server import ROOT, Server

HOST = "scale.example.com"
# What Debian's own nginx.conf sets around the files of conf.d, with more connections.
MAIN = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/scale.conf;
}}
"""


class Proxy:
    """nginx in front of ``server``: ``with Proxy(folder, server) as proxy:``. It serves TLS on ``port``."""

    def __init__(self, folder: Path, server: Server) -> None:
        folder.mkdir()
        self.folder, self.server = folder, server
        self.plain_port, self.port = _free_ports(2)

    def __enter__(self) -> Self:
        certificate, key = self.folder / "scale.crt", self.folder / "scale.key"
        made = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={HOST} -addext subjectAltName=DNS:{HOST}"
        subprocess.run(
            ["openssl", *made.split(), "-out", certificate, "-keyout", key], check=True, capture_output=True
        )
        self.tls = ssl.create_default_context(cafile=str(certificate))
        shipped = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
        for value, own in (
            ("listen 80;", f"listen 127.0.0.1:{self.plain_port};"),
            ("listen 443 ssl;", f"listen 127.0.0.1:{self.port} ssl;"),
            ("127.0.0.1:8000", f"127.0.0.1:{self.server.port}"),
            ("/etc/nginx/", f"{self.folder}/"),
            ("/var/log/nginx/", f"{self.folder}/"),
        ):
            assert value in shipped
            shipped = shipped.replace(value, own)
        (self.folder / "scale.conf").write_text(shipped, encoding="utf-8")
        # The folders of the tests are root's alone, if root runs them.
        user = "user root;" if self.folder.owner() == "root" else ""
        (self.folder / "nginx.conf").write_text(MAIN.format(folder=self.folder, user=user), encoding="utf-8")
        command = ["nginx", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]
        self.process = subprocess.Popen([*command, "-e", str(self.folder / "error.log")])
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return self
            time.sleep(0.05)
        raise AssertionError((self.folder / "error.log").read_text(encoding="utf-8"))

    def __exit__(self, *exception: object) -> None:
        self.process.terminate()
        self.process.wait()

    def client(self, address: str = "127.0.0.2") -> http.client.HTTPSConnection:
        """Return a connection of a client with this address."""
        return _Connection("127.0.0.1", self.port, timeout=30, context=self.tls, source_address=(address, 0))

    def log(self) -> str:
        """Return the log of its requests."""
        return (self.folder / "scale.log").read_text(encoding="utf-8")


class _Connection(http.client.HTTPSConnection):
    """A connection that checks the certificate for HOST, wherever that is."""

    def connect(self) -> None:
        http.client.HTTPConnection.connect(self)
        self.sock = self._context.wrap_socket(self.sock, server_hostname=HOST)  # type: ignore[attr-defined]


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports
