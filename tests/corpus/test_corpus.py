"""`read_corpus` over several sources, whatever their formats, and on real data."""

import csv
import gzip
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from textseq.corpus import Corpus, read_corpus
from textseq.errors import ArgumentError, CorpusError


@pytest.fixture
def real_data():
    """Return a function that finds a real data set, and skips the test where there is none."""
    root = os.environ.get("TEXTSEQ_DATA") or Path(__file__).parents[3] / "shared" / "data"

    def find(name):
        path = Path(root) / name
        if not path.exists():
            pytest.skip(f"no {name} here")
        return path

    return find


def pairs(corpus: Corpus):
    return list(corpus), corpus.labels() if corpus.has_labels else None


def test_several_sources_of_several_formats(write):
    paths = [
        write("a.csv", "id,text,label\n1,one,x\n"),
        write("b.tsv", "y\tsentence\nx\ttwo\n"),
        write("c.jsonl", '{"review": "three", "target": 3}\n'),
        write("d.ft", "__label__y four\n"),
    ]
    corpus = read_corpus(paths)
    assert corpus.sources == [str(path) for path in paths]
    assert pairs(corpus) == (["one", "two", "three", "four"], ["x", "x", "3", "y"])
    assert corpus.read().num_rows == 4


def test_all_sources_have_labels_or_none(write):
    paths = [write("a.csv", "text,label\none,x\n"), write("b.txt", "two\n")]
    with pytest.raises(CorpusError, match=r"b\.txt' has no labels, and '.*a\.csv' has"):
        read_corpus(paths)


def test_labels_of_a_corpus_without(write):
    corpus = read_corpus(write("a.csv", "id,text\n1,one\n"))
    assert not corpus.has_labels
    with pytest.raises(CorpusError, match=r"'id', 'text'. Choose one with --label-column"):
        corpus.labels()
    with pytest.raises(CorpusError, match=r"'id', 'text'. Choose one with --label-column"):
        read_corpus(write("a.csv", "id,text\n1,one\n"), labels=True)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "text,label,split\none,x,train\ntwo,y,test\nthree,x,train\n"),
        ("a.tsv", "text\tlabel\tsplit\none\tx\ttrain\ntwo\ty\ttest\nthree\tx\ttrain\n"),
        (
            "a.jsonl",
            '{"text": "one", "label": "x"}\n{"text": "two", "label": "y", "split": 0}\n'
            '{"text": "three", "label": "x"}\n',
        ),
    ],
)
def test_where_keeps_some_rows(write, name, content):
    where = {"split": "train"}
    if name == "a.jsonl":
        where = {"label": "x"}
    assert pairs(read_corpus(write(name, content), where=where)) == (["one", "three"], ["x", "x"])


def test_where_looks_at_numbers_and_spares_what_it_drops(write):
    path = write("a.parquet", b"")
    table = {"text": ["one", None, "three"], "fold": pa.array([1, 2, 1]).dictionary_encode()}
    pq.write_table(pa.table(table), path)
    assert list(read_corpus(path, where={"fold": "1"})) == ["one", "three"]
    with pytest.raises(CorpusError, match=r"Row 2 .* has no text"):
        list(read_corpus(path, where={"fold": "2"}))
    with pytest.raises(CorpusError, match=r"No row .* is kept by --where fold=3\."):
        list(read_corpus(path, where={"fold": "3"}))


@pytest.mark.parametrize("arguments", [{"where": {"a": "b"}}, {"text_column": "a"}])
@pytest.mark.parametrize("name", ["a.txt", "a.ft"])
def test_lines_have_no_columns(write, name, arguments):
    with pytest.raises(ArgumentError, match="has no columns"):
        read_corpus(write(name, "__label__x a\n" * (name == "a.ft") + "b"), **arguments)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", ""),
        ("a.txt", b"\xef\xbb\xbf"),
        ("a.txt", gzip.compress(b"", mtime=0)),
        ("a.csv", ""),
        ("a.csv", "\n\n"),
        ("a.csv", "text,label"),
        ("a.csv", "text,label\n"),
        ("a.csv", "text,label\n\n\n"),
        ("a.jsonl", "\n\n"),
        ("a.ft", "\n\n"),
        ("a.parquet", ""),
    ],
)
def test_a_source_without_text(write, name, content):
    with pytest.raises(CorpusError, match="has no text"):
        list(read_corpus(write(name, content)))


def test_a_table_without_rows(tmp_path):
    pq.write_table(pa.table({"text": pa.array([], pa.string())}), tmp_path / "a.parquet")
    with pytest.raises(CorpusError, match="has no text"):
        read_corpus(tmp_path / "a.parquet")


@pytest.mark.parametrize("name", ["missing.txt", "missing.csv", "missing/", "a\nb.parquet"])
def test_a_source_that_does_not_exist(tmp_path, name):
    with pytest.raises(CorpusError, match="does not exist") as caught:
        read_corpus(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_no_sources():
    with pytest.raises(ArgumentError, match="at least one source"):
        read_corpus([])


@pytest.mark.parametrize(("name", "rows"), [("train", 20_000), ("val", 5_000), ("test", 25_000)])
def test_imdb(real_data, name, rows):
    path = real_data(f"imdb/{name}.csv")
    with path.open(encoding="utf-8", newline="") as file:
        expected = [(row["text"], row["label"]) for row in csv.DictReader(file)]
    corpus = read_corpus(path)
    assert len(expected) == rows
    assert list(zip(corpus, corpus.labels(), strict=True)) == expected


@pytest.mark.parametrize(("name", "rows"), [("train", 150_000), ("test", 50_000)])
def test_nsmc(real_data, name, rows):
    path = real_data(f"nsmc/ratings_{name}.txt")
    lines = path.read_bytes().decode().split("\n")[1:-1]
    expected = [tuple(line.split("\t")[1:]) for line in lines]
    corpus = read_corpus(path, quoting="none")
    assert len(expected) == rows
    assert list(zip(corpus, corpus.labels(), strict=True)) == expected


def test_nsmc_does_not_lose_rows_to_stray_quotes(real_data):
    with pytest.raises(CorpusError, match="--quoting none"):
        list(read_corpus(real_data("nsmc/ratings_train.txt")))


@pytest.mark.parametrize(("name", "rows"), [("train", 6_920), ("dev", 872), ("test", 1_821)])
def test_sst2(real_data, name, rows):
    corpus = read_corpus(real_data(f"sst2/{name}.tsv"))
    assert len(list(corpus)) == rows
    assert set(corpus.labels()) == {"0", "1"}


def test_a_table_is_read_without_pandas(write, tmp_path):
    """Arrow imports pandas, which takes long, for the first Python list or string it is given."""
    write("pandas.py", "print('imported')\n")
    path = write("a.csv", "text,label\na film,x\nb,y\n")
    program = f"from textseq.corpus import read_corpus; print(read_corpus({str(path)!r}).read())"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "a film" in done.stdout
    assert "imported" not in done.stdout
