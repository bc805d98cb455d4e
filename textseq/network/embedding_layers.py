"""The Keras layers of embeddings that Keras does not have."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from textseq.network.arrays import Rows
from textseq.network.ngrams import Ngrams, rows_of

if TYPE_CHECKING:
    from textseq.sequences.sequences import Sequences


class EmbeddingLayer(keras.Layer):  # type: ignore[misc]  # Keras is untyped
    """From ids, (batch, time), to vectors, (batch, time, dimension), and a mask."""

    def __init__(self, dimension: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dimension = dimension
        self.supports_masking = True

    def compute_mask(self, ids: Any, mask: Any = None) -> Any:
        """Return where there is a token: bool, shape (batch, time)."""
        return ops.not_equal(ids, 0)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return (batch, time, dimension)."""
        return (*shape, self.dimension)


@keras.saving.register_keras_serializable("textseq")
class NgramEmbedding(EmbeddingLayer):
    """The sum of a word's row and of those of the n-grams that end in it; see `ngrams`.

    The n-grams' rows start at 0, so that n-grams not seen in training add nothing.
    """

    def __init__(self, table: Ngrams, dimension: int, **kwargs: Any) -> None:
        super().__init__(dimension, **kwargs)
        self.rows = table

    def build(self, shape: Any) -> None:
        """Make the table: (vocabulary + buckets, dimension)."""
        words = keras.initializers.RandomUniform()  # as in Keras's Embedding

        def start(shape: tuple[int, ...], dtype: Any = None) -> Any:
            zeros = ops.zeros((self.rows.buckets, shape[1]), dtype)
            return ops.concatenate([words((self.rows.vocabulary, shape[1]), dtype), zeros])

        size = (self.rows.rows, self.dimension)
        self.embeddings = self.add_weight(shape=size, initializer=start, name="embeddings")
        self.built = True

    def call(self, ids: Any) -> Any:
        """Return the vector of each token."""
        back = [ops.cast(ids, "int32")]
        for _ in range(1, self.rows.ngrams):
            back.append(ops.pad(back[-1][:, :-1], [[0, 0], [1, 0]]))
        own, *others = rows_of(back, self.rows.vocabulary, self.rows.buckets, ops)
        vectors = ops.take(self.embeddings, own, axis=0)
        for row in others:
            found = ops.cast(row != 0, vectors.dtype)[..., None]
            vectors = vectors + ops.take(self.embeddings, row, axis=0) * found
        return vectors

    def gathered(self, sequences: Sequences) -> Rows:
        """Return the rows that each token sums: int32, shape (tokens, ngrams)."""
        return self.rows.of(sequences)

    def get_config(self) -> dict[str, Any]:
        """Return what makes the layer again."""
        return {**super().get_config(), "table": asdict(self.rows), "dimension": self.dimension}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> NgramEmbedding:
        """Return the layer of a config."""
        return cls(**{**config, "table": Ngrams(**config["table"])})


@keras.saving.register_keras_serializable("textseq")
class OneHot(EmbeddingLayer):
    """One-hot vectors, as long as the vocabulary."""

    def __init__(self, vocabulary: int, **kwargs: Any) -> None:
        super().__init__(vocabulary, **{**kwargs, "trainable": False})

    def call(self, ids: Any) -> Any:
        """Return the vector of each id; see `textseq.one_hot`."""
        return ops.one_hot(ids, self.dimension, dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Return what makes the layer again."""
        return {**super().get_config(), "vocabulary": self.dimension}
