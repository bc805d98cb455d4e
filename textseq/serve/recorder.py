"""Counts, times and logs every request; and lets each answer of a stopping service be the last."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from textseq.serve.app import Service

GONE = 499
"""The status that is counted where the client went away before its answer, as nginx does."""

FAILED = 500
"""The status of an error that no endpoint expects, whose answer is made outside this middleware."""

METHODS = ("GET", "HEAD", "POST")
"""Methods that are counted by name; a client may invent others without end."""

OTHER = "other"


class Recorder:
    """Middleware around the app.

    Args:
        app: The app.
        service: Has what is counted, and the access log.
        paths: Paths that are counted by name.
    """

    def __init__(self, app: ASGIApp, service: Service, paths: Sequence[str]) -> None:
        self._app, self._service, self._paths = app, service, frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), GONE
        record: dict[str, Any] = {}
        scope["textseq"] = record

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if self._service.stopping:
                    message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        except ClientDisconnect:
            pass
        except Exception:
            status = FAILED
            raise
        finally:
            self._record(scope, status, time.perf_counter() - started, record)

    def _record(self, scope: Scope, status: int, seconds: float, record: dict[str, Any]) -> None:
        path, method = scope["path"], scope["method"]
        counted = path if path in self._paths else OTHER
        metrics = self._service.metrics
        named = method if method in METHODS else OTHER
        metrics.requests.labels(named, counted, str(status)).inc()
        metrics.seconds.labels(counted).observe(seconds)
        if (log := self._service.access_log) is not None:
            client = scope.get("client") or ("",)
            about = {"client": client[0], "method": method, "path": path, "status": status}
            log.add({**about, "ms": round(seconds * 1000, 2), **record})
