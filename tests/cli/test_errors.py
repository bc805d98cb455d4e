"""What users get wrong: one helpful line, the right exit status, and no output file."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest
from gensim.models import KeyedVectors

from textseq import Tokenizer, word2vec


@pytest.fixture
def bad(tmp_path):
    """Return a folder of inputs with something wrong with each."""
    (tmp_path / "empty.txt").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 20)
    (tmp_path / "columns.tsv").write_text("stars\tbody_text\n5\ta joy\n")
    (tmp_path / "latin.txt").write_bytes("one\ntwo\nna\xefve\n".encode("latin-1"))
    (tmp_path / "cut.txt.gz").write_bytes(gzip.compress(b"high enough\n" * 9999)[:60])
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["high enough"])
    (tmp_path / "cut.json").write_text(tokenizer.to_json()[:50])
    vectors = KeyedVectors(5)
    vectors.add_vectors(["joy"], np.ones((1, 5), "float32"))
    word2vec.save(vectors, tmp_path / "five.bin")
    return tmp_path


TOKENIZE = [
    ("none.txt", "none.txt' does not exist"),
    ("folder", "folder"),
    ("empty.txt", "has no text"),
    ("binary.txt", "text"),
    ("columns.tsv", "'stars', 'body_text'"),
    ("latin.txt", "Row 3"),
    ("cut.txt.gz", "cut.txt.gz"),
]


def assert_one_line(done, message, status=1):
    assert done.exit_code == status, done.output
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("textseq: ")]
    assert message in line
    assert done.stdout == ""


@pytest.mark.parametrize(("name", "message"), TOKENIZE, ids=[name for name, _ in TOKENIZE])
def test_tokenize(textseq, bad, name, message):
    outputs = [bad / "ids.parquet", bad / "saved.json"]
    done = textseq("tokenize", bad / name, "--output", outputs[0], "--save-tokenizer", outputs[1])
    assert_one_line(done, message)
    assert not any(path.exists() for path in outputs)
    assert not list(bad.glob(".*.partial"))


def test_a_truncated_tokenizer(textseq, bad, giants):
    done = textseq("tokenize", giants, "--tokenizer", bad / "cut.json", "-o", bad / "ids.parquet")
    assert_one_line(done, "not whole JSON")
    assert not (bad / "ids.parquet").exists()


def test_wrong_columns_are_answered_with_those_there_are(textseq, bad, reviews):
    done = textseq("tokenize", reviews, "--text-column", "review", "-o", bad / "ids.parquet")
    assert_one_line(done, "'label', 'text'")


@pytest.mark.parametrize("name", ["ids.parquet", "saved.json"])
def test_an_output_that_exists_stays(textseq, giants, tmp_path, name):
    (tmp_path / name).write_text("precious")
    outputs = ["--output", tmp_path / "ids.parquet", "--save-tokenizer", tmp_path / "saved.json"]
    done = textseq("tokenize", giants, *outputs)
    assert_one_line(done, "--force")
    assert (tmp_path / name).read_text() == "precious"
    assert textseq("tokenize", giants, *outputs, "--force").exit_code == 0
    assert (tmp_path / name).read_bytes() != b"precious"


def test_dense_rows_past_the_limit(textseq, giants, tmp_path):
    (tmp_path / "ids.jsonl").write_text('{"ids": [999999]}\n' * 3)
    output = tmp_path / "onehot.npy"
    done = textseq("onehot", tmp_path / "ids.jsonl", "--width", 10**9, "--output", output)
    assert_one_line(done, "name a .npz file")
    assert not output.exists()


def test_an_id_outside_the_width(textseq, tmp_path):
    (tmp_path / "ids.jsonl").write_text('{"ids": [1, 12]}\n')
    done = textseq("onehot", tmp_path / "ids.jsonl", "--width", 12, "-o", tmp_path / "o.npz")
    assert_one_line(done, "outside 0 to 11")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--cell", "elman"], "gru, lstm, simple_rnn"),
        (["--vectors", "none.bin", "--embedding", "word2vec"], "do not exist"),
        (["--vectors", "five.bin", "--embedding", "word2vec", "--dimension", "6"], "length 5"),
        (["--embedding", "word2vec"], "--vectors"),
        (["--label-column", "stars"], "'label', 'text'"),
    ],
)
def test_classify_train(textseq, bad, reviews, monkeypatch, options, message):
    monkeypatch.chdir(bad)
    done = textseq("classify", "train", reviews, "--output", "model", *options)
    assert_one_line(done, message)
    assert not (bad / "model").exists()


def test_ids_without_their_tokenizer_or_labels_or_of_another_tokenizer(
    textseq, reviews, giants, tmp_path
):
    ids, tokenizer, out = tmp_path / "ids.jsonl", tmp_path / "t.json", tmp_path / "model"
    textseq("tokenize", reviews, "--save-tokenizer", tokenizer, "--output", ids)
    train = ["classify", "train", "--output", out]
    assert_one_line(textseq(*train, ids), "--tokenizer tokenizer.json")
    assert_one_line(textseq(*train, reviews, ids, "--tokenizer", tokenizer), "all as text")
    ids.write_text('{"ids": [1, 99], "label": "good"}\n{"ids": [2], "label": "bad"}\n')
    assert_one_line(textseq(*train, ids, "--tokenizer", tokenizer), "from 1 to 99")
    ids.write_text('{"ids": [1, 2]}\n')
    assert_one_line(textseq(*train, ids, "--tokenizer", tokenizer), "have no labels")
    assert not out.exists()


def test_settings_that_are_none(textseq, reviews, tmp_path):
    config = tmp_path / "config.json"
    train = ["classify", "train", reviews, "--config", config, "--output", tmp_path / "model"]
    assert_one_line(textseq(*train), "does not exist; expected the config.json")
    config.write_text('{"format": "textseq-classifier", "units": "many"}')
    assert_one_line(textseq(*train), "cannot be used")
    config.write_text('{"format": "textseq-classifier", "cell": "antigravity:geohash"}')
    assert_one_line(textseq(*train), "never runs code")


def test_a_corpus_without_labels(textseq, giants, tmp_path):
    done = textseq("classify", "train", giants, "--output", tmp_path / "model")
    assert_one_line(done, "label")


def test_a_model_with_one_file_changed(textseq, reviews, tmp_path):
    model = tmp_path / "model"
    textseq("classify", "train", reviews, "--output", model, "--epochs", 1, "--units", 2)
    (model / "metrics.json").write_text("{}")
    done = textseq("classify", "evaluate", model, reviews, "--report", tmp_path / "report.html")
    assert_one_line(done, "'metrics.json'")
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("tokenize giants.txt -o ids.jsonl --save-tokenizer ids.jsonl", "is given twice"),
        ("tokenize ids.jsonl -o ids.jsonl", "is also an input of this command"),
        ("tokenize giants.txt --save-tokenizer folder", "is a folder, where a file"),
        ("onehot ids.jsonl --width 9 -o ids.jsonl", "is also an input of this command"),
        ("train-w2v giants.txt -o v.bin --report ./v.bin", "is given twice"),
        ("train-w2v giants.txt -o v.bin --min-count 1 --report folder", "is a folder"),
        ("vectors plot -v five.bin -o folder.png", "is a folder"),
        (
            "classify evaluate model giants.txt --report giants.txt",
            "is also an input of this command",
        ),
    ],
)
def test_an_output_that_would_replace_what_it_must_not(
    textseq, bad, giants, monkeypatch, command, message
):
    monkeypatch.chdir(bad)
    (bad / "folder.png").mkdir()
    (bad / "ids.jsonl").write_text('{"ids": [1, 2], "text": "high"}\n')
    before = {path: path.read_bytes() for path in bad.iterdir() if path.is_file()}
    assert_one_line(textseq(*command.split(), "--force"), message)
    assert {path: path.read_bytes() for path in bad.iterdir() if path.is_file()} == before


@pytest.mark.parametrize("num_words", [9.0, 2.5, 5e9])
def test_a_tokenizer_whose_num_words_is_no_integer(textseq, bad, num_words):
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["high enough high"])
    layout = json.loads(tokenizer.to_json())
    layout["config"]["num_words"] = num_words
    (bad / "float.json").write_text(json.dumps(layout))
    (bad / "ids.jsonl").write_text('{"ids": [1, 2]}\n')
    done = textseq("onehot", bad / "ids.jsonl", "--tokenizer", bad / "float.json")
    assert (done.exit_code, done.stdout) == (0, '{"onehot": [[0, 1, 0], [0, 0, 1]]}\n')


@pytest.mark.parametrize(
    "command",
    [
        "classify summary --units 0",
        "classify summary --vocabulary 99999999999999",
        "classify summary --embedding word2vec",
        "classify summary --analyzer words",
        "classify summary --vocabulary 0",
        "classify summary --dimension -1",
        "classify summary --classes -1",
        "tokenize giants.txt --num-words 1",
        "tokenize giants.txt --num-words -3",
    ],
)
def test_a_size_that_cannot_be_is_a_wrong_command_line(textseq, giants, monkeypatch, command):
    monkeypatch.chdir(giants.parent)
    done = textseq(*command.split())
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"Invalid value for '{command.split()[-2]}'" in done.stderr


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("train-w2v giants.txt --min-count 1 --size 0 -o v.bin", "`vector_size` must be 1 or more"),
        ("train-w2v giants.txt -o v.bin", "give 1 or less, which is how often the most frequent"),
        ("demo --corpora giants.txt", "for the sample corpora cannot be created: File exists"),
        ("migrate folder", "is a folder; expected a tokenizer"),
        ("migrate five.bin", "is a file of word vectors; expected a tokenizer"),
    ],
)
def test_other_things_that_are_wrong(textseq, bad, giants, monkeypatch, command, message):
    monkeypatch.chdir(bad)
    assert_one_line(textseq(*command.split()), message)
