"""uvicorn with the limits of connections, and a stop that loses nothing.

On SIGTERM or Ctrl-C, the service accepts no more connections, answers what it accepted, tells each
client in its answer that the connection ends, and then ends with status 0. A second Ctrl-C ends it
at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import importlib.util
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any

import uvicorn

from textseq.errors import ArgumentError
from textseq.serve.limits import Limits
from textseq.serve.memory import release_memory

if TYPE_CHECKING:
    from starlette.applications import Starlette

_log = logging.getLogger(__name__)

LINGER = 1.0
"""Seconds in which a connection that is idle when the service stops may still send a request, which
its client may have begun to send before it could know."""

SETTLE = 0.02
"""Seconds from the last connection that the loop accepts to the end of its listening; a connection
that has no protocol yet would be lost with that."""

INTERRUPTED = 130

BACKLOG = 2048
"""Connections that the system holds until the service accepts them."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def open_socket(host: str, port: int) -> socket.socket:
    """Return a socket that has the port; `serve` lets it listen, when there are answers.

    Raises:
        ArgumentError: The port is in use, needs other rights, or the host is not this machine.
    """
    try:
        found = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_ADDRCONFIG
        )
        return _bind(found[0][0], found[0][4])
    except socket.gaierror as error:
        raise ArgumentError(
            f"The host '{host}' is not known: {error.strerror}; give an address of this machine "
            f"with --host, such as 127.0.0.1."
        ) from error
    except OSError as error:
        raise ArgumentError(_why_not(error, host, port)) from error


def _bind(family: int, address: Any) -> socket.socket:
    # With the protocol named, which asyncio looks at before it turns off Nagle's algorithm. That
    # delays the second packet of each answer by 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere, two programs could share a port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError:
        listening.close()
        raise
    return listening


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"The port {port} of {host} is in use by another program; choose another with --port, "
            f"or --port 0 for any free one."
        )
    if error.errno == errno.EACCES:
        return f"The port {port} needs the rights of an administrator; choose one from 1024 up."
    if error.errno == errno.EADDRNOTAVAIL:
        return (
            f"The host '{host}' is not an address of this machine; give one with --host, such as "
            f"127.0.0.1."
        )
    return f"The port {port} of {host} cannot be opened: {os.strerror(error.errno or 0)}."


def serve(app: Starlette, listening: socket.socket, limits: Limits) -> None:
    """Answer requests until a signal stops the service.

    Args:
        app: What `make_app` returned.
        listening: What `open_socket` returned.
        limits: The limits of connections.
    """
    _allow_files(limits.max_connections)
    release_memory()
    app.state.service.after_reload = release_memory
    for model in app.state.service.models.values():
        model.answer_once()
    make_server(app, limits).run(sockets=[listening])


def limited_protocol(limits: Limits, parser: str = "") -> type[asyncio.Protocol]:
    """Return uvicorn's protocol with the limits of connections.

    Args:
        limits: The limits.
        parser: `"httptools"` or `"h11"`; by default, the first where it is installed.
    """
    parser = parser or ("httptools" if importlib.util.find_spec("httptools") else "h11")
    if parser == "httptools":
        from textseq.serve.parse_httptools import HttpToolsConnection as Connection
    else:
        from textseq.serve.parse_h11 import H11Connection as Connection  # type: ignore[assignment]
    return type("Connection", (Connection,), {"limits": limits})


def make_server(app: Starlette, limits: Limits) -> Server:
    """Return a server of an app, which does not run yet."""
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        # Not a line for each client that does not speak HTTP.
        logging.getLogger(name).setLevel(logging.CRITICAL)
    config = uvicorn.Config(
        app,
        http=limited_protocol(limits),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=limits.keep_alive,  # type: ignore[arg-type]  # any number of seconds
        timeout_graceful_shutdown=limits.stop_timeout,  # type: ignore[arg-type]
        backlog=BACKLOG,
    )
    return Server(config, app.state.service)


class Server(uvicorn.Server):
    """A server.

    Args:
        config: uvicorn's configuration.
        service: The service, which is told when it stops.
    """

    def __init__(self, config: uvicorn.Config, service: Any) -> None:
        super().__init__(config)
        self._service = service

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say where."""
        await super().startup(sockets)
        names = ", ".join(f"'{name}'" for name in self._service.models)
        for listening in sockets or []:
            host, port = listening.getsockname()[:2]
            at = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            _log.info("Serving %s at http://%s; Ctrl-C stops it.", names, at)
            if host not in LOOPBACK:
                _log.warning(
                    "Whoever reaches %s may use the service: it has no authentication; put a "
                    "proxy in front of it that has.",
                    at,
                )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, answer what was accepted, and end."""
        self._service.stopping = True
        loop = asyncio.get_running_loop()
        for listening in sockets or []:
            if listening.fileno() >= 0:
                loop.remove_reader(listening)  # so that the loop accepts no more
        await asyncio.sleep(SETTLE)  # what it accepted is a connection then
        accepted = [connection for s in sockets or [] for connection in _accept_waiting(s)]
        for server in self.servers:
            server.close()
        for connection in accepted:
            await loop.connect_accepted_socket(self._protocol, connection)
        end = loop.time() + LINGER
        while self.server_state.connections and loop.time() < end:
            await asyncio.sleep(0.02)
        await super().shutdown(sockets)
        if not self._service.log_is_written:
            os._exit(0)  # whatever else would be printed waits for ever, as its thread does
        _log.info("Stopped after %s requests.", f"{self.server_state.total_requests:,}")

    def _protocol(self) -> asyncio.Protocol:
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on a signal; uvicorn would also die of it at the end, for another exit status."""
        stop = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in stop}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Stop; on the second Ctrl-C, at once."""
        if self.should_exit and sig == signal.SIGINT:
            os.write(2, b"textseq: interrupted.\n")
            os._exit(INTERRUPTED)
        self.should_exit = True


def _accept_waiting(listening: socket.socket) -> list[socket.socket]:
    """Return the connections that the system holds, which closing the socket would reset."""
    found: list[socket.socket] = []
    with contextlib.suppress(OSError):  # BlockingIOError: no more
        while True:
            connection, _ = listening.accept()
            connection.setblocking(False)
            found.append(connection)
    return found


def _allow_files(connections: int) -> None:
    """Let this process have as many open files as it may have connections, and some more."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + 200
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    if most < wanted:
        _log.warning(
            "The system allows this process %s open files, fewer than --max-connections %s needs; "
            "raise that (ulimit -n).",
            f"{most:,}",
            f"{connections:,}",
        )
