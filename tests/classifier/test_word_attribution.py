"""What each word adds to an answer, of every part: the sum is the answer."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest

from textseq.classifier import SentenceClassifier
from textseq.classifier import word_attribution as module
from textseq.classifier.word_attribution import explain_words
from textseq.errors import ArgumentError
from textseq.network.cells import CELLS
from textseq.network.pooling import POOLINGS

TEXTS = [
    "a joy to watch",
    "pure joy",
    "a bore to watch",
    "pure bore",
    "so so to watch",
    "so so",
] * 4
LABELS = ["good", "good", "bad", "bad", "fair", "fair"] * 4
SEVERAL = [["good"], ["good", "short"], ["bad"], ["bad", "short"], [], ["short"]] * 4
TEXT = "a joy to watch , so pure joy to joyfully watch"

CERTAIN = float(np.log(1e7))
TINY = {"units": 4, "dimension": 3, "epochs": 1, "batch_size": 8}
PARTS = [
    *[("learned", c, p, b) for c in CELLS.names() for p in POOLINGS.names() for b in (False, True)],
    *[(e, "gru", "max", True) for e in ("ngrams", "onehot")],
]


def fitted(texts=TEXTS, labels=LABELS, **settings):
    return SentenceClassifier(**{**TINY, **settings}).fit(texts, labels).model_


@pytest.fixture(scope="module")
def model():
    return fitted(networks=2, linear=3, char_ngrams=3)


def log_odds(predictor, text, label):
    """Return the log-odds of a label against the most probable other, or of a label alone."""
    (row,) = predictor.predict_proba([text]).astype(np.float64)
    names = [str(one) for one in predictor.classes]
    chosen = names.index(label)
    others = 1 - row[chosen] if predictor.multilabel else np.delete(row, chosen).max()
    return float(np.log(row[chosen] / others))


def check_sum(predictor, text, label=None):
    found = explain_words(predictor, text, label)
    assert found.baseline + found.total.sum() == pytest.approx(found.score, abs=1e-5)
    names = [str(one) for one in predictor.classes]
    score, tolerance = found.score, 1e-4
    if predictor.multilabel:  # whose answers are cut off where they are almost certain
        limit = CERTAIN / float(predictor.temperature[names.index(found.label)])
        score, tolerance = float(np.clip(score, -limit, limit)), 0.02  # of 1 - p in float32
    assert score == pytest.approx(log_odds(predictor, text, found.label), abs=tolerance)
    assert found.baseline == pytest.approx(contrast_of_nothing(predictor, found), abs=1e-4)
    return found


def contrast_of_nothing(predictor, found):
    (row,) = np.log(predictor.predict_proba([""]).astype(np.float64))
    names = [str(one) for one in predictor.classes]
    ours = row[names.index(found.label)]
    if found.against is None:
        return float(ours - np.log(1 - np.exp(ours)))
    return float(ours - row[names.index(found.against)])


@pytest.mark.parametrize("parts", PARTS, ids=lambda parts: "-".join(map(str, parts)))
def test_the_sum_is_the_answer_of_every_part(parts):
    embedding, cell, pooling, bidirectional = parts
    predictor = fitted(
        embedding=embedding, cell=cell, pooling=pooling, bidirectional=bidirectional, networks=2
    )
    check_sum(predictor, TEXT)


@pytest.mark.parametrize("networks", [1, 3])
@pytest.mark.parametrize("linear", [0, 1, 3])
@pytest.mark.parametrize("labels", [LABELS, SEVERAL], ids=["one", "several"])
def test_the_sum_is_the_answer_of_the_whole_model(labels, linear, networks):
    predictor = fitted(labels=labels, networks=networks, linear=linear)
    for label in map(str, predictor.classes):
        found = check_sum(predictor, TEXT, label)
        assert (found.label, found.against is None) == (label, labels is SEVERAL)
        assert found.linear.any() == (linear > 0)


@pytest.mark.parametrize("labels", [LABELS[:4] * 6, ["x"] * 23 + ["y"]])
def test_two_labels_are_opposites(labels):
    predictor = fitted(TEXTS[: len(labels)], labels, networks=1, linear=2)
    first, second = (check_sum(predictor, TEXT, str(label)) for label in predictor.classes)
    np.testing.assert_allclose(first.total, -second.total, atol=1e-6)
    assert first.score == pytest.approx(-second.score, abs=1e-5)


@pytest.mark.parametrize("text", ["", "joy", "nowhere", "joy joy joy", "unseen words alone"])
def test_texts_of_few_words_and_of_none(model, text):
    found = check_sum(model, text)
    assert found.words == tuple(text.split())
    assert [*found.known] == [word == "joy" for word in found.words]
    assert not found.networks[~found.known].any()


def test_the_same_word_in_two_places_has_two_parts(model):
    found = explain_words(model, TEXT)
    first, second = (i for i, word in enumerate(found.words) if word == "joy")
    assert found.networks[first] != found.networks[second]


def test_words_without_an_id_speak_by_their_characters():
    predictor = fitted(networks=1, linear=1, char_ngrams=3)
    found = check_sum(predictor, "joyfully joyfully bored")
    assert not found.known.any()
    assert found.linear[0] == found.linear[1] != 0
    assert found.linear[2] != 0


def test_an_ngram_is_shared_among_its_words_and_its_occurrences():
    predictor = fitted(networks=1, linear=2, char_ngrams=0)
    text = "joy to joy to watch"
    found = explain_words(predictor, text, "good")
    linear, ids = predictor.linear, predictor.tokenizer.encode([text])[0].tolist()
    a, b = (list(map(str, predictor.classes)).index(x) for x in ("good", found.against))
    rows = linear.ngrams.of(predictor.tokenizer.encode([text])).tolist()
    value = {r: float(linear.table[r, a]) - float(linear.table[r, b]) for row in rows for r in row}
    counts = Counter(r for row in rows for r in row if r)
    expected = np.zeros(len(ids))
    for t, (one, two) in enumerate(rows):
        expected[t] += value[one] / counts[one]
        if two:
            expected[t - 1 : t + 1] += value[two] / counts[two] / 2
    temperature = float(predictor.temperature)
    np.testing.assert_allclose(found.linear, expected / temperature, atol=1e-6)


def test_networks_read_the_last_words_and_the_linear_model_all():
    predictor = fitted(networks=1, linear=1, maxlen=2)
    found = check_sum(predictor, "pure joy to watch")
    assert [*map(bool, found.networks)] == [False, False, True, True]
    assert found.linear[:2].all()


def test_unknown_words_that_have_an_id_are_read(model):
    from textseq import Tokenizer

    tokenizer = Tokenizer(oov_token="<unk>")
    tokenizer.fit_on_texts(TEXTS)
    predictor = fitted(tokenizer=tokenizer, networks=1)
    found = check_sum(predictor, "pure nonsense")
    assert [*found.known] == [True, False]
    assert found.networks[1] != 0


@pytest.mark.parametrize("analyzer", ["characters", "syllables", "bpe"])
def test_every_kind_of_token(analyzer):
    predictor = fitted(analyzer=analyzer, networks=1, linear=2)
    found = check_sum(predictor, TEXT)
    assert len(found.words) >= 10


def test_a_part_of_ones_own_is_explained_too(model):
    """What predicts is asked, and not what it is made of."""
    from dataclasses import replace

    class Own:
        weights = model.networks[0].weights

        def probabilities(self, sequences):
            share = [(i == 2).mean() if len(i) else 0.5 for i in sequences]
            return np.array([[s, 0.9 - s, 0.1] for s in share], np.float32).clip(0.01)

    check_sum(replace(model, ensemble=replace(model.ensemble, networks=(Own(),))), TEXT)


def test_what_a_word_adds_is_shapleys_value():
    predictor = fitted(networks=1, linear=0)
    ids = predictor.tokenizer.encode(["pure joy watch"]).to_lists()[0]
    found = explain_words(predictor, "pure joy watch", "good")
    contrast = module._Contrast(2, list(map(str, predictor.classes)).index(found.against), False)

    def value(places):
        read = [ids[i] for i in sorted(places)]
        return contrast.of_probabilities(module._mean(predictor, [read]))[0]

    exact = []
    for i in range(3):
        j, k = {0, 1, 2} - {i}
        alone, last = value({i}) - value(()), value({0, 1, 2}) - value({j, k})
        between = value({i, j}) - value({j}) + value({i, k}) - value({k})
        exact.append((alone + last) / 3 + between / 6)
    exact = np.array(exact) / float(predictor.temperature)
    assert np.all(np.abs(found.networks - exact) <= 4 * found.errors + 1e-6)


def test_the_same_seed_gives_the_same_parts(model):
    one, same, other = (explain_words(model, TEXT, seed=seed) for seed in (0, 0, 1))
    assert one.networks.tolist() == same.networks.tolist() != other.networks.tolist()


def test_few_orders_of_a_long_text_still_add_up(model, monkeypatch):
    monkeypatch.setattr(module, "TOKENS", 100)
    found = check_sum(model, TEXT)
    assert found.orders == 2
    assert np.isnan(found.errors[found.known]).all()
    assert found.to_dict()["words"][0]["error"] is None


def test_a_text_that_is_too_long(model, monkeypatch):
    monkeypatch.setattr(module, "LONGEST", 3)
    with pytest.raises(ArgumentError, match="read 9 words .* 3 can be explained at most"):
        explain_words(model, TEXT)


def test_a_label_that_the_classifier_does_not_have(model):
    with pytest.raises(ArgumentError, match=r"no label 'god'; did you mean 'good'"):
        explain_words(model, TEXT, "god")


def test_all_of_it_is_json(model):
    found = json.loads(json.dumps(explain_words(model, TEXT).to_dict()))
    words = found["words"]
    assert [word["word"] for word in words] == TEXT.split()
    total = sum(word["total"] for word in words)
    assert found["baseline"] + total + found["gap"] == pytest.approx(found["score"])
    assert words[1]["total"] == pytest.approx(words[1]["networks"] + words[1]["linear"])
