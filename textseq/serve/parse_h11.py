"""A connection whose requests h11 parses, which is written in Python and always there."""

from __future__ import annotations

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from textseq.serve.protocol import LimitedConnection


class H11Connection(LimitedConnection, H11Protocol):
    """A connection; h11 bounds a request's line and headers by itself."""

    def is_receiving(self) -> bool:
        """Return whether a request has begun to come, and is not whole."""
        return self.conn.their_state in (h11.IDLE, h11.SEND_BODY)
