"""How much of a vocabulary, or of a corpus, has a vector."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gensim.models import KeyedVectors

from textseq.word2vec.vocabulary import key_of

SHOWN = 10
"""How many missing words are named."""


@dataclass(frozen=True)
class Coverage:
    """How many words of a vocabulary have a vector.

    Args:
        covered: Words that have one.
        total: All words.
        missing: The first ten that have none, the most frequent first.
    """

    covered: int
    total: int
    missing: tuple[str, ...]

    @property
    def share(self) -> float:
        """The share of words that have a vector, 0 to 1."""
        return self.covered / self.total if self.total else 0.0

    def __str__(self) -> str:
        return f"{self.covered:,} of {self.total:,} words ({self.share:.1%}) have a vector"


@dataclass(frozen=True)
class CorpusCoverage:
    """How much of a corpus has a vector.

    Args:
        types: Of its different words.
        tokens: Of its running words.
        missing: The words without a vector that occur most often, with their counts.
    """

    types: Coverage
    tokens: Coverage
    missing: tuple[tuple[str, int], ...]


def corpus_coverage(
    vectors: KeyedVectors, word_counts: Mapping[str, int], *, shown: int = SHOWN
) -> CorpusCoverage:
    """Return how many different and running words of a corpus have a vector.

    Args:
        vectors: The vectors.
        word_counts: How often each word occurs, such as a tokenizer's `word_counts`.
        shown: How many words without a vector to name.

    Example:
        >>> from gensim.models import KeyedVectors
        >>> from textseq import Tokenizer, word2vec
        >>> vectors = KeyedVectors(1)
        >>> vectors.add_vectors(["high"], [[1]])
        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(["high high mountain", "sea mountain"])
        >>> coverage = word2vec.corpus_coverage(vectors, tokenizer.word_counts)
        >>> coverage.types.share, coverage.tokens.share, coverage.missing
        (0.3333333333333333, 0.4, (('mountain', 2), ('sea', 1)))
    """
    missing = {word: n for word, n in word_counts.items() if key_of(vectors, word) is None}
    commonest = sorted(missing.items(), key=lambda item: -item[1])[:shown]
    names = tuple(word for word, _ in commonest)
    tokens = sum(word_counts.values())
    return CorpusCoverage(
        types=Coverage(len(word_counts) - len(missing), len(word_counts), names),
        tokens=Coverage(tokens - sum(missing.values()), tokens, names),
        missing=tuple(commonest),
    )
