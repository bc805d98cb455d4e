from __future__ import annotations

import copy
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import keras
import numpy as np
import pytest
from gensim.models import KeyedVectors
from safetensors import safe_open
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from textseq import Sequences, Tokenizer
from textseq.classifier import SentenceClassifier
from textseq.classifier.calibration import apply_temperature, fit_temperature
from textseq.classifier.ensemble import UNFITTED_TEMPERATURE, UNFITTED_WEIGHT, combine
from textseq.classifier.model_folder import Artifact, load_artifact, save_artifact
from textseq.classifier.predictor import Predictor
from textseq.classifier.training import _round_embeddings
from textseq.errors import ArgumentError, ArtifactError, NotFittedError
from textseq.migrate.inspect import inspect_artifact
from textseq.network.cells import CELLS
from textseq.network.linear import fit_linear
from textseq.tasks.intervals import wilson_interval

ALONE = {"networks": 1, "linear": 0}
SMALL = {"units": 6, "dimension": 6, "learning_rate": 0.05, "epochs": 8, "dropout": 0.1, **ALONE}


def own_cell(units):
    return keras.layers.GRUCell(units, activation="relu")


@pytest.fixture(scope="module")
def fitted(labelled):
    return SentenceClassifier(**SMALL).fit(*labelled)


def test_learns_and_scores(fitted, labelled):
    texts, labels = labelled
    assert fitted.score(texts, labels) > 0.9
    assert fitted.classes_.tolist() == ["bad", "good"]
    probabilities = fitted.predict_proba(texts)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_numpy_prediction_equals_the_keras_network(fitted, labelled):
    texts = labelled[0][:8]
    padded = fitted.tokenizer_.encode(texts).pad()
    expected = keras.ops.convert_to_numpy(fitted.to_keras()(padded))
    np.testing.assert_allclose(fitted.predict_proba(texts), expected, atol=1e-5)


def test_same_seed_same_network(fitted, labelled):
    again = clone(fitted).fit(*labelled)
    for name, weight in fitted.weights_.items():
        np.testing.assert_allclose(again.weights_[name], weight, atol=1e-5)


def test_fits_in_two_threads_at_once_make_the_networks_that_they_make_alone(labelled):
    """Keras draws the starting weights from random numbers of the whole process."""
    classifiers = [SentenceClassifier(**{**SMALL, "epochs": 2, "seed": seed}) for seed in (1, 2)]

    def fit(classifier):
        return clone(classifier).fit(*labelled).weights_

    alone = [fit(classifier) for classifier in classifiers]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(fit, classifiers))
    for one, other in zip(alone, together, strict=True):
        for name, weight in one.items():
            np.testing.assert_array_equal(other[name], weight, name)


@pytest.mark.parametrize("labels", [["x", "y"], [3, 7], [False, True]], ids=["str", "int", "bool"])
def test_labels_of_any_kind_come_back_as_they_were(labels, labelled, tmp_path):
    texts, y = labelled
    y = [labels[label == "good"] for label in y]
    classifier = SentenceClassifier(**SMALL).fit(texts, y)
    assert classifier.predict(texts[:1]).tolist() == [labels[1]]
    classifier.save(tmp_path / "model")
    loaded = SentenceClassifier.load(tmp_path / "model")
    assert loaded.classes_.dtype.kind == classifier.classes_.dtype.kind
    assert loaded.predict(texts[:1]).tolist() == [labels[1]]


def test_saved_and_loaded_predicts_the_same(fitted, labelled, tmp_path):
    fitted.save(tmp_path / "model")
    loaded = SentenceClassifier.load(tmp_path / "model")
    np.testing.assert_array_equal(
        loaded.predict_proba(labelled[0]), fitted.predict_proba(labelled[0])
    )
    assert loaded.history_ == fitted.history_
    assert loaded.units == fitted.units


def test_prediction_imports_no_tensorflow(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    code = (
        "import sys; from textseq.classifier import SentenceClassifier;"
        f"print(SentenceClassifier.load({str(tmp_path / 'model')!r}).predict(['pure joy'])[0]);"
        "print([m for m in ('tensorflow', 'keras', 'gensim', 'numba') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split("\n")[:2] == ["good", "[]"]


def test_works_in_a_grid_search_and_a_pipeline(labelled):
    texts, labels = labelled
    pipeline = make_pipeline(
        FunctionTransformer(lambda batch: [text.upper() for text in batch]),
        SentenceClassifier(**{**SMALL, "epochs": 1}),
    )
    search = GridSearchCV(pipeline, {"sentenceclassifier__cell": ["simple_rnn"]}, cv=2)
    assert search.fit(texts, labels).predict(texts).shape == (len(texts),)


@pytest.mark.parametrize("tuned", [True, False], ids=["tuned", "frozen"])
def test_word2vec_vectors_are_the_start(tuned, labelled, tmp_path):
    vectors = KeyedVectors(6)
    words = ["joy", "bore", "film"]
    vectors.add_vectors(words, np.random.default_rng(0).normal(size=(3, 6)).astype("float32"))
    classifier = SentenceClassifier(
        embedding="word2vec", vectors=vectors, tuned=tuned, **{**SMALL, "dimension": None}
    ).fit(*labelled)
    row = classifier.weights_["1.embedding.embeddings"][classifier.tokenizer_.word_index["joy"]]
    assert np.array_equal(row, vectors["joy"]) is not tuned
    assert classifier.coverage_.covered == 3
    classifier.save(tmp_path / "model")
    loaded = SentenceClassifier.load(tmp_path / "model")
    assert loaded.to_keras().count_params() == classifier.parameters


def test_ngrams_learn_and_come_back(labelled, tmp_path):
    """Word order decides here, which the bigrams hold."""
    texts, labels = ["a b", "b a", "c a b", "c b a"] * 8, ["x", "y", "x", "y"] * 8
    classifier = SentenceClassifier(
        embedding="ngrams", ngrams=3, buckets=50, word_dropout=0.1, warmup=0.5, **SMALL
    ).fit(texts, labels)
    assert classifier.score(texts, labels) > 0.9
    padded = classifier.tokenizer_.encode(texts[:4]).pad()
    expected = keras.ops.convert_to_numpy(classifier.to_keras()(padded))
    np.testing.assert_allclose(classifier.predict_proba(texts[:4]), expected, atol=1e-5)
    classifier.save(tmp_path / "model")
    loaded = SentenceClassifier.load(tmp_path / "model")
    assert loaded.weights_["1.embedding.embeddings"].shape == (4 + 50, 6)
    for answers in (loaded.predict_proba(texts), Predictor.load(tmp_path / "model")):
        found = answers if isinstance(answers, np.ndarray) else answers.predict_proba(texts)
        np.testing.assert_array_equal(found, classifier.predict_proba(texts))


@pytest.mark.parametrize("embedding", ["learned", "ngrams"])
def test_vectors_that_were_learned_are_saved_in_half_the_space(embedding, labelled, tmp_path):
    half = SentenceClassifier(embedding=embedding, buckets=50, **SMALL).fit(*labelled)
    half.save(tmp_path / "half")
    with safe_open(tmp_path / "half" / "weights.safetensors", "np") as file:
        dtypes = {name: file.get_tensor(name).dtype for name in file.keys()}  # noqa: SIM118
    assert dtypes.pop("1.embedding.embeddings") == np.float16
    assert dtypes.pop("1.embedding.embeddings.rows") == np.uint8
    assert dtypes.pop("1.embedding.embeddings.shape") == np.int64
    assert set(dtypes.values()) == {np.dtype("float32")}
    loaded = SentenceClassifier.load(tmp_path / "half")
    for name, weight in half.weights_.items():
        assert loaded.weights_[name].dtype == np.float32
        np.testing.assert_array_equal(loaded.weights_[name], weight)


def test_buckets_that_the_weights_have_not_are_refused(labelled, tmp_path):
    from textseq.classifier.model_folder import Artifact, load_artifact, save_artifact

    settings = {**SMALL, "epochs": 1, "buckets": 50}
    SentenceClassifier(embedding="ngrams", **settings).fit(*labelled).save(tmp_path / "model")
    a = load_artifact(tmp_path / "model")
    other = {k: v for k, v in a.config.items() if k != "sha256"} | {"buckets": 51}
    save_artifact(tmp_path / "other", Artifact(other, a.tokenizer, a.weights, a.metrics))
    with pytest.raises(ArtifactError, match=r"'embedding\.embeddings' should have shape"):
        SentenceClassifier.load(tmp_path / "other")


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([None] * 2, "Text 0 has no label"),
        ([0, 1], "of one kind. Received 0, where one of those is 'bad'"),
        (np.eye(2), "one-hot"),
        (["good"], "Received 2 texts and 1 labels"),
        ("good", "one str"),
        (None, "a list of labels"),
    ],
)
def test_labels_that_cannot_be_scored(fitted, y, message):
    with pytest.raises(ArgumentError, match=message):
        fitted.score(["a joy", "a bore"], y)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([float("nan")], "Document 0"),
        ([None], "Document 0"),
        (np.array([[0, 1], [2, 3]]), "ids go in without padding"),
        ({"text": ["a joy"]}, "a dict"),
        ("a joy", r"write \[text\]"),
        (None, "Received: None"),
    ],
)
def test_texts_that_cannot_be_labelled(fitted, x, message):
    for method in (fitted.predict, fitted.predict_proba):
        with pytest.raises(ArgumentError, match=message):
            method(x)


def test_scores_can_be_weighted(fitted):
    texts, labels = ["a joy", "a bore"], fitted.predict(["a joy", "a bore"])
    wrong = [labels[0], "good" if labels[1] == "bad" else "bad"]
    assert fitted.score(texts, labels, [1, 3]) == 1
    assert fitted.score(texts, wrong, [1, 3]) == 0.25
    with pytest.raises(ArgumentError, match="`sample_weight`"):
        fitted.score(texts, labels, [1])


@pytest.mark.parametrize("labels", [[1, 2], [True, False], ["a\nb", "c\td"], [1.0, 2.0]])
def test_labels_come_back_as_they_were(tmp_path, labels):
    classifier = SentenceClassifier(**SMALL).fit(["a joy", "a bore"] * 2, labels * 2)
    classifier.save(tmp_path / "m")
    loaded = SentenceClassifier.load(tmp_path / "m")
    np.testing.assert_array_equal(loaded.classes_, np.unique(labels))
    assert loaded.predict(["a joy"]).dtype == classifier.predict(["a joy"]).dtype
    assert type(loaded.classes_.tolist()[0]) is type(labels[0])


def test_settings_of_numpy_can_be_saved(tmp_path):
    settings = {**SMALL, "units": np.int64(2), "dropout": np.float32(0.5), "tuned": np.True_}
    classifier = SentenceClassifier(**settings).fit(["a joy", "a bore"], [0, 1])
    classifier.save(tmp_path / "m")
    assert SentenceClassifier.from_config(tmp_path / "m" / "config.json").units == 2


@pytest.fixture(scope="module")
def together(labelled):
    """Return three networks and a linear model, of which validation texts decided the share."""
    settings = {**SMALL, "networks": 3, "linear": 2, "maxlen": 3, "validation_fraction": 0.3}
    return SentenceClassifier(**settings).fit(*labelled)


def test_all_that_answer_together_come_back(together, labelled, tmp_path):
    together.save(tmp_path / "model")
    loaded = SentenceClassifier.load(tmp_path / "model")
    expected = together.predict_proba(labelled[0])
    np.testing.assert_array_equal(loaded.predict_proba(labelled[0]), expected)
    light = Predictor.load(tmp_path / "model")
    np.testing.assert_array_equal(light.predict_proba(labelled[0]), expected)
    assert (len(light.networks), light.linear.ngrams.ngrams) == (3, 2)
    assert loaded.histories_ == together.histories_
    assert loaded.validation_ == together.validation_
    loaded.save(tmp_path / "again")
    files = [
        (tmp_path / folder / "weights.safetensors").read_bytes() for folder in ("model", "again")
    ]
    assert files[0] == files[1]
    assert json.loads((tmp_path / "model" / "config.json").read_text())["version"] == 2


def test_validation_tells_the_parts_from_the_whole(together, labelled):
    texts, targets = labelled[0], np.array([label == "good" for label in labelled[1]], int)
    held = together.held_out_
    held_texts = [texts[i] for i in held]
    found = together.validation_
    assert set(found) == {"networks", "linear", "together", "texts", "interval"}
    assert found["texts"] == len(held)
    assert found["interval"] == list(
        wilson_interval(round(found["together"] * len(held)), len(held))
    )
    assert found["together"] == together.score(held_texts, [labelled[1][i] for i in held])
    assert found["networks"] == [max(h["val_accuracy"]) for h in together.histories_]
    logits = together.model_.linear.logits(together.tokenizer_.encode(held_texts))
    assert found["linear"] == (logits.argmax(axis=1) == targets[held]).mean()


def test_networks_read_the_end_of_a_text_and_the_linear_model_all(together):
    texts = ["joy joy joy a film is", "bore bore bore a film is"]
    ensemble = replace(together.model_.ensemble, linear=None)
    network = replace(together.model_, ensemble=ensemble)
    np.testing.assert_array_equal(*np.split(network.predict_proba(texts), 2))
    good = together.predict_proba(texts)[:, 1]
    assert good[0] > good[1]


def test_without_validation_the_linear_model_says_what_it_says_by_itself(labelled):
    alone = {"linear": 2, "char_ngrams": 0, "epochs": 1}
    classifier = SentenceClassifier(**{**SMALL, **alone}).fit(*labelled)
    (network,), linear = classifier.model_.networks, classifier.model_.linear
    sequences = classifier.tokenizer_.encode(labelled[0])
    targets = np.array([label == "good" for label in labelled[1]], int)
    even = np.ones(len(targets), np.float32)
    own = fit_linear(sequences, targets, even, 2, linear.ngrams).times(UNFITTED_WEIGHT)
    np.testing.assert_array_equal(linear.table, own.table)
    found = network.probabilities(sequences)
    expected = apply_temperature(combine(found, own.logits(sequences)), UNFITTED_TEMPERATURE)
    np.testing.assert_allclose(classifier.predict_proba(labelled[0]), expected, atol=1e-6)


@pytest.mark.parametrize(
    "histories", [[], {}, [{"loss": 1}], [{"loss": ["x"]}], [[0.5]], None, "loss"]
)
def test_histories_that_are_none_are_refused(histories, together, tmp_path):
    tampered(together, tmp_path, metrics={"histories": histories})
    with pytest.raises(ArtifactError, match=r"metrics\.json should hold lists of numbers"):
        SentenceClassifier.load(tmp_path / "tampered")


@pytest.mark.parametrize("linear", [2.0, 2.5, True, "2", [2], -1, 10**9])
@pytest.mark.parametrize("load", [SentenceClassifier.load, Predictor.load])
def test_a_linear_model_of_no_whole_number_is_refused(load, linear, together, tmp_path):
    tampered(together, tmp_path, linear=linear)
    with pytest.raises(ArtifactError, match="cannot be used: .*"):
        load(tmp_path / "tampered")


@pytest.mark.parametrize("found", [[], 0.5, {}, {"together": "x", "networks": []}, {"together": 1}])
def test_accuracies_that_are_none_are_refused(found, together, tmp_path):
    tampered(together, tmp_path, metrics={"validation": found})
    with pytest.raises(ArtifactError, match=r"metrics\.json should hold the accuracy"):
        SentenceClassifier.load(tmp_path / "tampered")
    assert "metrics.json should hold" in inspect_artifact(tmp_path / "tampered").problem


def test_keras_runs_networks_alone(together):
    with pytest.raises(ArgumentError, match="`network` must be from 1 to 3"):
        together.to_keras(network=4)
    with pytest.raises(ArgumentError, match="`network` must be from 1 to 3. Received: '1'"):
        together.to_keras(network="1")
    padded = together.tokenizer_.encode(["pure joy"]).pad()
    for number, network in enumerate(together.model_.networks, start=1):
        expected = network.probabilities(together.tokenizer_.encode(["pure joy"]))
        found = together.to_keras(network=number)(padded)
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_several_networks_with_a_cell_of_ones_own(labelled, tmp_path):
    settings = {**SMALL, "epochs": 2, "networks": 2, "linear": 1}
    classifier = SentenceClassifier(cell=own_cell, **settings).fit(*labelled)
    classifier.save(tmp_path / "model")
    loaded = SentenceClassifier.load(tmp_path / "model", cell=own_cell)
    found = loaded.predict_proba(labelled[0])
    np.testing.assert_allclose(found, classifier.predict_proba(labelled[0]), atol=1e-5)


def test_ctrl_c_leaves_a_fitted_classifier(labelled):
    class Interrupt(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 6:
                raise KeyboardInterrupt

    classifier = SentenceClassifier(**SMALL)
    with pytest.raises(KeyboardInterrupt):
        classifier.fit(*labelled, callbacks=[Interrupt()])
    assert len(classifier.history_["loss"]) == 6
    assert classifier.score(*labelled) > 0.9


def test_a_checkpoint_is_of_one_set_of_settings(labelled, tmp_path):
    first = SentenceClassifier(**SMALL).fit(*labelled, checkpoint=tmp_path)
    again = SentenceClassifier(**SMALL).fit(*labelled, checkpoint=tmp_path)
    for name, weight in first.weights_.items():
        np.testing.assert_array_equal(again.weights_[name], weight)
    with pytest.raises(ArtifactError, match="with cell 'simple_rnn', where 'gru'"):
        SentenceClassifier(cell="gru", **SMALL).fit(*labelled, checkpoint=tmp_path)


def test_onehot_embedding_learns(labelled):
    assert SentenceClassifier(embedding="onehot", **SMALL).fit(*labelled).score(*labelled) > 0.9


def test_a_cell_of_ones_own_falls_back_to_keras_and_must_be_given_to_load(labelled, tmp_path):
    classifier = SentenceClassifier(cell=own_cell, **SMALL).fit(*labelled)
    expected = classifier.predict_proba(labelled[0])
    classifier.save(tmp_path / "model")
    with pytest.raises(ArtifactError, match=r"own_cell.*never runs code"):
        SentenceClassifier.load(tmp_path / "model")
    loaded = SentenceClassifier.load(tmp_path / "model", cell=own_cell)
    np.testing.assert_allclose(loaded.predict_proba(labelled[0]), expected, atol=1e-5)


def test_a_tampered_config_cannot_import_code(fitted, tmp_path):
    """An attacker mends the checksums too; the name of a part still leads to no import."""
    tampered(fitted, tmp_path, cell="antigravity:geohash")
    with pytest.raises(ArtifactError, match="never runs code"):
        SentenceClassifier.load(tmp_path / "tampered")
    assert "antigravity" not in sys.modules


def test_a_fitted_tokenizer_is_used_as_it_is(labelled):
    tokenizer = Tokenizer(oov_token="<unk>")
    tokenizer.fit_on_texts(labelled[0])
    classifier = SentenceClassifier(tokenizer=tokenizer, **SMALL).fit(*labelled)
    assert classifier.tokenizer_.word_index == tokenizer.word_index


def test_validation_data_and_callbacks(labelled):
    texts, labels = labelled
    seen = []
    callback = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(logs))
    classifier = SentenceClassifier(**{**SMALL, "epochs": 2}).fit(
        texts, labels, validation_data=(texts[:4], labels[:4]), callbacks=[callback]
    )
    assert len(seen) == 2
    assert set(classifier.history_) == {"loss", "accuracy", "val_loss", "val_accuracy"}


def test_without_validation_all_epochs_are_run(labelled):
    classifier = SentenceClassifier(validation_fraction=0, **{**SMALL, "epochs": 3})
    assert len(classifier.fit(*labelled).history_["loss"]) == 3


@pytest.mark.parametrize(("repeats", "validated"), [(20, False), (21, True)])
def test_a_tenth_is_held_out_of_a_thousand_texts_or_more(labelled, repeats, validated):
    texts, labels = labelled
    classifier = SentenceClassifier(**{**SMALL, "epochs": 1, "batch_size": 256})
    classifier.fit(texts * repeats, labels * repeats)
    assert ("val_accuracy" in classifier.history_) is validated


def test_texts_without_a_known_word_get_finite_probabilities(fitted):
    assert np.isfinite(fitted.predict_proba(["", "zzz zzz"])).all()
    assert fitted.predict_proba([]).shape == (0, 2)


def test_long_texts_are_cut_to_their_end(labelled):
    classifier = SentenceClassifier(maxlen=2, **SMALL).fit(*labelled)
    np.testing.assert_array_equal(
        classifier.predict_proba(["joy a bore to pure watch"]),
        classifier.predict_proba(["pure watch"]),
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cell": "sample_rnn"}, "did you mean 'simple_rnn'.*gru, lstm"),
        ({"pooling": "sum"}, "known pooling"),
        ({"embedding": "word2vec"}, "--vectors"),
        ({"units": 0}, "`units` must be 1 or more"),
        ({"embedding": "ngrams", "ngrams": 1}, "`ngrams` must be 2 or more"),
        ({"networks": 0}, "`networks` must be 1 or more"),
        ({"linear": -1}, "`linear` must be 0 or more"),
        ({"word_dropout": 1.0}, "`word_dropout` must be from 0 to below 1"),
        ({"dropout": 1.0}, "`dropout` must be from 0 to below 1"),
        ({"learning_rate": 0}, "`learning_rate`"),
        ({"class_weight": "even"}, "'balanced'"),
        (
            {"class_weight": {"good": np.nan}},
            "finite weights.*Received: nan for the label 'good'",
        ),
        ({"class_weight": {"good": "2"}}, "finite weights.*Received: '2' for the label 'good'"),
        ({"class_weight": {"good": 0, "bad": 0}}, "leave no text a weight above 0"),
        ({**SMALL, "learning_rate": 1e30}, "Training diverged"),
        ({"min_count": 100}, "no words that could be given an id"),
    ],
)
def test_settings_that_cannot_be_say_so(settings, message, labelled):
    with pytest.raises(ArgumentError, match=message):
        SentenceClassifier(**settings).fit(*labelled)


def test_vectors_of_another_size_than_the_dimension(labelled):
    vectors = KeyedVectors(5)
    vectors.add_vectors(["joy"], np.ones((1, 5), "float32"))
    with pytest.raises(ArgumentError, match="length 5.*asks for 6"):
        SentenceClassifier(embedding="word2vec", vectors=vectors, **SMALL).fit(*labelled)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_vectors_that_are_not_finite(value, labelled):
    vectors = KeyedVectors(6)
    vectors.add_vectors(["joy", "bore"], np.array([[1] * 6, [value] * 6], "float32"))
    with pytest.raises(ArgumentError, match="word vector of 'bore' holds numbers that are not fin"):
        SentenceClassifier(embedding="word2vec", vectors=vectors, **SMALL).fit(*labelled)


def test_word_vectors_that_half_precision_cannot_hold_are_of_a_training_that_diverged():
    networks = [{"embedding.embeddings": np.array([[1, -7e4]], np.float32)}]
    with pytest.raises(ArgumentError, match="Training diverged: a word vector holds 70000; use"):
        _round_embeddings(networks)


def test_a_loss_far_above_that_of_guessing_is_said(labelled, caplog):
    with caplog.at_level("WARNING", "textseq"):
        SentenceClassifier(**SMALL).fit(*labelled)
        assert not [message for message in caplog.messages if "diverged" in message]
        SentenceClassifier(**{**SMALL, "learning_rate": 100}).fit(*labelled)
    (message,) = (message for message in caplog.messages if "diverged" in message)
    assert "diverged: the loss of network 1 ended at" in message
    assert "where guessing has 0.69; use a smaller learning rate than 100" in message


def test_one_class_only(labelled):
    with pytest.raises(ArgumentError, match="two classes or more"):
        SentenceClassifier().fit(["a", "b"], ["x", "x"])


def test_before_fitting():
    with pytest.raises(NotFittedError, match="not fitted"):
        SentenceClassifier().predict(["a"])


def test_settings_survive_in_config_json(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    config = json.loads((tmp_path / "model" / "config.json").read_text())
    assert config["cell"] == "simple_rnn"
    assert config["classes"] == ["bad", "good"]
    assert CELLS.resolve(config["cell"])


def test_ids_of_a_fitted_tokenizer_are_as_good_as_texts(labelled):
    texts, labels = labelled
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(texts)
    ids = tokenizer.encode(texts)
    settings = {**SMALL, "tokenizer": tokenizer, "validation_fraction": 0.25, "epochs": 2}
    on_texts = SentenceClassifier(**settings).fit(texts, labels)
    on_ids = SentenceClassifier(**settings).fit(ids, labels)
    for name, weight in on_texts.weights_.items():
        np.testing.assert_allclose(on_ids.weights_[name], weight, atol=1e-5)
    np.testing.assert_allclose(on_ids.predict_proba(ids), on_texts.predict_proba(texts), atol=1e-5)


@pytest.mark.parametrize("rows", [[[1, 99]], [[0, 1]]])
def test_ids_that_are_not_the_tokenizers_are_refused(fitted, rows):
    with pytest.raises(ArgumentError, match="The ids go from"):
        fitted.predict(Sequences.from_lists(rows))


def test_ids_need_a_fitted_tokenizer():
    with pytest.raises(ArgumentError, match="fitted, as `tokenizer`"):
        SentenceClassifier().fit(Sequences.from_lists([[1], [2]]), ["a", "b"])


@pytest.fixture(scope="module")
def calibrated(labelled):
    """Return a classifier with a temperature of its own, whatever it was trained to."""
    classifier = SentenceClassifier(**{**SMALL, "epochs": 2}).fit(*labelled)
    classifier.model_ = replace(classifier.model_, temperature=2.5)
    return classifier


def test_the_temperature_divides_the_logits_in_every_path(calibrated, labelled, tmp_path):
    texts = labelled[0][:8]
    got = calibrated.predict_proba(texts)
    cold = copy.copy(calibrated)
    cold.model_ = replace(cold.model_, temperature=1.0)
    before = cold.predict_proba(texts)
    np.testing.assert_allclose(
        np.log(got[:, 0] / got[:, 1]) * 2.5, np.log(before[:, 0] / before[:, 1]), atol=1e-4
    )
    in_keras = calibrated.to_keras()(calibrated.tokenizer_.encode(texts).pad())
    np.testing.assert_allclose(keras.ops.convert_to_numpy(in_keras), got, atol=1e-5)
    calibrated.save(tmp_path / "model")
    np.testing.assert_array_equal(
        SentenceClassifier.load(tmp_path / "model").predict_proba(texts), got
    )
    np.testing.assert_array_equal(Predictor.load(tmp_path / "model").predict_proba(texts), got)


def test_the_temperature_is_fitted_on_the_validation_texts_unless_told_not_to(labelled):
    texts, labels = labelled
    settings = {**SMALL, "epochs": 2, "validation_fraction": 0}
    validation = (texts[:30], labels[:30])
    classifier = SentenceClassifier(**settings).fit(texts, labels, validation_data=validation)
    found = classifier.temperature_
    classifier.model_ = replace(classifier.model_, temperature=1.0)
    targets = np.array([int(label == "good") for label in validation[1]])
    assert found != 1
    assert found == fit_temperature(classifier.predict_proba(validation[0]), targets)
    plain = SentenceClassifier(calibrated=False, **settings)
    assert plain.fit(texts, labels, validation_data=validation).temperature_ == 1


@pytest.mark.parametrize("temperature", [0, -1, float("nan"), float("inf"), "hot", True, None])
@pytest.mark.parametrize("load", [SentenceClassifier.load, Predictor.load])
def test_a_temperature_that_cannot_be_is_refused(calibrated, tmp_path, temperature, load):
    tampered(calibrated, tmp_path, temperature=temperature)
    with pytest.raises(ArtifactError, match="temperature must be a finite number above 0"):
        load(tmp_path / "tampered")


def tampered(classifier, folder, metrics=(), **changes):
    """Save a classifier with other entries in its config or metrics, and sound checksums."""
    classifier.save(folder / "model")
    a = load_artifact(folder / "model")
    config = {k: v for k, v in a.config.items() if k != "sha256"} | changes
    metrics = a.metrics | dict(metrics)
    save_artifact(folder / "tampered", Artifact(config, a.tokenizer, a.weights, metrics))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pooling": ["max"]}, "."),
        ({"units": 7}, "its weight '.*' should have shape"),
        ({"units": None}, "."),
        ({"classes": ["bad"]}, "its weight 'output"),
        ({"vocabulary": 10**9}, "its weight 'embedding"),
        ({"bidirectional": False}, "its weight 'output"),
        ({"dimension": None}, "does not name its dimension"),
        ({"maxlen": "all"}, "."),
    ],
)
@pytest.mark.parametrize("load", [SentenceClassifier.load, Predictor.load])
def test_a_config_that_does_not_fit_is_refused_with_the_reason(
    calibrated, tmp_path, changes, message, load
):
    tampered(calibrated, tmp_path, **changes)
    with pytest.raises(ArtifactError, match=f"cannot be used: .*{message}"):
        load(tmp_path / "tampered")


SETTINGS = [
    {"cell": "gru", "pooling": "mean", "bidirectional": False, "seed": 3},
    {"class_weight": "balanced", "analyzer": "whitespace", "min_count": 2, "maxlen": 3},
    {"class_weight": {0: 2.0, 1: 0.5}, "validation_fraction": 0.3, "dropout": 0.4},
    {"tokenizer": Tokenizer(filters="aeiou", oov_token="<unk>"), "batch_size": 5},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: ",".join(settings))
def test_training_again_from_the_config_gives_the_same_weights(settings, labelled, tmp_path):
    texts, labels = labelled
    numbers = [int(label == "good") for label in labels]
    first = SentenceClassifier(**{**SMALL, "epochs": 2, **settings}).fit(texts, numbers)
    first.save(tmp_path / "model")
    again = SentenceClassifier.from_config(tmp_path / "model" / "config.json").fit(texts, numbers)
    for name, weight in first.weights_.items():
        np.testing.assert_allclose(again.weights_[name], weight, atol=1e-5)
    assert again.temperature_ == pytest.approx(first.temperature_, rel=1e-3)
    assert again.tokenizer_.to_json() == first.tokenizer_.to_json()


def test_every_setting_is_in_the_config(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    config = json.loads((tmp_path / "model" / "config.json").read_text())
    assert set(fitted.get_params()) - {"tokenizer"} <= set(config)


def test_settings_of_a_config_yield_to_ones_own(calibrated, tmp_path):
    calibrated.save(tmp_path / "model")
    config = tmp_path / "model" / "config.json"
    again = SentenceClassifier.from_config(config, units=9, cell=own_cell)
    assert (again.units, again.cell, again.dimension) == (9, own_cell, 6)
    config.write_text('{"format": "textseq-classifier", "units": 0}')
    with pytest.raises(ArtifactError, match="`units` must be 1 or more"):
        SentenceClassifier.from_config(config)


def test_words_without_an_id_count_before_and_after_saving(tmp_path):
    texts = ["running jumping", "runs jumps", "walking talking", "walks talks"] * 10
    labels = ["verb", "noun"] * 20
    classifier = SentenceClassifier(units=4, dimension=4, epochs=3).fit(texts, labels)
    assert classifier.config_.char_ngrams == 5
    asked = ["singing", "sings", ""]
    found = classifier.predict_proba(asked)
    assert not np.allclose(found[0], found[2], atol=1e-3)
    classifier.save(tmp_path / "model")
    loaded = Predictor.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict_proba(asked), found)
    ids = classifier.tokenizer_.encode(asked)  # in which they are not
    np.testing.assert_allclose(loaded.predict_proba(ids), [found[2]] * 3, atol=1e-6)
    without = SentenceClassifier(units=4, dimension=4, epochs=3, char_ngrams=0).fit(texts, labels)
    np.testing.assert_allclose(*without.predict_proba(asked[:2]), atol=1e-6)
