"""Inputs of every shape through the command line: the right answer, or one helpful sentence."""

import json
import re

import pytest

TABLE = "label\ttext\na\tgood text\nb\tbad 거인 text\n"
ENCODED = {
    "a.tsv": TABLE,
    "a.csv": TABLE.replace("\t", ","),
    "a.txt": "standing on\nthe 거인\n",
    "a.jsonl": '{"text": "good", "label": "a"}\n{"text": "거인", "label": "b"}\n',
}
REFUSED = {
    "an empty file": ("a.txt", b"", "has no text"),
    "a header alone": ("a.tsv", b"label\ttext\n", "has no text"),
    "zero bytes": ("a.txt", b"stan\0ding\n", "has zero bytes, the first after 4 bytes"),
    "a column twice": ("a.csv", b"text,label,text\nx,a,y\n", "has 2 columns named 'text'"),
    "a label twice": ("a.csv", b"text,label,label\nx,a,y\n", "has 2 columns named 'label'"),
    "a key twice": ("a.jsonl", b'{"text": "a", "text": "b"}\n', "Row 1 of .* key 'text' twice"),
    "a row too long": ("a.csv", b"label,text\na,x\nb,y,z\n", "Row 2 .* expected 2. Received: 3"),
    "a row too short": ("a.tsv", b"label\ttext\na\tx\nb\n", "Row 2 .* expected 2. Received: 1"),
    "a row far down": (
        "a.csv",
        b"label,text\n" + b"a,x\n" * 100_000 + b"b\n",
        "Row 100001 .* expected 2. Received: 1",
    ),
}


def ids(done):
    assert done.exit_code == 0, done.stderr
    return [json.loads(line)["ids"] for line in done.stdout.splitlines()]


@pytest.mark.parametrize("shape", REFUSED)
def test_what_cannot_be_read_is_reported_in_a_sentence(shape, textseq, tmp_path):
    name, content, message = REFUSED[shape]
    (tmp_path / name).write_bytes(content)
    done = textseq("tokenize", tmp_path / name)
    assert done.exit_code == 1
    reported = [line for line in done.stderr.splitlines() if line.startswith("textseq: ")]
    assert len(reported) == 1
    assert re.search(message, reported[0])


@pytest.mark.parametrize("name", ENCODED)
def test_utf16_is_recognized_and_read_when_it_is_named(name, textseq, tmp_path):
    (tmp_path / name).write_text(ENCODED[name])
    expected = ids(textseq("tokenize", tmp_path / name))
    (tmp_path / name).write_bytes(ENCODED[name].encode("utf-16"))
    done = textseq("tokenize", tmp_path / name)
    assert done.exit_code == 1
    assert "looks like UTF-16, and was read as utf-8; name it with --encoding utf-16" in done.stderr
    assert ids(textseq("tokenize", tmp_path / name, "--encoding", "utf-16")) == expected


def test_utf16_without_a_byte_order_mark(textseq, tmp_path):
    (tmp_path / "a.txt").write_bytes("giants\n".encode("utf-16-le"))
    assert "say --encoding utf-16-le" in textseq("tokenize", tmp_path / "a.txt").stderr
    assert ids(textseq("tokenize", tmp_path / "a.txt", "--encoding", "utf-16-le")) == [[1]]


@pytest.mark.parametrize("name", ENCODED)
def test_windows_line_ends_change_nothing(name, textseq, tmp_path):
    (tmp_path / name).write_text(ENCODED[name])
    expected = ids(textseq("tokenize", tmp_path / name))
    (tmp_path / name).write_bytes(ENCODED[name].replace("\n", "\r\n").encode())
    assert ids(textseq("tokenize", tmp_path / name)) == expected


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl"])
def test_a_very_long_line(name, textseq, tmp_path):
    text = "high enough " * 200_000
    content = {"a.txt": text, "a.csv": f"text\n{text}", "a.jsonl": json.dumps({"text": text})}
    (tmp_path / name).write_text(content[name] + "\n")
    assert ids(textseq("tokenize", tmp_path / name)) == [[1, 2] * 200_000]


def test_a_single_document_and_blank_ones(textseq, tmp_path):
    (tmp_path / "a.txt").write_text("one document")
    assert ids(textseq("tokenize", tmp_path / "a.txt")) == [[1, 2]]
    (tmp_path / "a.txt").write_text("\n\n")
    assert ids(textseq("tokenize", tmp_path / "a.txt")) == [[], []]


def test_documents_of_unknown_words_only(textseq, tmp_path, giants):
    tokenizer, parquet = tmp_path / "t.json", tmp_path / "ids.parquet"
    textseq("tokenize", giants, "--save-tokenizer", tokenizer)
    (tmp_path / "a.tsv").write_text("label\ttext\na\tqq zz\nb\txx\n")
    done = textseq("tokenize", tmp_path / "a.tsv", "--tokenizer", tokenizer, "--output", parquet)
    assert "2 documents, 0 tokens" in done.stderr
    for name in ("o.npz", "o.npy"):
        done = textseq("onehot", parquet, "--tokenizer", tokenizer, "--output", tmp_path / name)
        assert "0 rows of width 12" in done.stderr
    done = textseq(
        "train-w2v", tmp_path / "a.tsv", "--tokenizer", tokenizer, "--output", tmp_path / "v.bin"
    )
    assert "There are no words to train on" in done.stderr
    train = ("classify", "train", tmp_path / "a.tsv", "--output", tmp_path / "model")
    done = textseq(*train, "--tokenizer", tokenizer)
    assert done.exit_code == 1
    assert "knows none of the words of the 2 training texts" in done.stderr


def test_one_class_and_one_document_cannot_be_learned(textseq, tmp_path):
    for rows in (1, 20):
        (tmp_path / "a.tsv").write_text("label\ttext\n" + "a\tgood\n" * rows)
        done = textseq("classify", "train", tmp_path / "a.tsv", "--output", tmp_path / "model")
        assert done.exit_code == 1
        assert "Expected texts of two classes or more" in done.stderr
    assert not (tmp_path / "model").exists()


def test_labels_that_look_like_numbers_stay_as_they_are_written(textseq, tmp_path):
    rows = (
        "".join(
            f"{label}\t{word} text\n" for label, word in zip(["1", "01", "1.0"], "abc", strict=True)
        )
        * 4
    )
    (tmp_path / "a.tsv").write_text("label\ttext\n" + rows)
    small = ("--units", 2, "--dimension", 2, "--epochs", 1, "--output", tmp_path / "model")
    assert textseq("classify", "train", tmp_path / "a.tsv", *small).exit_code == 0
    config = json.loads((tmp_path / "model" / "config.json").read_text())
    assert config["classes"] == ["01", "1", "1.0"]
