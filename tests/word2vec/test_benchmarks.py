from __future__ import annotations

import numpy as np
import pytest
from gensim.models import KeyedVectors

from textseq import word2vec
from textseq.errors import ArgumentError, ArtifactError
from textseq.word2vec.benchmarks import analogy_sections


@pytest.fixture(scope="module")
def vectors():
    """Return vectors of half of the words asked for, in which an ending is a direction."""
    questions = [q for _, section in analogy_sections("questions-words") for q in section]
    words = sorted({word.lower() for question in questions for word in question})
    random = np.random.default_rng(0)
    stems = {word[:4]: random.normal(size=16) for word in words}
    ends = {word[-2:]: random.normal(size=16) for word in words}
    kept = words[::2]
    made = KeyedVectors(16)
    rows = [stems[w[:4]] + ends[w[-2:]] + 0.3 * random.normal(size=16) for w in kept]
    made.add_vectors(kept, np.array(rows, "float32"))
    return made


@pytest.mark.parametrize("words", [300_000, 300])
def test_sections_equal_gensims(vectors, words):
    path = str(word2vec.benchmark_file("questions-words"))
    _, theirs = vectors.evaluate_word_analogies(path, restrict_vocab=words)
    ours = word2vec.evaluate_analogies(vectors, words=words)
    expected = {s["section"]: (len(s["correct"]), len(s["incorrect"])) for s in theirs}
    total = expected.pop("Total accuracy")
    got = {s.name: (s.correct, s.asked - s.correct) for s in ours.sections}
    assert got == expected
    assert (ours.total.correct, ours.total.asked - ours.total.correct) == total
    assert ours.total.correct > 0
    assert ours.total.asked + ours.total.skipped == 19_544


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (": family\nboy girl brother\n", "Line 2 .*four words"),
        ("boy girl brother sister\n", "Line 1 .*is in no section"),
    ],
)
def test_unsound_questions(vectors, tmp_path, text, message):
    (tmp_path / "questions.txt").write_text(text)
    with pytest.raises(ArtifactError, match=message):
        word2vec.evaluate_analogies(vectors, tmp_path / "questions.txt")


def test_nothing_to_ask(tmp_path):
    made = KeyedVectors(1)
    made.add_vectors(["sea"], [[1]])
    (tmp_path / "questions.txt").write_text(": none\n: family\nboy girl brother sister\n")
    found = word2vec.evaluate_analogies(made, tmp_path / "questions.txt")
    assert [(s.accuracy, s.coverage, s.skipped) for s in found.sections] == [(0, 0, 0), (0, 0, 1)]
    with pytest.raises(ArgumentError, match="`words`"):
        word2vec.evaluate_analogies(made, words=0)
