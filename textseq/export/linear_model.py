"""The linear model in a graph: the sum of the values of each text's distinct n-grams."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from textseq.export.char_ngrams import sum_unknown_words
from textseq.export.flat import distinct, sum_texts
from textseq.export.graph import Graph, Value
from textseq.export.layout import Texts
from textseq.export.ngram_rows import ngram_rows
from textseq.export.tables import Table
from textseq.network.linear import Linear

if TYPE_CHECKING:
    from textseq.export.text_input import TextInput


def linear_logits(graph: Graph, linear: Linear, read: TextInput) -> Value:
    """Return the logits of the linear model: float64, (texts, classes)."""
    sums = _sum_ngrams(graph, linear, read.texts)
    if linear.characters is not None and read.tokens is not None and read.found is not None:
        sums = sums + sum_unknown_words(
            graph, linear.characters, read.tokens, read.found, read.texts.total
        )
    logits = (sums.cast(np.float32) + graph.weights(linear.bias)).cast(np.float64)
    if len(linear.bias) > 1:
        return logits
    return graph.concatenate(logits * 0, logits, axis=1)


def _sum_ngrams(graph: Graph, linear: Linear, texts: Texts) -> Value:
    """Return what the n-grams of texts add to the logits: float64, (texts, columns)."""
    rows = ngram_rows(graph, texts.ids, texts.texts, linear.ngrams)
    span = linear.ngrams.rows
    every = graph.concatenate(*(row + texts.texts * span for row in rows))
    keys = distinct(every.keep(graph.concatenate(*rows).differs(0)))
    owners = keys // span
    values = Table(graph, linear.table).read(keys - owners * span)
    return sum_texts(values.cast(np.float64), owners, texts.total)
