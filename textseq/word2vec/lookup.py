"""Looking words up: their neighbours, how alike two are, what is to one as another to a third."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from gensim.models import KeyedVectors

from textseq.errors import ArgumentError
from textseq.word2vec.search import Matrix, nearest, unit_rows
from textseq.word2vec.vocabulary import known_key

Answers = list[tuple[str, float]]
"""Words with their cosines, -1 to 1, the nearest first."""


def neighbours(vectors: KeyedVectors, word: str, *, count: int = 10) -> Answers:
    """Return the words whose vectors point most nearly the same way, with their cosines.

    Raises:
        ArgumentError: The word has no vector, or `count` is below 1.

    Example:
        >>> import numpy as np
        >>> from gensim.models import KeyedVectors
        >>> from textseq import word2vec
        >>> vectors = KeyedVectors(2)
        >>> vectors.add_vectors(["hill", "mountain", "sea"], np.array([[1, 0], [1, 0.1], [0, 1]]))
        >>> [name for name, _ in word2vec.neighbours(vectors, "hill", count=2)]
        ['mountain', 'sea']
    """
    return neighbours_of_all(vectors, [word], count=count)[0]


def neighbours_of_all(
    vectors: KeyedVectors, words: Sequence[str], *, count: int = 10
) -> list[Answers]:
    """Return the neighbours of each word, as `neighbours` does, in one search.

    Raises:
        ArgumentError: A word has no vector, or `count` is below 1.

    Example:
        >>> import numpy as np
        >>> from gensim.models import KeyedVectors
        >>> from textseq import word2vec
        >>> vectors = KeyedVectors(2)
        >>> vectors.add_vectors(["hill", "mountain", "sea"], np.array([[1, 0], [2, 0], [0, 1]]))
        >>> word2vec.neighbours_of_all(vectors, ["hill", "sea"], count=1)
        [[('mountain', 1.0)], [('hill', 0.0)]]
    """
    keys = [known_key(vectors, word) for word in words]
    return _answers(vectors, vectors[keys], [[key] for key in keys], count)


def similarity(vectors: KeyedVectors, one: str, other: str) -> float:
    """Return the cosine of two words' vectors: -1 to 1; 0 where one is all zeros.

    Raises:
        ArgumentError: A word has no vector.

    Example:
        >>> import numpy as np
        >>> from gensim.models import KeyedVectors
        >>> from textseq import word2vec
        >>> vectors = KeyedVectors(2)
        >>> vectors.add_vectors(["hill", "sea"], np.array([[3, 4], [0, 1]]))
        >>> round(word2vec.similarity(vectors, "hill", "sea"), 6)
        0.8
    """
    units = unit_rows(vectors[[known_key(vectors, word) for word in (one, other)]])
    return float(np.clip(units[0] @ units[1], -1, 1))


def analogy(
    vectors: KeyedVectors, positive: str, negative: str, added: str, *, count: int = 10
) -> Answers:
    """Return what is to `added` as `positive` is to `negative`: king - man + woman.

    The vectors are brought to length 1 before they are added, and the three words are no answer:
    3CosAdd of Mikolov et al. 2013, as Levy and Goldberg 2014 call it.

    Raises:
        ArgumentError: A word has no vector, or `count` is below 1.

    Example:
        >>> import numpy as np
        >>> from gensim.models import KeyedVectors
        >>> from textseq import word2vec
        >>> vectors = KeyedVectors(3)
        >>> rows = np.array([[1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [0, 1, 1]])
        >>> vectors.add_vectors(["king", "man", "woman", "queen", "people"], rows)
        >>> [word for word, _ in word2vec.analogy(vectors, "king", "man", "woman", count=1)]
        ['queen']
    """
    keys = [known_key(vectors, word) for word in (positive, negative, added)]
    return _answers(vectors, analogy_queries(vectors[keys][None]), [keys], count)[0]


def analogy_queries(triples: Matrix) -> Matrix:
    """Return where the answers are looked for: the first - the second + the third of each triple.

    Args:
        triples: Vectors: shape (questions, 3, size).

    Returns:
        Shape (questions, size).

    Example:
        >>> import numpy as np
        >>> from textseq.word2vec.lookup import analogy_queries
        >>> analogy_queries(np.array([[[2, 0], [0, 3], [0, 1]]], dtype=np.float32))
        array([[1., 0.]], dtype=float32)
    """
    questions, three, size = triples.shape
    units = unit_rows(triples.reshape(-1, size)).reshape(questions, three, size)
    queries: Matrix = units[:, 0] - units[:, 1] + units[:, 2]
    return queries


def _answers(
    vectors: KeyedVectors, queries: Matrix, passed_over: Sequence[Sequence[str]], count: int
) -> list[Answers]:
    if count < 1:
        raise ArgumentError(f"`count` must be 1 or more. Received: {count}.")
    index = vectors.key_to_index
    # FastText's words made of parts have a vector, and no row to pass over.
    omitted = [[index[key] for key in keys if key in index] for keys in passed_over]
    rows, cosines = nearest(vectors.vectors, queries, count, passed_over=omitted)
    return [
        [
            (str(vectors.index_to_key[row]), float(np.clip(cosine, -1, 1)))
            for row, cosine in zip(found, near, strict=True)
            if np.isfinite(cosine)
        ]
        for found, near in zip(rows.tolist(), cosines, strict=True)
    ]
