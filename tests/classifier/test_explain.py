"""The states and gradients of one sentence, against finite differences and against Keras."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from textseq import Tokenizer
from textseq.classifier import SentenceClassifier
from textseq.classifier.config import ClassifierConfig
from textseq.classifier.ensemble import Ensemble
from textseq.classifier.explain import LONGEST, explain
from textseq.classifier.predictor import Predictor
from textseq.errors import ArgumentError
from textseq.network.cells import CELLS, gru, simple_rnn
from textseq.network.cells.base import previous_states, reading_steps
from textseq.network.embeddings import EMBEDDINGS
from textseq.network.inference.numpy_network import NumpyNetwork
from textseq.network.keras_network import KerasNetwork
from textseq.network.model_spec import ModelSpec
from textseq.network.model_weights import weight_values
from textseq.network.ngrams import BUCKETS, Ngrams
from textseq.network.pooling import POOLINGS

VOCABULARY, DIMENSION, UNITS, CLASSES = 12, 5, 4, 3
WORDS = ["ain't", "no", "mountain", "high", "enough", "to", "keep", "me", "from", "getting", "you"]
TEXT = "no mountain too high no enough from you me keep"
TEMPERATURE = 1.7

PARTS = [
    *[("learned", c, p, b) for c in CELLS.names() for p in POOLINGS.names() for b in (False, True)],
    *[(e, "gru", "max", True) for e in EMBEDDINGS.names() if e != "learned"],
]


def predictor_of(model, parts):
    embedding, cell, pooling, bidirectional = parts
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts([WORDS])
    rows = Ngrams(VOCABULARY, 2, BUCKETS) if embedding == "ngrams" else None
    network = NumpyNetwork(
        weight_values(model), CELLS.resolve(cell), POOLINGS.resolve(pooling), bidirectional, rows
    )
    return Predictor(
        ClassifierConfig(maxlen=None),
        tokenizer,
        np.array(["a", "b", "c"]),
        VOCABULARY,
        Ensemble([network], maxlen=None),
        TEMPERATURE,
    )


def kerass(model, ids, bidirectional, answer):
    """Return Keras's states, d log p / dh and d log p / dc: each (time, units), by direction."""
    layers = {layer.name: layer for layer in model.layers}
    vectors = layers["embedding"](np.array([ids], "int32"))
    tensors = {}
    with tf.GradientTape() as tape:
        for name in ("forward", "backward") if bidirectional else ("forward",):
            cell, steps = layers[name].cell, range(len(ids))
            state = cell.get_initial_state(batch_size=1)
            tensors[name] = [None] * len(ids)
            for t in steps if name == "forward" else reversed(steps):
                _, state = cell(vectors[:, t], state)
                tensors[name][t] = list(state)
        states = ops.concatenate(
            [ops.stack([s[0] for s in t], axis=1) for t in tensors.values()], axis=-1
        )
        summary = layers["pooling"](states, mask=ops.ones((1, len(ids)), "bool"))
        logits = ops.matmul(summary, layers["output"].kernel) + layers["output"].bias
        score = ops.log_softmax(logits / TEMPERATURE)[0, answer]
    found = tape.gradient(score, tensors)
    return {
        name: [
            (
                np.stack([s[i][0] for s in tensors[name]]),
                np.stack([np.zeros(4) if g[i] is None else g[i][0] for g in found[name]]),
            )
            for i in range(len(tensors[name][0]))
        ]
        for name in tensors
    }


def assert_close(got, expected):
    """Compare each token's vector by its length: within 1e-4 of it."""
    apart = np.linalg.norm(got - expected, axis=1)
    assert (apart <= 1e-4 * np.linalg.norm(expected, axis=1) + 1e-9).all(), apart


@pytest.mark.parametrize("parts", PARTS, ids=lambda parts: "-".join(map(str, parts)))
def test_states_and_gradients_equal_kerass(make_network, parts):
    model = make_network(*parts)
    explanation = explain(predictor_of(model, parts), TEXT)
    answer = explanation.classes.index(explanation.answer)
    theirs = kerass(model, explanation.ids.tolist(), parts[3], answer)
    assert theirs.keys() == explanation.directions.keys()
    for name, direction in explanation.directions.items():
        states, gradients = theirs[name][0]
        np.testing.assert_allclose(direction.states, states, atol=1e-5)
        assert_close(direction.gradients, gradients)
        if parts[1] == "lstm":
            assert_close(direction.memories, theirs[name][1][1])


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("embedding", ["learned", "ngrams"])
def test_probabilities_are_those_of_the_sentence_cut_there(make_network, embedding, bidirectional):
    parts = (embedding, "lstm", "attention", bidirectional)
    predictor = predictor_of(make_network(*parts), parts)
    explanation = explain(predictor, TEXT)
    for end in range(1, len(explanation.tokens) + 1):
        alone = predictor.predict_proba([" ".join(explanation.tokens[:end])])
        np.testing.assert_allclose(explanation.probabilities[end - 1], alone[0], atol=1e-6)
    np.testing.assert_allclose(explanation.before, predictor.predict_proba([""])[0], atol=1e-6)
    whole = predictor.predict_proba([TEXT])[0]
    assert explanation.confidence == pytest.approx(whole.max(), abs=1e-6)
    assert explanation.answer == predictor.classes[whole.argmax()]


@pytest.fixture
def predictor(make_network):
    parts = ("learned", "lstm", "last", True)
    return predictor_of(make_network(*parts), parts)


def test_of_the_last_state_nothing_is_carried(predictor):
    forward, backward = explain(predictor, TEXT).directions.values()
    assert (forward.carried[-1] == 0).all()
    assert (backward.carried[0] == 0).all()
    np.testing.assert_array_equal(forward.carried[:-1], forward.gradients[:-1])
    np.testing.assert_array_equal(backward.carried[1:], backward.gradients[1:])


def test_gradients_vanish_at_the_rate_of_the_cell():
    """A cell that keeps 0.9 of its memory keeps 0.9 of its gradient; one that keeps 0.3, 0.3."""
    time, zeros, rates = 20, np.zeros(3), {}
    steps = reading_steps(np.arange(21), False)

    def gradients(cell, inputs, kernel, bias):
        """Return that of the last state by each state."""
        states, kept = cell.forward(inputs, kernel, bias, steps, cell.starting_states(kernel))
        passed = (inputs, states, kept, previous_states(states, steps))
        by_states = np.zeros((time, 1))
        by_states[-1] = 1
        cell.backward(passed, by_states, kernel.T.copy(), steps)
        return by_states

    for name, kept in (("short", 0.3), ("long", 0.9)):
        open_gate = np.log(kept / (1 - kept))
        gated = gradients(gru, np.tile([open_gate, 0, 0], (time, 1)), np.zeros((1, 3)), zeros)
        rates[name] = np.abs(gated[:-1, 0] / gated[1:, 0])
        plain = gradients(simple_rnn, np.zeros((time, 1)), np.array([[kept]]), zeros[:1])
        np.testing.assert_allclose(plain, gated)
    np.testing.assert_allclose(rates["short"], 0.3)
    np.testing.assert_allclose(rates["long"], 0.9)


def test_unknown_words_are_named_and_not_read(predictor):
    explanation = explain(predictor, TEXT)
    assert explanation.unknown == ("too",)
    assert "too" not in explanation.tokens
    assert explanation.tokens[:2] == ("no", "mountain")


@pytest.mark.parametrize("cell", CELLS.names())
def test_a_text_without_any_known_word(make_network, cell):
    parts = ("learned", cell, "max", True)
    explanation = explain(predictor_of(make_network(*parts), parts), "quite else")
    assert (explanation.tokens, explanation.unknown) == ((), ("quite", "else"))
    assert explanation.probabilities.shape == (0, 3)
    assert explanation.confidence == explanation.before.max()
    assert json.loads(json.dumps(explanation.to_dict()))["forward"]["states"] == []


def test_an_unknown_word_that_has_a_number_is_read(make_network):
    parts = ("learned", "gru", "mean", False)
    predictor = predictor_of(make_network(*parts), parts)
    tokenizer = Tokenizer(oov_token="?")
    tokenizer.fit_on_texts([WORDS[:10]])
    explanation = explain(replace(predictor, tokenizer=tokenizer), "no else")
    assert (explanation.tokens, explanation.unknown) == (("no", "?"), ())


def test_a_text_too_long_is_refused(predictor):
    with pytest.raises(ArgumentError, match="1,001 tokens"):
        explain(predictor, "no " * (LONGEST + 1))
    assert len(explain(predictor, "no " * 300).tokens) == 300


def test_it_is_data(predictor):
    data = json.loads(json.dumps(explain(predictor, TEXT).to_dict()))
    assert data["label"] in data["classes"]
    for name in ("forward", "backward"):
        assert np.array(data[name]["states"]).shape == (9, 4)
        for norms in ("gradient_norms", "carried_norms", "memory_gradient_norms"):
            assert len(data[name][norms]) == 9


@pytest.mark.parametrize("parts", [p for p in PARTS if p[0] != "ngrams"][::3])
def test_in_keras_it_is_what_it_is_in_numpy(make_network, parts):
    """As for a network with a part of the user's own, whose gradients are automatic ones."""
    embedding, cell, pooling, bidirectional = parts
    model = make_network(*parts)
    in_numpy = predictor_of(model, parts)
    sizes = {"units": UNITS, "dimension": DIMENSION, "vocabulary": VOCABULARY, "classes": CLASSES}
    kinds = {"embedding": embedding, "cell": cell, "pooling": pooling}
    spec = ModelSpec(**kinds, **sizes, bidirectional=bidirectional)
    network = KerasNetwork(spec, weight_values(model))
    in_keras = replace(in_numpy, ensemble=Ensemble([network], maxlen=None))
    for text in (TEXT, "no", "unknown"):
        expected = explain(in_numpy, text)
        found = explain(in_keras, text)
        assert found.network == expected.network
        np.testing.assert_allclose(found.probabilities, expected.probabilities, atol=1e-5)
        assert list(found.directions) == list(expected.directions)
        for name, direction in expected.directions.items():
            for what in ("states", "gradients", "carried"):
                ours, theirs = getattr(direction, what), getattr(found.directions[name], what)
                np.testing.assert_allclose(theirs, ours, atol=1e-5, err_msg=f"{name} {what}")


def test_the_text_is_shown_as_the_network_reads_it():
    texts, labels = ["pure<br>joy", "pure<br>bore"] * 4, ["good", "bad"] * 4
    classifier = SentenceClassifier(units=2, epochs=1, networks=1, linear=0).fit(texts, labels)
    found = explain(classifier.model_, "pure<br/>joy &amp; more")
    assert found.text == "pure joy & more"
    assert found.tokens == ("pure", "joy")
    assert found.unknown == ("&", "more")
