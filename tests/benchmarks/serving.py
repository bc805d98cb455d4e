"""How fast `textseq serve` answers, and what it withstands, as JSON lines.

    python tests/benchmarks/serving.py throughput model texts.tsv
    python tests/benchmarks/serving.py soak model texts.tsv --requests 1000000
    python tests/benchmarks/serving.py abuse model
    python tests/benchmarks/serving.py stop model texts.tsv --rounds 20

`throughput` starts two services, one with --max-batch 1, and asks each in turn, so that what else
the machine does is shared. The clients are a process of their own. Texts are the second column of a
table with a header.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

HEAD = b"POST /predict HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
PROGRAM = [sys.executable, "-c", "from textseq.cli.app import main; main()", "serve"]
CLOCK = os.sysconf("SC_CLK_TCK")


class Served:
    """A service in a process of its own."""

    def __init__(self, model, *options):
        self.log = Path(os.devnull)
        command = [*PROGRAM, str(model), "--port", "0", "--access-log", os.devnull, *options]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        if "http://127.0.0.1:" not in line:
            raise SystemExit(line + self.process.stderr.read())
        self.port = int(line.partition("127.0.0.1:")[2].partition(";")[0])

    def cpu(self):
        """Return the seconds of processor that it took."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK

    def resident(self):
        """Return the megabytes that it has resident."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


class Client(asyncio.Protocol):
    """Sends a request, and the next one when the answer is there."""

    def __init__(self, load):
        self.load, self.buffer = load, b""

    def connection_made(self, transport):
        self.transport = transport
        self.ask()

    def ask(self):
        if self.load.is_over():
            self.transport.close()
            return
        self.started = time.perf_counter()
        self.transport.write(self.load.next_request())

    def data_received(self, data):
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self.load.note(head[9:12], time.perf_counter() - self.started)
        self.buffer = b""
        self.ask()

    def connection_lost(self, exc):
        self.load.lost += bool(exc) or not self.load.is_over()
        self.load.open -= 1
        if not self.load.open:
            self.load.done.set_result(None)


class Load:
    """Requests over some connections, for some seconds or up to some number."""

    def __init__(self, requests, *, seconds=None, number=None):
        self.requests, self.number = requests, number
        self.end = None if seconds is None else time.perf_counter() + seconds
        self.sent, self.times, self.statuses, self.lost, self.open = 0, [], {}, 0, 0

    def is_over(self):
        if self.number is not None:
            return self.sent >= self.number
        return time.perf_counter() >= self.end

    def next_request(self):
        self.sent += 1
        return self.requests[self.sent % len(self.requests)]

    def note(self, status, seconds):
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.times.append(seconds)

    async def run(self, port, connections):
        loop = asyncio.get_running_loop()
        self.done, self.open = loop.create_future(), connections
        for _ in range(connections):
            await loop.create_connection(lambda: Client(self), "127.0.0.1", port)
        await self.done


def summarize(load, seconds):
    times = sorted(load.times)
    at = {name: times[int(len(times) * share)] * 1000 for name, share in
          (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))}  # fmt: skip
    return {
        "per_second": round(len(times) / seconds),
        **{f"{name}_ms": round(value, 1) for name, value in at.items()},
        "max_ms": round(times[-1] * 1000, 1),
        "statuses": {k.decode(): v for k, v in load.statuses.items()},
        "lost": load.lost,
    }


def requests_of(path):
    lines = Path(path).read_text(encoding="utf-8").splitlines()[1:]
    bodies = [json.dumps({"text": line.split("\t")[1]}).encode() for line in lines]
    return [HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body for body in bodies]


def ask(served, requests, connections, **how):
    """Send requests from this process; return the summary."""
    load, cpu, started = Load(requests, **how), served.cpu(), time.perf_counter()
    asyncio.run(load.run(served.port, connections))
    found = summarize(load, time.perf_counter() - started)
    found["cpu_us"] = round((served.cpu() - cpu) / len(load.times) * 1e6)
    found["resident_mb"] = served.resident()
    return found


def throughput(given):
    """Ask a service that predicts one request at a time, and one that predicts together."""
    requests = requests_of(given.texts)
    both = {1: Served(given.model, "--max-batch", "1"), given.max_batch: None}
    both[given.max_batch] = Served(given.model, "--max-batch", str(given.max_batch))
    found = {batch: [] for batch in both}
    for served in both.values():
        ask(served, requests, given.connections, seconds=1)
    for _ in range(given.rounds):
        for batch, served in both.items():
            line = ask(served, requests, given.connections, seconds=given.seconds)
            found[batch].append(line)
            print(json.dumps({"max_batch": batch, **line}), flush=True)
    for served in both.values():
        served.stop()
    middle = {
        batch: {name: sorted(line[name] for line in lines)[len(lines) // 2] for name in
                ("per_second", "p50_ms", "p99_ms", "cpu_us", "resident_mb")}
        for batch, lines in found.items()
    }  # fmt: skip
    ratio = middle[given.max_batch]["per_second"] / middle[1]["per_second"]
    print(json.dumps({"medians": middle, "ratio": round(ratio, 2)}))


def soak(given):
    """Send many requests, and show what the service has resident."""
    requests = requests_of(given.texts)
    served = Served(given.model)
    part = given.requests // 20
    for n in range(20):
        line = ask(served, requests, given.connections, number=part)
        print(json.dumps({"requests": (n + 1) * part, **line}), flush=True)
    print(json.dumps({"status": served.stop()}))


def stop(given):
    """End a service under load, again and again: every request is answered or not accepted."""
    requests = requests_of(given.texts)
    for _ in range(given.rounds):
        served = Served(given.model)
        found = asyncio.run(_stop(served, requests, given.connections))
        print(json.dumps({**found, "status": served.process.wait(60)}), flush=True)


async def _stop(served, requests, connections):
    counts = {"answered": 0, "refused": 0, "lost": 0}

    async def client():
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
            except ConnectionError:
                counts["refused"] += 1
                return
            try:
                for _ in range(random.randrange(1, 30)):
                    writer.write(random.choice(requests))
                    head = await reader.readuntil(b"\r\n\r\n")
                    length = int(head.lower().partition(b"content-length: ")[2].split()[0])
                    await reader.readexactly(length)
                    counts["answered"] += b" 200 " in head
                    if b"connection: close" in head.lower():
                        break
            except (ConnectionError, asyncio.IncompleteReadError):
                counts["lost"] += 1
            writer.close()

    clients = [asyncio.ensure_future(client()) for _ in range(connections)]
    await asyncio.sleep(random.uniform(0.5, 1.5))
    served.process.send_signal(signal.SIGTERM)
    started = time.perf_counter()
    await asyncio.wait_for(asyncio.gather(*clients), 60)
    return {**counts, "seconds": round(time.perf_counter() - started, 2)}


def abuse(given):
    """Send what no good client sends; after each, an ordinary request must be answered."""
    served = Served(given.model, "--receive-timeout", "3")
    for name, attack in ATTACKS.items():
        started, before = time.perf_counter(), served.cpu()
        found = attack(served)
        line = {"attack": name, "found": found, "seconds": time.perf_counter() - started}
        line |= {"cpu": served.cpu() - before, "resident_mb": served.resident()}
        line["then"] = asked_once(served)
        print(json.dumps(line), flush=True)
    print(json.dumps({"status": served.stop()}))


def asked_once(served):
    """Send an ordinary request; return the status and the milliseconds."""
    started = time.perf_counter()
    body = b'{"text": "pure joy"}'
    with socket.create_connection(("127.0.0.1", served.port), timeout=30) as connection:
        connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        status = connection.recv(4096)[9:12].decode()
    return status, round((time.perf_counter() - started) * 1000, 1)


def long_body(served, *, chunked=False, total=1_000_000_000):
    """Send a gigabyte, whatever the service says meanwhile."""
    part = b"x" * 1_000_000
    head = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % total
    with socket.create_connection(("127.0.0.1", served.port), timeout=30) as connection:
        connection.sendall(HEAD + head + b"\r\n\r\n")
        sent = 0
        try:
            while sent < total:
                connection.sendall(b"f4240\r\n" + part + b"\r\n" if chunked else part)
                sent += len(part)
            if chunked:
                connection.sendall(b"0\r\n\r\n")
        except OSError as error:
            return {"sent": sent, "error": str(error)}
        return {"sent": sent, "status": connection.recv(4096)[9:12].decode()}


def many(served, count, first=b"", *, until_closed=True):
    """Open connections, send each the beginning of a request, and wait until they are closed."""
    connections = []
    for _ in range(count):
        connections.append(socket.create_connection(("127.0.0.1", served.port), timeout=30))
        connections[-1].sendall(first)
    during = asked_once(served)
    ends = {}
    for connection in connections:
        if until_closed:
            try:
                status = connection.recv(4096)[9:12].decode()
            except OSError as error:
                status = type(error).__name__
            ends[status] = ends.get(status, 0) + 1
        connection.close()
    return {"during": during, "ends": ends}


def drip(served):
    """Send a request's head a byte at a time."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=30) as connection:
        for sent, byte in enumerate(HEAD * 1000):
            try:
                connection.sendall(bytes([byte]))
                connection.settimeout(0.1)
                return {"sent": sent, "status": connection.recv(4096)[9:12].decode()}
            except TimeoutError:
                continue
            except OSError as error:
                return {"sent": sent, "error": str(error)}
    return None


def deaf(served):
    """Ask for long answers on many connections, and never read them."""
    body = json.dumps({"texts": ["joy"] * 1000, "proba": True}).encode()
    request = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    connections = []
    for _ in range(20):
        connection = socket.create_connection(("127.0.0.1", served.port), timeout=30)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setblocking(False)
        for _ in range(50):
            try:
                connection.send(request)
            except BlockingIOError:
                break
        connections.append(connection)
    during, peak = asked_once(served), served.resident()
    time.sleep(5)
    for connection in connections:
        connection.close()
    return {"during": during, "peak_mb": peak}


ATTACKS = {
    "1 GB body": long_body,
    "1 GB body, chunked": lambda served: long_body(served, chunked=True),
    "1,000 idle connections": lambda served: many(served, 1000),
    "1,000 connections with half a head": lambda served: many(served, 1000, HEAD),
    "1,000 connections with half a body": lambda served: many(
        served, 1000, HEAD + b"Content-Length: 900000\r\n\r\n" + b"x" * 30_000
    ),
    "100 connections with 0.9 MB of a body": lambda served: many(
        served, 100, HEAD + b"Content-Length: 900000\r\n\r\n" + b"x" * 890_000
    ),
    "a byte at a time": drip,
    "answers that nobody takes": deaf,
    "not HTTP": lambda served: many(served, 50, b"\x16\x03\x01" + bytes(500) + b"\r\n\r\n"),
}


def main():
    """Run one of the measurements."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["throughput", "soak", "stop", "abuse"])
    parser.add_argument("model")
    parser.add_argument("texts", nargs="?")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--max-batch", type=int, default=64)
    given = parser.parse_args()
    globals()[given.what](given)


if __name__ == "__main__":
    main()
