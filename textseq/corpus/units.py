"""Work units: consecutive parts of a corpus, each of which is read by itself, anywhere.

    sources  ──►  parts: a file, a row group of Parquet, a file of a label folder
    parts    ──►  units of about the same number of bytes, in the order of the corpus

What is made of a corpus unit by unit, and put together in their order, does not depend on which
process or machine worked on which of them. A unit can be pickled: it holds the readers as they
opened the sources, so that whoever reads it decides nothing anew.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textseq.corpus.label_lists import has_lists, with_lists
from textseq.corpus.stream import no_text
from textseq.errors import CorpusError
from textseq.files.safe_load import wrap_read_errors

if TYPE_CHECKING:
    import pyarrow as pa

    from textseq.corpus.readers.reader import Reader


@dataclass(frozen=True)
class Section:
    """Consecutive parts of one source.

    Args:
        source: The source as it was passed.
        reader: What reads it.
        parts: Those of `Reader.part_sizes`, by position; None for all of them.
    """

    source: str
    reader: Reader
    parts: range | None = None

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the checked rows as batches; see `Corpus.batches`."""
        reader, empty = self.reader, True
        with wrap_source_errors(self.source, type(reader)):
            for batch in reader.batches() if self.parts is None else reader.batches_of(self.parts):
                empty = False
                if len(batch):
                    reader.multilabel = reader.multilabel or has_lists(batch)
                    yield with_lists(batch) if reader.multilabel else batch
        if empty and self.parts is None and not reader.allow_empty:
            raise no_text(self.source)


@dataclass(frozen=True)
class WorkUnit:
    """Consecutive sections of a corpus."""

    sections: tuple[Section, ...]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the checked rows as batches; see `Corpus.batches`."""
        for section in self.sections:
            yield from section.batches()

    def skipped(self) -> dict[str, int]:
        """Return how many rows of each source were skipped for what they lack, after reading."""
        return {section.source: section.reader.missing.skipped for section in self.sections}


def group_parts(sections: Iterable[Section], size: int) -> list[WorkUnit]:
    """Return sections as work units of at most `size` bytes, but of a part each at least.

    Args:
        sections: Those of whole sources, in the order of the corpus.
        size: Bytes, as they lie on the disk.
    """
    units: list[WorkUnit] = []
    begun: list[Section] = []
    held = 0
    for section in sections:
        sizes = section.reader.part_sizes()
        first = 0
        for part, part_size in enumerate(sizes):
            if held and held + part_size > size:
                units.append(WorkUnit((*begun, *_section(section, range(first, part), sizes))))
                begun, first, held = [], part, 0
            held += part_size
        begun += _section(section, range(first, len(sizes)), sizes)
    return [*units, WorkUnit(tuple(begun))] if begun else units


def _section(whole: Section, parts: range, sizes: Sequence[int]) -> list[Section]:
    """Return some parts of a source as a section, or none of them as none."""
    if len(parts) == len(sizes):
        return [whole]
    return [Section(whole.source, whole.reader, parts)] if parts else []


def wrap_source_errors(name: str, reader: Any = None) -> contextlib.AbstractContextManager[None]:
    """Raise CorpusError for whatever is wrong with a source; errors of the user's readers stay."""
    if reader is not None and not reader.__module__.startswith("textseq."):
        return contextlib.nullcontext()
    return wrap_read_errors(repr(name), kind=CorpusError)
