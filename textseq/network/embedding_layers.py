"""The Keras layers of embeddings that Keras does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from textseq.network.arrays import Rows
from textseq.network.ngrams import Ngrams, rows_of

if TYPE_CHECKING:
    from textseq.sequences.sequences import Sequences


class NgramEmbedding(keras.Layer):  # type: ignore[misc]  # Keras is untyped
    """The sum of a word's row and of those of the n-grams that end in it; see `ngrams`.

    The n-grams' rows start at 0, so that n-grams not seen in training add nothing.
    """

    def __init__(self, table: Ngrams, dimension: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rows, self.dimension = table, dimension
        self.supports_masking = True

    def build(self, shape: Any) -> None:
        """Make the table: (vocabulary + buckets, dimension)."""
        words = keras.initializers.RandomUniform()  # as in Keras's Embedding

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
        """Return the rows that each token sums: int32, shape (tokens, ngrams)."""
        return self.rows.of(sequences)

    def compute_mask(self, ids: Any, mask: Any = None) -> Any:
        """Return where there is a token: bool, shape (batch, time)."""
        return ops.not_equal(ids, 0)

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
        """Return the row of each id; see `textseq.one_hot`."""
        return ops.one_hot(ids, self.vocabulary, dtype=self.compute_dtype)

    def compute_mask(self, ids: Any, mask: Any = None) -> Any:
        """Return where there is a token: bool, shape (batch, time)."""
        return ops.not_equal(ids, 0)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return (batch, time, vocabulary)."""
        return (*shape, self.vocabulary)
