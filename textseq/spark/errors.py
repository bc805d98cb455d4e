"""Spark's long errors in one sentence."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from textseq.errors import EngineError

_ERROR_LINE = re.compile(r"[\w.]*(Error|Exception|Interrupt|Exit)\b.*")


@contextlib.contextmanager
def wrap_spark_errors() -> Iterator[None]:
    """Raise EngineError, in one sentence, where Spark gives up."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise EngineError(f"Spark could not finish the work: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    """Return the line of Spark's long messages that says what happened."""
    java = getattr(error, "java_exception", None)
    message = str(java.getMessage() if java is not None else error)
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    # Of a Python worker: the last line of its traceback, which names the error.
    traced = [i for i, line in enumerate(lines) if line.startswith("Traceback")]
    if traced:
        rest = [line for line in lines[traced[0] :] if not line.startswith(("at ", "File "))]
        lines = [line for line in rest if _ERROR_LINE.match(line)] or lines
    return (lines or [type(error).__name__])[0].rstrip(".")
