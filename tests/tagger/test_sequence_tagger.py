"""The estimator, and its training."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score

from textseq.errors import ArgumentError, ArtifactError
from textseq.network.training.observers import Observer
from textseq.tagger import SequenceTagger
from textseq.tagger.config import TaggerConfig
from textseq.tagger.features import WordFeatures
from textseq.tagger.training import FEW, TagTrainable, _encode, _start, train_tagger
from textseq.tasks.training import hold_out


def test_it_learns_and_tags_words_it_has_not_seen_by_their_endings(tagger, sentences):
    assert tagger.score(*sentences) == 1
    assert tagger.predict([["the", "hogs", "sing", "badly"]])[0][-1] == "ADV"
    assert tagger.classes_.tolist() == ["ADV", "DET", "NOUN", "VERB"]
    (probabilities,) = tagger.predict_proba([["the", "cat"]])
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


def test_the_same_seed_gives_the_same_weights(small, sentences):
    settings = {**small, "epochs": 2}
    one, other = (SequenceTagger(**settings).fit(*sentences).model_.weights for _ in range(2))
    assert all(np.array_equal(one[name], other[name]) for name in one)
    third = SequenceTagger(**settings, seed=1).fit(*sentences).model_.weights
    assert any(not np.array_equal(one[name], third[name]) for name in one)


def test_networks_are_averaged(tagger, small, sentences):
    first = SequenceTagger(**small).fit(*sentences)
    assert len(tagger.model_.networks) == 2
    own, other = (tagger.model_.networks[i].weights["output.bias"] for i in (0, 1))
    np.testing.assert_array_equal(own, first.model_.weights["1.output.bias"])
    assert not np.array_equal(own, other)


def test_scikit_learn_clones_and_loads(tagger, folder):
    assert clone(tagger).get_params() == tagger.get_params()
    with pytest.raises(NotFittedError, match="not fitted yet"):
        clone(tagger).predict([["a"]])
    loaded = SequenceTagger.load(folder)
    assert loaded.get_params() == tagger.get_params()
    assert loaded.histories_ == tagger.histories_
    with pytest.raises(ArgumentError, match="has no argument 'unit'"):
        SequenceTagger(unit=3)


def test_validation_stops_and_sees_tags_it_does_not_know(small, sentences):
    wrong = [["cat"], ["dogs"]], [["X"], ["NOUN"]]
    fitted = SequenceTagger(**small).fit(*sentences, validation_data=wrong)
    assert "val_accuracy" in fitted.histories_[0]
    assert fitted.histories_[0]["val_accuracy"][-1] <= 1
    assert "X" not in fitted.classes_


def test_validation_without_any_known_tag_is_refused(small, sentences):
    with pytest.raises(ArgumentError, match="tags that the training sentences have too"):
        SequenceTagger(**small).fit(*sentences, validation_data=([["a"]], [["X"]]))


def test_one_tag_is_enough(small):
    assert SequenceTagger(**small).fit([["a", "b"]], [["X", "X"]]).predict([["c"]]) == [["X"]]


def test_a_part_is_held_out_unless_there_is_too_little(sentences):
    many = tuple(part * 100 for part in sentences)
    (kept, _), (held, tags) = hold_out(many, TaggerConfig(validation_fraction=0.2), FEW)
    assert (len(kept), len(held), len(tags)) == (1440, 360, 360)
    assert hold_out(many, TaggerConfig(validation_fraction=0.0), FEW) == (many, None)
    assert hold_out(sentences, TaggerConfig(), FEW) == (sentences, None)


@pytest.mark.parametrize(
    ("tokens", "tags", "message"),
    [
        ([["a"]], [["X"], ["Y"]], "`y` must have the tags of 1 sentences. Received those of 2"),
        ([["a", "b"]], [["X"]], "sentence 1 has 2 tokens"),
        ([["a"]], ["X"], "a tag for each token: sentence 1 has 1 tokens"),
        ([["a"]], [[1]], "must hold tags that are strings; see sentence 1"),
        ([["a"]], [[""]], "must hold tags that are strings"),
        (["a"], ["X"], "Sentence 1 must be a list of tokens"),
        ([], [], "Expected tagged sentences to train on"),
        ([[]], [[]], "Expected tagged sentences to train on"),
    ],
)
def test_what_does_not_match_is_refused(tokens, tags, message):
    with pytest.raises(ArgumentError, match=message):
        SequenceTagger().fit(tokens, tags)


def test_a_score_needs_a_tag_for_each_token(tagger):
    with pytest.raises(ArgumentError, match="sentence 1 has 2 tokens"):
        tagger.score([["the", "cat"]], [["DET"]])
    assert tagger.score([[], ["the"]], [[], ["DET"]]) == 1


def test_scikit_learn_validates_and_searches(small, sentences):
    X, y = sentences  # noqa: N806
    made = SequenceTagger(**{**small, "epochs": 1})
    assert len(cross_val_score(made, X, y, cv=2)) == 2
    search = GridSearchCV(made, {"units": [2, 3]}, cv=2).fit(X, y)
    assert search.best_params_["units"] in (2, 3)


def test_arrays_and_series_are_read(small):
    X = pd.Series([["a", "b"], np.array(["b"])], index=[7, 3])  # noqa: N806
    y = np.array([["X", "Y"], ["Y"]], object)
    fitted = SequenceTagger(**{**small, "epochs": 1}).fit(X, y)
    assert [len(tags) for tags in fitted.predict(X)] == [2, 1]


def test_empty_sentences_are_left_out(small):
    fitted = SequenceTagger(**{**small, "epochs": 1}).fit([["a"], [], ["b"]], [["X"], [], ["Y"]])
    assert fitted.predict([[], ["a"]])[0] == []


def test_a_dropped_word_keeps_its_affixes(sentences):
    config = TaggerConfig(word_dropout=0.9, buckets=64, units=2, dimension=2)
    features = WordFeatures.learn(sentences[0], config.affixes, config.buckets)
    data = _encode(sentences, features, ["ADV", "DET", "NOUN", "VERB"])
    network = TagTrainable(_start(config, features, 4, 0), data, config)
    batch = network.pack(np.arange(18), np.random.default_rng(0))
    whole = TagTrainable(network.network, data, config.replace(word_dropout=0.0)).pack(
        np.arange(18), np.random.default_rng(0)
    )
    dropped = batch.rows[:, 0] == 0
    assert 0.7 < dropped.mean() < 1
    assert (batch.rows[dropped, :2] == 0).all()
    np.testing.assert_array_equal(batch.rows[:, 2:], whole.rows[:, 2:])
    assert (whole.rows[:, :1] > 0).all()
    assert sorted(batch.targets) == sorted(data.targets)


def test_a_training_that_is_resumed_gives_the_same_weights(small, sentences, tmp_path):
    class Stop(Observer):
        def on_epoch_end(self, epoch, logs):
            if epoch == 2:
                raise KeyboardInterrupt

    config, checkpoint = TaggerConfig(**small), tmp_path / "state"
    assert train_tagger(config, sentences, observers=[Stop()], checkpoint=checkpoint).interrupted
    resumed = train_tagger(config, sentences, checkpoint=checkpoint).model.weights
    whole = train_tagger(config, sentences).model.weights
    assert all(np.array_equal(resumed[name], whole[name]) for name in whole)
    with pytest.raises(ArtifactError, match="other"):
        train_tagger(config, (sentences[0][1:], sentences[1][1:]), checkpoint=checkpoint)


def test_ctrl_c_leaves_what_was_trained(small, sentences):
    class Press(Observer):
        def on_epoch_end(self, epoch, logs):
            if epoch == 1:
                raise KeyboardInterrupt

    tagger = SequenceTagger(**small, networks=3)
    with pytest.raises(KeyboardInterrupt):
        tagger.fit(*sentences, callbacks=[Press()])
    assert len(tagger.model_.networks) == tagger.model_.config.networks == 1
    assert tagger.predict([["the"]]) == [["DET"]]
