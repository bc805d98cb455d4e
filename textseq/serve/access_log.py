"""A line of JSON for each request, written by a thread of its own.

The service must not wait for who reads the log: a full pipe would stop all answers. So lines
gather, and the thread writes them a few times a second. Where it cannot keep up, lines are dropped,
and the log says how many. A line never holds a text.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PAUSE = 0.2
"""Seconds between writes."""

MOST_LINES = 20_000
"""Lines that gather, at most."""

_LONGEST = 200
"""Characters of a string in a line, at most: a client chooses the path."""


class AccessLog:
    """Writes a line for each request.

    Args:
        write: Gets some lines as one string, without a line feed at its end.

    Example:
        >>> from textseq.serve.access_log import AccessLog
        >>> log = AccessLog(print)
        >>> log.add({"path": "/health", "status": 200}, at=0)
        >>> log.close()
        {"time": "1970-01-01T00:00:00.000+00:00", "path": "/health", "status": 200}
        True
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write, self._lines = write, deque[tuple[float, dict[str, Any]]]()
        self._dropped = 0
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, line: dict[str, Any], at: float | None = None) -> None:
        """Add a line, with the time, in seconds since 1970; by default, now."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="access log", daemon=True)
            self._thread.start()
        if len(self._lines) >= MOST_LINES:
            self._dropped += 1
            return
        self._lines.append((time.time() if at is None else at, line))

    def close(self, patience: float = 5.0) -> bool:
        """Write what is left; give up after some seconds, since nobody may be reading.

        Returns whether all is written.
        """
        if self._thread is not None:
            self._end.set()
            self._thread.join(patience)
        return self._thread is None or not self._thread.is_alive()

    def _run(self) -> None:
        while not self._end.wait(PAUSE):
            self._flush()
        self._flush()

    def _flush(self) -> None:
        lines = [_line(*self._lines.popleft()) for _ in range(len(self._lines))]
        if self._dropped:
            lines.append(_line(time.time(), {"dropped": self._dropped}))
            self._dropped = 0
        if lines:
            try:
                self._write("\n".join(lines))
            except OSError:  # a full disk, or a reader that went away
                self._dropped += len(lines)


def append_to(path: Path) -> Callable[[str], None]:
    """Return a function that appends lines to a file; logrotate may move that away."""

    def write(lines: str) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write(lines + "\n")

    return write


def _line(at: float, about: dict[str, Any]) -> str:
    time_ = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    short = {k: v[:_LONGEST] if isinstance(v, str) else v for k, v in about.items()}
    return json.dumps({"time": time_, **short})
