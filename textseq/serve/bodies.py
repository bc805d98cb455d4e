"""The body of a request, read without ever keeping more than the limits.

What a body claims to have (Content-Length) may be missing or wrong, so the bytes that come are
counted. The rest of a body that is too long is not kept; the server reads and discards it, since a
connection that is closed while the client still sends would lose it the answer.
"""

from __future__ import annotations

from starlette.requests import Request

from textseq.serve.prediction import RequestError, refuse

MOST_BYTES = 16_000_000
"""Bytes of all bodies that are being read or answered, at most, or one body where that is more."""


class BodyReader:
    """Reads the bodies of requests.

    Args:
        max_body: Bytes of a body, at most.

    Attributes:
        held: Bytes of all bodies that are being read or answered.
    """

    def __init__(self, max_body: int) -> None:
        self._max_body, self._most = max_body, max(MOST_BYTES, max_body)
        self.held = 0

    async def read(self, request: Request) -> bytes:
        """Return the body of a request that says that it is JSON; `release` it when it is answered.

        Raises:
            RequestError: It is something else (415), too long (413), or too many are held (503).
            ClientDisconnect: The client went away.
        """
        _check_type(request.headers.get("content-type"))
        claimed = request.headers.get("content-length", "")
        if claimed.isdecimal() and int(claimed[:20]) > self._max_body:
            self._refuse_length()
        chunks: list[bytes] = []
        length = 0
        try:
            async for chunk in request.stream():
                length += len(chunk)
                self.held += len(chunk)
                if length > self._max_body:
                    self._refuse_length()
                if self.held > self._most:
                    message = "Too many long requests wait already; try again in a second."
                    raise RequestError(503, message, {"Retry-After": "1"})
                chunks.append(chunk)
        except BaseException:
            self.held -= length
            raise
        return b"".join(chunks)

    def release(self, body: bytes) -> None:
        """Let others take the place of a body that was answered."""
        self.held -= len(body)

    def _refuse_length(self) -> None:
        refuse(
            f"The body has more than {self._max_body:,} bytes, which is the limit; send "
            f"fewer texts, or shorter ones.",
            413,
        )


def _check_type(content_type: str | None) -> None:
    """Refuse what is not JSON by its own word.

    That includes what a page of another site may send from a browser without asking.
    """
    kind = (content_type or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        received = f"'{kind[:80]}'" if kind else "none"
        refuse(
            f"The Content-Type must be application/json. Received: {received}; add the header "
            f"Content-Type: application/json.",
            415,
        )
