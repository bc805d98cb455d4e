"""A cell, a pooling, an embedding or a head is added with one new file and one line."""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from textseq import Sequences
from textseq.classifier import SentenceClassifier
from textseq.errors import ArtifactError
from textseq.network.cells import CELLS
from textseq.network.embeddings import EMBEDDINGS
from textseq.network.heads import HEADS
from textseq.network.model_spec import ModelSpec
from textseq.network.model_weights import set_named_weights
from textseq.network.pooling import POOLINGS
from textseq.network.training.batches import Examples
from textseq.network.training.loop import train
from textseq.network.training.options import TrainingOptions
from textseq.network.training.packed import SentenceTrainable

CELL = '''
"""A cell that always keeps half of its state: h' = (h + tanh(a + h W)) / 2."""

import functools

import numpy as np

from textseq.network.cells.base import (
    Cell, recurrent_kernel_gradient, scan_over_time, states_before, upstream_gradient,
)
from textseq.network.lazy_keras import keras, ops


@functools.cache
def keras_class():
    class HalfCell(keras.Layer):
        def __init__(self, units):
            super().__init__()
            self.units = self.state_size = self.output_size = units

        def build(self, shape):
            width = (self.units,)
            self.kernel = self.add_weight(shape=(shape[-1], *width), name="kernel")
            self.recurrent_kernel = self.add_weight(shape=width * 2, name="recurrent_kernel")
            self.bias = self.add_weight(shape=width, initializer="zeros", name="bias")

        def call(self, inputs, states, training=False):
            (h,) = states if isinstance(states, (list, tuple)) else [states]
            a = ops.matmul(inputs, self.kernel) + self.bias
            h = (h + ops.tanh(a + ops.matmul(h, self.recurrent_kernel))) / 2
            return h, [h]

    return HalfCell


def scan(inputs, mask, kernel, bias):
    def run(inputs, mask, kernel):
        def step(h, now):
            a, m = now
            h = h + m * (ops.tanh(a + ops.matmul(h, kernel)) - h) / 2
            return h, h

        states = scan_over_time(step, ops.zeros_like(inputs[0]), (inputs, mask))

        def gradient(*received, upstream=None):
            before, ds = states_before(states), upstream_gradient(received, upstream)
            slope = mask * (1 - ops.tanh(inputs + ops.matmul(before, kernel)) ** 2) / 2

            def back(carried, now):
                d, m, s = now
                d = d + carried
                return ops.matmul(s * d, ops.transpose(kernel)) + (1 - m / 2) * d, s * d

            steps = (ds, mask, slope)
            da = scan_over_time(back, ops.zeros_like(inputs[0]), steps, reverse=True)
            return da, ops.zeros_like(mask), recurrent_kernel_gradient(before, da)

        return states, gradient

    return ops.custom_gradient(run)(inputs, mask, kernel)


class HalfStep:
    def __init__(self, recurrent_kernel, bias, scale, documents):
        self.kernel = recurrent_kernel
        self.h = np.zeros((documents, len(recurrent_kernel)), np.float32)

    def __call__(self, x):
        h = self.h[: len(x)]
        h[:] = (h + np.tanh(x + h @ self.kernel)) / 2
        return h


def forward(inputs, kernel, bias, steps, start):
    states = np.concatenate([np.zeros_like(inputs), start[0]])
    for first, end, last, running in steps:
        h = np.zeros_like(inputs[first:end])
        h[:running] = states[last : last + running]
        inputs[first:end] = np.tanh(inputs[first:end] + h @ kernel)
        states[first:end] = (h + inputs[first:end]) / 2
    return states, inputs


def backward(passed, gradients, transposed, steps):
    seen, _, _, _ = passed
    da = np.zeros_like(seen)
    for start, end, last, running in steps[::-1]:
        da[start:end] = (1 - seen[start:end] ** 2) / 2 * gradients[start:end]
        d = da[start : start + running] @ transposed + gradients[start : start + running] / 2
        gradients[last : last + running] += d
    return da, da, da


half = Cell("half", keras_class, scan, HalfStep, forward, backward)
'''

POOLING = '''
"""The sum of the states over the tokens."""

import numpy as np

from textseq.network.lazy_keras import ops
from textseq.network.inference.packed_sequence import document_of
from textseq.network.pooling.base import Pooled, Pooling


def pool(states, mask, directions, weights):
    return ops.sum(states * ops.cast(mask, states.dtype)[..., None], axis=1)


class RunningSum:
    def __init__(self, packed, units):
        self.pooled = np.zeros((len(packed.lengths), units), np.float32)

    def add(self, states, step):
        self.pooled[: len(states)] += states

    def result(self):
        return self.pooled


def pool_packed(states, starts, documents, directions, weights):
    document = document_of(starts)
    summary = np.zeros((documents, states.shape[1]), states.dtype)
    np.add.at(summary, document, states)
    return Pooled(summary, lambda gradient: (gradient[document], {}))


total = Pooling("total", pool, RunningSum, pool_packed)
'''

EMBEDDING = '''
"""Vectors that are learned, and start larger."""

from textseq.network.embeddings import Embedding
from textseq.network.initializers import uniform
from textseq.network.lazy_keras import keras


def make_layer(vocabulary, dimension, matrix, tuned):
    start = keras.initializers.RandomUniform(-0.5, 0.5)
    return keras.layers.Embedding(vocabulary, dimension, start, mask_zero=True)


def start(random, rows, dimension, matrix):
    words, _ = rows
    return uniform(random, (words, dimension), 0.5)


large = Embedding("large", make_layer, start=start)
'''

HEAD = '''
"""A yes or no for each class on its own: sigmoids, and binary cross-entropy."""

import numpy as np

from textseq.network.heads import Head, most_probable
from textseq.network.lazy_keras import keras, ops


def output(classes):
    return keras.layers.Dense(classes, activation="sigmoid")


def activate(logits):
    return (1 + np.tanh(logits / 2)) / 2


def loss(targets, predictions):
    expected = ops.one_hot(targets, predictions.shape[-1])
    each = keras.losses.binary_crossentropy(expected[..., None], predictions[..., None])
    return ops.mean(each, axis=-1)


def metric(targets, predictions):
    return ops.cast(ops.argmax(predictions, axis=-1), targets.dtype) == targets


def evaluate(targets, predictions):
    right = np.eye(predictions.shape[1])[targets] == 1
    p = np.clip(np.where(right, predictions, 1 - predictions), 1e-7, 1)
    return -np.log(p).mean(axis=1), predictions.argmax(axis=1) == targets


def gradient(targets, predictions):
    classes = predictions.shape[1]
    return (predictions - np.eye(classes, dtype="float32")[targets]) / classes


own_answer = Head(
    "own_answer", output, activate, loss, metric, evaluate, gradient, most_probable,
    metric_name="hits",
)
'''

RANDOM = np.random.default_rng(0)
SEQUENCES = Sequences.from_lists(
    [RANDOM.integers(1, 12, n).tolist() for n in RANDOM.integers(0, 9, size=200)]
)
# To be learned: whether id 7 occurs.
TARGETS = np.array([int(7 in ids) for ids in SEQUENCES])
EXAMPLES = Examples(SEQUENCES, TARGETS, np.ones(200, np.float32))

FILES = {
    "cell": ("half", CELL, CELLS),
    "pooling": ("total", POOLING, POOLINGS),
    "embedding": ("large", EMBEDDING, EMBEDDINGS),
    "head": ("own_answer", HEAD, HEADS),
}


@pytest.fixture
def add(tmp_path, monkeypatch):
    """Return a function that writes a part's file, and registers the part for this test."""

    def add_part(kind):
        name, source, registry = FILES[kind]
        (tmp_path / f"part_{name}.py").write_text(source)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setattr(registry, "_factories", dict(registry._factories))
        part = getattr(importlib.import_module(f"part_{name}"), name)
        registry.register(name)(part)  # the one line
        return name

    yield add_part
    for name, *_ in FILES.values():
        sys.modules.pop(f"part_{name}", None)


@pytest.mark.parametrize("kind", FILES)
def test_a_new_part_trains_and_predicts_without_keras(kind, add, run):
    spec = ModelSpec(
        vocabulary=12,
        classes=2,
        units=8,
        dimension=8,
        bidirectional=True,
        **{"pooling": "max", kind: add(kind)},
    )
    assert spec.runs_without_keras
    assert spec.trains_without_keras
    options = TrainingOptions(epochs=6, batch_size=20, learning_rate=0.03)
    network = SentenceTrainable(spec, spec.starting_weights(np.random.default_rng(1)), EXAMPLES)
    history = train(network, EXAMPLES, EXAMPLES, options)
    metric = "hits" if kind == "head" else "accuracy"
    assert set(history) == {"loss", metric, "val_loss", f"val_{metric}"}
    assert max(history[f"val_{metric}"]) > 0.9
    weights, model = network.weights(), spec.keras_model()
    spec.check(weights)
    set_named_weights(model, weights)
    predictions = spec.numpy_network(weights).probabilities(SEQUENCES)
    np.testing.assert_allclose(predictions, run(model, SEQUENCES.pad()), atol=1e-5)
    labels = HEADS.resolve(spec.head).decode(predictions)
    assert (labels == TARGETS).mean() > 0.9


@pytest.mark.parametrize("kind", ["cell", "pooling", "embedding"])
def test_a_classifier_with_a_new_part_is_saved_and_predicts_without_keras(
    kind, add, labelled, tmp_path
):
    name = add(kind)
    classifier = SentenceClassifier(
        **{kind: name}, units=5, dimension=5, epochs=1, networks=1, linear=0
    )
    expected = classifier.fit(*labelled).predict_proba(labelled[0])
    folder = tmp_path / "model"
    classifier.save(folder)
    found = SentenceClassifier.load(folder).predict_proba(labelled[0])
    np.testing.assert_allclose(found, expected, atol=1e-6)
    code = (
        "import sys; from textseq.classifier.predictor import Predictor;"
        f"from textseq.network.model_spec import BUILT_IN; from part_{name} import {name};"
        f"BUILT_IN[{kind!r}].register({name!r})({name});"
        f"print(Predictor.load({str(folder)!r}).predict_proba([{labelled[0][0]!r}])[0, 0]);"
        "sys.exit('keras' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == pytest.approx(float(expected[0, 0]), abs=1e-6)


def test_a_saved_part_that_nobody_registered_is_refused(add, labelled, tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CELLS, "_factories", dict(CELLS._factories))
        name = add("cell")
        classifier = SentenceClassifier(cell=name, units=5, epochs=1, networks=1, linear=0)
        classifier.fit(*labelled).save(tmp_path / "model")
        del CELLS._factories[name]
        with pytest.raises(ArtifactError, match="never runs code"):
            SentenceClassifier.load(tmp_path / "model")


@pytest.mark.parametrize("name", ["half", "total", "own_answer"])
def test_the_examples_above_keep_the_contract_of_their_kind(name, add):
    file = Path(__file__).with_name("test_contract.py")
    spec = importlib.util.spec_from_file_location("contract", file)
    contract = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(contract)
    if name == "half":
        add("cell")
        contract.test_pass_over_one_sentence_and_its_gradient_equal_keras(name)
        for backwards in (False, True):
            contract.test_fused_scan_and_its_gradient_equal_keras(name, backwards, True)
    elif name == "own_answer":
        add("head")
        contract.test_numpy_faces_of_a_head_equal_its_keras_faces(name)
    else:
        add("pooling")
        contract.test_pooling_of_one_sentence_and_its_gradient_equal_keras(name, 2)
