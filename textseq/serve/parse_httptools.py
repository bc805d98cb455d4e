"""A connection whose requests httptools parses, in half the time of h11."""

from __future__ import annotations

from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from textseq.serve.protocol import MOST_HEAD, LimitedConnection


class HttpToolsConnection(LimitedConnection, HttpToolsProtocol):
    """A connection; the parser tells it where a request begins and ends."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._receiving = False
        self._head: int | None = 0  # bytes of a head that is not whole
        self.parser: Any = Parser(self)

    def is_receiving(self) -> bool:
        """Return whether a request has begun to come, and is not whole."""
        return self._receiving

    def data_received(self, data: bytes) -> None:
        """Read what came; a head must not grow without end."""
        if self._head is not None:
            self._head += len(data)
        super().data_received(data)
        if self._head is not None and self._head > MOST_HEAD and not self._ended:
            message = f"The request's headers have more than {MOST_HEAD:,} bytes."
            self.refuse("431 Request Header Fields Too Large", message)

    def on_message_begin(self) -> None:
        """Note that a request begins."""
        super().on_message_begin()
        self._receiving, self._head = True, 0

    def on_headers_complete(self) -> None:
        """Note that its head is whole."""
        if self.parser.should_upgrade():
            return  # it comes once more
        self._head = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Note that it is whole."""
        if self.parser.should_upgrade():
            return
        self._receiving = False
        super().on_message_complete()

    def head_without_upgrade(self) -> bytes:
        """Return the head of a request without its wish to speak another protocol."""
        lines = [b"%b %b HTTP/1.1" % (self.parser.get_method(), self.url)]
        lines += [b"%b: %b" % pair for pair in self.headers if pair[0] != b"upgrade"]
        return b"\r\n".join(lines) + b"\r\n\r\n"


class Parser:
    """httptools' parser, which ignores that a client would rather speak another protocol.

    Java's client asks for HTTP/2 with each first request. A server may go on as if it had not, but
    httptools takes the body for that other protocol, and uvicorn loses it.

    Args:
        connection: Whose it is.
    """

    def __init__(self, connection: HttpToolsConnection) -> None:
        self._connection = connection
        self._parser = self._new()

    def _new(self) -> Any:
        parser = httptools.HttpRequestParser(self._connection)
        # As uvicorn's own: what comes after "Connection: close" is no error.
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser

    def feed_data(self, data: bytes) -> None:
        """Read what came; begin again without the wish where there is one."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self._parser.get_method() == b"CONNECT":
                raise httptools.HttpParserError("no proxy") from upgrade
            head = self._connection.head_without_upgrade()
            self._parser = self._new()
            self.feed_data(head + data[upgrade.args[0] :])

    def __getattr__(self, name: str) -> Any:
        """Return what the parser has besides."""
        return getattr(self._parser, name)
