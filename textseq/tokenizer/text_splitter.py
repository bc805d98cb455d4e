"""How texts become tokens: by Keras's rule or an analyzer in Python, or by the compiled kernels."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textseq.corpus.text_batches import Document, TextBatch, Texts, documents, peek, text_batches
from textseq.tokenizer.analyzers import ANALYZERS, Analyzer
from textseq.tokenizer.words import word_splitter

if TYPE_CHECKING:  # the kernels take half a second to import, and few texts do without them
    from textseq.tokenizer.engine.case_folding import CharMap

MUCH = 1 << 18
"""Bytes of text from which on the compiled kernels are worth loading."""

PYTHON_BATCH = 4096
"""Documents that Python works on at a time."""


@dataclass(frozen=True)
class TextSplitter:
    """Splits texts into tokens; the settings are those of `Tokenizer`."""

    filters: str | list[str] | None  # None only where none apply
    lower: bool
    split: str
    char_level: bool
    analyzer: str | Analyzer | None

    def for_text(self) -> Analyzer:
        """Return the function from one text to its tokens; unusable settings are an error."""
        if self.char_level:
            return (lambda text: list(text.lower())) if self.lower else list
        if self.analyzer is not None:
            return ANALYZERS.resolve(self.analyzer)
        return word_splitter(self.filters, self.lower, self.split)

    def tokens(self, documents: Iterable[Document]) -> Iterator[list[str]]:
        """Yield the tokens of documents; token lists are lower-cased only."""
        tokens_of_text = self.for_text()
        for document in documents:
            if isinstance(document, str):
                yield tokens_of_text(document)
            else:
                yield [token.lower() for token in document] if self.lower else document

    def batches(self, texts: Texts, *, compiled: bool) -> tuple[Iterator[TextBatch], bool]:
        """Return texts in batches, and whether the kernels or Python should work on them.

        The results are the same. Analyzers and long separators need Python; so do a few texts,
        unless `compiled`, because loading the kernels takes longer than they save.
        """
        if self.analyzer is not None or not (self.char_level or len(self.split) == 1):
            stream = documents(texts)  # Python strings, which are not made Arrow's for nothing
            return iter(lambda: list(itertools.islice(stream, PYTHON_BATCH)), []), False
        much, batches = peek(text_batches(texts), MUCH)
        return batches, much or compiled

    def char_map(self) -> CharMap:
        """Return the settings as the kernels take them."""
        from textseq.tokenizer.engine.case_folding import char_map

        separators = () if self.char_level else (*(self.filters or ()), self.split)
        return char_map(frozenset(separators), bool(self.lower), bool(self.char_level))
