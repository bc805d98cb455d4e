"""Several labels for a text, from every format that can hold them."""

import csv
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.corpus import read_corpus
from textseq.corpus.label_lists import (
    as_lists,
    distinct_labels,
    find_joined_label,
    is_indicator,
    split_labels,
    unify_labels,
)
from textseq.corpus.regroup import regroup
from textseq.errors import CorpusError

LISTS = [["joy", "love"], [], ["joy"], ["슬픔", "joy", "anger"]]
TEXTS = [f"text {i}" for i in range(len(LISTS))]


def as_table(write, name, delimiter, separator):
    path = write(name, "")
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, delimiter=delimiter)
        rows.writerow(["text", "label"])
        rows.writerows(zip(TEXTS, map(separator.join, LISTS), strict=True))
    return path


def as_json(write, name):
    rows = [{"text": x, "labels": y} for x, y in zip(TEXTS, LISTS, strict=True)]
    lines = name.endswith("l")
    return write(name, "\n".join(map(json.dumps, rows)) if lines else json.dumps(rows))


def as_parquet(write, labels):
    path = write("a.parquet", "")
    pq.write_table(pa.table({"text": TEXTS, "label": labels}), path)
    return path


SOURCES = {
    "CSV, commas within quotes": (lambda write: as_table(write, "a.csv", ",", ", "), ","),
    "CSV, a pipe": (lambda write: as_table(write, "a.csv", ",", "|"), "|"),
    "TSV, two characters": (lambda write: as_table(write, "a.tsv", "\t", "||"), "||"),
    "TSV, line ends": (lambda write: as_table(write, "a.tsv", "\t", "\n"), "\n"),
    "TSV, blanks": (lambda write: as_table(write, "a.tsv", "\t", " "), " "),
    "JSON lines": (lambda write: as_json(write, "a.jsonl"), None),
    "JSON lines, and a separator": (lambda write: as_json(write, "a.jsonl"), ","),
    "a JSON document": (lambda write: as_json(write, "a.json"), None),
    "JSON of columns": (
        lambda write: write("a.json", json.dumps({"text": TEXTS, "labels": LISTS})),
        None,
    ),
    "Parquet": (lambda write: as_parquet(write, LISTS), None),
    "Parquet of strings": (lambda write: as_parquet(write, [*map(",".join, LISTS)]), ","),
}


@pytest.mark.parametrize(("source", "separator"), SOURCES.values(), ids=SOURCES)
@pytest.mark.parametrize("block_size", [1, 1 << 20])
def test_several_labels(write, source, separator, block_size):
    path = source(write)
    corpus = read_corpus(path, label_separator=separator, block_size=block_size)
    assert (list(corpus), corpus.labels(), corpus.multilabel) == (TEXTS, LISTS, True)
    assert corpus.read()["label"].to_pylist() == LISTS
    assert {str(batch["label"].type) for batch in corpus.batches()} == {"list<item: string>"}
    units = corpus.units(1)
    assert [x for u in units for b in u.batches() for x in b["label"].to_pylist()] == LISTS
    assert list(read_corpus(path, labels=False)) == TEXTS


@pytest.mark.parametrize(
    "kind",
    [
        pa.list_(pa.int32()),
        pa.large_list(pa.int64()),
        pa.list_(pa.float64(), 2),
        pa.list_(pa.large_string()),
        pa.list_(pa.binary()),
        pa.list_(pa.dictionary(pa.int8(), pa.string())),
    ],
    ids=str,
)
def test_lists_of_parquet_are_of_any_kind(write, kind):
    values = [["4", "27"], ["3", "3"], ["0", "1"], ["1", "4"]]
    is_number = pa.types.is_primitive(kind.value_type)
    labels = [[int(x) if is_number else x for x in row] for row in values]
    path = as_parquet(write, pa.array(labels, kind))
    assert read_corpus(path).labels() == [["4", "27"], ["3"], ["0", "1"], ["1", "4"]]


def test_a_null_list_is_a_missing_label_and_a_null_in_it_is_nothing(write):
    path = as_parquet(write, [["a"], None, [None, " ", "b"], []])
    with pytest.raises(CorpusError, match="Row 2 .* has no label"):
        read_corpus(path).read()
    assert read_corpus(path, drop_missing=True).labels() == [["a"], ["b"], []]


def test_lists_with_bytes_that_are_not_text(write):
    path = as_parquet(write, [[b"a"], [], [b"b", b"\xff"], []])
    with pytest.raises(CorpusError, match=r"Row 3 .* not text in the expected encoding"):
        read_corpus(path).read()


@pytest.mark.parametrize("row", [[0, 1, 0], [False, False, True], [0.0, 0.0, 0.0]])
def test_an_indicator_is_no_list_of_labels(write, row):
    """As for a loss of PyTorch: a number for each label, whether it applies."""
    path = as_parquet(write, [row] * 4)
    with pytest.raises(CorpusError, match=r"Row 1 .* has \[.*\] in 'label'.* list those that do"):
        read_corpus(path).read()


def test_the_columns_of_goemotions(write):
    """Without a header: text, ids of labels with commas between, id of the comment."""
    path = write("train.tsv", "My food\t27\teeb\nYou, \t4,27\tee8\nWow\t4\ted0\n")
    corpus = read_corpus(path, header=False, text_column="1", label_column="2", label_separator=",")
    assert corpus.labels() == [["27"], ["4", "27"], ["4"]]


@pytest.mark.parametrize("cell", ["['joy', 'love']", '["joy", "love"]', "[joy,love]", "joy ,love"])
def test_a_list_that_was_printed_to_csv(write, cell):
    """As `df.to_csv` writes a column of lists."""
    quoted = cell.replace('"', '""')
    path = write("a.csv", f'text,label\na,"{quoted}"\nb,[]\n')
    assert read_corpus(path, label_separator=",").labels() == [["joy", "love"], []]


def test_sources_of_one_label_and_of_several(write):
    paths = [write("a.csv", "text,label\none,x\n"), write("b.jsonl", '{"text":"t","label":["y"]}')]
    corpus = read_corpus(paths)
    assert (corpus.multilabel, corpus.labels()) == (True, [["x"], ["y"]])
    assert corpus.read()["label"].to_pylist() == [["x"], ["y"]]


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (["a", "b", "a,b"], ("a,b", ",")),
        (["x", "y", "x; y", "c"], ("x; y", ";")),
        (["['a']", "b"], ("['a']", ",")),
        (["a", "a,b"], None),
        (["New York, NY", "Paris"], None),
        ([",", "", "[", "]"], None),
    ],
)
def test_labels_that_look_like_several(labels, found):
    assert find_joined_label(labels) == found


def test_labels_that_look_like_several_are_noted_once(write, caplog):
    path = write("a.csv", "text;label\n" + "one;x\ntwo;y\nthree;x|y\n" * 9)
    assert read_corpus(path, block_size=1 << 20).labels()[2] == "x|y"
    assert caplog.text.count("labels such as 'x|y', which are read as one") == 1
    assert "say --label-separator '|'" in caplog.text


LABEL = st.sampled_from(["", " ", "a", "b ", " b", "c d", "é", "[", "'", "0"])


@given(st.lists(st.none() | st.lists(LABEL | st.none(), max_size=5), max_size=6), st.integers(0, 3))
def test_distinct_labels_as_in_python(lists, start):
    expected = [
        None if row is None else [*dict.fromkeys(x for x in row if x and x.strip())]
        for row in lists
    ]
    array = pa.array(lists, pa.list_(pa.string())).slice(start)
    assert distinct_labels(array).to_pylist() == expected[start:]


@given(st.lists(st.none() | st.lists(LABEL, max_size=5), max_size=6), st.integers(0, 3))
def test_split_labels_as_in_python(lists, start):
    joined = [None if row is None else "|".join(row) for row in lists]
    expected = [None if x is None else [part.strip() for part in x.split("|")] for x in joined]
    array = pa.array(joined, pa.string()).slice(start)
    assert split_labels(array, "|").to_pylist() == expected[start:]


def test_an_indicator_has_more_than_two():
    assert is_indicator(pa.array([["0", "1", "1"], []]))
    for lists in ([["0", "1"]], [["0", "1", "2"]], [["0", "true", "1"]], [[]], []):
        assert not is_indicator(pa.array(lists, pa.list_(pa.string())))


def test_batches_join_whatever_their_labels_are():
    one = pa.record_batch({"text": ["t"], "label": ["a"]})
    several = pa.record_batch({"text": ["t"], "label": [["b", "c"]]})
    [table] = regroup([one, several, one])
    assert table["label"].to_pylist() == [["a"], ["b", "c"], ["a"]]
    assert unify_labels([one, one]) == [one, one]
    without = pa.record_batch({"text": ["t"]})
    assert unify_labels([without]) == [without]
    assert as_lists(pa.array(["a", None])).to_pylist() == [["a"], [None]]
