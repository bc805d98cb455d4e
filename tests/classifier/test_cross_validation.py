from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold

from textseq import Tokenizer
from textseq.classifier import ClassifierConfig, cross_validate
from textseq.classifier.fit import train_classifier
from textseq.classifier.split import stratified_folds
from textseq.errors import ArgumentError
from textseq.network.training.checkpoint import has_checkpoint
from textseq.network.training.loop import _Run

CONFIG = ClassifierConfig(
    units=4, dimension=4, epochs=3, networks=1, linear=0, learning_rate=0.05, calibrated=False
)
TEXTS = [f"{word} {i % 7}" for i in range(12) for word in ("joy", "bore", "so")]
LABELS = ["good", "bad", "odd"] * 12


@pytest.mark.parametrize("seed", range(5))
def test_folds_are_those_of_scikit_learn(seed):
    random = np.random.default_rng(seed)
    labels = random.permutation(np.repeat([3, 1, 0, 2], [30, 18, 12, 11]))
    for folds in (2, 3, 10):
        split = StratifiedKFold(folds, shuffle=True, random_state=seed).split(labels, labels)
        found = stratified_folds(labels, folds, seed)
        for k, (_, held) in enumerate(split):
            np.testing.assert_array_equal(np.flatnonzero(found == k), held)


def test_each_text_is_answered_by_a_classifier_of_the_other_folds():
    found = cross_validate(TEXTS, LABELS, CONFIG, folds=3)
    fold_of = stratified_folds(found.targets, 3, CONFIG.seed)
    np.testing.assert_array_equal(found.folds, fold_of)
    for k in range(3):
        kept, held = np.flatnonzero(fold_of != k), np.flatnonzero(fold_of == k)
        model = train_classifier([TEXTS[i] for i in kept], [LABELS[i] for i in kept], CONFIG).model
        expected = model.predict_proba([TEXTS[i] for i in held])
        np.testing.assert_array_equal(found.probabilities[held], expected)
    answers = found.probabilities.argmax(axis=1)
    assert found.classes.tolist() == ["bad", "good", "odd"]
    assert found.accuracy == (answers == found.targets).mean()
    assert found.macro_f1 == pytest.approx(f1_score(found.targets, answers, average="macro"))
    assert found.interval.low <= found.accuracy <= found.interval.high


def test_the_figures_are_json_and_a_line():
    found = cross_validate(TEXTS, LABELS, replace(CONFIG, epochs=1), folds=4)
    figures = json.loads(json.dumps(found.to_dict()))
    assert figures["texts"] == 36
    assert np.mean(figures["folds"]) == pytest.approx(figures["accuracy"])
    assert figures["standard_deviation"] == pytest.approx(np.std(figures["folds"], ddof=1))
    assert f"accuracy {found.accuracy:.1%} (95% interval {found.interval})" in str(found)


def test_what_depends_on_the_number_of_texts_is_that_of_all_texts(monkeypatch):
    settings = []
    name = "textseq.classifier.fit.train_classifier"

    def train(texts, labels, config, **others):
        settings.append(config)
        return train_classifier(texts, labels, replace(config, epochs=1), **others)

    monkeypatch.setattr(name, train)
    texts, labels = [f"{text} {i}" for i, text in enumerate(TEXTS * 32)], LABELS * 32
    assert len(texts) > 1_100 > 2 * 500 > 0.5 * len(texts)
    tiny = ClassifierConfig(units=2, dimension=2, networks=1, linear=0)
    cross_validate(texts, labels, tiny, folds=2)
    assert {(one.validation_fraction, one.batch_size, one.epochs) for one in settings} == {
        (0.1, 32, 10)
    }


def test_settings_that_do_nothing_are_said_once_if_they_were_given(caplog):
    cross_validate(TEXTS, LABELS, replace(CONFIG, epochs=1), folds=2)
    assert not [line for line in caplog.messages if "does nothing" in line]
    cross_validate(TEXTS, LABELS, replace(CONFIG, epochs=1, ngrams=3), folds=2)
    assert len([line for line in caplog.messages if "`ngrams` does nothing" in line]) == 1


def test_a_class_of_one_text_cannot_be_learned_and_counts_as_wrong():
    texts, labels = [*TEXTS, "unique"], [*LABELS, "alone"]
    found = cross_validate(texts, labels, replace(CONFIG, epochs=1), folds=3)
    assert found.probabilities.shape == (37, 4)
    assert found.probabilities[-1, 0] == 0
    assert not found.right[-1]


def test_texts_that_are_there_twice_are_counted(caplog):
    texts = [f"{text} {i}" for i, text in enumerate(TEXTS)]
    cross_validate(texts, LABELS, replace(CONFIG, epochs=1), folds=2)
    assert "another fold" not in caplog.text
    cross_validate([*texts, *texts], [*LABELS, *LABELS], replace(CONFIG, epochs=1), folds=2)
    assert "of the 72 texts occur in another fold too" in caplog.text


@pytest.mark.parametrize("folds", [0, 1, 37])
def test_folds_that_there_cannot_be_are_refused(folds):
    with pytest.raises(
        ArgumentError, match=f"from 2 to the number of texts, 36. Received: {folds}"
    ):
        cross_validate(TEXTS, LABELS, CONFIG, folds=folds)


def test_leaving_one_out_is_as_many_folds_as_texts():
    few = TEXTS[:6], LABELS[:6]
    found = cross_validate(*few, replace(CONFIG, epochs=1), folds=6)
    assert sorted(found.folds.tolist()) == [0, 1, 2, 3, 4, 5]
    assert 0 <= found.interval.low <= found.interval.high <= 1


def test_ids_weights_and_validation_texts_go_to_each_training(monkeypatch):
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(TEXTS)
    ids, seen = tokenizer.encode(TEXTS), []
    name = "textseq.classifier.fit.train_classifier"

    def train(texts, labels, config, **others):
        seen.append((len(texts), others["sample_weight"].sum(), others["validation_data"]))
        return train_classifier(texts, labels, config, **others)

    monkeypatch.setattr(name, train)
    weights, validation = np.arange(1, 37), (ids[:3], LABELS[:3])
    config = replace(CONFIG, epochs=1, tokenizer=tokenizer)
    found = cross_validate(
        ids, LABELS, config, folds=2, sample_weight=weights, validation_data=validation
    )
    assert [texts for texts, _, _ in seen] == [18, 18]
    assert sum(weight for _, weight, _ in seen) == weights.sum()
    assert all(given is validation for _, _, given in seen)
    assert found.probabilities.shape == (36, 3)


def test_ctrl_c_ends_it_and_a_checkpoint_goes_on(tmp_path, monkeypatch):
    folds, epoch, count = [], _Run.epoch, []

    def interrupted(run, validation):
        count.append(1)
        if len(count) == 5:
            raise KeyboardInterrupt
        epoch(run, validation)

    expected = cross_validate(TEXTS, LABELS, CONFIG, folds=3)
    monkeypatch.setattr(_Run, "epoch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cross_validate(
            TEXTS, LABELS, CONFIG, folds=3, checkpoint=tmp_path / "kept", on_fold=folds.append
        )
    assert [(fold.number, fold.texts) for fold in folds] == [(1, 12)]
    assert has_checkpoint(tmp_path / "kept" / "fold_2")
    monkeypatch.undo()
    resumed = cross_validate(TEXTS, LABELS, CONFIG, folds=3, checkpoint=tmp_path / "kept")
    np.testing.assert_array_equal(resumed.probabilities, expected.probabilities)
