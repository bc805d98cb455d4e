"""Parquet."""

import datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from textseq.corpus import read_corpus
from textseq.corpus.readers import parquet
from textseq.errors import CorpusError


@pytest.fixture
def write_table(tmp_path):
    def write(names, arrays):
        path = tmp_path / "a.parquet"
        pq.write_table(pa.Table.from_arrays([pa.array(a) for a in arrays], names=names), path)
        return path

    return write


@pytest.mark.parametrize(
    "kind",
    [
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.dictionary(pa.int8(), "utf8"),
        pa.binary(),
        pa.large_binary(),
        pa.binary_view(),
    ],
    ids=str,
)
def test_strings_of_any_kind(write_table, kind):
    path = write_table(["text", "label"], [pa.array(["a", ""], kind), pa.array(["x", "y"], kind)])
    corpus = read_corpus(path)
    assert (list(corpus), corpus.labels()) == (["a", ""], ["x", "y"])


@pytest.mark.parametrize(
    ("labels", "strings"),
    [
        ([1, 0], ["1", "0"]),
        ([True, False], ["true", "false"]),
        ([1.0, 0.5], ["1", "0.5"]),
        ([b"pos", b"neg"], ["pos", "neg"]),
        ([Decimal("1.50"), Decimal("2.00")], ["1.50", "2.00"]),
        ([datetime.date(2024, 1, 2), datetime.date(2024, 12, 31)], ["2024-01-02", "2024-12-31"]),
    ],
)
def test_labels_of_other_types(write_table, labels, strings):
    assert read_corpus(write_table(["text", "label"], [["a", "b"], labels])).labels() == strings


def test_rows_are_counted_over_batches(write_table):
    path = write_table(["text"], [["a"] * 20 + [None]])
    with pytest.raises(CorpusError, match=r"Row 21 .* has no text"):
        list(read_corpus(path, block_size=1))


def test_a_text_column_of_another_type(write_table):
    with pytest.raises(CorpusError, match=r"cannot be the text: expected strings. Received: int64"):
        read_corpus(write_table(["text"], [[1]]))


def test_a_label_column_of_another_type(write_table):
    corpus = read_corpus(write_table(["text", "label"], [["a"], [{"of": 1}]]))
    with pytest.raises(CorpusError, match=r"column 'label' cannot be read as strings.*struct"):
        corpus.labels()


def test_labels_of_bytes_that_are_not_text(write_table):
    corpus = read_corpus(write_table(["text", "label"], [["a", "b"], [b"pos", b"\xff"]]))
    with pytest.raises(CorpusError, match=r"Row 2 .* has bytes"):
        corpus.labels()


def test_strings_that_are_not_utf8(write_table):
    bad = pa.array([b"a", b"\xff"]).view(pa.string())
    with pytest.raises(CorpusError, match=r"Row 2 .* has bytes"):
        list(read_corpus(write_table(["text"], [bad])))


def test_a_name_that_occurs_twice(write_table):
    path = write_table(["id", "id", "text"], [[1], [datetime.date(2000, 1, 1)], ["a"]])
    assert list(read_corpus(path)) == ["a"]
    with pytest.raises(CorpusError, match="2 columns named 'id'"):
        read_corpus(path, label_column="id")


KINDS = [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), "utf8")]


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("repeated", [False, True])
def test_batches_of_long_texts_are_bounded_in_bytes(write_table, kind, repeated):
    texts = [f"{0 if repeated else i} " + "word " * 4000 for i in range(300)]
    text = pa.array(texts, pa.string()).dictionary_encode()
    if kind != KINDS[3]:
        text = text.dictionary_decode().cast(kind)
    corpus = read_corpus(write_table(["text", "label"], [text, range(300)]), block_size=50_000)
    assert max(batch.nbytes for batch in corpus.batches()) < 150_000
    assert list(corpus) == texts
    assert corpus.labels() == [str(i) for i in range(300)]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_text_that_is_too_long(write_table, kind, monkeypatch):
    monkeypatch.setattr(parquet, "LONGEST_TEXT", 1000)
    path = write_table(["text"], [pa.array(["a", "b" * 900, "c" * 900], pa.string()).cast(kind)])
    assert len(list(read_corpus(path))) == 3
    path = write_table(["text"], [pa.array(["a", "b" * 900, "c" * 1100], pa.string()).cast(kind)])
    with pytest.raises(CorpusError, match=r"Row 3 .* is longer than"):
        list(read_corpus(path))


def test_a_damaged_file(write):
    with pytest.raises(CorpusError, match="cannot be read as parquet"):
        read_corpus(write("a.parquet", "text\n"))


def test_a_page_that_claims_more_than_there_is_takes_no_memory(write_table):
    path = write_table(["text"], [["high enough"] * 9])
    chunk = pq.read_metadata(path).row_group(0).column(0)
    data, at = path.read_bytes(), chunk.dictionary_page_offset
    # The header of a page: its kind, its size, and its size when compressed.
    compressed = at + 4 + varint_length(data, at + 3)
    assert (data[at : at + 3], data[compressed - 1]) == (b"\x15\x04\x15", 0x15)
    after = compressed + varint_length(data, compressed)
    path.write_bytes(data[:compressed] + b"\xc6\xff\xff\xff\x0f" + data[after:])
    peak = pa.default_memory_pool().max_memory()
    with pytest.raises(CorpusError, match="damaged"):
        list(read_corpus(path))
    assert pa.default_memory_pool().max_memory() < peak + (64 << 20)


def varint_length(data, at):
    """Return how many bytes one of Thrift's numbers has: all but the last are above 127."""
    length = 1
    while data[at + length - 1] > 127:
        length += 1
    return length
