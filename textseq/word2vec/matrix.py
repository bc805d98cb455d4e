"""Vectors arranged by the ids of a tokenizer, and how many of its words have one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from gensim.models import KeyedVectors

from textseq.errors import ArgumentError
from textseq.word2vec.lookup import key_of

UNKNOWN = ("zeros", "random")


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
        """The proportion of words that have a vector, 0 to 1."""
        return self.covered / self.total if self.total else 0.0

    def __str__(self) -> str:
        return f"{self.covered:,} of {self.total:,} words ({self.share:.1%}) have a vector"


@dataclass(frozen=True)
class CorpusCoverage:
    """How much of a corpus has a vector.

    Args:
        types: Coverage of its different words.
        tokens: Coverage of its running words.
        missing: The most frequent words without a vector, with their counts.
    """

    types: Coverage
    tokens: Coverage
    missing: tuple[tuple[str, int], ...]


def corpus_coverage(
    vectors: KeyedVectors, word_counts: Mapping[str, int], *, shown: int = 10
) -> CorpusCoverage:
    """Return how many different and running words of a corpus have a vector.

    Args:
        vectors: The vectors.
        word_counts: How often each word occurs, such as a tokenizer's `word_counts`.
        shown: How many words without a vector to list.

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
    most_frequent = sorted(missing.items(), key=lambda item: -item[1])[:shown]
    names = tuple(word for word, _ in most_frequent)
    tokens = sum(word_counts.values())
    return CorpusCoverage(
        types=Coverage(len(word_counts) - len(missing), len(word_counts), names),
        tokens=Coverage(tokens - sum(missing.values()), tokens, names),
        missing=tuple(most_frequent),
    )


def embedding_matrix(
    vectors: KeyedVectors,
    word_index: Mapping[str, int],
    *,
    num_words: int | None = None,
    unknown: str = "zeros",
    seed: int = 0,
) -> tuple[npt.NDArray[np.float32], Coverage]:
    """Arrange vectors by the ids of a tokenizer, as the initial weights of an embedding layer.

    Args:
        vectors: The vectors.
        word_index: The id of each word.
        num_words: Use ids below this one only, as Keras's tokenizer does; None for all.
        unknown: The vector of a word that has none: `"zeros"`, or `"random"`: uniform values with
            the standard deviation of the vectors.
        seed: Seed of these values.

    Returns:
        float32, shape (ids, vector size), with zeros in row 0, the reserved id's; and how many
        words have a vector.

    Raises:
        ArgumentError: `unknown` is none of these.

    Example:
        >>> from gensim.models import KeyedVectors
        >>> from textseq import word2vec
        >>> vectors = KeyedVectors(2)
        >>> vectors.add_vectors(["hill"], [[1.0, 2.0]])
        >>> matrix, coverage = word2vec.embedding_matrix(vectors, {"sea": 1, "hill": 2})
        >>> matrix
        array([[0., 0.],
               [0., 0.],
               [1., 2.]], dtype=float32)
        >>> print(coverage)
        1 of 2 words (50.0%) have a vector
    """
    if unknown not in UNKNOWN:
        raise ArgumentError(
            f"`unknown` must be one of {', '.join(UNKNOWN)}. Received: {unknown!r}."
        )
    rows = max(word_index.values(), default=0) + 1
    rows = min(rows, num_words) if num_words else rows
    keys = {word: key_of(vectors, word) for word, row in word_index.items() if row < rows}
    known = {word: key for word, key in keys.items() if key is not None}
    matrix = np.zeros((rows, vectors.vector_size), dtype=np.float32)
    if unknown == "random":
        limit = float(np.std(vectors.vectors)) * np.sqrt(3)  # its deviation is that of the vectors
        matrix[1:] = np.random.default_rng(seed).uniform(-limit, limit, matrix[1:].shape)
    if known:
        matrix[[word_index[word] for word in known]] = vectors[list(known.values())]
    missing = tuple(word for word in keys if word not in known)
    return matrix, Coverage(len(known), len(keys), missing[:10])
