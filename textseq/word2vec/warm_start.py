"""Going on from vectors that were trained before."""

from __future__ import annotations

import hashlib

import numpy as np
from gensim.models import KeyedVectors

from textseq.errors import ArgumentError
from textseq.word2vec.settings import Settings


def check_init(init: KeyedVectors, settings: Settings) -> None:
    """Refuse vectors that a training cannot go on from.

    Raises:
        ArgumentError: They are of another size, or the algorithm builds words from n-grams, which
            word2vec's formats do not hold.
    """
    if settings.fasttext:
        raise ArgumentError(
            "fasttext cannot go on from `init`: word2vec's formats hold words and not the n-grams "
            "that it builds them from; use skipgram or cbow, or go on from a checkpoint."
        )
    if init.vector_size != settings.vector_size:
        raise ArgumentError(
            f"The vectors of `init` are of {init.vector_size} numbers and `vector_size` is "
            f"{settings.vector_size}; give the same."
        )


def start_from(vectors: KeyedVectors, init: KeyedVectors) -> int:
    """Put the vectors of `init` in the place of the random ones, and return of how many words.

    Only these are to be had: the weights of the output are in no file of vectors, and begin at 0.
    """
    known = [word for word in vectors.index_to_key if word in init]
    if known:
        rows = [vectors.key_to_index[word] for word in known]
        vectors.vectors[rows] = init[known]
    return len(known)


def with_rest(vectors: KeyedVectors, init: KeyedVectors) -> KeyedVectors:
    """Return vectors with those words of `init` added, unchanged, that were not trained on."""
    rest = [word for word in init.index_to_key if word not in vectors]
    together = KeyedVectors(vectors.vector_size, dtype=np.float32)
    together.add_vectors(
        vectors.index_to_key + rest,
        np.concatenate([vectors.vectors, init[rest]]) if rest else vectors.vectors,
    )
    return together


def digest(init: KeyedVectors | None) -> str | None:
    """Return a SHA-256 of words and vectors, which tells some from others."""
    if init is None:
        return None
    found = hashlib.sha256("\n".join(init.index_to_key).encode("utf-8", "surrogatepass"))
    found.update(np.ascontiguousarray(init.vectors).data)
    return found.hexdigest()
