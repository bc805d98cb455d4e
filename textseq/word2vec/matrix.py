"""Vectors arranged by the ids of a tokenizer, for an embedding layer to start from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from gensim.models import KeyedVectors

from textseq.errors import ArgumentError
from textseq.word2vec.coverage import Coverage
from textseq.word2vec.vocabulary import key_of

Matrix = npt.NDArray[np.float32]

UNKNOWN = ("zeros", "random")


def embedding_matrix(
    vectors: KeyedVectors,
    word_index: Mapping[str, int],
    *,
    num_words: int | None = None,
    unknown: str = "zeros",
    seed: int = 0,
) -> tuple[Matrix, Coverage]:
    """Arrange vectors by the ids of a tokenizer, for an embedding layer to start from.

    Args:
        vectors: The vectors.
        word_index: The id of each word.
        num_words: Use ids below this one only, as Keras's tokenizer does; None for all.
        unknown: What a word without a vector gets: `"zeros"`, or `"random"`: uniform numbers with
            the standard deviation of the vectors'.
        seed: Of such numbers.

    Returns:
        float32, shape (ids, size), row 0, the reserved id's, zero; and how many words were covered.

    Raises:
        ArgumentError: `unknown` is none of these.

    Example:
        >>> import numpy as np
        >>> from gensim.models import KeyedVectors
        >>> from textseq import word2vec
        >>> vectors = KeyedVectors(2)
        >>> vectors.add_vectors(["hill"], np.array([[1.0, 2.0]]))
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
    used = {word: number for word, number in word_index.items() if number < rows}
    matrix = np.zeros((rows, vectors.vector_size), dtype=np.float32)
    if unknown == "random":
        reach = float(np.std(vectors.vectors)) * np.sqrt(3)  # a uniform's, of that deviation
        matrix[1:] = np.random.default_rng(seed).uniform(-reach, reach, matrix[1:].shape)
    keys = {word: key_of(vectors, word) for word in used}
    known = {word: key for word, key in keys.items() if key is not None}
    if known:
        matrix[[used[word] for word in known]] = vectors[list(known.values())]
    missing = tuple(word for word, key in keys.items() if key is None)
    return matrix, Coverage(len(known), len(used), missing[:10])
