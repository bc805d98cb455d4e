"""`textseq vectors`: what is printed, as text and as JSON, and what is said of mistakes."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from gensim.models import KeyedVectors

from textseq import Tokenizer, word2vec

WORDS = ["king", "queen", "man", "woman", "tiger", "cat", "book", "paper", "사랑"]
ROWS = [
    [1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0.5, 1],
    [1, 0, 0, -1], [1, 0.2, 0, -1], [1, 1, 1, 1],
]  # fmt: skip


@pytest.fixture
def vectors(tmp_path):
    made = KeyedVectors(4)
    made.add_vectors(WORDS, np.array(ROWS, "float32"))
    word2vec.save(made, tmp_path / "vectors.txt")
    return tmp_path / "vectors.txt"


def ask(textseq, vectors, *arguments):
    done = textseq("vectors", *arguments, "--vectors", vectors)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_neighbours(textseq, vectors):
    loaded = word2vec.load(vectors)
    out = ask(textseq, vectors, "neighbours", "king", "사랑", "--count", 2)
    rows = [line.split("\t") for line in out.splitlines()]
    expected = [
        [word, near, f"{cosine:.4f}"]
        for word in ("king", "사랑")
        for near, cosine in word2vec.neighbours(loaded, word, count=2)
    ]
    assert rows == expected
    lines = ask(textseq, vectors, "neighbours", "king", "사랑", "--json").splitlines()
    answers = [json.loads(line) for line in lines]
    assert [answer["word"] for answer in answers] == ["king", "사랑"]
    assert len(answers[0]["neighbours"]) == 8
    assert answers[0]["neighbours"][0]["word"] == rows[0][1]


def test_analogy(textseq, vectors):
    out = ask(textseq, vectors, "analogy", "king", "man", "woman", "--count", 1)
    assert out.split("\t")[0] == "queen"
    answer = json.loads(ask(textseq, vectors, "analogy", "king", "man", "woman", "--json"))
    assert answer["positive"] == ["king", "woman"]
    assert answer["negative"] == ["man"]
    assert answer["answers"][0]["word"] == "queen"


def test_similarity(textseq, vectors):
    assert ask(textseq, vectors, "similarity", "king", "man") == "0.7071\n"
    assert json.loads(ask(textseq, vectors, "similarity", "king", "man", "--json")) == {
        "words": ["king", "man"],
        "cosine": 0.707107,
    }


def test_evaluate_asks_all_that_gensim_brings(textseq, vectors):
    out = ask(textseq, vectors, "evaluate")
    assert "wordsim353: Spearman" in out
    assert "simlex999" in out
    assert "family" in out
    pairs, unknown, analogies = json.loads(ask(textseq, vectors, "evaluate", "--json"))
    found = word2vec.evaluate(word2vec.load(vectors), "wordsim353")
    assert pairs["spearman"] == pytest.approx(found.spearman, abs=1e-6)
    assert pairs["pairs"] + pairs["skipped"] == 353
    assert unknown["file"] == "simlex999"
    assert unknown["pairs"] + unknown["skipped"] == 999
    family = next(s for s in analogies["sections"] if s["name"] == "family")
    assert (family["correct"], family["asked"]) == (2, 2)
    assert analogies["accuracy"] == 1


def test_evaluate_reads_files_of_ones_own(textseq, vectors, tmp_path):
    (tmp_path / "pairs.tsv").write_text("tiger\tcat\t9\nbook\ttiger\t1\n")
    (tmp_path / "questions.txt").write_text(": royals\nman king woman queen\n")
    files = [tmp_path / "pairs.tsv", tmp_path / "questions.txt"]
    pairs, questions = json.loads(ask(textseq, vectors, "evaluate", *files, "--json"))
    assert (pairs["spearman"], pairs["coverage"]) == (1, 1)
    assert [section["name"] for section in questions["sections"]] == ["royals", "total"]
    assert questions["sections"][0]["correct"] == 1


def test_coverage(textseq, vectors, tmp_path):
    corpus = tmp_path / "texts.txt"
    corpus.write_text("the king, the queen\nthe 사랑!\n")
    out = ask(textseq, vectors, "coverage", corpus)
    assert "3 of 6 tokens (50.0%)" in out
    assert "3 of 4 distinct words (75.0%)" in out
    assert "the (3)" in out
    answer = json.loads(ask(textseq, vectors, "coverage", corpus, "--json", "--missing", 1))
    assert answer == {
        "tokens": {"covered": 3, "total": 6, "share": 0.5, "built": 0},
        "types": {"covered": 3, "total": 4, "share": 0.75, "built": 0},
        "missing": [{"word": "the", "count": 3}],
    }


def test_coverage_tokenizes_as_asked(textseq, vectors, tmp_path):
    (tmp_path / "texts.txt").write_text("the king, the queen\n")
    tokenizer = Tokenizer(analyzer="words_and_marks")
    tokenizer.fit_on_texts(["other words"])  # its counts do not count here
    tokenizer.save(tmp_path / "tokenizer.json")
    for how in (["--tokenizer", tmp_path / "tokenizer.json"], ["--analyzer", "words_and_marks"]):
        answer = json.loads(
            ask(textseq, vectors, "coverage", tmp_path / "texts.txt", *how, "--json")
        )
        assert answer["tokens"]["total"] == 5


def test_syllables_have_vectors_and_their_space_too(textseq, tmp_path):
    (tmp_path / "texts.txt").write_text("산이 높다 산이 높다\n" * 3)
    cut = ["--analyzer", "syllables"]
    done = textseq("train-w2v", tmp_path / "texts.txt", *cut, "-o", tmp_path / "vectors.vec.gz")
    assert done.exit_code == 0, done.output
    answer = json.loads(
        ask(
            textseq, tmp_path / "vectors.vec.gz", "coverage", tmp_path / "texts.txt", *cut, "--json"
        )
    )
    assert answer["types"] == {"covered": 5, "total": 5, "share": 1.0, "built": 0}
    assert answer["missing"] == []


def test_plot(textseq, vectors, tmp_path):
    ask(textseq, vectors, "plot", "--output", tmp_path / "map.png", "--count", 8)
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")
    done = textseq("vectors", "plot", "-v", vectors, "-o", tmp_path / "map.png")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "exists" in done.stderr
    again = ["--output", tmp_path / "map.png", "--force", "--json"]
    answer = json.loads(ask(textseq, vectors, "plot", "king", "man", "cat", *again))
    assert [place["word"] for place in answer["words"]] == ["king", "man", "cat"]
    assert sum(answer["explained"]) == pytest.approx(1)


def test_plot_tells_of_letters_that_no_font_has(textseq, vectors, tmp_path, monkeypatch):
    monkeypatch.setattr("textseq.word2vec.maps.FALLBACK_FONTS", frozenset())
    done = textseq("vectors", "plot", "-v", vectors, "-o", tmp_path / "map.png")
    assert done.exit_code == 0
    assert "No known font shows all letters of 1 words, such as '사랑'" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["neighbours", "kings"], "'kings' has no vector among 9; did you mean 'king'"),
        (["analogy", "king", "man", "women"], "did you mean 'woman'"),
        (["similarity", "king", "Queen"], "did you mean 'queen'"),
        (["evaluate", "wordsim"], "wordsim353, simlex999, questions-words"),
        (["evaluate", "simlex999"], "Only 1 pairs of 'simlex999'"),
        (["coverage", "none.txt"], "none.txt' does not exist"),
        (["plot", "--output", "map.jpg"], "ends in .png"),
        (["plot", "kings", "man", "cat", "--output", "map.png"], "did you mean 'king'"),
        (["plot", "--method", "umap", "--output", "map.png"], "pca, tsne"),
    ],
)
def test_mistakes_are_told_in_one_line(textseq, vectors, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    done = textseq("vectors", *arguments, "--vectors", vectors)
    assert (done.exit_code, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert message in line
    assert not list(tmp_path.glob("map*"))


def test_unsound_vectors_are_told_in_one_line(textseq, tmp_path):
    (tmp_path / "v.txt").write_text("a 1 2\nb 1\n")
    done = textseq("vectors", "neighbours", "a", "--vectors", tmp_path / "v.txt", "--strict")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "line 2" in done.stderr
    assert textseq("vectors", "neighbours", "a").exit_code == 2  # no --vectors


def test_help_loads_no_matplotlib():
    code = (
        "import sys; from textseq.cli.app import app\n"
        "try: app(['vectors', 'plot', '--help'])\n"
        "except SystemExit: print({'numpy', 'gensim', 'matplotlib'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines()[-1] == "set()"


ODD = b"3 2\n. . . 3 4\nthe 1 2\nthe 5 6\nof 2 1\n"


def test_published_files_are_read_and_strict_refuses_them(textseq, tmp_path):
    (tmp_path / "odd.vec").write_bytes(ODD)
    asked = ["vectors", "neighbours", ". . .", "--vectors", tmp_path / "odd.vec"]
    done = textseq(*asked)
    assert done.exit_code == 0
    assert done.stdout == ". . .\tthe\t0.9839\n. . .\tof\t0.8944\n"
    counted, skipped = done.stderr.splitlines()
    assert "odd.vec' claim 3 words in the first line and hold 4, which are read." in counted
    assert "1 word is skipped, and 3 are read: 1 repeated (word 3, 'the')" in skipped
    done = textseq(*asked, "--strict")
    assert done.exit_code == 1
    assert "claim 3 words of 2 values and hold 4 words" in done.stderr
    (tmp_path / "odd.vec").write_bytes(ODD[4:])
    done = textseq(*asked, "--strict")
    assert done.exit_code == 1
    assert "hold a word that cannot be used, word 3, 'the': repeated" in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        "similarity the of",
        "analogy the of . --count 1",
        "evaluate pairs.txt",
        "coverage texts.txt",
        "plot --output map.png",
    ],
)
def test_every_command_reads_published_files(textseq, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd.vec").write_bytes(b". 3 4\n" + ODD[4:] + b"\xff 1 1\n")
    (tmp_path / "pairs.txt").write_text("the,of,1\nthe,.,2\n")
    (tmp_path / "texts.txt").write_text("the of\n")
    done = textseq("vectors", *command.split(), "--vectors", "odd.vec")
    assert done.exit_code == 0, done.stderr
    assert "2 words are skipped, and 4 are read" in done.stderr
    done = textseq(
        "vectors",
        *command.split(),
        "--vectors",
        "odd.vec",
        "--strict",
        "--force" if "plot" in command else "--strict",
    )
    assert done.exit_code == 1
    assert "cannot be used" in done.stderr


def test_results_on_few_questions_are_said_as_what_they_are(textseq, vectors, tmp_path):
    (tmp_path / "pairs.txt").write_text("king,queen,2\ntiger,cat,3\nbook,paper,1\n")
    (tmp_path / "none.txt").write_text(": family\nboy girl brother sister\n")
    out = ask(textseq, vectors, "evaluate", tmp_path / "pairs.txt", tmp_path / "none.txt")
    assert "on 3 pairs (100.0% of them have vectors); 30 or more are needed to judge vectors" in out
    assert "none.txt: 0 questions were asked; 30 or more are needed to judge vectors by\n" in out
    (answer,) = json.loads(ask(textseq, vectors, "evaluate", tmp_path / "none.txt", "--json"))
    assert answer["accuracy"] is None
    assert [section["accuracy"] for section in answer["sections"]] == [None, None]


@pytest.fixture
def fasttext(tmp_path, write_fasttext):
    """Return a file of fastText's own, whose n-grams have three characters."""
    rows = np.random.default_rng(0).normal(size=(60, 4))
    return write_fasttext(tmp_path / "fasttext.bin", WORDS[:-1], rows, shortest=3, longest=3)


@pytest.mark.parametrize(
    "command",
    [
        "neighbours kings 사랑해 --count 2",
        "similarity kings 사랑해",
        "analogy kings man woman --count 1",
        "evaluate",
        "coverage texts.txt",
        "plot --output map.png",
        "plot kings queen 사랑해 --output map.png",
    ],
)
def test_every_command_reads_fasttexts_own_format(
    textseq, fasttext, tmp_path, monkeypatch, command
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "texts.txt").write_text("the kings of 사랑\n")
    done = textseq("vectors", *command.split(), "--vectors", fasttext)
    assert done.exit_code == 0, done.stderr


def test_coverage_says_what_is_built_from_ngrams(textseq, fasttext, tmp_path):
    (tmp_path / "texts.txt").write_text("the king, the kings\n")
    out = ask(textseq, fasttext, "coverage", tmp_path / "texts.txt")
    assert "4 of 4 tokens (100.0%) have a vector, 3 of them built from character n-grams" in out
    answer = json.loads(ask(textseq, fasttext, "coverage", tmp_path / "texts.txt", "--json"))
    assert answer["types"] == {"covered": 3, "total": 3, "share": 1.0, "built": 2}


@pytest.mark.parametrize("suffix", [".bin", ".txt", ".vec", ".txt.gz", ".vec.gz"])
def test_convert_writes_what_it_reads(textseq, vectors, fasttext, tmp_path, suffix):
    for source in (vectors, fasttext):
        made = tmp_path / f"made{suffix}"
        done = textseq("vectors", "convert", source, made, "--force")
        assert done.exit_code == 0, done.stderr
        read, known = word2vec.load(made), word2vec.load(source)
        assert list(read.index_to_key) == list(known.index_to_key)
        np.testing.assert_array_equal(read.vectors, known.vectors)
        assert f"{len(known)} words, 4 values each -> {made}" in done.stderr


def test_convert_writes_the_first_words_or_a_tokenizers(textseq, vectors, fasttext, tmp_path):
    tokenizer = Tokenizer(oov_token="<unk>")
    tokenizer.fit_on_texts(["kings of man", "kings"])
    tokenizer.save(tmp_path / "tokenizer.json")
    made = tmp_path / "made.bin"
    assert textseq("vectors", "convert", fasttext, made, "--words", 2).exit_code == 0
    assert word2vec.load(made).index_to_key == WORDS[:2]
    of_tokenizer = ["--tokenizer", tmp_path / "tokenizer.json", "--force"]
    done = textseq("vectors", "convert", fasttext, made, *of_tokenizer)
    assert "4 of 4 words (100.0%) have a vector, 3 of them built from" in done.stderr
    read, known = word2vec.load(made), word2vec.load(fasttext)
    assert read.index_to_key == ["<unk>", "kings", "of", "man"]
    np.testing.assert_array_equal(read["kings"], known["kings"])
    done = textseq("vectors", "convert", vectors, made, *of_tokenizer)
    assert "1 of 4 words (25.0%) have a vector\n" in done.stderr
    assert word2vec.load(made).index_to_key == ["man"]


def test_convert_leaves_out_what_a_file_cannot_hold(textseq, tmp_path):
    """As in GloVe's 840B, some words of which hold spaces."""
    (tmp_path / "glove.txt").write_bytes(ODD[4:])
    done = textseq("vectors", "convert", tmp_path / "glove.txt", tmp_path / "made.bin")
    assert "1 words that hold white space are left out, such as '. . .'\n" in done.stderr
    assert word2vec.load(tmp_path / "made.bin").index_to_key == ["the", "of"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.bin", "made.bin"], "none.bin' cannot be read: No such file"),
        (["vectors.txt", "made.npz"], "ends in one of .bin, .txt, .vec"),
        (["vectors.txt", "vectors.txt"], "vectors.txt"),
        (["vectors.txt", "made.bin", "--tokenizer", "tokenizer.json"], "There are no words"),
        (["vectors.txt", "texts.txt"], "exists"),
    ],
)
def test_mistakes_of_convert_are_told_in_one_line(
    textseq, vectors, tmp_path, monkeypatch, arguments, message
):
    monkeypatch.chdir(tmp_path)
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["no such words"])
    tokenizer.save("tokenizer.json")
    (tmp_path / "texts.txt").write_text("")
    done = textseq("vectors", "convert", *arguments)
    assert (done.exit_code, done.stdout) == (1, "")
    assert message in done.stderr.splitlines()[-1]
    assert not (tmp_path / "made.bin").exists()
