"""The probes on a port of their own, served by gunicorn's first process: a full house does not silence them."""

import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.db import connection

from scale.health import unready_because

SILENCE = 30.0  # seconds without a sign of life, after which a worker counts as dead

# A worker that is forked while a probe reads the database would inherit the locks that libraries hold then.
_reading = threading.Lock()
os.register_at_fork(before=_reading.acquire, after_in_parent=_reading.release, after_in_child=_reading.release)


def serve(address: str, arbiter: Any) -> None:
    """Answer ``/healthz`` and ``/readyz`` for the workers of ``arbiter`` on ``address``, host:port, in a thread."""
    host, _, port = address.rpartition(":")

    class Probes(BaseHTTPRequestHandler):
        timeout = 5  # seconds for a request to arrive

        def do_GET(self) -> None:
            if self.path not in ("/healthz", "/readyz"):
                self.send_error(404)
                return
            reason = _unhealthy_because(arbiter)
            if self.path == "/readyz" and not reason:
                reason = _unready_because()
            body = json.dumps({"status": "unready", "detail": reason} if reason else {"status": "ok"}).encode()
            self.send_response(503 if reason else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Log nothing: a probe comes every few seconds."""

    server = ThreadingHTTPServer((host, int(port)), Probes)
    os.register_at_fork(after_in_child=server.socket.close)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def _unhealthy_because(arbiter: Any) -> str:
    """Return why the service is to be restarted: none of its workers gives a sign of life; empty if one does."""
    now = time.monotonic()
    if any(now - worker.tmp.last_update() < SILENCE for worker in list(arbiter.WORKERS.values())):
        return ""
    return "No worker process is alive."


def _unready_because() -> str:
    with _reading:
        try:
            return unready_because()
        finally:
            connection.close()
