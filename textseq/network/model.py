"""The network: ids -> vectors -> states -> one state -> class probabilities.

    ids (batch, time)
     |  embedding
    vectors (batch, time, dimension)
     |  recurrent cell, one step per token; a second one from the end, if bidirectional
    states (batch, time, units)
     |  pooling
    summary (batch, units)
     |  head: dense, softmax
    probabilities (batch, classes)

`build_model` receives built parts; names become parts in `model_spec`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from textseq.errors import ArgumentError
from textseq.network.arrays import FloatArray
from textseq.network.cells.base import scan_of
from textseq.network.dropout import Dropout
from textseq.network.embedding_layers import NgramEmbedding, OneHot
from textseq.network.fused_rnn import FusedRNN
from textseq.network.heads import SOFTMAX, Head
from textseq.network.model_weights import layers_in_order
from textseq.network.pooling.base import POOLINGS, Pooling

if TYPE_CHECKING:
    from rich.table import Table

    from textseq.sequences.sequences import Sequences

_POOLINGS = [POOLINGS.resolve(name) for name in POOLINGS.names()]
LAYERS = [Dropout, NgramEmbedding, OneHot, FusedRNN]
LAYERS += [pooling.keras_class() for pooling in _POOLINGS if isinstance(pooling, Pooling)]
"""Our layers. Keras loads a model that has them once this module is imported."""

PREDICTION_BATCH = 256
"""Documents in a batch of `probabilities`."""

_SYMBOLS = {
    "embedding.embeddings": "E",
    "output.kernel": "W_hy",
    "output.bias": "b_y",
    "kernel": "W_xh",
    "recurrent_kernel": "W_hh",
    "bias": "b_h",
}


def build_model(
    embedding: keras.Layer,
    cell: keras.Layer,
    pooling: keras.Layer | None = None,
    classes: int | None = None,
    *,
    backward_cell: keras.Layer | None = None,
    dropout: float = 0.0,
    vector_dropout: float = 0.0,
    head: Head = SOFTMAX,
) -> keras.Model:
    """Put built parts together into a Keras model.

    Args:
        embedding: (batch, time) ids -> (batch, time, dimension), with a `compute_mask`.
        cell: One time step, such as `keras.layers.SimpleRNNCell(20)`.
        pooling: (batch, time, units) -> (batch, units); None for the last state.
        classes: Number of classes, or outputs of the head; None leaves out the head, and the model
            returns the pooled state.
        backward_cell: A second cell, which reads from the end; its states join the first one's.
        dropout: Dropout rate on the pooled state.
        vector_dropout: Dropout rate on the word vectors.
        head: What makes predictions of the pooled state.

    Returns:
        A model from int32 ids, shape (batch, time), 0 for padding on either side, to float32
        predictions, shape (batch, classes).

    Example:
        >>> from textseq.classifier import build_model, cells, embeddings
        >>> build_model(embeddings.learned(10, 5), cells.simple_rnn(3)).count_params()
        77
        >>> model = build_model(embeddings.learned(256, 100), cells.simple_rnn(20), classes=10)
        >>> model.count_params()
        28230
    """
    pooling = pooling or POOLINGS.resolve("last")(1)
    # The names by which weights are saved.
    embedding.name, pooling.name = "embedding", "pooling"
    ids = keras.Input((None,), dtype="int32", name="ids")
    gathered = vectors = embedding(ids)
    mask = embedding.compute_mask(ids)
    if vector_dropout:
        vectors = Dropout(vector_dropout, name="vector_dropout")(vectors)
    states = FusedRNN(cell, scan_of(cell), name="forward")(vectors, mask=mask)
    if backward_cell is not None:
        # Keras returns the states of a backward layer in the order of its steps: last token first.
        scan = scan_of(backward_cell)
        reader = FusedRNN(backward_cell, scan, go_backwards=True, name="backward")
        states = ops.concatenate([states, ops.flip(reader(vectors, mask=mask), axis=1)], axis=-1)
    summary = pooling(states, mask=mask)
    if classes is None:
        return keras.Model(ids, summary, name="sentence_encoder")
    if classes < 2:
        raise ArgumentError(f"`classes` must be 2 or more, or None. Received: {classes}.")
    if dropout:
        summary = Dropout(dropout, name="summary_dropout")(summary)
    output = head(classes)
    output.name = "output"
    model = keras.Model(ids, output(summary), name="sentence_classifier")
    # For `without_embedding` and training.
    model.vectors_and_mask, model.head = (gathered, mask), head
    return model


def probabilities(model: keras.Model, sequences: Sequences) -> FloatArray:
    """Return a Keras model's predictions of sequences: float32, shape (documents, outputs)."""
    out = np.empty((len(sequences), model.output_shape[-1]), dtype=np.float32)
    order = np.argsort(sequences.lengths, kind="stable")
    for start in range(0, len(order), PREDICTION_BATCH):
        documents = order[start : start + PREDICTION_BATCH]
        batch = sequences[documents]
        # Width 1 at least: Keras's recurrent layers cannot run over no time steps.
        ids = batch.pad(max(1, int(batch.lengths.max())), padding="post")
        out[documents] = ops.convert_to_numpy(model(ids, training=False))
    return out


def summary_table(model: keras.Model) -> Table:
    """Return a table of the layers, for the terminal; weights have the textbook's names."""
    from rich.table import Table

    table = Table("layer", "kind", "output", "weights")
    table.add_column("parameters", justify="right")
    for layer in layers_in_order(model):
        kind = type(getattr(layer, "cell", layer)).__name__
        weights = ", ".join(f"{_symbol(layer, w)} {_times(tuple(w.shape))}" for w in layer.weights)
        output = _times(tuple(layer.output.shape))
        table.add_row(layer.name, kind, output, weights, f"{layer.count_params():,}")
    table.add_section()
    table.add_row("total", "", "", "", f"{model.count_params():,}")
    return table


def _times(shape: tuple[int | None, ...]) -> str:
    return "(" + ", ".join("any" if axis is None else f"{axis:,}" for axis in shape) + ")"


def _symbol(layer: keras.Layer, variable: Any) -> str:
    """Return the textbook's name of a weight, or Keras's where the textbook has none."""
    full = f"{layer.name}.{variable.name}"
    if full in _SYMBOLS:
        return _SYMBOLS[full]
    name = str(variable.name)
    return _SYMBOLS.get(name, name) if hasattr(layer, "cell") else name
