"""How texts become tokens: by Keras's rule or an analyzer, in Python or by the compiled kernels."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textseq.corpus.text_batches import Document, TextBatch, Texts, documents, peek, text_batches
from textseq.tokenizer.analyzers import ANALYZERS, Analyzer, rule_of
from textseq.tokenizer.char_rule import EVERY, CharRule
from textseq.tokenizer.cleaning import clean_batch, clean_text
from textseq.tokenizer.words import word_splitter

if TYPE_CHECKING:  # the kernels take half a second to import, and few texts do without them
    from textseq.tokenizer.engine.primitives import CharMap

MUCH = 1 << 18
"""Bytes of text from which on the compiled kernels are worth loading, Numba being loaded."""

COLD = 16
"""Times as much text is worth it where Numba is not loaded, which takes most of a second."""

PYTHON_BATCH = 4096
"""Documents that Python works on at a time."""


def worth_kernels() -> int:
    """Return from how many bytes of text on the compiled kernels are worth loading."""
    return MUCH if "numba" in sys.modules else COLD * MUCH


@dataclass(frozen=True)
class TextSplitter:
    """Splits texts into tokens; the settings are those of `Tokenizer`."""

    filters: str | list[str] | None  # None only where none apply
    lower: bool
    split: str
    char_level: bool
    analyzer: str | Analyzer | None
    clean: tuple[str, ...] = ()

    def for_text(self) -> Analyzer:
        """Return the function from one text to its tokens; unusable settings are an error."""
        split = self._analyzer()
        return (lambda text: split(clean_text(text, self.clean))) if self.clean else split

    def _analyzer(self) -> Analyzer:
        """Return the function from a clean text to its tokens."""
        if self.char_level:
            return (lambda text: list(text.lower())) if self.lower else list
        if self.analyzer is not None:
            return ANALYZERS.resolve(self.analyzer)
        return word_splitter(self.filters, self.lower, self.split)

    def tokens(self, documents: Iterable[Document]) -> Iterator[list[str]]:
        """Yield the tokens of documents; token lists are lower-cased only."""
        tokens_of_text = self.for_text()
        tokens_of_many = getattr(self._analyzer(), "many", None)
        either: Iterable[Any] = documents
        for is_text, run in itertools.groupby(either, lambda document: isinstance(document, str)):
            if not is_text:
                yield from ([t.lower() for t in each] if self.lower else each for each in run)
            elif tokens_of_many is None:
                yield from map(tokens_of_text, run)
            else:
                while batch := list(itertools.islice(run, PYTHON_BATCH)):
                    yield from tokens_of_many([clean_text(text, self.clean) for text in batch])

    def batches(self, texts: Texts, *, compiled: bool) -> tuple[Iterator[TextBatch], bool]:
        """Return texts in batches, and whether the kernels or Python should work on them.

        The results are the same. A user's own analyzers and long separators need Python; so do a
        few texts, unless `compiled`, because loading the kernels takes longer than they save. Texts
        for the kernels are clean.
        """
        if self.rule() is None or not (compiled or _is_much(texts)):
            stream = documents(texts)  # Python strings, which are not made Arrow's for nothing
            return iter(lambda: list(itertools.islice(stream, PYTHON_BATCH)), []), False
        much, batches = peek(text_batches(texts), worth_kernels())
        if self.clean and (much or compiled):
            batches = (clean_batch(batch, self.clean) for batch in batches)
        return batches, much or compiled

    def char_map(self) -> CharMap:
        """Return the settings as the kernels take them."""
        from textseq.tokenizer.engine.case_folding import char_map

        rule = self.rule()
        assert rule is not None  # noqa: S101  (else `batches` chooses Python)
        return char_map(rule)

    def lower_tokens(self, batches: Iterable[TextBatch]) -> Iterator[TextBatch]:
        """Yield batches for the kernels, which take the tokens of token lists as they are."""
        for batch in batches:
            if self.lower and isinstance(batch, list):
                yield [[token.lower() for token in document] for document in batch]
            else:
                yield batch

    def rule(self) -> CharRule | None:
        """Return the settings as a rule for each character, which the kernels follow, or None."""
        if self.char_level:
            return CharRule(frozenset(), alone=EVERY, lower=bool(self.lower))
        if self.analyzer is not None:
            return rule_of(self.analyzer)
        if len(self.split) > 1:
            return None
        return CharRule(frozenset((*(self.filters or ()), self.split)), lower=bool(self.lower))


def _is_much(texts: Texts) -> bool:
    """Return false where texts are so few that there is no need to count their bytes."""
    few = isinstance(texts, list) and len(texts) <= PYTHON_BATCH
    if not few or not all(isinstance(text, str) for text in texts):
        return True
    return 4 * sum(map(len, texts)) >= worth_kernels()
