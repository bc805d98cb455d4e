"""A classifier of texts that may each have several labels, from the texts to the saved model."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import accuracy_score

from textseq.classifier import Predictor, SentenceClassifier
from textseq.classifier.config import ClassifierConfig
from textseq.classifier.data import prepare
from textseq.classifier.explain import explain, log_probability_gradient
from textseq.classifier.label_calibration import estimate_macro_f1
from textseq.classifier.label_sets import check_label_sets
from textseq.classifier.model_folder import load_artifact, save_artifact
from textseq.errors import ArgumentError, ArtifactError
from textseq.network.metrics import macro_f1_of_labels
from textseq.sequences.open_sequences import OpenSequences

TINY = {"units": 6, "dimension": 6, "networks": 1, "epochs": 12, "learning_rate": 0.05}
TEXTS = ["joy for ever", "love at last", "joy and love", "so what"] * 40
LABELS = [["joy"], ["love"], ["joy", "love"], []] * 40
ASKED = ["what joy", "love and joy for ever", "so at last", ""]


@pytest.fixture(scope="module")
def classifier():
    return SentenceClassifier(**TINY).fit(TEXTS, LABELS, validation_data=(TEXTS[:80], LABELS[:80]))


@pytest.fixture
def folder(classifier, tmp_path):
    classifier.save(tmp_path / "model")
    return tmp_path / "model"


def test_labels_are_learned_each_by_itself(classifier):
    assert classifier.predict(TEXTS[:4]) == [("joy",), ("love",), ("joy", "love"), ()]
    probabilities = classifier.predict_proba(TEXTS[:4])
    assert probabilities.shape == (4, 2)
    assert probabilities.sum(axis=1).max() > 1
    assert classifier.classes_.tolist() == ["joy", "love"]
    assert classifier.thresholds_.shape == classifier.temperature_.shape == (2,)
    assert classifier.score(TEXTS, LABELS) == 1
    assert classifier.validation_["together"] == 1


def test_an_indicator_matrix_gives_one_back():
    matrix = check_label_sets(LABELS).indicators(np.array(["joy", "love"])).astype(int)
    by_matrix = SentenceClassifier(**TINY).fit(TEXTS, matrix)
    predicted = by_matrix.predict(TEXTS)
    np.testing.assert_array_equal(predicted, matrix)
    assert by_matrix.score(TEXTS, matrix) == accuracy_score(matrix, predicted)
    assert by_matrix.classes_.tolist() == [0, 1]


def test_words_without_an_id_are_read_in_training_whatever_the_number_of_texts(monkeypatch):
    monkeypatch.setattr("textseq.classifier.presets.MANY_TEXTS", 10)
    several = prepare(TEXTS, LABELS, ClassifierConfig())
    assert several.config.char_ngrams
    assert isinstance(several.training.sequences, OpenSequences)
    one = prepare(TEXTS, ["joy", "love"] * 80, ClassifierConfig())
    assert not one.config.char_ngrams
    assert not isinstance(one.training.sequences, OpenSequences)


def test_columns_of_a_data_frame_give_a_matrix_too():
    pandas = pytest.importorskip("pandas")
    matrix = check_label_sets(LABELS).indicators(np.array(["joy", "love"])).astype(int)
    frame = pandas.DataFrame(matrix, columns=["joy", "love"])
    by_frame = SentenceClassifier(**TINY).fit(TEXTS, frame)
    np.testing.assert_array_equal(by_frame.predict(TEXTS), matrix)
    assert by_frame.classes_.tolist() == ["joy", "love"]


@pytest.mark.parametrize(
    "given",
    [
        [set(each) for each in LABELS],
        (each for each in LABELS),
        pa.chunked_array([LABELS[:7], LABELS[7:]], pa.list_(pa.string())),
    ],
    ids=["sets", "generator", "Arrow"],
)
def test_labels_come_in_any_form(classifier, given):
    other = SentenceClassifier(**TINY).fit(TEXTS, given, validation_data=(TEXTS[:80], LABELS[:80]))
    np.testing.assert_array_equal(other.predict_proba(ASKED), classifier.predict_proba(ASKED))


def test_labels_by_themselves_may_be_taken_for_several():
    one = ["joy" if "joy" in text else "love" for text in TEXTS]
    several = SentenceClassifier(**TINY, multilabel=True).fit(TEXTS, one)
    assert several.predict(["joy for ever"]) == [("joy",)]
    with pytest.raises(ArgumentError, match="one-label|must be a string"):
        SentenceClassifier(**TINY, multilabel=False).fit(TEXTS, LABELS)


def test_what_is_saved_predicts_the_same(classifier, folder):
    loaded = SentenceClassifier.load(folder)
    np.testing.assert_array_equal(loaded.predict_proba(ASKED), classifier.predict_proba(ASKED))
    assert loaded.predict(ASKED) == classifier.predict(ASKED)
    np.testing.assert_array_equal(loaded.thresholds_, classifier.thresholds_)
    assert loaded.config_ == classifier.config_
    predictor = Predictor.load(folder)
    assert predictor.multilabel
    above = predictor.decode(predictor.predict_proba(ASKED), 0.2)
    np.testing.assert_array_equal(above, classifier.predict_proba(ASKED) > 0.2)


@pytest.mark.parametrize(
    "change",
    [
        {"thresholds": None},
        {"thresholds": [0.5]},
        {"thresholds": [0.5, 2.0]},
        {"thresholds": [0.5, "0.5"]},
        {"temperature": 1.0},
        {"temperature": [1.0]},
        {"temperature": [1.0, 0.0]},
        {"temperature": [[1.0], [1.0]]},
        {"multilabel": False},
        {"multilabel": 1},
    ],
    ids=range(10),
)
def test_a_damaged_folder_is_refused(folder, change):
    saved = load_artifact(folder)
    entries = {k: v for k, v in saved.config.items() if k != "sha256"} | change
    config = {k: v for k, v in entries.items() if v is not None}
    save_artifact(folder, replace(saved, config=config), force=True)
    with pytest.raises(ArtifactError, match="thresholds|temperature|multilabel|shape"):
        Predictor.load(folder)


def test_the_same_seed_gives_the_same_model(classifier):
    again = SentenceClassifier(**TINY).fit(TEXTS, LABELS, validation_data=(TEXTS[:80], LABELS[:80]))
    for name, weight in classifier.weights_.items():
        np.testing.assert_allclose(again.weights_[name], weight, atol=1e-6)


class Epochs(keras.callbacks.Callback):
    """Notes which epochs are trained, and interrupts training after one of them."""

    def __init__(self, last=None):
        super().__init__()
        self.last, self.seen = last, []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(epoch)
        if epoch == self.last:
            raise KeyboardInterrupt


def test_training_resumes_from_a_checkpoint(tmp_path):
    def fit(callback, checkpoint):
        made = SentenceClassifier(**TINY | {"epochs": 4}, patience=99)
        return made.fit(TEXTS, LABELS, callbacks=[callback], checkpoint=checkpoint)

    with pytest.raises(KeyboardInterrupt):
        fit(Epochs(last=2), tmp_path / "state")
    rest = Epochs()
    resumed, whole = fit(rest, tmp_path / "state"), fit(Epochs(), tmp_path / "other")
    assert rest.seen == [2, 3]
    for name, weight in whole.weights_.items():
        np.testing.assert_array_equal(resumed.weights_[name], weight)


@pytest.mark.parametrize("networks", [1, 2])
def test_the_keras_model_gives_the_same_probabilities(networks):
    made = SentenceClassifier(**TINY | {"networks": networks}, linear=0)
    made.fit(TEXTS, LABELS, validation_data=(TEXTS[:80], LABELS[:80]))
    tilted = replace(made.model_, temperature=np.array([0.5, 3.0], np.float32))
    made.model_ = tilted
    ids = made.tokenizer_.encode(ASKED[:3]).pad(padding="post")
    given = made.to_keras()(ids).numpy()
    np.testing.assert_allclose(given, made.predict_proba(ASKED[:3]), atol=1e-5)


def test_a_part_of_the_users_own_is_trained_by_keras(make_own_cell):
    made = SentenceClassifier(**TINY | {"epochs": 4}, cell=make_own_cell)
    made.fit(TEXTS, LABELS, validation_data=(TEXTS[:80], LABELS[:80]))
    assert made.predict(TEXTS[:3]) == [("joy",), ("love",), ("joy", "love")]
    followed = explain(made.model_.first_network, "joy and love")
    assert np.isfinite(followed.directions["forward"].gradients).all()


@pytest.fixture
def make_own_cell():
    return lambda units: keras.layers.SimpleRNNCell(units, activation="tanh")


def test_a_sentence_is_followed_to_its_most_probable_label(classifier):
    predictor = replace(
        classifier.model_.first_network, temperature=np.array([0.5, 3.0], np.float32)
    )
    explanation = explain(predictor, "love and joy")
    whole = predictor.predict_proba(["love and joy"])[0]
    assert explanation.answer == predictor.classes[whole.argmax()]
    np.testing.assert_allclose(explanation.probabilities[-1], whole, atol=1e-6)


@pytest.mark.parametrize("answer", [0, 1])
def test_the_gradient_of_a_label_is_that_of_its_log_probability(answer):
    random = np.random.default_rng(answer)
    weights = {"output.kernel": random.normal(size=(4, 2)), "output.bias": random.normal(size=2)}
    summary, temperature = random.normal(size=4), 1.7

    def log_probability(state):
        logits = (state @ weights["output.kernel"] + weights["output.bias"]) / temperature
        return -np.log1p(np.exp(-logits[answer]))

    steps = 1e-6 * np.eye(4)
    expected = [(log_probability(summary + s) - log_probability(summary - s)) / 2e-6 for s in steps]
    found = log_probability_gradient(summary, weights, answer, temperature, multilabel=True)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("settings", "labels", "message"),
    [
        ({"class_weight": "balanced"}, LABELS, "leave them out"),
        ({}, [["joy"]] * 160, "two different labels or more"),
        ({}, [[]] * 160, "Received 160 texts, each with an empty list of labels"),
        ({}, LABELS[:-1], "160 texts and 159 labels"),
    ],
    ids=["class weights", "one label", "empty lists", "too few"],
)
def test_what_cannot_be_learned_is_said(settings, labels, message):
    with pytest.raises(ArgumentError, match=message):
        SentenceClassifier(**TINY, **settings).fit(TEXTS, labels)


def test_labels_of_validation_texts_must_be_known():
    with pytest.raises(ArgumentError, match="hate"):
        SentenceClassifier(**TINY).fit(TEXTS, LABELS, validation_data=(["hate"], [["hate"]]))


def test_the_estimate_judges_thresholds_on_other_texts():
    random = np.random.default_rng(0)
    noise = random.random((50, 3)).astype("float32")
    targets = (random.random((50, 3)) < 0.1).astype("float32")
    # On the texts they are fitted to, thresholds find something even in noise.
    assert estimate_macro_f1(noise, targets) < 0.1 < macro_f1_of_labels(targets, noise)
