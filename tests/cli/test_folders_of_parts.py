"""A folder of Parquet files of ids, as Spark writes, in place of one file."""

from __future__ import annotations

import pytest

from textseq.sequences.files import load_sequences, save_sequences

TINY = ["--preset", "textbook", "--epochs", 1, "--units", 2, "--dimension", 2]


@pytest.fixture
def ids(textseq, reviews, tmp_path, monkeypatch):
    """Write `ids.parquet`, its rows as parts in `parts/`, and `t.json`, in the current folder."""
    monkeypatch.chdir(tmp_path)
    done = textseq("tokenize", reviews, "-o", "ids.parquet", "--save-tokenizer", "t.json")
    assert done.exit_code == 0, done.output
    sequences, labels = load_sequences("ids.parquet")
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "_SUCCESS").touch()
    for number, start in enumerate(range(0, len(sequences), 10)):
        rows = slice(start, start + 10)
        path = folder / f"part-{number:05}-c000.snappy.parquet"
        save_sequences(path, sequences[rows], labels[rows])
        path.with_name(f".{path.name}.crc").touch()
    return tmp_path


def test_one_hot_rows_are_those_of_one_file(textseq, ids):
    for source, output in (("ids.parquet", "a.npz"), ("parts", "b.npz"), ("parts/", "c.npz")):
        done = textseq("onehot", source, "--tokenizer", "t.json", "--output", output)
        assert done.exit_code == 0, done.output
    assert (ids / "a.npz").read_bytes() == (ids / "b.npz").read_bytes()
    assert (ids / "a.npz").read_bytes() == (ids / "c.npz").read_bytes()


def test_a_classifier_is_the_one_of_one_file(textseq, ids):
    for source, model in (("ids.parquet", "a"), ("parts", "b")):
        command = ["classify", "train", source, "--tokenizer", "t.json", "-o", model, *TINY]
        done = textseq(*command)
        assert done.exit_code == 0, done.output
    weights = [(ids / model / "weights.safetensors").read_bytes() for model in "ab"]
    assert weights[0] == weights[1]
    for command in (["evaluate", "a", "{}", "--json"], ["predict", "a", "--input", "{}"]):
        said = [
            textseq("classify", *(word.format(source) for word in command))
            for source in ("ids.parquet", "parts")
        ]
        assert [done.exit_code for done in said] == [0, 0], said[1].output
        assert said[0].stdout == said[1].stdout
    done = textseq("classify", "predict", "a", "--input", "parts", "--text-column", "x")
    assert done.exit_code == 2
    assert "'parts' holds ids, not texts, so it does nothing" in " ".join(done.stderr.split())


def test_ids_alone_mean_nothing(textseq, ids):
    done = textseq("classify", "train", "parts", "-o", "model")
    assert done.exit_code == 1
    assert "'parts' holds ids, which mean nothing without" in " ".join(done.stderr.split())


def test_an_output_among_the_parts_would_be_one(textseq, ids):
    done = textseq("onehot", "parts", "--tokenizer", "t.json", "-o", "parts/onehot.npz")
    assert done.exit_code == 1
    assert "'parts/onehot.npz' is in 'parts', an input of this" in " ".join(done.stderr.split())
    assert len(list((ids / "parts").glob("[!._]*"))) == 4


def test_inspect_counts_the_parts(textseq, ids):
    done = textseq("inspect", "parts", "--json")
    assert done.exit_code == 0, done.output
    assert '"parts": 4' in done.stdout
    assert '"labels": {' in done.stdout


def test_a_folder_of_texts_by_label_is_no_ids(textseq, ids):
    for label in ("good", "bad"):
        (ids / "texts" / label).mkdir(parents=True)
        (ids / "texts" / label / "1.txt").write_text("pure joy")
    done = textseq("tokenize", "texts", "--tokenizer", "t.json")
    assert done.exit_code == 0, done.output
    assert done.stdout.count('"label"') == 2
    done = textseq("onehot", "texts", "--tokenizer", "t.json")
    assert done.exit_code == 1
    assert "The folder 'texts' cannot be read as ids: it has 'bad'" in done.stderr


def test_a_folder_of_texts_is_tokenized_as_its_files(textseq, reviews, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    header, *rows = reviews.read_text().splitlines()
    folder = tmp_path / "reviews"
    folder.mkdir()
    (folder / "_SUCCESS").touch()
    for number, start in enumerate(range(0, len(rows), 20)):
        lines = [header, *rows[start : start + 20]]
        (folder / f"part-0000{number}-c000.csv").write_text("\n".join(lines).replace("\t", ","))
    for source, name in (("reviews.tsv", "a"), ("reviews", "b")):
        outputs = ["-o", f"{name}.parquet", "--save-tokenizer", f"{name}.json"]
        done = textseq("tokenize", source, *outputs, "--report", f"{name}.html")
        assert done.exit_code == 0, done.output
    assert "'reviews' is read as its 2 files, one after another." in " ".join(done.stderr.split())
    assert load_sequences("a.parquet") == load_sequences("b.parquet")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert "part-00000-c000.csv, part-00001-c000.csv" in (tmp_path / "b.html").read_text()
