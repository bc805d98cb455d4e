"""Deadlines and limits of a connection, which uvicorn lacks.

uvicorn closes a connection that is idle between requests, and no other: one that never sends a
byte, sends its request a byte at a time, or does not take its answer is kept for ever
(Kludex/uvicorn#157). Here each of these gets `receive_timeout` seconds.

uvicorn parses HTTP by httptools where that is installed, in half the time, and else by h11: there
is a connection for each.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from textseq.serve.limits import Limits

if TYPE_CHECKING:

    class Base(asyncio.Protocol):
        """What uvicorn's two protocols have in common."""

        app: Any
        connections: set[Any]
        cycle: Any
        loop: asyncio.AbstractEventLoop
        transport: asyncio.Transport

        def timeout_keep_alive_handler(self) -> None:
            """Close an idle connection."""

else:
    Base = object

LINGER = 1.0
"""Seconds that a client gets to take the last of what was written to it."""

MOST_HEAD = 65_536
"""Bytes of a request's line and headers, at most."""


class LimitedConnection(Base):
    """What both parsers' connections have in common: a class beside uvicorn's own."""

    limits: Limits

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._deadline: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None
        self._ended = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; beyond the limit, requests are refused."""
        super().connection_made(transport)
        if len(self.connections) > self.limits.max_connections:
            self.app = self._refuse
        self._arm()

    def data_received(self, data: bytes) -> None:
        """Read what came; a request must be whole by its deadline."""
        if self._ended:
            return
        super().data_received(data)
        if self.is_receiving():
            self._arm()
        else:
            self._disarm()

    def eof_received(self) -> Any:  # a bool; uvicorn declares None
        """Answer a client that sent all it had, and said so; uvicorn would close."""
        if not self._is_answering():
            return False
        self._ended, self.cycle.keep_alive = True, False
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._disarm()
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait until the client takes more of its answer, but not for ever."""
        super().pause_writing()
        if self._taking is None:
            self._taking = self.loop.call_later(self.limits.receive_timeout, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on, since the client took some."""
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection, even where the client does not take the end of an answer."""
        super().timeout_keep_alive_handler()
        self.loop.call_later(LINGER, self.transport.abort)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, in the layout of all errors.

        A whole request that came before it is answered first.
        """
        if self._is_answering():
            self._ended, self.cycle.keep_alive = True, False
        else:
            self.refuse("400 Bad Request", msg)

    def is_receiving(self) -> bool:
        """Return whether a request has begun to come, and is not whole."""
        raise NotImplementedError

    def refuse(self, status: str, message: str) -> None:
        """Write an answer past the state of the connection, which ends with it.

        What the client still sends is read for a second: closing would lose it the answer.
        """
        self._ended = True
        body = json.dumps({"error": message}).encode()
        head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\n"
        self.transport.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER, self.transport.abort)

    def _is_answering(self) -> bool:
        """Return whether a request came whole, and its answer did not go."""
        cycle = self.cycle
        return cycle is not None and not (cycle.response_complete or cycle.more_body)

    def _arm(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.limits.receive_timeout, self._expire)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _expire(self) -> None:
        """Close a connection whose request did not come whole in time."""
        cycle = self.cycle
        between = cycle is None or (cycle.response_complete and not cycle.more_body)
        if (between or not cycle.response_started) and not self.transport.is_closing():
            seconds = self.limits.receive_timeout
            message = f"The request did not arrive within {seconds:g} seconds; send it faster."
            self.refuse("408 Request Timeout", message)
        else:
            self.transport.abort()

    async def _refuse(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002
        """Answer a request of a connection beyond the limit."""
        most = self.limits.max_connections
        message = f"There are more than {most:,} connections, which is the limit; try again later."
        headers = [
            (b"content-type", b"application/json"),
            (b"connection", b"close"),
            (b"retry-after", b"1"),
        ]
        body = json.dumps({"error": message}).encode()
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": body})
