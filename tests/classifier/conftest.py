"""Small networks with random weights, and labelled texts that can be learned."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest

from textseq.classifier import build_model
from textseq.classifier.cells import CELLS
from textseq.classifier.embeddings import EMBEDDINGS
from textseq.classifier.model import named_weights
from textseq.classifier.pooling import POOLINGS

VOCABULARY, DIMENSION, UNITS, CLASSES = 12, 5, 4, 3


@pytest.fixture
def make_network():
    """Return a function that builds a network from the names of its parts, weights at random."""

    def make(embedding="learned", cell="simple_rnn", pooling="last", bidirectional=False, seed=0):
        random = np.random.default_rng(seed)
        matrix = None
        if embedding == "word2vec":
            matrix = random.normal(size=(VOCABULARY, DIMENSION)).astype("float32")
        model = build_model(
            EMBEDDINGS.resolve(embedding)(VOCABULARY, DIMENSION, matrix, True),
            CELLS.resolve(cell)(UNITS),
            POOLINGS.resolve(pooling)(2 if bidirectional else 1),
            CLASSES,
            backward_cell=CELLS.resolve(cell)(UNITS) if bidirectional else None,
        )
        for variable in named_weights(model).values():
            variable.assign(random.normal(scale=0.7, size=variable.shape).astype("float32"))
        return model

    return make


@pytest.fixture
def run():
    """Return a function that gives a Keras model padded ids, and returns an array."""

    def run_model(model: keras.Model, ids: object) -> np.ndarray:
        return keras.ops.convert_to_numpy(model(np.asarray(ids, dtype="int32")))

    return run_model


@pytest.fixture(scope="session")
def labelled():
    """Return texts of two kinds and their labels, which three epochs are enough to tell apart."""
    good = ["a joy to watch", "pure joy", "what a joy this film is", "funny and a joy"]
    bad = ["a bore to watch", "pure bore", "what a bore this film is", "dull and a bore"]
    return (good + bad) * 6, (["good"] * 4 + ["bad"] * 4) * 6
