"""Starting a training from vectors that were trained before."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from gensim.models import KeyedVectors

from textseq.errors import ArgumentError
from textseq.word2vec.config import Word2VecConfig
from textseq.word2vec.fasttext_vectors import FastTextVectors
from textseq.word2vec.formats import is_writable

if TYPE_CHECKING:
    from textseq.word2vec.lookup import Vectors

logger = logging.getLogger(__name__)


def check_init(init: Vectors, config: Word2VecConfig) -> None:
    """Refuse vectors of another size, or for an algorithm that needs n-grams too."""
    if not isinstance(init, KeyedVectors | FastTextVectors):
        raise ArgumentError(
            f"`init` must be vectors, such as `load` returns. Received: {type(init).__name__}."
        )
    if config.fasttext:
        raise ArgumentError(
            "fasttext cannot start from `init`: word2vec's formats hold words and not the n-grams "
            "that it builds them from; use skipgram or cbow, or resume from a checkpoint."
        )
    if init.vector_size != config.vector_size:
        raise ArgumentError(
            f"The vectors of `init` have {init.vector_size} values and `vector_size` is "
            f"{config.vector_size}; give the same."
        )


def start_from(vectors: KeyedVectors, init: Vectors) -> None:
    """Replace the random vectors of the words that `init` has; the output weights begin at 0."""
    known = [word for word in vectors.index_to_key if word in init]
    if known:
        vectors.vectors[[vectors.key_to_index[word] for word in known]] = init[known]


def with_rest(vectors: KeyedVectors, init: Vectors) -> KeyedVectors:
    """Return vectors with those words of `init` added, unchanged, that were not trained on."""
    rest = [word for word in init.index_to_key if word not in vectors]
    if lost := [word for word in rest if not is_writable(word)]:
        logger.warning(
            "Words of `init` that hold white space are left out, as files of vectors cannot hold "
            "them: %s, such as %r.", f"{len(lost):,}", lost[0],
        )  # fmt: skip
        rest = [word for word in rest if is_writable(word)]
    if rest:
        vectors.add_vectors(rest, init[rest])
    return vectors
