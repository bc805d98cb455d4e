"""Vectors for words that a training has not seen, from their character n-grams."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from gensim.models import KeyedVectors
from gensim.models.fasttext import FastTextKeyedVectors

from textseq.errors import ArgumentError


def with_words(vectors: KeyedVectors, words: Iterable[str]) -> KeyedVectors:
    """Return plain vectors, which a file can hold, with more words than were trained on.

    Args:
        vectors: The result of a fasttext training.
        words: Words to return vectors for; one that was not trained on gets the mean of its
            n-grams' vectors (Bojanowski et al. 2017).

    Returns:
        The words in the given order, then those that are in `vectors` only.

    Raises:
        ArgumentError: The vectors have no n-grams.

    Example:
        >>> from textseq import word2vec
        >>> sentences = [["high", "higher"]] * 10
        >>> vectors = word2vec.train(sentences, algorithm="fasttext", vector_size=4, bucket=100)
        >>> word2vec.with_words(vectors, ["highest", "higher"]).index_to_key
        ['highest', 'higher', 'high']
    """
    if not isinstance(vectors, FastTextKeyedVectors):
        raise ArgumentError(
            "Only vectors that were trained with fasttext have n-grams to build words from."
        )
    names = list(dict.fromkeys([*words, *vectors.index_to_key]))
    plain = KeyedVectors(vectors.vector_size, dtype=np.float32)
    plain.add_vectors(names, np.stack([vectors[name] for name in names]))
    return plain
