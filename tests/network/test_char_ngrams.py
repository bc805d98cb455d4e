"""Character n-grams of words: what a linear model knows of words that it has not seen."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq import Sequences, Tokenizer
from textseq.errors import ArgumentError
from textseq.network.char_ngrams import (
    LONGEST_WORD,
    CharNgrams,
    CharWeights,
    buckets_of_texts,
    distinct_pairs,
)
from textseq.network.linear import Linear, char_ngrams_for, fit_linear
from textseq.network.ngrams import Ngrams
from textseq.sequences.open_sequences import OpenSequences
from textseq.tokenizer.open_encoding import encode_open

TEXTS = ["running jumping", "runs jumps", "walking talking", "walks talks"] * 20
TARGETS = np.array([1, 0, 1, 0] * 20)
EVEN = np.ones(80, np.float32)


@given(st.text(max_size=10), st.integers(1, 6), st.integers(1, 50))
def test_buckets_are_those_of_all_n_grams_of_the_marked_word(word, longest, buckets):
    marked = f"<{word}>"
    grams = {
        marked[i:j]
        for i in range(len(marked))
        for j in range(i + 1, len(marked) + 1)
        if min(2, longest) <= j - i <= longest
    }
    expected = sorted(crc32(g.encode("utf-8", "surrogatepass")) % buckets for g in grams)
    found = CharNgrams(longest, buckets).of([word]).to_lists()[0]
    assert found == (expected if word else [])


def test_of_a_long_word_the_beginning_is_read():
    word = "a" * LONGEST_WORD
    both = CharNgrams(3, 1000).of([word, word + "b" * 100_000])
    np.testing.assert_array_equal(*both)


@pytest.fixture(scope="module")
def tokenizer():
    found = Tokenizer()
    found.fit_on_texts(TEXTS)
    return found


@pytest.fixture(scope="module")
def model(tokenizer):
    vocabulary = len(tokenizer.word_index) + 1
    words = ["", *tokenizer.word_index]
    return fit_linear(
        encode_open(tokenizer, TEXTS), TARGETS, EVEN, 2, Ngrams(vocabulary, 2, 64),
        characters=char_ngrams_for(4, 2), words=words,
    )  # fmt: skip


def test_unseen_words_are_recognized_by_their_endings(tokenizer, model):
    logits = model.logits(encode_open(tokenizer, ["singing", "sings", "zzz"]))[:, 1]
    assert logits[0] - logits[1] > 0.5
    closed = model.logits(tokenizer.encode(["singing", "sings"]))[:, 1]
    np.testing.assert_array_equal(closed, model.bias[0])  # whoever reads ids only knows nothing


def test_known_words_have_their_character_n_grams_in_their_own_row(tokenizer, model):
    """What a known word adds is what it would add with its n-grams beside its row."""
    words = ["", *tokenizer.word_index]
    apart = model.characters.of(words)
    bare = model.table[: len(words)].astype(np.float32) - apart
    whole = Linear(model.table, model.bias, model.ngrams, None)
    encoded = tokenizer.encode(TEXTS[:4])
    split = Linear(
        np.concatenate([bare, model.table[len(words) :].astype(np.float32)]),
        model.bias,
        model.ngrams,
        model.characters,
    )
    as_unknown = OpenSequences(encoded, Sequences(encoded.ids, encoded.offsets), words)
    np.testing.assert_allclose(split.logits(as_unknown), whole.logits(encoded), atol=2e-3)


def test_an_unknown_word_counts_once(tokenizer, model):
    once, twice = model.logits(encode_open(tokenizer, ["singing", "singing singing"]))
    np.testing.assert_allclose(once, twice, rtol=1e-6)


@pytest.mark.parametrize("documents", [1, 5_000])
def test_many_documents_are_answered_as_few(tokenizer, model, documents):
    texts = ["singing walks", "dances"] * (documents // 2 + 1)
    alone = np.concatenate([model.logits(encode_open(tokenizer, [t])) for t in texts[:2]])
    together = model.logits(encode_open(tokenizer, texts))
    np.testing.assert_allclose(together[:2], alone, atol=1e-5)
    np.testing.assert_array_equal(
        together[2::2], np.broadcast_to(together[0], together[2::2].shape)
    )


def test_a_factor_and_a_check_apply_to_characters_too(model):
    doubled = model.times(2.0)
    np.testing.assert_allclose(doubled.characters.table, 2 * model.characters.table, rtol=1e-3)
    model.check(2)
    wrong = CharWeights(model.characters.table[:, :0], 4)
    with pytest.raises(ArgumentError, match="linear.characters"):
        Linear(model.table, model.bias, model.ngrams, wrong).check(2)


def test_buckets_of_texts_are_those_of_their_distinct_words(tokenizer):
    characters = CharNgrams(3, 50)
    words = ["", *tokenizer.word_index]
    encoded = encode_open(tokenizer, ["runs runs singing", "", "singing talks"])
    found = buckets_of_texts(encoded, characters.of(words), characters)
    by_word = [sorted([*a, *b]) for a, b in (
        characters.of(["runs", "singing"]).to_lists(),
        ([], []),
        characters.of(["talks", "singing"]).to_lists(),
    )]  # fmt: skip
    assert [sorted(row) for row in found.to_lists()] == by_word


def test_distinct_pairs_of_nothing():
    documents, ids = distinct_pairs(Sequences.from_lists([[], []]))
    assert (len(documents), len(ids)) == (0, 0)
