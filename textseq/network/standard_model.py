"""A trained network as a Keras model of Keras's own layers and operations.

Keras saves, loads, exports and clones it without textseq. It trains on as any Keras model does,
more slowly than ours. A part of the user's own is used as it is: it can be saved if it is
registered with `keras.saving.register_keras_serializable`.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from textseq.network.arrays import NamedArrays, Tensor
from textseq.network.cells.base import CELLS
from textseq.network.embeddings import EMBEDDINGS, Embedding
from textseq.network.heads import HEADS
from textseq.network.model_spec import ModelSpec
from textseq.network.model_weights import set_named_weights
from textseq.network.ngrams import rows_of
from textseq.network.pooling.base import POOLINGS, Pooling


def standard_model(spec: ModelSpec, weights: NamedArrays) -> keras.Model:
    """Return a network with the weights of that name; see also `model.build_model`."""
    layers = keras.layers
    ids = keras.Input((None,), dtype="int32", name="ids")
    vectors, mask = _embed(spec, weights, ids)
    if spec.vector_dropout:
        vectors = layers.Dropout(spec.vector_dropout, name="vector_dropout")(vectors)
    cell = CELLS.resolve(spec.cell)
    states = layers.RNN(cell(spec.units), return_sequences=True, name="forward")(vectors, mask=mask)
    if spec.bidirectional:
        back = {"return_sequences": True, "go_backwards": True, "name": "backward"}
        read = layers.RNN(cell(spec.units), **back)(vectors, mask=mask)
        states = layers.Concatenate(name="states")([states, ops.flip(read, axis=1)])
    summary = _pool(spec, states, mask)
    if spec.dropout:
        summary = layers.Dropout(spec.dropout, name="summary_dropout")(summary)
    output = HEADS.resolve(spec.head)(spec.classes)
    output.name = "output"
    model = keras.Model(ids, output(summary), name="sentence_classifier")
    exact = {name: np.asarray(weight, np.float32) for name, weight in weights.items()}
    if "pooling.context" in exact:  # attention's, which is a layer by itself here
        exact["pooling_context.kernel"] = exact.pop("pooling.context")[:, None]
    set_named_weights(model, exact)
    return model


def _embed(spec: ModelSpec, weights: NamedArrays, ids: Tensor) -> tuple[Tensor, Tensor]:
    """Return the vectors of ids, (batch, time, dimension), and the mask, (batch, time)."""
    embedding: Any = EMBEDDINGS.resolve(spec.embedding)
    if not isinstance(embedding, Embedding):
        layer = embedding(spec.vocabulary, spec.dimension, None, spec.tuned)
        layer.name = "embedding"
        return layer(ids), layer.compute_mask(ids)
    mask = ops.not_equal(ids, 0)
    if "embedding.embeddings" not in weights:
        return ops.one_hot(ids, spec.vocabulary, dtype="float32"), mask
    rows, dimension = weights["embedding.embeddings"].shape
    table = keras.layers.Embedding(rows, dimension, name="embedding", trainable=spec.tuned)
    if not embedding.has_ngrams:
        return table(ids), mask
    back = ids_back(ids, spec.ngrams)
    several = ops.stack(rows_of(back, spec.vocabulary, spec.buckets, ops), axis=-1)
    found = ops.expand_dims(ops.cast(ops.not_equal(several, 0), "float32"), -1)
    return ops.sum(table(several) * found, axis=2), mask


def ids_back(ids: Tensor, steps: int) -> list[Tensor]:
    """Return the ids, those one step back in the text, 0 before its first, and so on."""
    back = [ids]
    for _ in range(1, steps):
        back.append(ops.pad(back[-1], [[0, 0], [1, 0]])[:, :-1])
    return back


def _pool(spec: ModelSpec, states: Tensor, mask: Tensor) -> Tensor:
    """Return the pooled states: (batch, summary)."""
    pooling: Any = POOLINGS.resolve(spec.pooling)
    directions = 2 if spec.bidirectional else 1
    if isinstance(pooling, Pooling) and pooling.by_layers is not None:
        return pooling.by_layers(states, mask, states.shape[-1])
    if isinstance(pooling, Pooling) and not pooling.weight_shapes(1):
        return pooling.pool(states, mask, directions, {})
    layer = pooling(directions)
    layer.name = "pooling"
    return layer(states, mask=mask)
