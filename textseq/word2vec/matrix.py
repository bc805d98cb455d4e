"""Vectors arranged by the ids of a tokenizer, and how many of its words have one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError
from textseq.word2vec.lookup import key_of

if TYPE_CHECKING:
    from textseq.word2vec.lookup import Vectors

UNKNOWN = ("zeros", "random")

SAMPLED = 100_000
"""Vectors whose standard deviation is that of random ones."""


@dataclass(frozen=True)
class Coverage:
    """How many words of a vocabulary have a vector.

    Args:
        covered: Words that have one.
        total: All words.
        missing: The first ten that have none, the most frequent first.
        built: Of those that have one, how many the file of vectors does not hold, so that theirs is
            built from character n-grams.
    """

    covered: int
    total: int
    missing: tuple[str, ...]
    built: int = 0

    @property
    def share(self) -> float:
        """The proportion of words that have a vector, 0 to 1."""
        return self.covered / self.total if self.total else 0.0

    def __str__(self) -> str:
        return self.describe("words")

    def describe(self, name: str) -> str:
        """Return the coverage as a clause; `name` is what is counted, such as "words"."""
        built = f", {self.built:,} of them built from character n-grams" if self.built else ""
        return f"{self.covered:,} of {self.total:,} {name} ({self.share:.1%}) have a vector{built}"


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
    vectors: Vectors, word_counts: Mapping[str, int], *, shown: int = 10
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
    known, types = find_words(vectors, word_counts)
    missing = [(word, count) for word, count in word_counts.items() if word not in known]
    most_frequent = sorted(missing, key=lambda item: -item[1])[:shown]
    names = tuple(word for word, _ in most_frequent)
    total = sum(word_counts.values())
    covered = total - sum(count for _, count in missing)
    built = sum(word_counts[word] for word in known if known[word] not in vectors.key_to_index)
    return CorpusCoverage(
        types=dataclasses.replace(types, missing=names),
        tokens=Coverage(covered, total, names, built),
        missing=tuple(most_frequent),
    )


def find_words(vectors: Vectors, words: Iterable[str]) -> tuple[dict[str, str], Coverage]:
    """Return the words that have a vector, with the names under which it is held; and how many.

    Args:
        vectors: The vectors.
        words: The words, each once.

    Example:
        >>> from gensim.models import KeyedVectors
        >>> from textseq.word2vec.matrix import find_words
        >>> vectors = KeyedVectors(1)
        >>> vectors.add_vectors(["high"], [[1]])
        >>> known, coverage = find_words(vectors, ["sea", "high"])
        >>> known, str(coverage)
        ({'high': 'high'}, '1 of 2 words (50.0%) have a vector')
    """
    keys = {word: key_of(vectors, word) for word in words}
    known = {word: key for word, key in keys.items() if key is not None}
    missing = tuple(word for word in keys if word not in known)
    built = sum(key not in vectors.key_to_index for key in known.values())
    return known, Coverage(len(known), len(keys), missing[:10], built)


def embedding_matrix(
    vectors: Vectors,
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
            the standard deviation of the first 100,000 vectors.
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
    known, coverage = find_words(vectors, [w for w, row in word_index.items() if row < rows])
    matrix = np.zeros((rows, vectors.vector_size), dtype=np.float32)
    if unknown == "random":
        # Their deviation is that of the vectors.
        limit = float(np.std(vectors.vectors[:SAMPLED])) * np.sqrt(3)
        matrix[1:] = np.random.default_rng(seed).uniform(-limit, limit, matrix[1:].shape)
    if known:
        matrix[[word_index[word] for word in known]] = vectors[list(known.values())]
    return matrix, coverage
