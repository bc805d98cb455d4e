"""Spark's long errors in one sentence."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from textseq.errors import EngineError

_ERROR_LINE = re.compile(r"[\w.]*(Error|Exception|Interrupt|Exit)\b.*")

_TRACEBACK = "Traceback (most recent call last)"

# What stands before the reason: which task of which stage failed, and the name of Java's class.
_STAGE = re.compile(r"^Job aborted due to stage failure: (?:.*?: Lost task [^:]*\): )?")
_JAVA = re.compile(r"^(?:java|org|scala)\.[\w.$]+: ")

_SAYS_NOTHING = "Exception thrown in awaitResult"

_REMEDIES = {
    "maxResultSize": "raise that setting, or cut the vocabulary with `min_count` (--min-count)",
    "OutOfMemoryError": "raise spark.driver.memory and spark.executor.memory",
    "exited unexpectedly": "for lack of memory, it may be: raise spark.executor.memoryOverhead, or "
    "lower spark.sql.files.maxPartitionBytes",
    "ModuleNotFoundError": "install textseq, and what it needs, for the Python of each worker, or "
    "name another Python in the environment variable PYSPARK_PYTHON",
    "Cannot run program": "name a Python that each worker has in the environment variable "
    "PYSPARK_PYTHON",
}
"""What to do, by words of the reason."""


@contextlib.contextmanager
def wrap_spark_errors() -> Iterator[None]:
    """Raise EngineError, in one sentence, where Spark gives up."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        reasons = [_reason(message) for message in _messages(error)]
        told = [reason for reason in reasons if reason and _SAYS_NOTHING not in reason]
        reason = next(iter(told), type(error).__name__).rstrip(".")
        remedy = next((f"; {what}" for word, what in _REMEDIES.items() if word in reason), "")
        raise EngineError(f"Spark could not finish the work: {reason}{remedy}.") from error


def _messages(error: Exception) -> Iterator[str]:
    """Yield the messages of an error of Java's and of its causes, or that of another."""
    java = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    if java is None:
        yield str(error)
    while java is not None:
        yield str(java.getMessage())
        java = java.getCause()


def _reason(message: str) -> str:
    """Return the line of a long message that says what happened."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    # Of a Python worker: the last line of its traceback, which names the error.
    traced = [i for i, line in enumerate(lines) if _TRACEBACK in line]
    if traced:
        rest = [line for line in lines[traced[-1] + 1 :] if not line.startswith(("at ", "File "))]
        lines = [line for line in rest if _ERROR_LINE.match(line)] or lines
    line = next(iter(lines), "").partition(". Consider ")[0]
    return _JAVA.sub("", _STAGE.sub("", line))
