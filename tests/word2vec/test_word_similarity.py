"""Agreement with people's judgements, against gensim's own evaluation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from gensim.test.utils import datapath

from textseq import word2vec
from textseq.errors import ArgumentError, ArtifactError


@pytest.fixture
def vectors():
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
def test_layouts_of_pairs(vectors, tmp_path, text):
    (tmp_path / "pairs").write_bytes(text.encode())
    found = word2vec.evaluate(vectors, tmp_path / "pairs")
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
def test_unsound_pairs(vectors, tmp_path, text, error, message):
    (tmp_path / "pairs.tsv").write_text(text)
    with pytest.raises(error, match=message):
        word2vec.evaluate(vectors, tmp_path / "pairs.tsv")


def test_benchmarks_are_found_by_name_or_path(tmp_path):
    for name, file in {"wordsim353": "wordsim353.tsv", "simlex999": "simlex999.txt"}.items():
        assert word2vec.benchmark_file(name) == Path(datapath(file))
    (tmp_path / "own.tsv").touch()
    assert word2vec.benchmark_file(tmp_path / "own.tsv") == tmp_path / "own.tsv"
    with pytest.raises(ArgumentError, match="wordsim353, simlex999, questions-words"):
        word2vec.benchmark_file("wordsim")


def test_an_installation_of_gensim_without_its_tests_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr("gensim.__file__", str(tmp_path / "__init__.py"))
    with pytest.raises(ArgumentError, match="comes with gensim, and this installation"):
        word2vec.benchmark_file("simlex999")
    (tmp_path / "bytes.tsv").write_bytes(b"\xff\xfe")
    with pytest.raises(ArtifactError, match="cannot be read"):
        word2vec.holds_analogies(tmp_path / "bytes.tsv")
