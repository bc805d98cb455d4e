"""Embeddings: from ids, (batch, time), to vectors, (batch, time, dimension), and a mask.

An embedding makes a Keras layer whose `compute_mask` is false on the reserved id 0, so that all
later layers can skip padding. A layer whose vectors are sums of rows of one table can return them
from a method `gathered`: `Sequences` -> int32, shape (tokens, rows per token), 0 for none. Training
then updates only the rows that a batch reads. Keras's own `Embedding` reads the row of each id.
An embedding of your own that is only a callable with the signature of `make_layer` works too: Keras
then predicts with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from textseq.errors import ArgumentError
from textseq.network.arrays import FloatArray
from textseq.network.initializers import uniform
from textseq.network.lazy_keras import keras
from textseq.network.ngrams import BUCKETS, NGRAMS, Ngrams
from textseq.registry import Registry

if TYPE_CHECKING:
    from keras import Layer

EmbeddingFactory = Callable[..., Any]
Start = Callable[[np.random.Generator, tuple[int, int], int, FloatArray | None], FloatArray | None]
"""See `Embedding.start`."""


@dataclass(frozen=True)
class Embedding:
    """An embedding. Called with its sizes, it makes the Keras layer.

    For prediction it is a table of vectors, one row for each id, or one-hot vectors.

    Args:
        name: What it is registered and saved as.
        make_layer: From the number of ids, the reserved 0 included, the length of a vector,
            starting vectors, (vocabulary, dimension), or None, and whether these are trained
            further, to the Keras layer. With `has_ngrams`, it also takes `ngrams`, the longest
            n-gram, and `buckets`, the number of rows that all n-grams share.
        has_ngrams: Whether a token's vector is the sum of its own row and those of its n-grams.
        start: For training without Keras: from a random generator, the number of rows, of words
            and of n-grams, the length of a vector and starting vectors, or None, to the table;
            None where the vectors are one-hot. Without it, Keras trains.

    Example:
        >>> from textseq.network.embeddings import learned
        >>> learned(vocabulary=12, dimension=5).compute_output_shape((None, 7))
        (None, 7, 5)
    """

    name: str
    make_layer: EmbeddingFactory
    has_ngrams: bool = False
    start: Start | None = None

    def __call__(
        self,
        vocabulary: int,
        dimension: int = 0,
        matrix: FloatArray | None = None,
        tuned: bool = True,
        **ngrams: int,
    ) -> Layer:
        """Return a new Keras layer; the arguments are those of `make_layer`."""
        return self.make_layer(vocabulary, dimension, matrix, tuned, **ngrams)


def make_learned(vocabulary: int, dimension: int, matrix: FloatArray | None, tuned: bool) -> Layer:
    """Return vectors that start at random and are trained with the rest of the network."""
    if matrix is not None:
        raise ArgumentError(
            "Word vectors were given to the embedding 'learned', which starts without any; "
            "use the embedding 'word2vec' to start from them."
        )
    return keras.layers.Embedding(vocabulary, dimension, mask_zero=True)


def make_onehot(vocabulary: int, dimension: int, matrix: FloatArray | None, tuned: bool) -> Layer:
    """Return one-hot vectors: nothing is learned here, and the cell sees the ids themselves."""
    from textseq.network.embedding_layers import OneHot

    return OneHot(vocabulary)


def make_word2vec(vocabulary: int, dimension: int, matrix: FloatArray | None, tuned: bool) -> Layer:
    """Return vectors trained beforehand, which are trained further or stay frozen."""
    if matrix is None:
        raise ArgumentError(
            "The embedding 'word2vec' starts from word vectors; give them with --vectors FILE "
            "(vectors=), made by `textseq train-w2v`."
        )
    layer = keras.layers.Embedding(vocabulary, dimension, mask_zero=True, trainable=tuned)
    return _start_from(matrix, layer, vocabulary, dimension)


def make_ngrams(
    vocabulary: int,
    dimension: int,
    matrix: FloatArray | None,
    tuned: bool,
    ngrams: int = NGRAMS,
    buckets: int = BUCKETS,
) -> Layer:
    """Return learned vectors of words and of the n-grams that end in them; see `ngrams`."""
    from textseq.network.embedding_layers import NgramEmbedding

    layer = NgramEmbedding(Ngrams(vocabulary, ngrams, buckets), dimension, trainable=tuned)
    if matrix is not None:
        return _start_from(matrix, layer, vocabulary, dimension)
    layer.build(None)
    return layer


def _start_from(matrix: FloatArray, layer: Layer, vocabulary: int, dimension: int) -> Layer:
    """Set the rows of words in a layer's table, and return the layer."""
    if matrix.shape != (vocabulary, dimension):
        raise unfitting_vectors(matrix, vocabulary, dimension)
    layer.build(None)
    values = np.array(layer.get_weights()[0])
    values[:vocabulary] = matrix
    layer.set_weights([values])
    return layer


def start_table(
    random: np.random.Generator,
    rows: tuple[int, int],
    dimension: int,
    matrix: FloatArray | None,
) -> FloatArray:
    """Return the table before training; the rows of n-grams start at 0."""
    words, buckets = rows
    table = np.zeros((words + buckets, dimension), np.float32)
    table[:words] = uniform(random, (words, dimension)) if matrix is None else matrix
    return table


def start_onehot(
    random: np.random.Generator,
    rows: tuple[int, int],
    dimension: int,
    matrix: FloatArray | None,
) -> None:
    """Return None: there is no table."""


def unfitting_vectors(matrix: FloatArray, vocabulary: int, dimension: int) -> ArgumentError:
    """Return the error of word vectors of another shape than the network's."""
    return ArgumentError(
        f"The word vectors make a matrix of shape {matrix.shape}, where the vocabulary and "
        f"the dimension call for {(vocabulary, dimension)}."
    )


learned = Embedding("learned", make_learned, start=start_table)
onehot = Embedding("onehot", make_onehot, start=start_onehot)
word2vec = Embedding("word2vec", make_word2vec, start=start_table)
ngrams = Embedding("ngrams", make_ngrams, has_ngrams=True, start=start_table)

EMBEDDINGS: Registry[EmbeddingFactory] = Registry("embedding")
for _embedding in (learned, onehot, word2vec, ngrams):
    EMBEDDINGS.register(_embedding.name)(_embedding)
