"""Ids in work units: all of them, in order, and the errors of a reading in one go."""

import pickle
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq import Sequences
from textseq.errors import ArtifactError, TextseqError
from textseq.sequences.files import SequenceWriter, read_sequence_batches, save_sequences
from textseq.sequences.units import id_units, total_bytes

BATCHES = st.lists(st.lists(st.lists(st.integers(1, 9), max_size=3), max_size=4), max_size=5)


def save(path, batches, labels=False):
    """Write a row group for each batch."""
    with SequenceWriter(path) as writer:
        for rows in batches:
            writer.write(Sequences.from_lists(rows), ["x"] * len(rows) if labels else None)


def read(units):
    batches = chain.from_iterable(pickle.loads(pickle.dumps(unit)).batches() for unit in units)
    return [(ids, label) for rows, labels in batches for ids, label in pairs(rows, labels)]


def pairs(rows, labels):
    return zip(rows.to_lists(), labels or [None] * len(rows), strict=True)


@given(st.lists(BATCHES, min_size=1, max_size=3), st.integers(0, 2_000), st.booleans())
def test_units_hold_what_the_sources_hold(tmp_path_factory, contents, size, labels):
    folder = tmp_path_factory.mktemp("ids")
    (folder / "parts").mkdir()
    for i, batches in enumerate(contents):
        save(folder / "parts" / f"part-{i}.parquet", batches, labels)
        save(folder / f"{i}.jsonl", batches, labels)
    sources = [folder / "parts", *sorted(folder.glob("*.jsonl"))]
    whole = [row for source in sources for row in chain(*_rows(source))]
    units = id_units(sources, size)
    assert read(units) == whole
    row_groups = sum(max(1, len([b for b in batches if b])) for batches in contents)
    assert len(units) <= row_groups + len(contents) + sum(map(len, contents))
    assert len(id_units(sources, 10**9)) == 1


def _rows(source):
    return ([*pairs(rows, labels)] for rows, labels in read_sequence_batches(source))


def test_row_groups_that_follow_each_other_are_one_section(tmp_path):
    save(tmp_path / "a.parquet", [[[i]] for i in range(6)])
    (unit,) = id_units([tmp_path / "a.parquet"], 10**9)
    assert [section.groups for section in unit.sections] == [range(6)]
    assert len(id_units([tmp_path / "a.parquet"], 0)) == 6
    assert total_bytes([tmp_path / "a.parquet", tmp_path / "none.parquet"]) > 0


@pytest.mark.parametrize("name", ["none.parquet", "none.npz", "bad.parquet", "other.txt", "mixed"])
def test_errors_are_those_of_a_reading_in_one_go(tmp_path, name):
    (tmp_path / "bad.parquet").write_bytes(b"PAR1")
    (tmp_path / "mixed").mkdir()
    save(tmp_path / "mixed" / "a.parquet", [[[1]]])
    save(tmp_path / "mixed" / "b.parquet", [[[1]]], labels=True)
    with pytest.raises(TextseqError) as whole:
        list(read_sequence_batches(tmp_path / name))
    with pytest.raises(TextseqError) as parts:
        read(id_units([tmp_path / name], 0))
    assert str(parts.value) == str(whole.value)


def test_a_part_that_is_damaged_is_named(tmp_path):
    save_sequences(tmp_path / "a.parquet", Sequences.from_lists([[1]]))
    (tmp_path / "b.parquet").write_bytes(b"PAR1")
    with pytest.raises(ArtifactError, match=r"b.parquet' cannot be read"):
        read(id_units([tmp_path], 0))
