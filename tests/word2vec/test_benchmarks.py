"""Analogies and agreement with people's judgements, against gensim's own evaluation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from gensim.test.utils import datapath

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
        ("boy girl brother sister\n", "Line 1 .*in a section"),
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
    assert [(s.accuracy, s.coverage, s.skipped) for s in found.sections] == [
        (None, 0, 0),
        (None, 0, 1),
    ]
    with pytest.raises(ArgumentError, match="`words`"):
        word2vec.evaluate_analogies(made, words=0)


@pytest.fixture
def rated():
    made = KeyedVectors(2)
    rows = np.array([[1, 0], [1, 0.1], [0, 1], [-1, 0]], dtype="float32")
    made.add_vectors(["tiger", "cat", "computer", "keyboard"], rows)
    return made


@pytest.mark.parametrize("name", ["wordsim353", "simlex999"])
def test_agreement_equals_gensims(name):
    """Gensim's, told to skip pairs with unknown words, is the reference."""
    path = word2vec.benchmark_file(name)
    lines = path.read_text(encoding="utf-8").splitlines()
    words = sorted({w.lower() for line in lines if line[0] != "#" for w in line.split("\t")[:2]})
    made = KeyedVectors(8)
    rows = np.random.default_rng(0).normal(size=(300, 8)).astype("float32")
    made.add_vectors(words[:300], rows)
    got = word2vec.evaluate(made, name)
    _, spearman, unknown = made.evaluate_word_pairs(str(path), case_insensitive=True)
    assert got.spearman == pytest.approx(spearman[0], abs=1e-6)
    assert (1 - got.coverage) * 100 == pytest.approx(unknown, abs=1e-6)


def test_words_are_looked_up_in_their_own_case_first(tmp_path):
    made = KeyedVectors(2)
    rows = np.array([[1, 0], [0, 1], [1, 0.1], [1, 3]], "float32")
    made.add_vectors(["Turkey", "turkey", "ankara", "bird"], rows)
    (tmp_path / "pairs.tsv").write_text("Turkey\tAnkara\t9\nturkey\tbird\t8\nTurkey\tbird\t1\n")
    assert word2vec.evaluate(made, tmp_path / "pairs.tsv").spearman == pytest.approx(1)


@pytest.mark.parametrize(
    "text",
    [
        "word1\tword2\tPOS\tSimLex999\tconc\ntiger\tcat\tN\t8\t1\ncat\tcomputer\tN\t2\t5\n",
        "Word 1,Word 2,Human (mean)\ntiger,cat,8\ncat,computer,2\n",
        "# pairs\n\ntiger cat 8\ncat  computer 2\n",
        "tiger\tcat\t8\r\ncat\tcomputer\t2\r\n",
    ],
    ids=["SimLex-999 as published", "WordSim-353 as published", "spaces", "Windows"],
)
def test_layouts_of_pairs(rated, tmp_path, text):
    (tmp_path / "pairs").write_bytes(text.encode())
    found = word2vec.evaluate(rated, tmp_path / "pairs")
    assert (found.spearman, found.pairs, found.skipped) == (pytest.approx(1), 2, 0)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("cat\ttiger\n", ArtifactError, "Line 1"),
        ("cat\ttiger\t1\ncat\tcomputer\tx\n", ArtifactError, "Line 2"),
        ("cat\ttiger\t1\ncat\tcomputer\tnan\n", ArtifactError, "Line 2"),
        ("# only a comment\n", ArgumentError, "Only 0 pairs"),
    ],
)
def test_unsound_pairs(rated, tmp_path, text, error, message):
    (tmp_path / "pairs.tsv").write_text(text)
    with pytest.raises(error, match=message):
        word2vec.evaluate(rated, tmp_path / "pairs.tsv")


def test_benchmarks_are_found_by_name_or_path(tmp_path):
    for name, file in {"wordsim353": "wordsim353.tsv", "simlex999": "simlex999.txt"}.items():
        assert word2vec.benchmark_file(name) == Path(datapath(file))
    (tmp_path / "own.tsv").touch()
    assert word2vec.benchmark_file(tmp_path / "own.tsv") == tmp_path / "own.tsv"
    with pytest.raises(ArgumentError, match="wordsim353, simlex999, questions-words"):
        word2vec.benchmark_file("wordsim")


def test_an_installation_of_gensim_without_its_tests_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr("gensim.__file__", str(tmp_path / "__init__.py"))
    with pytest.raises(ArgumentError, match="where it is installed with its tests"):
        word2vec.benchmark_file("simlex999")
    (tmp_path / "bytes.tsv").write_bytes(b"\xff\xfe")
    with pytest.raises(ArtifactError, match="cannot be read"):
        word2vec.holds_analogies(tmp_path / "bytes.tsv")
