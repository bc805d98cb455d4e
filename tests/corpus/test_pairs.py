"""Parallel texts, from two files or from one table."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from textseq.corpus.pairs import read_pairs
from textseq.errors import ArgumentError, CorpusError

PAIRS = (["ein hund", "eine katze , und", ""], ["a dog", "a cat , and", "nothing"])


def as_lists(pairs):
    return pairs.sources.to_pylist(), pairs.targets.to_pylist()


@pytest.fixture
def files(tmp_path):
    names = tmp_path / "train.de", tmp_path / "train.en"
    for name, lines in zip(names, PAIRS, strict=True):
        name.write_text("\n".join(lines) + "\n")
    return names


def test_lines_of_two_files_go_together(files):
    assert as_lists(read_pairs(*files)) == PAIRS


@pytest.mark.parametrize("longer", [0, 1])
def test_files_of_other_lengths_are_refused(files, longer):
    with files[longer].open("a") as file:
        file.write("one more\nand more\n")
    with pytest.raises(CorpusError, match=f"nothing goes with line 4 of '.*{files[longer].name}'"):
        read_pairs(*files)


@pytest.mark.parametrize("header", ["de,en\n", ""])
def test_the_first_two_columns_of_a_table(tmp_path, header):
    path = tmp_path / "pairs.csv"
    path.write_text(header + '"ein hund",a dog\nzwei,two\n')
    given = {} if header else {"header": False}
    assert as_lists(read_pairs(path, **given)) == (["ein hund", "zwei"], ["a dog", "two"])


def test_columns_by_name(tmp_path):
    table = pa.table({"id": [1], "en": ["a dog"], "de": ["ein hund"]})
    pq.write_table(table, tmp_path / "pairs.parquet")
    found = read_pairs(tmp_path / "pairs.parquet", source_column="de", target_column="en")
    assert as_lists(found) == (["ein hund"], ["a dog"])


def test_a_missing_target_is_named(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("de\ten\nein hund\ta dog\nzwei\t\n")
    with pytest.raises(CorpusError, match=r"Row 2 .* has no target: 'en' is null"):
        read_pairs(path)
    assert as_lists(read_pairs(path, drop_missing=True)) == (["ein hund"], ["a dog"])


def test_a_table_of_one_column_says_what_to_do(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("de\nein hund\n")
    with pytest.raises(CorpusError, match="has no column '2'.* with --target-column"):
        read_pairs(path)


def test_a_line_ends_with_a_line_feed_alone(tmp_path):
    """Python's `splitlines` breaks at others too, and texts go with those of other lines."""
    strange = ["one\u2028two", "three\x0bfour\x85five", "six\x1cseven"]
    (tmp_path / "a").write_text("\n".join(strange) + "\n", encoding="utf-8")
    (tmp_path / "b").write_text("1\r\n2\r\n3", encoding="utf-8", newline="")
    assert as_lists(read_pairs(tmp_path / "a", tmp_path / "b")) == (strange, ["1", "2", "3"])


def test_messages_name_the_options_of_pairs(files):
    with pytest.raises(ArgumentError, match="name the file of the targets with --target, or the"):
        read_pairs(files[0], format="text")
    with pytest.raises(ArgumentError, match="another --source-column or --target-column"):
        read_pairs(files[0], source_column="de", target_column="de")
    with pytest.raises(ArgumentError, match="so --target-column and --where do not apply"):
        read_pairs(*files, format="text", target_column="en")
