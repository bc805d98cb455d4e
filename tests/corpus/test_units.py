"""Work units hold all of a corpus, each part once, in order, with the rows that errors name."""

import gzip
import os
import pickle
import threading

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from textseq import read_corpus
from textseq.corpus.units import Section, group_parts
from textseq.errors import CorpusError


@pytest.fixture
def sources(tmp_path):
    """Return one source of each kind: whole files, row groups, the files of a folder."""
    (tmp_path / "a.csv").write_text('text,label\n"two\nlines",x\nb,y\n')
    (tmp_path / "b.tsv.gz").write_bytes(gzip.compress(b"label\ttext\nx\tc\ny\td\n"))
    table = pa.table({"text": [f"row {i}" for i in range(10)], "label": ["x", "y"] * 5})
    pq.write_table(table, tmp_path / "c.parquet", row_group_size=3)
    for i, label in enumerate("xyx"):
        (tmp_path / "tree" / label).mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / label / f"{i}.txt").write_text(f"file {i}")
    (tmp_path / "d.ft").write_text("__label__x e\n")
    return [tmp_path / name for name in ("d.ft", "c.parquet", "tree", "a.csv", "b.tsv.gz")]


@pytest.mark.parametrize("size", [1, 30, 100, 1 << 30])
def test_units_are_the_corpus(sources, size):
    corpus = read_corpus(sources)
    units = corpus.units(size)
    rows = [row for unit in units for batch in unit.batches() for row in batch.to_pylist()]
    assert rows == corpus.read().to_pylist()
    parts = 1 + 4 + 3 + 1 + 1
    assert len(units) == (parts if size == 1 else len(units))
    assert (len(units) == 1) == (size >= corpus.size)


def test_a_unit_is_read_by_another_process_as_it_was_opened(sources):
    units = read_corpus(sources, labels=False).units(1)
    for unit, again in zip(units, pickle.loads(pickle.dumps(units)), strict=True):
        assert list(again.batches()) == list(unit.batches())


def test_an_error_names_the_row_of_the_source(tmp_path):
    table = pa.table({"text": ["a", "b", "c", None, "e"], "label": ["x"] * 5})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=2)
    units = read_corpus(tmp_path / "a.parquet").units(1)
    assert [len(list(units[i].batches())) for i in (0, 2)] == [1, 1]
    with pytest.raises(CorpusError, match=r"Row 4 of '.*a\.parquet' has no text"):
        list(units[1].batches())


def test_each_unit_counts_the_rows_that_it_skips(tmp_path):
    table = pa.table({"text": ["a", None, None, None, "e"]})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=2)
    corpus = read_corpus(tmp_path / "a.parquet", drop_missing=True)
    units = [pickle.loads(pickle.dumps(unit)) for unit in corpus.units(1)]
    assert [[len(batch) for batch in unit.batches()] for unit in units] == [[1], [], [1]]
    assert [sum(unit.skipped().values()) for unit in units] == [1, 2, 0]


def test_a_pipe_has_no_parts(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=("a text\n",))
    writer.start()
    corpus = read_corpus(tmp_path / "pipe")
    writer.join()
    with pytest.raises(CorpusError, match=r"pipe' is a pipe, .* write it to a file"):
        corpus.units(1)
    with pytest.raises(CorpusError, match="is a pipe"):
        _ = corpus.size


def test_nothing_has_no_units():
    assert group_parts([], 1) == []
    assert Section("a", None, range(2)).parts == range(2)
