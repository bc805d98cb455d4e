"""Folders of part files as sources of a corpus."""

import gzip
import json
import logging

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.corpus import read_corpus
from textseq.corpus.part_folders import expand_folders
from textseq.errors import ArgumentError, CorpusError

ROWS = [("a film", "pos"), ("no, thanks", "neg"), ("", "pos"), ("나쁘다", "neg"), ("e", "pos")]
SPARK = "part-{:05}-1ff24d5c-8c29-c000{}"


def parquet(rows):
    table = pa.table({"text": [t for t, _ in rows], "label": [label for _, label in rows]})
    sink = pa.BufferOutputStream()
    pq.write_table(table.cast(pa.schema({"text": pa.string(), "label": pa.string()})), sink)
    return sink.getvalue().to_pybytes()


def csv(rows):
    return ("text,label\n" + "".join(f'"{text}",{label}\n' for text, label in rows)).encode()


def json_lines(rows):
    return "".join(json.dumps({"text": t, "label": label}) + "\n" for t, label in rows).encode()


ENCODERS = {
    ".snappy.parquet": parquet,
    ".csv": csv,
    ".json": json_lines,
    ".jsonl": json_lines,
    ".csv.gz": lambda rows: gzip.compress(csv(rows)),
}


@pytest.fixture
def folder(write, tmp_path):
    """Return a folder with what Spark writes beside the parts."""
    for name in ("_SUCCESS", "._SUCCESS.crc", "_temporary/0/part-00000.csv", ".a.crc"):
        write(f"reviews/{name}", b"crc")
    return tmp_path / "reviews"


@pytest.mark.parametrize("extension", ENCODERS)
@given(cuts=st.lists(st.integers(1, len(ROWS)), max_size=3, unique=True))
def test_parts_are_the_corpus_of_one_file(tmp_path_factory, extension, cuts):
    folder = tmp_path_factory.mktemp("reviews")
    starts = [0, *sorted(set(cuts) - {len(ROWS)})]
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(ROWS)], strict=True)):
        part = folder / SPARK.format(number, extension)
        part.write_bytes(ENCODERS[extension](ROWS[start:end]))
        part.with_name(f".{part.name}.crc").touch()
    (folder / "_SUCCESS").touch()
    corpus = read_corpus(folder)
    assert list(zip(corpus, corpus.labels(), strict=True)) == ROWS
    assert [*map(len, (corpus.sources, starts))] == [len(starts)] * 2


@pytest.mark.parametrize("name", ["{}.txt", "{}.txt.gz", "part-{}", "part-{}.gz"])
def test_a_text_per_line(folder, write, caplog, name):
    caplog.set_level(logging.INFO)
    for number, text in ((10, "c\nd\n"), (2, "e\n"), (1, "a\nb\n")):
        content = gzip.compress(text.encode()) if name.endswith("gz") else text
        write(f"reviews/{name.format(f'{number:02}')}", content)
    assert list(read_corpus(folder)) == list("abecd")
    assert "reviews' is read as its 3 files, one after another, a text per line." in caplog.text


def test_folders_and_files_in_the_order_they_are_given(folder, write):
    write("reviews/part-1.txt", "b\n")
    last, first = write("last.txt", "c\n"), write("first.txt", "a\n")
    corpus = read_corpus([first, folder, last])
    assert list(corpus) == ["a", "b", "c"]
    assert corpus.sources == [str(first), str(folder / "part-1.txt"), str(last)]


@pytest.mark.parametrize("extension", ENCODERS)
def test_an_error_names_the_part_and_its_row(folder, write, extension):
    if "csv" in extension:  # a lone quote
        bad = ENCODERS[extension]([("a", "x"), ('b "', "y")])
    else:
        bad = ENCODERS[extension]([("a", "x"), (None, "y")])
    write(f"reviews/part-0{extension}", ENCODERS[extension](ROWS))
    write(f"reviews/part-1{extension}", bad)
    with pytest.raises(CorpusError, match=r"Row 2 .*of '.*part-1\."):
        list(read_corpus(folder))


@pytest.mark.parametrize("extension", [".parquet", ".json", ".txt", ".txt.gz"])
def test_parts_without_rows_are_skipped(folder, write, extension):
    full, empty = {
        ".parquet": (parquet(ROWS[:2]), parquet([])),
        ".json": (json_lines(ROWS[:2]), b""),
        ".txt": (b"a film\nno, thanks\n", b""),
        ".txt.gz": (gzip.compress(b"a film\nno, thanks\n"), gzip.compress(b"")),
    }[extension]
    for number, content in enumerate([empty, full, empty]):
        write(f"reviews/part-{number}{extension}", content)
    assert list(read_corpus(folder)) == ["a film", "no, thanks"]
    (folder / f"part-1{extension}").unlink()
    with pytest.raises(CorpusError, match=r"part-0.* has no text"):
        read_corpus(folder)


def test_files_of_several_formats(folder, write):
    files = [write(f"reviews/{name}", csv(ROWS)) for name in ("a.csv", "b.csv")]
    write("reviews/readme.md", "# Reviews\n")
    message = r"reviews' has 'a.csv' and 'readme.md', where .* give the files themselves"
    with pytest.raises(CorpusError, match=message):
        read_corpus(folder)
    assert len(list(read_corpus(files))) == 2 * len(ROWS)


def test_parts_of_which_some_have_labels(folder, write):
    write("reviews/part-0.csv", csv(ROWS))
    write("reviews/part-1.csv", "text,more\na,b\n")
    with pytest.raises(CorpusError, match=r"part-1.csv' has no labels, and '.*part-0.csv' has"):
        read_corpus(folder)
    assert len(list(read_corpus(folder, labels=False))) == len(ROWS) + 1


def test_any_names_are_parts_where_the_format_is_given(folder, write):
    write("reviews/0.data", csv(ROWS[:2]))
    write("reviews/1", csv(ROWS[2:]))
    with pytest.raises(CorpusError, match="expected a folder for each label"):
        read_corpus(folder)
    assert list(read_corpus(folder, format="csv")) == [text for text, _ in ROWS]


def test_a_folder_of_labels_stays_one(folder, write):
    write("reviews/pos/1.txt", "a\nfilm\n")
    write("reviews/neg/1.txt", "no")
    write("reviews/part-0.csv", csv(ROWS))
    corpus = read_corpus(folder)
    assert (list(corpus), corpus.labels()) == (["no", "a\nfilm\n"], ["neg", "pos"])
    with pytest.raises(CorpusError, match="it is a folder, where a file was expected"):
        read_corpus(folder, format="csv")


def test_a_folder_of_part_files_is_no_folder_of_labels(folder, write):
    write("reviews/part-0.csv", csv(ROWS))
    with pytest.raises(CorpusError, match="has no text: expected a folder for each label"):
        read_corpus(folder, format="folder")


def test_other_sources_are_left_as_they_are(tmp_path):
    names = ["-", str(tmp_path), str(tmp_path / "none.csv")]
    assert expand_folders(names) == names
    assert expand_folders(names, "csv") == names
    with pytest.raises(CorpusError, match="cannot be read"):
        read_corpus("a" * 5000)
    with pytest.raises(ArgumentError, match="is not a known format"):
        expand_folders(names, "cvs")


def test_a_damaged_part_is_an_error_and_not_an_empty_one(folder, write):
    write("reviews/part-0.parquet", parquet(ROWS)[:-30])
    with pytest.raises(CorpusError, match=r"part-0.parquet' cannot be read as parquet"):
        read_corpus(folder)
