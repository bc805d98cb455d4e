from __future__ import annotations

import numpy as np
import pytest

from textseq.classifier import SentenceClassifier
from textseq.classifier.ensemble import split_weights
from textseq.network.training.networks import seeds_of
from textseq.network.training.observers import Observer

SMALL = {"units": 5, "dimension": 5, "epochs": 3, "learning_rate": 0.05, "linear": 0}


def networks_of(classifier):
    return split_weights(classifier.weights_, vocabulary=0, longest=0, classes=2)[0]


@pytest.fixture(scope="module")
def three(labelled):
    return SentenceClassifier(networks=3, seed=1, **SMALL).fit(*labelled)


def test_each_is_the_network_of_its_own_seed(three, labelled):
    for seed, network in zip(seeds_of(1, 3), networks_of(three), strict=True):
        (alone,) = networks_of(SentenceClassifier(networks=1, seed=seed, **SMALL).fit(*labelled))
        assert network.keys() == alone.keys()
        for name, weight in alone.items():
            np.testing.assert_allclose(network[name], weight, atol=1e-5)


def test_they_differ_and_their_probabilities_are_averaged(three, labelled):
    texts = labelled[0]
    sequences = three.tokenizer_.encode(texts)
    each = [network.probabilities(sequences) for network in three.model_.networks]
    assert np.abs(each[0] - each[1]).max() > 0.01
    np.testing.assert_allclose(three.predict_proba(texts), np.mean(each, axis=0), atol=1e-5)
    assert len(three.histories_) == 3
    assert three.history_ is three.histories_[0]


class Interrupt(Observer):
    def __init__(self, network, epoch):
        self.at = network, epoch

    def on_epoch_begin(self, epoch):
        if (self.params["network"], epoch) == self.at:
            raise KeyboardInterrupt


@pytest.mark.parametrize(("epoch", "kept"), [(0, 1), (2, 2)])
def test_ctrl_c_keeps_what_there_is(epoch, kept, labelled):
    classifier = SentenceClassifier(networks=3, seed=1, **SMALL)
    with pytest.raises(KeyboardInterrupt):
        classifier.fit(*labelled, callbacks=[Interrupt(2, epoch)])
    assert len(networks_of(classifier)) == len(classifier.histories_) == kept
    assert classifier.predict_proba(labelled[0]).shape == (len(labelled[0]), 2)


def test_a_checkpoint_goes_on_in_the_midst_of_them(three, labelled, tmp_path):
    classifier = SentenceClassifier(networks=3, seed=1, **SMALL)
    with pytest.raises(KeyboardInterrupt):
        classifier.fit(*labelled, callbacks=[Interrupt(2, 2)], checkpoint=tmp_path)
    epochs = []

    class Count(Observer):
        def on_epoch_end(self, epoch, logs):
            epochs.append((self.params["network"], epoch))

    classifier.fit(*labelled, callbacks=[Count()], checkpoint=tmp_path)
    assert epochs == [(2, 2), (3, 0), (3, 1), (3, 2)]
    for name, weight in three.weights_.items():
        np.testing.assert_allclose(classifier.weights_[name], weight, atol=1e-5)
