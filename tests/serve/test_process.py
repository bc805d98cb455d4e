"""The command in a process of its own: it ends when it is told to, and loses nothing."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading

import pytest

HEAD = b"POST /predict HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
BODY = json.dumps({"text": "pure joy"}).encode()
REQUEST = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY


@pytest.fixture
def start(reviews):
    """Return a function that starts the command, and returns it and its port when it answers."""
    started = []

    def run(*arguments):
        command = [
            sys.executable,
            "-m",
            "textseq",
            "serve",
            str(reviews),
            "--port",
            "0",
            *arguments,
        ]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        started.append(process)
        line = process.stderr.readline()
        assert line.startswith("Serving 'reviews' at http://127.0.0.1:"), line
        return process, int(line.partition("127.0.0.1:")[2].partition(";")[0])

    yield run
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_terminated_under_load_every_request_is_answered_or_refused(start, tmp_path):
    process, port = start("--access-log", str(tmp_path / "log"))
    clients = [Client(port) for _ in range(8)]
    while sum(len(client.answers) for client in clients) < 200:
        assert all(client.is_alive() for client in clients)
    process.send_signal(signal.SIGTERM)
    for client in clients:
        client.join(20)
    assert process.wait(20) == 0
    answers = [found for client in clients for found in client.answers]
    assert all(found.startswith(b"HTTP/1.1 200") for found in answers)
    assert len((tmp_path / "log").read_text().splitlines()) == len(answers)
    assert f"Stopped after {len(answers):,} requests." in process.stderr.read()


class Client(threading.Thread):
    """Sends requests, each seventh on a new connection, until no connection is accepted any more.

    Attributes:
        answers: What came for each.
    """

    def __init__(self, port):
        super().__init__()
        self.port, self.answers = port, []
        self.start()

    def run(self):
        with contextlib.suppress(ConnectionRefusedError):
            while True:
                with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
                    for _ in range(7):
                        connection.sendall(REQUEST)
                        self.answers.append(receive(connection))
                        if b"connection: close" in self.answers[-1].lower():
                            break


def receive(connection):
    """Return an answer, or what there is of one."""
    found = b""
    while b'"probability"' not in found and (more := connection.recv(65536)):
        found += more
    return found


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_the_second_ctrl_c_ends_at_once(start):
    process, port = start()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(HEAD + b"Content-Length: 9\r\n\r\n")  # keeps the first from ending
        connection.sendall(b"{")
        os.kill(process.pid, signal.SIGINT)
        while process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.3)
                break
            os.kill(process.pid, signal.SIGINT)
    assert process.returncode == 130
    assert process.stderr.read() == "textseq: interrupted.\n"
