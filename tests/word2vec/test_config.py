from __future__ import annotations

import dataclasses
import inspect
import math

import numpy as np
import pytest
from gensim.models import FastText, Word2Vec

from textseq import word2vec
from textseq.errors import ArgumentError
from textseq.word2vec import Word2VecConfig

NOT_OURS = {
    # How words are given and counted, which is the tokenizer's; see `max_vocab_size` of `train`.
    "self", "sentences", "corpus_file", "max_vocab_size", "trim_rule", "sorted_vocab", "comment",
    # Without an effect: `corpus_file` training has no batches, and starting vectors no hash.
    "batch_words", "hashfxn", "callbacks", "null_word", "word_ngrams",
}  # fmt: skip


@pytest.mark.parametrize("kind", [Word2Vec, FastText])
def test_every_setting_of_gensim_has_its_name_and_default(kind):
    gensims = inspect.signature(kind.__init__).parameters
    ours = inspect.signature(Word2VecConfig).parameters
    assert set(gensims) - set(ours) <= NOT_OURS
    for name in set(gensims) & set(ours) - {"sg", "workers"}:
        assert ours[name].default == gensims[name].default, name


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"algorithm": "glove"},
            "`algorithm` must be one of skipgram, cbow, fasttext. Received: 'glove'",
        ),
        ({"window": 0}, "`window` must be 1 or more. Received: 0"),
        ({"sample": float("nan")}, "`sample` must be a finite number"),
        ({"alpha": float("inf")}, "`alpha` must be a finite number"),
        ({"alpha": 1e308}, "`alpha` must be 10 or less. Received: 1e"),
        ({"min_count": "x"}, "`min_count` must be an integer. Received: 'x'"),
        ({"bucket": 1 << 40}, "`bucket` must be 100,000,000 or less"),
        ({"negative": -1}, "`negative` must be 0 or more"),
        ({"negative": 0}, "nothing is learned"),
        ({"alpha": 0}, "`alpha` must be above 0"),
        ({"seed": 1 << 32}, "`seed` must be from 0 to below"),
        ({"deterministic": True, "workers": 2}, "one thread"),
        ({"algorithm": "fasttext", "compute_loss": True}, "reports none"),
        ({"learning_rate": 1}, "no setting named 'learning_rate'"),
    ],
)
def test_errors_say_what_is_wrong(given, message):
    with pytest.raises(ArgumentError, match=message):
        Word2VecConfig.from_names(given)


EDGES = [
    math.nan, math.inf, -math.inf, -1, 0, 1, 2, 0.5, 1.5, 1e-320, 1e308, 1 << 31, 1 << 63, 10**30,
    True, None, "x", "", [1], np.float32(0.5), np.int64(3), 1j,
]  # fmt: skip
FAST = {"vector_size": 4, "min_count": 1, "bucket": 50, "epochs": 1, "workers": 1}


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Word2VecConfig)])
@pytest.mark.parametrize("algorithm", ["skipgram", "fasttext"])
def test_every_value_is_refused_in_a_sentence_or_works(algorithm, name):
    sentences = [["high", "mountain", "hill", "sea"], ["high", "hill", "mountain"]] * 3
    refused, worked = [], 0
    for value in EDGES:
        try:
            config = Word2VecConfig(**{**FAST, "algorithm": algorithm, name: value})
            vectors = word2vec.train(sentences, **dataclasses.asdict(config))
        except ArgumentError as error:
            refused.append(str(error).replace(". Received:", ""))
            continue
        assert np.isfinite(vectors.vectors).all(), value
        worked += 1
    assert all("`" in message or "--" in message for message in refused)
    assert not any(". " in message for message in refused)
    assert worked or name in ("algorithm", "compute_loss")


def test_more_than_fits_in_memory_is_refused(monkeypatch):
    def build(*_):
        raise MemoryError

    monkeypatch.setattr(FastText, "build_vocab_from_freq", build)
    with pytest.raises(ArgumentError, match="1 words and 50 rows of n-grams, 4 values each"):
        word2vec.train([["high"]], **FAST, algorithm="fasttext")
