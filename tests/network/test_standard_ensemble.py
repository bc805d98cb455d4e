"""All of a model in Keras: equal to what predicts, for each kind of linear model and head."""

from __future__ import annotations

import numpy as np
import pytest

from textseq.classifier import SentenceClassifier
from textseq.classifier.in_keras import keras_inputs, keras_model

TEXTS = ["pure joy to watch", "pure bore", "joy", "what a bore to sit through it"] * 10
LABELS = ["good", "bad", "good", "bad"] * 10
ASKED = [*TEXTS[:4], "", "unseen words only", "joys and bores, joys and bores to bore", "joy " * 40]
SMALL = {"units": 4, "dimension": 5, "epochs": 3, "learning_rate": 0.05, "batch_size": 8}
THREE = [*(["good", "bad", "fair", "bad"] * 10)]
SEVERAL = [["good"], ["bad"], ["good", "short"], ["bad", "long"]] * 10


def shift(padded):
    """Return rows that are padded behind, padded in front."""
    return np.array([np.roll(row, (row == 0).sum()) for row in padded])


@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize(
    ("labels", "settings"),
    [
        (LABELS, {"linear": 0, "networks": 2}),
        (LABELS, {"linear": 2, "networks": 1}),
        (LABELS, {"linear": 3, "networks": 2, "char_ngrams": 4, "maxlen": 4}),
        (THREE, {"linear": 2, "networks": 1, "char_ngrams": 3, "embedding": "ngrams", "ngrams": 3}),
        (SEVERAL, {"linear": 2, "networks": 2, "char_ngrams": 3, "bidirectional": True}),
        (SEVERAL, {"linear": 0, "networks": 1, "maxlen": 2}),
    ],
)
def test_gives_the_probabilities_of_the_predictor(labels, settings, padding):
    made = SentenceClassifier(**SMALL | settings).fit(
        TEXTS, labels, validation_data=(TEXTS[:16], labels[:16])
    )
    model, inputs = keras_model(made.model_), keras_inputs(made.model_, ASKED)
    if padding == "pre":
        each = inputs if isinstance(inputs, dict) else {"ids": inputs}
        shifted = {name: shift(rows) for name, rows in each.items()}
        inputs = shifted if isinstance(inputs, dict) else shifted["ids"]
    expected = made.predict_proba(ASKED)
    np.testing.assert_allclose(model(inputs).numpy(), expected, atol=1e-5)
    assert np.ptp(expected[:, 0]) > 0.1
