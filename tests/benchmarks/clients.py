"""`python -m tests.benchmarks.clients PORT PATH SECONDS CLIENTS TOKEN`: prints how many answers its clients got.

A process of its own, so that the clients do not wait for the interpreter of the benchmark.
"""

import http.client
import subprocess
import sys
import threading
import time

PROCESSES = 2


def requests_per_second(port: int, path: str, *, clients: int, token: str, seconds: float = 3) -> float:
    """The rate at which so many clients, each on its own kept-alive connection, get answers from `path`."""
    arguments = [str(port), path, str(seconds), str(clients // PROCESSES), token]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.clients", *arguments], stdout=subprocess.PIPE, text=True
        )
        for _ in range(PROCESSES)
    ]
    return sum(float(process.communicate()[0]) for process in processes)


def _ask(port: int, path: str, end: float, token: str, counts: list[int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Token {token}"}
    count = 0
    while time.perf_counter() < end:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        count += 1
    counts.append(count)


def main() -> None:
    """Runs the clients in threads."""
    port, path, seconds, clients, token = sys.argv[1:]
    counts: list[int] = []
    end = time.perf_counter() + float(seconds)
    asked = (int(port), path, end, token, counts)
    threads = [threading.Thread(target=_ask, args=asked) for _ in range(int(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counts) == len(threads), "a client failed"
    print(sum(counts) / float(seconds))


if __name__ == "__main__":
    main()
