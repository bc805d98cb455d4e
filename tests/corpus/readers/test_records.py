"""Whole records, against Python's csv module."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.corpus.readers import records
from textseq.corpus.readers.records import Dialect, RecordError, whole_records


class Pieces:
    """A stream of some bytes."""

    def __init__(self, data):
        self.data = data

    def pieces(self, size):
        for start in range(0, len(self.data), size):
            yield self.data[start : start + size]


def cut(data, size=1, **dialect):
    """Return the blocks of whole records, and what is wrong with the record after them."""
    blocks = []
    try:
        blocks.extend(map(bytes, whole_records(Pieces(data), Dialect(",", **dialect), size)))
    except RecordError as error:
        return blocks, str(error)
    return blocks, None


def rows(data, **options):
    return list(csv.reader(io.StringIO(data.decode(), newline=""), **options))


def complaint(data):
    """Return what the csv module says about quotes, if anything."""
    try:
        rows(data, strict=True)
    except csv.Error as error:
        return str(error)
    return None


CSV = st.text('a",\n', max_size=40).map(str.encode)


@given(CSV, st.integers(1, 50))
def test_blocks_are_whole_records(data, size):
    blocks, problem = cut(data, size)
    parsed = [row for block in blocks for row in rows(block)]
    assert parsed == rows(data)[: len(parsed)]
    if problem is None:
        assert b"".join(blocks) == data + b"\n" * (data[-1:] not in (b"", b"\n"))
    else:
        assert complaint(data)


@given(CSV, st.integers(1, 50))
def test_a_quote_that_is_never_closed_is_always_found(data, size):
    if complaint(data) == "unexpected end of data":
        assert cut(data, size)[1] == "has a quote that is never closed"


@given(st.text('a",\n', max_size=40).map(str.encode), st.integers(1, 50))
def test_without_quoting_a_record_is_a_line(data, size):
    blocks, problem = cut(data, size, quoted=False)
    assert problem is None
    assert b"".join(blocks).splitlines() == data.splitlines()


@pytest.mark.parametrize(
    ("data", "before", "problem"),
    [
        (b'a\nb,"open\nc\n', b"a\n", "has a quote that is never closed"),
        (b'a\nb,"x""\nc\n', b"a\n", "has a quote that is never closed"),
        (b'a\nb,"two\nc,"three\nd\n', b"a\n", "runs over several rows, with text after"),
        (b'"a"b,"c"d\n"e" "f"\n', b'"a"b,"c"d\n"e" "f"\n', None),  # quotes within a line
        (b'a,5" disk\nb,"" c\n', b'a,5" disk\nb,"" c\n', None),
    ],
)
@pytest.mark.parametrize("size", [1, 5, 100])
def test_quotes(data, before, problem, size):
    blocks, found = cut(data, size)
    assert b"".join(blocks) == before
    assert (found or "").count(problem or "x") == bool(problem)


@pytest.mark.parametrize(
    ("data", "refused"),
    [
        (b'x,"a\ny,b"\n', True),  # each line is a record of two fields
        (b'"a,x\nb,y"\nc,z\n', True),
        (b'x,"a\nb"\n', False),
        (b'x,"a\nb, c, d"\n', False),
    ],
)
def test_lines_that_could_each_be_a_record(data, refused):
    assert bool(cut(data, 4, width=2)[1]) == refused
    assert cut(data, 4) == ([data], None) or not refused


def test_a_record_may_not_be_longer_than_the_limit(monkeypatch):
    monkeypatch.setattr(records, "LONGEST_ROW", 50)
    assert "quote that is not closed within" in cut(b'a\n"' + b"b\n" * 100, 10)[1]
    assert "is longer than" in cut(b"a\n" + b"b" * 100 + b"\n", 10)[1]
    assert cut(b"a\n" + b"b" * 40 + b"\n", 10)[1] is None


def test_a_stream_without_an_end_is_not_read_past_the_limit(monkeypatch):
    monkeypatch.setattr(records, "LONGEST_ROW", 1000)
    taken = []

    class Endless:
        def pieces(self, size):
            yield b'"a'
            while True:
                taken.append(size)
                yield b"b\n" * (size // 2)

    with pytest.raises(RecordError, match="not closed within"):
        list(whole_records(Endless(), Dialect(","), 100))
    assert sum(taken) < 5000
