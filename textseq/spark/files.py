"""A corpus of files on Spark: fitted, encoded, or worked on otherwise, in units.

Workers read the files themselves, with the readers that opened them here. So quoting, labels, and
errors with their row numbers are those of one machine; and every worker must see each source under
the path that it has here, as on a file system that the cluster shares.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from textseq.corpus.columns import TEXT
from textseq.corpus.corpus import Corpus
from textseq.corpus.units import WorkUnit
from textseq.files.paths import StrPath
from textseq.sequences import parquet
from textseq.sequences.sequences import Sequences
from textseq.spark import counting
from textseq.spark.parts import part_file, parts_folder
from textseq.spark.shared import Shared
from textseq.spark.units import map_units, unit_bytes, units_frame, units_of
from textseq.spark.worker import Note, Report, check_reports
from textseq.tokenizer.corpus_encoding import encode_corpus
from textseq.tokenizer.tokenizer import Tokenizer

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_TASKS = 2  # for each processor, at least; few, as each task sends each of its words once
_TASK_BYTES = 1 << 30  # of text for each, at most


class CorpusOnSpark:
    r"""A corpus of files, in units of a task each; see `unit_bytes`.

    Args:
        session: A Spark session.
        corpus: The corpus.

    Raises:
        CorpusError: A source is a pipe, which cannot be read in parts.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from textseq import Tokenizer, read_corpus
        >>> from textseq.spark import CorpusOnSpark
        >>> path = Path(tempfile.mkdtemp()) / "texts.txt"
        >>> _ = path.write_text("no mountain\nhigh mountain\n")
        >>> corpus = CorpusOnSpark(spark, read_corpus(path))
        >>> tokenizer = corpus.fit(Tokenizer())
        >>> tokenizer.word_index
        {'mountain': 1, 'no': 2, 'high': 3}
        >>> corpus.encode(tokenizer, path.with_name("ids"))
        EncodedParts(documents=2, tokens=4)
    """

    def __init__(self, session: SparkSession, corpus: Corpus) -> None:
        self.session = session
        self._corpus = corpus
        self._units = corpus.units(unit_bytes(session, corpus.size))
        self._noted: set[Note] = set()

    def fit(self, tokenizer: Tokenizer) -> Tokenizer:
        """Fit a new tokenizer, and return it without unused words; see `counting.fit`."""
        frame = units_frame(self.session, self._units, self._counting_tasks())
        fitted, reports = counting.fit(frame, _countable, tokenizer)
        self._check(reports)
        self.refuse_empty(fitted.document_count)
        return fitted

    def _counting_tasks(self) -> int:
        """Return how many tasks count the units: as many for each processor."""
        processors = max(1, int(self.session.sparkContext.defaultParallelism))
        return processors * max(_TASKS, -(-self._corpus.size // (processors * _TASK_BYTES)))

    def encode(self, tokenizer: Tokenizer, output: StrPath, *, force: bool = False) -> EncodedParts:
        """Write the ids of the corpus to a folder of Parquet parts, with the labels if any.

        The schema is that of `sequences.parquet`. An existing folder is replaced with `force`.
        """
        with parts_folder(output, force=force) as folder:
            work = partial(
                _write_part,
                tokenizer=Shared(self.session, tokenizer),
                folder=folder,
                labelled=self._corpus.has_labels,
            )
            parts: list[EncodedParts] = self.map(partial(work, several=self._corpus.multilabel))
            if len({part.several for part in parts}) > 1:  # some showed it late; all have one type
                parts = self.map(partial(work, several=True))
            encoded = EncodedParts(sum(p.documents for p in parts), sum(p.tokens for p in parts))
            self.refuse_empty(encoded.documents)
        return encoded

    def map(self, work: Callable[[int, WorkUnit], Any]) -> list[Any]:
        """Return `work(number, unit)` for each unit, in order; see `map_units`.

        Raises:
            TextseqError: What was wrong with the first unit that has an error.
        """

        def with_skipped(number: int, unit: WorkUnit) -> tuple[Any, dict[str, int]]:
            return work(number, unit), unit.skipped()

        return self._check(map_units(self.session, self._units, with_skipped))

    def refuse_empty(self, documents: int) -> None:
        """Raise the error of a corpus whose rows were all left out."""
        if not documents:
            raise self._corpus.nothing_kept()

    def _check(self, reports: list[Report]) -> list[Any]:
        """Return the values of reports; log what was noted, and the rows that were skipped."""
        check_reports(reports, self._noted)
        skipped: Counter[str] = Counter()
        values = []
        for report in reports:
            value, some = report.value
            values.append(value)
            skipped.update(some)
        self._corpus.note_skipped(skipped)
        return values


@dataclass(frozen=True)
class EncodedParts:
    """What was written: the numbers of documents and of ids, and whether labels are lists."""

    documents: int
    tokens: int
    several: bool = field(default=False, repr=False)


@dataclass
class _Countable:
    """Consecutive units of a corpus, to be counted as one."""

    number: int  # of the first
    units: list[WorkUnit]

    def texts(self) -> Iterator[pa.Array]:
        return (batch.column(TEXT) for unit in self.units for batch in unit.batches())

    def summary(self) -> tuple[int, dict[str, int]]:
        skipped: Counter[str] = Counter()
        for unit in self.units:
            skipped.update(unit.skipped())
        return self.number, dict(skipped)  # the number, since equal reports become one


def _countable(batches: Iterable[pa.RecordBatch]) -> Iterator[_Countable]:
    units = list(units_of(batches))
    if units:
        yield _Countable(units[0][0], [unit for _, unit in units])


def _write_part(
    number: int,
    unit: WorkUnit,
    tokenizer: Shared[Tokenizer],
    folder: Path,
    *,
    labelled: bool,
    several: bool,
) -> EncodedParts:
    """Write the ids of a unit to a part."""
    documents = tokens = 0
    with part_file(folder, number) as path, parquet.open_writer(path, several=several) as write:
        for sequences, labels in encode_corpus(tokenizer.value, unit.batches()):
            write(sequences, labels)
            documents, tokens = documents + len(sequences), tokens + len(sequences.ids)
        if not documents:  # the part has columns all the same
            write(Sequences([], [0]), [] if labelled else None)
    shown = any(section.reader.multilabel for section in unit.sections)
    return EncodedParts(documents, tokens, several or shown)
