from __future__ import annotations

import math
import subprocess
import sys
import threading
from collections import Counter

import numpy as np
import pytest
from gensim.models import FastText, Word2Vec

from textseq import Sequences, Tokenizer, word2vec
from textseq.errors import ArgumentError
from textseq.word2vec import Word2VecConfig
from textseq.word2vec.epochs import LossKeepingWord2Vec

FRUIT, TOOLS = {"apple", "pear", "plum", "fig"}, {"saw", "drill", "plane", "chisel"}
GROUPS = {"apple": FRUIT | {"eat", "ripe"}, "saw": TOOLS | {"hold", "sharp"}}


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize(
    "settings",
    [
        {"algorithm": "skipgram"},
        {"algorithm": "cbow"},
        {"algorithm": "fasttext", "bucket": 500},
    ],
    ids=str,
)
def test_words_of_like_company_become_neighbours(sentences, settings, workers):
    common = {"vector_size": 12, "window": 3, "sample": 0, "epochs": 10, "alpha": 0.05}
    vectors = word2vec.train(sentences * 8, workers=workers, **common, **settings)
    for word, group in GROUPS.items():
        near = [name for name, _ in word2vec.neighbours(vectors, word, count=3)]
        assert set(near) <= group


@pytest.mark.parametrize("kind", ["skipgram", "cbow", "fasttext skipgram", "fasttext cbow"])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"hs": True, "negative": 0, "window": 2, "min_alpha": 0.01},
        {"hs": True, "shrink_windows": False, "cbow_mean": False},
        {"sample": 0, "ns_exponent": 0.5, "alpha": 0.1, "vector_size": 33},
    ],
    ids=str,
)
def test_equals_gensims_own_training_to_the_byte(sentences, tmp_path, kind, settings):
    """On one thread and a text of one file, gensim's `corpus_file` training does the same."""
    text = tmp_path / "text.txt"
    text.write_text("".join(" ".join(sentence) + "\n" for sentence in sentences))
    counts = Counter(word for sentence in sentences for word in sentence)
    algorithm, sub_words = kind.split()[-1], {"bucket": 300} if "fasttext" in kind else {}
    arguments = {"vector_size": 9, "seed": 5, **settings, **sub_words}
    model = (FastText if sub_words else Word2Vec)(
        sg=int(algorithm == "skipgram"), workers=1, sorted_vocab=0, **arguments
    )
    model.build_vocab_from_freq(dict(counts.most_common()))
    model.random = np.random.RandomState([5, 1, 0])
    model.train(corpus_file=str(text), total_words=counts.total(), epochs=1)
    if sub_words:
        arguments |= {"sg": algorithm == "skipgram", "algorithm": "fasttext"}
    vectors = word2vec.train(
        sentences, epochs=1, deterministic=True, **{"algorithm": algorithm, **arguments}
    )
    assert vectors.index_to_key == model.wv.index_to_key
    np.testing.assert_array_equal(vectors.vectors, model.wv.vectors)


def test_one_worker_repeats_to_the_byte_whatever_the_hash_seed():
    code = (
        "from textseq import word2vec; import hashlib;"
        "s = [['a','b','c'],['b','c','d']]*9000;"
        "v = word2vec.train(s, vector_size=8, min_count=1, epochs=2, deterministic=True);"
        "print(hashlib.sha256(v.vectors.tobytes()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_another_seed_gives_other_vectors(sentences):
    one, other = (
        word2vec.train(sentences, vector_size=8, seed=seed, deterministic=True) for seed in (1, 2)
    )
    assert not np.allclose(one.vectors, other.vectors)


def test_sentences_beyond_gensims_limit_are_split():
    """The tail is learned, not only counted: it moves away from where it starts."""
    words = ["a", "b"] * 5_000 + ["c", "d"] * 200
    settings = {"vector_size": 4, "sample": 0, "epochs": 3, "deterministic": True}
    trained = word2vec.train([words], **settings)
    untrained = word2vec.train([words], alpha=1e-12, min_alpha=0, **settings)
    assert np.abs(trained["d"] - untrained["d"]).max() > 0.01


def test_rows_follow_the_ids_of_a_tokenizer_fitted_on_other_text():
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["the the the high high hill"])
    vectors = word2vec.train_on_ids(
        tokenizer.encode_batches(["hill hill hill high high the"] * 5),
        tokenizer.index_word,
        Word2VecConfig(vector_size=4),
    )
    assert vectors.index_to_key == list(tokenizer.word_index)
    matrix, _ = word2vec.embedding_matrix(vectors, tokenizer.word_index)
    np.testing.assert_array_equal(matrix[1:], vectors.vectors)


def test_words_of_any_spelling_can_be_trained():
    words = ["new york", "\x85", "", "\u3000", "한국"]
    assert word2vec.train([words] * 5, vector_size=4).index_to_key == words


def test_ids_that_are_passed_over_get_no_vector(sentences):
    batches = [Sequences.from_lists([[1, 2, 3]] * 9)]
    words = {1: "a", 2: "b c", 3: "d"}
    vectors = word2vec.train_on_ids(batches, words, Word2VecConfig(vector_size=2), without=[2])
    assert vectors.index_to_key == ["a", "d"]


def test_the_vocabulary_is_pruned_while_counting():
    sentences = [["often", f"once{i}"] for i in range(500)]
    vectors = word2vec.train(sentences, vector_size=2, min_count=1, max_vocab_size=50)
    assert "often" in vectors
    assert len(vectors) <= 50


def test_progress_is_reported_within_epochs(sentences, monkeypatch):
    monkeypatch.setattr("textseq.word2vec.epochs.PART_WORDS", 10_000)
    told = []
    vectors = word2vec.train(
        sentences * 20, vector_size=4, epochs=2, workers=2, on_progress=told.append
    )
    assert len(vectors)
    words = 4 * len(sentences) * 20
    assert [p.epoch for p in told if p.epoch_ended] == [1, 2]
    assert len(told) > 4
    assert all(p.words_an_epoch == words and p.words_a_second > 0 for p in told)
    in_order = [(p.epoch, p.words) for p in told]
    assert in_order == sorted(in_order)
    rates = [p.alpha for p in told]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] == pytest.approx(1e-4)
    assert told[-1].seconds_left == 0
    assert {p.loss for p in told} == {None}


def test_loss_is_that_of_the_formula():
    """With two words the Huffman code has one bit, and untrained outputs say 1/2 for it."""
    told = []
    word2vec.train(
        [["a", "b"] * 50] * 300, vector_size=4, window=1, shrink_windows=False, hs=True,
        negative=0, sample=0, alpha=1e-9, min_alpha=0, epochs=1, compute_loss=True,
        on_progress=told.append, workers=2,
    )  # fmt: skip
    pairs_a_word = 2 * 99 / 100
    # gensim looks logarithms up in a table, which is coarse where the probability is 1/2.
    assert told[-1].loss == pytest.approx(pairs_a_word * math.log(2), rel=0.03)


def test_loss_falls(sentences):
    told = []
    word2vec.train(
        sentences * 5, vector_size=8, epochs=4, sample=0, compute_loss=True,
        on_progress=told.append,
    )  # fmt: skip
    losses = [p.loss for p in told if p.epoch_ended]
    assert losses[-1] < losses[0]


def test_loss_is_not_reported_once_gensims_sum_is_full(sentences, monkeypatch):
    monkeypatch.setattr("textseq.word2vec.epochs.SATURATED", 100.0)
    told = []
    word2vec.train(sentences, vector_size=8, epochs=1, compute_loss=True, on_progress=told.append)
    assert told[-1].loss is None


@pytest.mark.parametrize("parts", [[(40_000, 4), (10_400, 2)], [(50_400, 4)]], ids=len)
@pytest.mark.parametrize("algorithm", ["skipgram", "cbow", "fasttext"])
def test_each_word_is_trained_on_once_on_any_number_of_threads(
    sentences, monkeypatch, algorithm, parts
):
    """gensim's threads divide a file by its bytes, and each goes on to the end of its batch."""
    calls = []

    class Watched(FastText if algorithm == "fasttext" else LossKeepingWord2Vec):
        def train(self, **arguments):
            effective, _ = super().train(**arguments)
            # Each of n threads goes an n-th of the way to the final rate.
            last = self.alpha - (self.alpha - self.min_alpha) / self.workers
            calls.append((effective, self.workers, self.alpha, last))
            return effective, _

    name = "FastText" if algorithm == "fasttext" else "LossKeepingWord2Vec"
    monkeypatch.setattr(f"textseq.word2vec.epochs.{name}", Watched)
    monkeypatch.setattr("textseq.word2vec.epochs.PART_WORDS", 10_000 if len(parts) > 1 else 99_999)
    text = sentences * 21
    settings = {"vector_size": 2, "negative": 1, "window": 1, "bucket": 9, "epochs": 2}
    word2vec.train(text, workers=4, sample=0, algorithm=algorithm, **settings)
    words, threads, first, last = zip(*calls, strict=True)
    assert [*zip(words, threads, strict=True)] == parts * 2
    rates = np.interp(np.cumsum([0, *words]), [0, 100_800], [0.025, 1e-4])
    np.testing.assert_allclose(first, rates[:-1])
    np.testing.assert_allclose(last, rates[1:])


def test_no_thread_outlives_an_error_in_the_callback(sentences):
    def fail(progress):
        raise RuntimeError("the terminal is gone")

    before = threading.active_count()
    with pytest.raises(RuntimeError, match="terminal"):
        word2vec.train(sentences * 200, vector_size=8, workers=3, on_progress=fail)
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("sentences", "settings", "message"),
    [
        ([["a"]], {"size": 0}, "`vector_size` must be 1 or more"),
        (iter([["a"]]), {}, "only once"),
        (["a bare string"], {}, "list of words"),
        ([["a", "b", "a"]], {}, r"2 different words.*--min-count.*give 2 or less.*'a', occurs"),
        ([], {}, "no words"),
        ([[]], {}, "no words"),
        ([["a", "b"] * 9], {"max_final_vocab": 1}, "`max_final_vocab` 1 leaves no word"),
    ],
)
def test_errors_say_what_is_wrong(sentences, settings, message):
    with pytest.raises(ArgumentError, match=message):
        word2vec.train(sentences, **settings)


def test_ids_with_gaps_are_refused():
    with pytest.raises(ArgumentError, match="go up to 2,000,000,000 and there are only 1"):
        word2vec.train_on_ids([], {2_000_000_000: "a"}, Word2VecConfig())


@pytest.mark.parametrize(("ids", "unknown"), [([0, 1, 2], 0), ([1, 2, 3], 2)])
def test_ids_without_a_word(ids, unknown):
    sequences = Sequences.from_lists([ids] * 9)
    with pytest.raises(ArgumentError, match=f"The id {unknown} occurs and has no word"):
        word2vec.train_on_ids([sequences], {1: "high", 3: "hill"}, Word2VecConfig(vector_size=2))
