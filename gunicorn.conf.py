"""The configuration of gunicorn: its address, its processes and its log."""

import gc
from typing import Any

from scale.settings.environment import set_up

env = set_up()
GARBAGE = 2_500  # objects made since the last collection that are still there
COLLECTIONS = 80  # of young objects, after which the old ones are visited, too

wsgi_app = "scale.wsgi"
bind = list(env.BIND)
# Where this process itself answers /healthz and /readyz, whatever the others are busy with; nowhere if it is empty.
probe_bind = env.PROBE_BIND
workers = env.WEB_CONCURRENCY
worker_class = "scale.worker.PatientWorker"
# Below the 1,024 files that a process may often have open, since a connection is one.
worker_connections = 900
# While one thread waits for the database, another works; more than a few would only wait for the interpreter.
threads = env.WEB_THREADS
# The code is loaded once, and its memory is shared by the processes until one writes to it.
preload_app = True
timeout = 60
graceful_timeout = 30
# Longer than proxies and load balancers keep a connection open, so that they are the ones to close it.
keepalive = 75
# The jitter keeps all processes from being replaced at once. One that ends finishes its requests, and asks clients
# to open new connections.
max_requests = env.WEB_MAX_REQUESTS
max_requests_jitter = max_requests // 5
# Nobody controls it at run time, and the image has no directory for the socket.
control_socket_disable = True
# The worker refuses a line of more than 64 KiB (scale.worker); a limit of gunicorn goes no higher than 8 KiB.
limit_request_line = 0

# A file is sent as other answers are: `sendfile` would wait for the client in a thread.
sendfile = False
# Of what a proxy on this machine says, the scheme is read, from the one header that Django reads too.
# SCRIPT_NAME and PATH_INFO would be taken from any client on this machine.
forwarder_headers = ""
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}

# The service logs its requests itself, with their ids; gunicorn's own lines have the same format.
accesslog = None
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "core.http.logs.PrivateFormatter",
            "fmt": "%(levelname)s %(name)s %(message)s",
            "rename_fields": {"levelname": "level", "name": "logger"},
            "timestamp": "time",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {"gunicorn.error": {"level": "INFO", "handlers": ["stderr"], "propagate": False}},
}


def when_ready(server: Any) -> None:
    """Serve the probes, and exclude the loaded code from garbage collection before it is forked.

    A collection would visit all of it again and again, and write to each page of its memory. Automatic collection
    is switched off, too, so that none begins in the middle of a request: ``post_request`` collects instead.
    """
    if probe_bind:
        from scale.probes import serve

        serve(probe_bind, server)
    gc.collect()
    gc.freeze()
    gc.disable()


def pre_fork(server: Any, worker: Any) -> None:
    """Give each process a number; one that replaces another gets the same."""
    from metrics.processes import free_number
    from scale.sharing import connections

    worker.number = free_number(server.WORKERS.values())
    connections[0] = max(connections[0], worker.number)


def child_exit(server: Any, worker: Any) -> None:
    """Let no other process wait for one that has ended to accept a connection."""
    from scale.sharing import ACCEPTS_NONE, connections

    connections[worker.number] = ACCEPTS_NONE


def post_worker_init(worker: Any) -> None:
    """Let each process count in files of its own, show that it is alive without a request too, and hear of jobs."""
    from jobs import arrivals
    from metrics.processes import count_as
    from scale import heart

    count_as(worker.number)
    heart.start()
    arrivals.start(worker.hear)


def post_request(worker: object, request: object, environ: object, response: object) -> None:
    """Collect garbage after a request, once there is enough of it.

    Most of it is young. To visit all objects takes ten times as long, and the next request waits for it.
    """
    young, _, collections = gc.get_count()
    if young > GARBAGE:
        gc.collect(2 if collections > COLLECTIONS else 1)
