"""What runs in the workers: one unit of work at a time, and a report of how it went.

What a worker finds wrong with the input travels as data in its report and not as an exception: so
Spark does not try in vain again, and the error that the user sees is that of the first unit in the
order of the corpus, as on one machine. What else fails is Spark's to repeat.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from textseq.errors import TextseqError
from textseq.spark.session import TASK_ENVIRONMENT

Note = tuple[str, int, str]
"""What was logged: the name of the logger, the level, and the message."""


@dataclass
class Report:
    """How the work on a unit went.

    Args:
        value: What came of it, if anything.
        error: What was wrong with the input, if anything.
        notes: What was logged.
    """

    value: Any = None
    error: TextseqError | None = None
    notes: list[Note] = field(default_factory=list)


def use_one_thread() -> None:
    """Let this process, a worker, use one thread, where the session is not `open_session`'s."""
    os.environ.update(TASK_ENVIRONMENT)


@contextlib.contextmanager
def reporting() -> Iterator[Report]:
    """Yield a report that an error of textseq ends up in, with what is logged meanwhile."""
    report = Report()

    class Noting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            report.notes.append((record.name, record.levelno, record.getMessage()))

    logger, handler = logging.getLogger("textseq"), Noting(logging.INFO)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield report
    except TextseqError as error:
        report.error = error
    finally:
        logger.removeHandler(handler)


def check_reports(reports: Iterable[Report], noted: set[Note]) -> None:
    """Log what was noted and is not in `noted` yet, and raise the first error, if any.

    Args:
        reports: In the order of their units.
        noted: What was logged before, to which this is added.

    Raises:
        TextseqError: What was wrong with the first unit that has an error.
    """
    for report in reports:
        for note in report.notes:
            if note not in noted:
                name, level, message = note
                logging.getLogger(name).log(level, "%s", message)
                noted.add(note)
        if report.error is not None:
            raise report.error
