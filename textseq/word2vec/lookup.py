"""Looking words up: neighbours, similarity and analogies."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError
from textseq.registry import closest
from textseq.word2vec.vector_file import FloatMatrix

if TYPE_CHECKING:
    from typing import TypeAlias

    from gensim.models import KeyedVectors

    from textseq.word2vec.fasttext_vectors import FastTextVectors

    Vectors: TypeAlias = KeyedVectors | FastTextVectors
    """What `load` returns: of fastText's own format the second, else the first."""

logger = logging.getLogger(__name__)

WRITTEN_SPACE = "\N{LOWER ONE EIGHTH BLOCK}"
"""How files of vectors hold the word " ": U+2581, as in SentencePiece."""

SUGGESTED_FROM = 50_000
"""Similar words are suggested from this many, the most frequent: all would take seconds."""

FREQUENT = 1000
"""Words of which the mean cosine is computed, the most frequent."""

COLLAPSED = 0.95
"""A mean cosine that no usable vectors have: it is below 0.5 for those that are published."""

Answers = list[tuple[str, float]]
"""Words with their cosines, -1 to 1, the nearest first."""


def neighbours(vectors: Vectors, word: str, *, count: int = 10) -> Answers:
    """Return the words whose vectors have the largest cosine with that of a word.

    Raises:
        ArgumentError: The word has no vector, or `count` is below 1.

    Example:
        >>> from gensim.models import KeyedVectors
        >>> from textseq import word2vec
        >>> vectors = KeyedVectors(2)
        >>> vectors.add_vectors(["hill", "mountain", "sea"], [[1, 0], [1, 0.1], [0, 1]])
        >>> [name for name, _ in word2vec.neighbours(vectors, "hill", count=2)]
        ['mountain', 'sea']
    """
    return neighbours_of_all(vectors, [word], count=count)[0]


def neighbours_of_all(vectors: Vectors, words: Sequence[str], *, count: int = 10) -> list[Answers]:
    """Return the neighbours of each word, as `neighbours` does.

    Raises:
        ArgumentError: A word has no vector, or `count` is below 1.

    Example:
        >>> from gensim.models import KeyedVectors
        >>> from textseq import word2vec
        >>> vectors = KeyedVectors(2)
        >>> vectors.add_vectors(["hill", "mountain", "sea"], [[1, 0], [2, 0], [0, 1]])
        >>> word2vec.neighbours_of_all(vectors, ["hill", "sea"], count=1)
        [[('mountain', 1.0)], [('hill', 0.0)]]
    """
    keys = [known_key(vectors, word) for word in words]
    return [_most_similar(vectors, [key], [], count) for key in keys]


def similarity(vectors: Vectors, one: str, other: str) -> float:
    """Return the cosine of two words' vectors: -1 to 1; 0 where one is all zeros.

    Raises:
        ArgumentError: A word has no vector.

    Example:
        >>> from gensim.models import KeyedVectors
        >>> from textseq import word2vec
        >>> vectors = KeyedVectors(2)
        >>> vectors.add_vectors(["hill", "sea"], [[3, 4], [0, 1]])
        >>> round(word2vec.similarity(vectors, "hill", "sea"), 6)
        0.8
    """
    first, second = unit_rows(vectors[[known_key(vectors, one), known_key(vectors, other)]])
    return float(first @ second)


def analogy(
    vectors: Vectors, positive: str, negative: str, added: str, *, count: int = 10
) -> Answers:
    """Return what is to `added` as `positive` is to `negative`: king - man + woman.

    The vectors are scaled to length 1 before they are added, and the three words are no answer:
    3CosAdd of Mikolov et al. 2013, as Levy and Goldberg 2014 call it.

    Raises:
        ArgumentError: A word has no vector, or `count` is below 1.

    Example:
        >>> from gensim.models import KeyedVectors
        >>> from textseq import word2vec
        >>> vectors = KeyedVectors(3)
        >>> rows = [[1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [0, 1, 1]]
        >>> vectors.add_vectors(["king", "man", "woman", "queen", "people"], rows)
        >>> [word for word, _ in word2vec.analogy(vectors, "king", "man", "woman", count=1)]
        ['queen']
    """
    plus, minus, third = (known_key(vectors, word) for word in (positive, negative, added))
    return _most_similar(vectors, [plus, third], [minus], count)


def _most_similar(
    vectors: Vectors, positive: list[str], negative: list[str], count: int
) -> Answers:
    if count < 1:
        raise ArgumentError(f"`count` must be 1 or more. Received: {count}.")
    searched: Any = vectors
    if hasattr(searched, "norms"):  # gensim's, where cosines with a vector of zeros are NaN
        searched.fill_norms()
        searched.norms[searched.norms == 0] = 1
    found: Answers = searched.most_similar(positive=positive, negative=negative, topn=count)
    return found


def warn_if_collapsed(vectors: Vectors) -> None:
    """Note that all words have nearly the same direction, as after too short a training."""
    rows = vectors.vectors[:FREQUENT].astype(np.float64)  # whose squares are finite
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    units = rows[lengths[:, 0] > 0] / lengths[lengths > 0, None]
    count = len(units)
    if count < 10:
        return
    total = units.sum(axis=0)
    mean = (float(total @ total) - count) / (count * (count - 1))
    if mean > COLLAPSED:
        logger.warning(
            "The vectors have collapsed: two words have a mean cosine of %.3f, so that neighbours "
            "and similarities mean little; train for more epochs (--epochs 50), or on more text.",
            mean,
        )


def unit_rows(rows: FloatMatrix) -> FloatMatrix:
    """Return vectors scaled to length 1, but those of zeros: float32, (vectors, values)."""
    scaled: FloatMatrix = np.divide(
        rows, row_lengths(rows)[:, None], dtype=np.float32, casting="same_kind"
    )
    return scaled


def row_lengths(rows: FloatMatrix) -> npt.NDArray[np.float64]:
    """Return the length of each vector, or 1 where it is 0: (vectors,)."""
    lengths: npt.NDArray[np.float64] = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64))
    lengths[lengths == 0] = 1
    return lengths


def key_of(vectors: Vectors, word: str) -> str | None:
    """Return the name under which vectors hold a word, or None.

    It is the word itself, except for a space, which files hold as U+2581. FastText's vectors have
    one for nearly every word, built from its n-grams.
    """
    if word in vectors:
        return word
    return WRITTEN_SPACE if word == " " and WRITTEN_SPACE in vectors else None


def cased_key(vectors: Vectors, word: str) -> str | None:
    """Return a word that has a vector: this one, or it in lower case; else None."""
    return key_of(vectors, word) or key_of(vectors, word.lower())


def known_key(vectors: Vectors, word: str) -> str:
    """Return the name under which vectors hold a word; an error names similar words they hold."""
    if (key := key_of(vectors, word)) is not None:
        return key
    cases = (word.lower(), word.capitalize(), word.upper())
    similar = [case for case in cases if case in vectors.key_to_index]
    frequent = vectors.index_to_key[:SUGGESTED_FROM]
    similar += closest(word, [w for w in frequent if abs(len(w) - len(word)) <= 2], 3)
    names = ", ".join(map(repr, list(dict.fromkeys(similar))[:3]))
    hint = f"; did you mean {names}?" if names else "."
    ngrams = getattr(vectors, "ngrams", None)
    if ngrams and ngrams.longest:
        hint = f", and no n-gram of {ngrams.shortest} characters or more{hint}"
    raise ArgumentError(f"The word {word!r} has no vector among {len(vectors):,}{hint}")
