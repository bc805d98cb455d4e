from __future__ import annotations

import inspect

import pytest
from gensim.models import FastText, Word2Vec

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
