"""One-hot rows on Spark: MLlib's vectors, and folders of parts, equal to those of one machine."""

import numpy as np
import pyarrow as pa
import pytest

from textseq import Sequences, Tokenizer
from textseq.errors import ArgumentError
from textseq.sequences import onehot
from textseq.sequences.files import SequenceWriter, save_sequences
from textseq.sequences.onehot_files import load_one_hot, save_one_hot
from textseq.spark import IdsOnSpark, one_hot
from textseq.spark.onehot import _with_vectors, write_one_hot

ROWS = [[1, 2], [], [4, 4, 3], [2]]


@pytest.fixture(scope="module")
def tokenizer():
    fitted = Tokenizer()
    fitted.fit_on_texts(["no mountain high enough"])
    return fitted


def test_vectors_are_the_one_hot_rows(spark, tokenizer):
    df = spark.createDataFrame([*enumerate(ROWS)], "row int, ids array<int>").repartition(2)
    rows = sorted(one_hot(df, tokenizer).collect(), key=lambda row: row.row)
    assert [row.ids for row in rows] == ROWS
    for row in rows:
        assert all(vector.size == 5 for vector in row.onehot)
        dense = np.array([vector.toArray() for vector in row.onehot]).reshape(-1, 5)
        np.testing.assert_array_equal(dense, onehot.one_hot(row.ids, 5).reshape(-1, 5))


def test_mllib_takes_them(spark, tokenizer):
    from pyspark.ml.stat import Summarizer

    df = spark.createDataFrame([(row,) for row in ROWS], "ids array<bigint>")
    vectors = one_hot(df, tokenizer, output="rows").selectExpr("explode(rows) AS vector")
    counts = vectors.select(Summarizer.sum(vectors.vector)).first()[0]
    assert counts.toArray().tolist() == [0, 1, 2, 1, 2]


@pytest.mark.parametrize(
    ("schema", "arguments", "message"),
    [
        ("ids array<int>", {"column": "id"}, "has no column 'id'; did you mean 'ids'"),
        ("ids array<string>", {}, "cannot be the ids: expected arrays of integers. Received"),
        ("ids array<int>, onehot int", {}, "has a column 'onehot' already"),
    ],
)
def test_arguments_that_are_wrong(spark, tokenizer, schema, arguments, message):
    with pytest.raises(ArgumentError, match=message):
        one_hot(spark.createDataFrame([], schema), tokenizer, **arguments)


def test_an_id_beyond_the_width_and_a_null():
    """In what workers run: Spark itself tries again where it fails, which takes a while."""
    for rows, message in (([[1, 5]], "Index 5 at position 1 is outside 0 to 4"), ([None], "nulls")):
        batch = pa.record_batch({"ids": pa.array(rows, pa.list_(pa.int32()))})
        with pytest.raises(ArgumentError, match=message):
            list(_with_vectors([batch], 5, "ids", "onehot"))


def test_parts_hold_the_rows_of_one_machine(spark, tmp_path):
    with SequenceWriter(tmp_path / "ids.parquet") as writer:
        for row in ROWS:
            writer.write(Sequences.from_lists([row]))
    save_sequences(tmp_path / "more.jsonl", Sequences.from_lists(ROWS))
    spark.conf.set("spark.sql.files.maxPartitionBytes", "1")
    ids = IdsOnSpark(spark, [tmp_path / "ids.parquet", tmp_path / "more.jsonl"])
    assert len(ids.units) == len(ROWS) + 1
    assert write_one_hot(ids, 5, tmp_path / "out") == 12
    save_one_hot(tmp_path / "out.npz", Sequences.from_lists(ROWS * 2), 5)
    assert load_one_hot(tmp_path / "out") == load_one_hot(tmp_path / "out.npz")


def test_the_place_of_an_id_beyond_the_width_is_that_of_one_machine(spark, tmp_path):
    with SequenceWriter(tmp_path / "ids.parquet") as writer:
        for row in ROWS:
            writer.write(Sequences.from_lists([row]))
    with pytest.raises(ArgumentError) as here:
        save_one_hot(tmp_path / "out.npz", Sequences.from_lists(ROWS), 4)
    spark.conf.set("spark.sql.files.maxPartitionBytes", "1")
    with pytest.raises(ArgumentError) as there:
        write_one_hot(IdsOnSpark(spark, [tmp_path / "ids.parquet"]), 4, tmp_path / "out")
    assert str(there.value) == str(here.value)
    assert "at position 2" in str(there.value)
    assert not (tmp_path / "out").exists()
