"""Ids to vectors: (batch, time) -> (batch, time, dimension), and a mask that is false on padding.

Every factory here has the signature of `EmbeddingFactory` and returns a Keras layer whose
`compute_mask` marks the reserved id 0, so that all later layers can pass over padding.

An embedding whose vectors are sums of rows of one table can say which, in a method `gathered`:
`Sequences` -> int32, shape (tokens, rows per token), 0 for none. Training then moves only the rows
that a batch reads. Keras's own `Embedding` reads the row of each id.
"""

from __future__ import annotations

from typing import Any, Protocol

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from textseq.errors import ArgumentError
from textseq.network.ngrams import BUCKETS, NGRAMS, Ngrams, Rows, rows_of
from textseq.registry import Registry
from textseq.sequences.onehot import RESERVED_INDEX
from textseq.sequences.sequences import Sequences

Matrix = npt.NDArray[np.float32]


class EmbeddingFactory(Protocol):
    """Makes an embedding layer.

    Args:
        vocabulary: Number of ids, the reserved 0 among them.
        dimension: Length of a vector; the one-hot embedding has its own, `vocabulary`.
        matrix: Starting vectors, shape (vocabulary, dimension), where they come from elsewhere.
        tuned: Whether such vectors go on learning.
    """

    def __call__(
        self, vocabulary: int, dimension: int, matrix: Matrix | None, tuned: bool
    ) -> keras.Layer:
        """Return the layer."""


EMBEDDINGS: Registry[EmbeddingFactory] = Registry("embedding")


@EMBEDDINGS.register("learned")
def learned(
    vocabulary: int, dimension: int, matrix: Matrix | None = None, tuned: bool = True
) -> keras.Layer:
    """Vectors that start at random and are learned with the rest of the network.

    Example:
        >>> from textseq.network.embeddings import learned
        >>> learned(vocabulary=12, dimension=5).compute_output_shape((None, 7))
        (None, 7, 5)
    """
    if matrix is not None:
        raise ArgumentError(
            "Word vectors were given to the embedding 'learned', which starts without any; "
            "use the embedding 'word2vec' to start from them."
        )
    return keras.layers.Embedding(vocabulary, dimension, mask_zero=True)


@EMBEDDINGS.register("onehot")
def onehot(
    vocabulary: int, dimension: int = 0, matrix: Matrix | None = None, tuned: bool = False
) -> keras.Layer:
    """One-hot vectors: nothing is learned here, and the cell sees the bare ids.

    Example:
        >>> import numpy as np
        >>> from textseq.network.embeddings import onehot
        >>> onehot(vocabulary=4)(np.array([[2, 0]])).numpy()
        array([[[0., 0., 1., 0.],
                [1., 0., 0., 0.]]], dtype=float32)
    """
    return OneHot(vocabulary)


@EMBEDDINGS.register("word2vec")
def word2vec(
    vocabulary: int, dimension: int, matrix: Matrix | None = None, tuned: bool = True
) -> keras.Layer:
    """Vectors trained beforehand; `tuned` lets them go on learning, else they stay frozen.

    Raises:
        ArgumentError: No vectors were given, or their shape is not (vocabulary, dimension).

    Example:
        >>> import numpy as np
        >>> from textseq.network.embeddings import word2vec
        >>> layer = word2vec(3, 2, np.eye(3, 2, dtype="float32"), tuned=False)
        >>> layer(np.array([[1]])).numpy()
        array([[[0., 1.]]], dtype=float32)
    """
    if matrix is None:
        raise ArgumentError(
            "The embedding 'word2vec' starts from word vectors; give them with --vectors FILE "
            "(vectors=), made by `textseq train-w2v`."
        )
    if matrix.shape != (vocabulary, dimension):
        raise ArgumentError(
            f"The word vectors make a matrix of shape {matrix.shape}, where the vocabulary and "
            f"the dimension call for {(vocabulary, dimension)}."
        )
    layer = keras.layers.Embedding(vocabulary, dimension, mask_zero=True, trainable=tuned)
    layer.build(None)
    layer.set_weights([matrix])
    return layer


@EMBEDDINGS.register("ngrams")
def ngrams(
    vocabulary: int,
    dimension: int,
    matrix: Matrix | None = None,
    tuned: bool = True,
    ngrams: int = NGRAMS,
    buckets: int = BUCKETS,
) -> keras.Layer:
    """Learned vectors of words and of the n-grams that end in them; see `NgramEmbedding`.

    Args:
        vocabulary: Number of ids, the reserved 0 among them.
        dimension: Length of a vector.
        matrix: Starting vectors of the words, where they come from elsewhere.
        tuned: Whether all vectors learn.
        ngrams: The longest n-gram.
        buckets: Number of rows that all n-grams share.

    Example:
        >>> from textseq.network.embeddings import ngrams
        >>> ngrams(vocabulary=12, dimension=5, buckets=100).compute_output_shape((None, 7))
        (None, 7, 5)
    """
    layer = NgramEmbedding(Ngrams(vocabulary, ngrams, buckets), dimension, trainable=tuned)
    layer.build(None)
    if matrix is not None:
        if matrix.shape != (vocabulary, dimension):
            raise ArgumentError(
                f"The word vectors make a matrix of shape {matrix.shape}, where the vocabulary "
                f"and the dimension call for {(vocabulary, dimension)}."
            )
        values = np.array(layer.get_weights()[0])
        values[:vocabulary] = matrix
        layer.set_weights([values])
    return layer


class NgramEmbedding(keras.Layer):  # type: ignore[misc]  # Keras is untyped
    """The sum of a word's row and of those of the n-grams that end in it; see `ngrams`.

    The n-grams' rows start at 0, so that those which training never saw add nothing.
    """

    def __init__(self, table: Ngrams, dimension: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rows, self.dimension = table, dimension
        self.supports_masking = True

    def build(self, shape: Any) -> None:
        """Make the table: (vocabulary + buckets, dimension)."""
        words = keras.initializers.RandomUniform()  # as Keras's own Embedding has it

        def start(shape: tuple[int, ...], dtype: Any = None) -> Any:
            zeros = ops.zeros((self.rows.buckets, shape[1]), dtype)
            return ops.concatenate([words((self.rows.vocabulary, shape[1]), dtype), zeros])

        self.embeddings = self.add_weight(
            shape=(self.rows.rows, self.dimension), initializer=start, name="embeddings"
        )
        self.built = True

    def call(self, ids: Any) -> Any:
        """Return the vector of each token: (batch, time, dimension)."""
        ids = ops.cast(ids, "int32")
        back = [ids]
        for _ in range(1, self.rows.ngrams):
            back.append(ops.pad(back[-1][:, :-1], [[0, 0], [1, 0]]))
        rows = rows_of(back, self.rows.vocabulary, self.rows.buckets, ops)
        vectors = ops.take(self.embeddings, rows[0], axis=0)
        for row in rows[1:]:
            found = ops.cast(row != 0, vectors.dtype)[..., None]
            vectors = vectors + ops.take(self.embeddings, row, axis=0) * found
        return vectors

    def gathered(self, sequences: Sequences) -> Rows:
        """Return the rows that each token gathers: int32, shape (tokens, ngrams)."""
        return self.rows.of(sequences)

    def compute_mask(self, ids: Any, mask: Any = None) -> Any:
        """Return where there is a token: bool, shape (batch, time)."""
        return ops.not_equal(ids, RESERVED_INDEX)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return (batch, time, dimension)."""
        return (*shape, self.dimension)


class OneHot(keras.Layer):  # type: ignore[misc]  # Keras is untyped
    """One-hot rows as a layer: (batch, time) -> (batch, time, vocabulary)."""

    def __init__(self, vocabulary: int, **kwargs: Any) -> None:
        super().__init__(trainable=False, **kwargs)
        self.vocabulary = vocabulary
        self.supports_masking = True

    def call(self, ids: Any) -> Any:
        """Return the row of each id, as `textseq.one_hot` has it."""
        return ops.one_hot(ids, self.vocabulary, dtype=self.compute_dtype)

    def compute_mask(self, ids: Any, mask: Any = None) -> Any:
        """Return where there is a token: bool, shape (batch, time)."""
        return ops.not_equal(ids, RESERVED_INDEX)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return (batch, time, vocabulary)."""
        return (*shape, self.vocabulary)
