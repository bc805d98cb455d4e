from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from textseq import word2vec
from textseq.errors import ArgumentError

RANDOM = np.random.default_rng(0)
FRUIT, TOOLS = ["apple", "pear", "plum", "fig"], ["saw", "drill", "plane", "chisel"]
ABOUT = {"eat": FRUIT, "ripe": FRUIT, "hold": TOOLS, "sharp": TOOLS}
SENTENCES = [
    [verb, *RANDOM.choice(ABOUT[verb], 3).tolist()] for verb in RANDOM.choice(list(ABOUT), 600)
]


@pytest.mark.parametrize("algorithm", ["skipgram", "cbow"])
def test_words_of_like_company_become_neighbours(algorithm):
    vectors = word2vec.train(
        SENTENCES, algorithm=algorithm, size=12, window=3, min_count=1, epochs=20, workers=1
    )
    for group in (FRUIT, TOOLS):
        near = [name for name, _ in word2vec.neighbours(vectors, group[0], count=3)]
        assert set(near) <= {*group, *[v for v, words in ABOUT.items() if words is group]}


def test_one_worker_repeats_to_the_byte_whatever_the_hash_seed():
    code = (
        "from textseq import word2vec; import hashlib;"
        "v = word2vec.train([['a','b','c'],['b','c','d']]*50, size=8, min_count=1, workers=1);"
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


def test_sentences_beyond_gensims_limit_are_cut_not_dropped():
    words = [f"w{i % 7}" for i in range(10_000)] + ["tail"] * 5
    assert "tail" in word2vec.train([words], size=4, min_count=5, epochs=1)


def test_epochs_are_told():
    told = []
    word2vec.train(SENTENCES, size=4, epochs=2, on_epoch=lambda *now: told.append(now))
    assert told == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("sentences", "settings", "message"),
    [
        ([["a"]], {"algorithm": "glove"}, "skipgram, cbow"),
        ([["a"]], {"size": 0}, "`size` must be 1 or more"),
        ([["a"]], {"negative": 0}, "`negative`"),
        (iter([["a"]]), {}, "only once"),
        (["a bare string"], {}, "list of words"),
        ([["a", "b", "a"]], {}, r"2 different words.*--min-count.*'a', occurs 2 times"),
        ([], {}, "no words"),
    ],
)
def test_errors_say_what_is_wrong(sentences, settings, message):
    with pytest.raises(ArgumentError, match=message):
        word2vec.train(sentences, **settings)
