"""All of a trained model as one Keras model: the networks, the linear model and the temperature.

    ids, characters -> mean of the networks, linear model -> logits -> temperature -> probabilities

It has a second input, `characters`, where the linear model reads words that have no id: of each
text, the buckets of their character n-grams, each plus one, and 0 for padding; see
`characters_of`. All zeros, one for each text, leave such words out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from textseq.network.arrays import FloatArray, Tensor
from textseq.network.char_ngrams import CharNgrams, CharWeights, distinct_pairs
from textseq.network.heads import NEAREST, SMALLEST
from textseq.network.linear import Linear
from textseq.network.ngrams import rows_of
from textseq.network.standard_model import ids_back
from textseq.sequences.open_sequences import OpenSequences
from textseq.sequences.sequences import Ids, Sequences


def ensemble_model(
    networks: Sequence[keras.Model],
    linear: Linear | None = None,
    *,
    maxlen: int | None = None,
    temperature: float | FloatArray = 1.0,
    multilabel: bool = False,
) -> keras.Model:
    """Return a Keras model of networks and a linear model that answer together.

    Args:
        networks: Keras models from ids to probabilities; see `standard_model`.
        linear: The linear model, if there is one.
        maxlen: The networks read the last tokens of each text, so many; None for all of them.
        temperature: What the logits are divided by: one number, or of several labels one for each.
        multilabel: Whether a text may have several labels, each answered by itself.
    """
    ids = keras.Input((None,), dtype="int32", name="ids")
    inputs: Any = ids
    read = ids if maxlen is None else _keep_last(ids, maxlen)
    for k, network in enumerate(networks, start=1):
        network.name = f"network_{k}"
    each = [network(read) for network in networks]
    mean = keras.layers.Average(name="mean")(each) if len(each) > 1 else each[0]
    if linear is None and np.all(temperature == 1):
        return keras.Model(inputs, mean, name="sentence_classifier")
    characters = None
    logits = _logits_of(mean) if multilabel else ops.log(ops.maximum(mean, SMALLEST))
    if linear is not None:
        if linear.characters is not None:
            characters = keras.Input((None,), dtype="int32", name="characters")
            inputs = {"ids": ids, "characters": characters}
        logits = logits + _linear_logits(linear, ids, characters)
    if multilabel:
        farthest = math.log(1 / NEAREST - 1)
        probabilities = ops.sigmoid(ops.clip(logits, -farthest, farthest) / temperature)
    else:
        probabilities = ops.softmax(logits / temperature)
    return keras.Model(inputs, probabilities, name="sentence_classifier")


def characters_of(sequences: Sequences, characters: CharWeights) -> Ids:
    """Return what the input `characters` of an ensemble takes: int32, (documents, most n-grams).

    Args:
        sequences: Documents, with the words that have no id where they are `OpenSequences`.
        characters: What the character n-grams add to the linear model.
    """
    found: list[list[int]] = [[] for _ in range(len(sequences))]
    if isinstance(sequences, OpenSequences):
        grams = CharNgrams(characters.longest, len(characters.table)).of(sequences.words)
        for document, word in zip(*distinct_pairs(sequences.unknown), strict=True):
            found[document].extend((grams[int(word)] + 1).tolist())
    longest = max(1, max(map(len, found), default=1))
    return Sequences.from_lists(found).pad(longest, padding="post")


def _keep_last(ids: Tensor, maxlen: int) -> Tensor:
    """Return ids with 0 for all but the last `maxlen` tokens of each text."""
    tokens = ops.cast(ops.not_equal(ids, 0), "int32")
    still_to_come = ops.sum(tokens, axis=1, keepdims=True) - ops.cumsum(tokens, axis=1)
    return ops.where(still_to_come < maxlen, ids, ops.zeros_like(ids))


def _linear_logits(linear: Linear, ids: Tensor, characters: Tensor | None = None) -> Tensor:
    """Return the logits of a linear model: (batch, classes)."""
    ngrams = linear.ngrams
    each = rows_of(ids_back(ids, ngrams.ngrams), ngrams.vocabulary, ngrams.buckets, ops)
    rows = ops.sort(ops.concatenate(each, axis=1), axis=1)
    # A text counts each of its n-grams once: of equal rows, which are now neighbours, the first.
    before = ops.pad(rows, [[0, 0], [1, 0]])[:, :-1]
    logits = _sum_of_rows("linear", linear.table, rows, ops.not_equal(rows, before)) + linear.bias
    if linear.characters is not None and characters is not None:
        table = np.pad(linear.characters.table, [(1, 0), (0, 0)])
        logits = logits + _sum_of_rows("characters", table, characters, characters > 0)
    if len(linear.bias) > 1:
        return logits
    return ops.concatenate([ops.zeros_like(logits), logits], axis=1)


def _sum_of_rows(name: str, table: Any, rows: Tensor, counted: Tensor) -> Tensor:
    """Return the sums of the rows of a table that are counted: (batch, columns)."""
    values = np.asarray(table, np.float32)
    layer = keras.layers.Embedding(*values.shape, name=f"{name}_table")
    layer.build()
    layer.set_weights([values])
    return ops.sum(layer(rows) * ops.expand_dims(ops.cast(counted, "float32"), -1), axis=1)


def _logits_of(probabilities: Tensor) -> Tensor:
    near = ops.clip(probabilities, NEAREST, 1 - NEAREST)
    return ops.log(near) - ops.log(1 - near)
