"""Rows in groups: all of them, in order, however they come."""

from itertools import chain

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.corpus import regroup as module
from textseq.corpus.regroup import regroup


@given(st.lists(st.integers(1, 5), max_size=8), st.integers(1, 7))
def test_all_rows_are_there_in_order_and_groups_are_full(sizes, rows):
    texts = iter(map(str, range(sum(sizes))))
    batches = [pa.record_batch({"text": [next(texts) for _ in range(size)]}) for size in sizes]
    groups = [table.column("text").to_pylist() for table in regroup(batches, rows)]
    assert [*chain.from_iterable(groups)] == [*map(str, range(sum(sizes)))]
    assert all(rows <= len(group) < rows + 5 for group in groups[:-1])


def test_long_texts_fill_a_group_too(monkeypatch):
    monkeypatch.setattr(module, "BYTES", 1_000)
    batch = pa.record_batch({"text": ["x" * 600]})
    assert [len(table) for table in regroup([batch] * 5)] == [2, 2, 1]


def test_no_batch_is_read_before_a_group_needs_it():
    def batches():
        yield pa.record_batch({"text": ["a", "b"]})
        pytest.fail("read ahead")

    assert len(next(regroup(batches(), rows=2))) == 2
