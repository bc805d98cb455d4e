"""Sequences on disk: there and back, and files that are not sound."""

import contextlib
import io
import json
import random
import sys
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq import Sequences
from textseq.errors import ArgumentError, ArtifactError, OutputExistsError
from textseq.sequences import files as sequence_files
from textseq.sequences.files import (
    SequenceWriter,
    holds_ids,
    load_sequences,
    read_sequence_batches,
    save_sequences,
)
from textseq.sequences.jsonlines import write_json_lines

FORMATS = [".parquet", ".jsonl", ".npz"]
EACH_FORMAT = pytest.mark.parametrize("suffix", FORMATS)
SEQUENCES = Sequences.from_lists([[7, 8], [], [9, 10, 2**31 - 1]])
LABELS = ["x", "긍정", ""]

DOCUMENTS = st.lists(st.lists(st.integers(0, 2**31 - 1), max_size=4), max_size=6)
LABEL = st.text(st.characters(exclude_categories=["Cs"]), max_size=3)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


# --- there and back ---------------------------------------------------------------------------


@EACH_FORMAT
@given(batches=st.lists(DOCUMENTS, max_size=4), labelled=st.booleans(), data=st.data())
def test_batches_come_back(tmp_path_factory, suffix, batches, labelled, data):
    path = tmp_path_factory.mktemp("ids") / f"ids{suffix}"
    label = LABEL.filter(lambda text: not text.endswith("\0"))  # which .npz refuses
    documents = [row for batch in batches for row in batch]
    labels = [data.draw(label) for _ in documents] if labelled else None
    with SequenceWriter(path) as writer:
        at = 0
        for batch in batches:
            part = None if labels is None else labels[at : at + len(batch)]
            writer.write(Sequences.from_lists(batch), part)
            at += len(batch)
    assert (writer.documents, writer.tokens) == (len(documents), sum(map(len, documents)))
    read, read_labels = load_sequences(path)
    assert read.to_lists() == documents
    assert (read_labels or []) == (labels or [])


LISTS = [["x", "긍정"], [], ["y"]]


@EACH_FORMAT
@pytest.mark.parametrize("batches", [[LISTS], [LABELS, LISTS, LABELS], [LISTS, LABELS]])
def test_several_labels_come_back_and_may_come_late(tmp_path, suffix, batches):
    path = tmp_path / f"ids{suffix}"
    write_batches(path, batches)
    read, labels = load_sequences(path)
    expected = [x for labels in batches for x in labels]
    assert labels == [x if isinstance(x, list) else [x] for x in expected]
    assert read == Sequences.concatenate([SEQUENCES] * len(batches))
    assert names(tmp_path) == [path.name]
    if suffix == ".parquet":
        assert pa.types.is_list(pq.read_schema(path).field("label").type)


@EACH_FORMAT
@pytest.mark.parametrize("labels", [LABELS, LISTS, None])
def test_the_same_bytes_every_time(tmp_path, suffix, labels):
    paths = [tmp_path / f"{name}{suffix}" for name in "ab"]
    for path in paths:
        save_sequences(path, SEQUENCES, labels)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert load_sequences(paths[0]) == (SEQUENCES, labels)
    assert names(tmp_path) == sorted(path.name for path in paths)


@EACH_FORMAT
def test_reading_a_batch_at_a_time(tmp_path, monkeypatch, suffix):
    monkeypatch.setattr(sequence_files, "DOCUMENTS_PER_BATCH", 2)
    path = tmp_path / f"ids{suffix}"
    save_sequences(path, SEQUENCES, LABELS)
    batches = list(read_sequence_batches(path))
    assert [len(sequences) for sequences, _ in batches] == [2, 1]
    assert [label for _, labels in batches for label in labels] == LABELS
    assert Sequences.concatenate(sequences for sequences, _ in batches) == SEQUENCES


def test_parquet_is_plain_with_a_row_group_for_each_batch(tmp_path):
    with SequenceWriter(tmp_path / "ids.parquet") as writer:
        writer.write(SEQUENCES, LABELS)
        writer.write(SEQUENCES[:1], LABELS[:1])
    file = pq.ParquetFile(tmp_path / "ids.parquet")
    assert file.num_row_groups == 2
    assert file.schema_arrow.field("label").type == pa.string()
    assert file.schema_arrow.field("ids").type.value_type == pa.int32()
    assert file.read().column("ids").to_pylist() == [*SEQUENCES.to_lists(), [7, 8]]


def test_npz_is_three_plain_arrays(tmp_path):
    save_sequences(tmp_path / "ids.npz", SEQUENCES, LABELS)
    with np.load(tmp_path / "ids.npz", allow_pickle=False) as arrays:
        assert sorted(arrays) == ["ids", "labels", "offsets"]
        assert (arrays["ids"].dtype, arrays["offsets"].dtype) == (np.int32, np.int64)
        assert arrays["labels"].dtype.kind == "U"


def test_json_lines_on_stdout_are_read_from_stdin(monkeypatch):
    stdout = io.StringIO()
    write_json_lines(stdout, SEQUENCES, LABELS)
    first = stdout.getvalue().splitlines()[0]
    assert json.loads(first) == {"ids": [7, 8], "label": "x"}
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdout.getvalue().encode())))
    assert load_sequences("-") == (SEQUENCES, LABELS)


def test_json_lines_may_be_bare_arrays_between_blank_lines(tmp_path):
    (tmp_path / "ids.jsonl").write_text('[1, 2]\n\n{"ids": []}\r\n  \n[3]')
    sequences, labels = load_sequences(tmp_path / "ids.jsonl")
    assert (sequences.to_lists(), labels) == ([[1, 2], [], [3]], None)


def test_parquet_of_wider_types_is_read(tmp_path):
    table = pa.table(
        {
            "ids": pa.array([[1], [2, 3]], pa.large_list(pa.int64())),
            "label": pa.array(["a", "b"]).dictionary_encode(),
            "more": [1.0, 2.0],
        }
    )
    pq.write_table(table, tmp_path / "ids.parquet")
    sequences, labels = load_sequences(tmp_path / "ids.parquet")
    assert (sequences.to_lists(), labels) == ([[1], [2, 3]], ["a", "b"])


# --- folders of parts -------------------------------------------------------------------------

SPARK = "part-{:05}-1ff24d5c-c000.snappy.parquet"


def write_like_spark(folder, columns, *, parts, name=SPARK):
    """Write columns as `df.write.parquet` does, in parts that end before these rows."""
    folder.mkdir()
    (folder / "_SUCCESS").touch()
    (folder / "._SUCCESS.crc").touch()
    (folder / "_temporary").mkdir()
    table, start = pa.table(columns), 0
    for number, end in enumerate(parts):
        path = folder / name.format(number)
        pq.write_table(table.slice(start, end - start), path, compression="snappy")
        path.with_name(f".{path.name}.crc").write_bytes(b"crc")
        start = end


@given(documents=DOCUMENTS, cuts=st.lists(st.integers(0, 6), max_size=4), labelled=st.booleans())
def test_parts_are_read_as_one_file(tmp_path_factory, documents, cuts, labelled):
    folder = tmp_path_factory.mktemp("ids") / "ids"
    columns = {"ids": pa.array(documents, pa.list_(pa.int32()))}
    labels = [str(i) for i in range(len(documents))] if labelled else None
    if labelled:
        columns["label"] = pa.array(labels, pa.string())
    ends = [*sorted(min(cut, len(documents)) for cut in cuts), len(documents)]
    write_like_spark(folder, columns, parts=ends)
    assert holds_ids(folder)
    read, read_labels = load_sequences(folder)
    assert read.to_lists() == documents
    assert (read_labels or []) == (labels or [])


def test_parts_in_the_order_of_their_names(tmp_path):
    for name, first in {"part-00010": 3, "part-00002": 2, "b": 1, "_part-00000": 9}.items():
        save_sequences(tmp_path / f"{name}.parquet", Sequences.from_lists([[first]]), [name])
    assert load_sequences(tmp_path)[1] == ["b", "part-00002", "part-00010"]


def test_a_part_without_documents_has_no_say_in_labels(tmp_path):
    save_sequences(tmp_path / "part-0.parquet", Sequences.from_lists([]))
    save_sequences(tmp_path / "part-1.parquet", SEQUENCES, LABELS)
    save_sequences(tmp_path / "part-2.parquet", Sequences.from_lists([]))
    assert load_sequences(tmp_path) == (SEQUENCES, LABELS)


@pytest.mark.parametrize("labels", [[LABELS, None], [None, None, LABELS]])
def test_parts_of_which_some_have_labels(tmp_path, labels):
    for number, each in enumerate(labels):
        save_sequences(tmp_path / f"part-{number}.parquet", SEQUENCES, each)
    without, having = labels.index(None), labels.index(LABELS)
    message = rf"part '.*part-{without}.parquet' has no labels, and '.*part-{having}.parquet' has"
    with pytest.raises(ArtifactError, match=message):
        load_sequences(tmp_path)


def test_a_damaged_part_is_named(tmp_path):
    for number in range(3):
        save_sequences(tmp_path / f"part-{number}.parquet", SEQUENCES)
    part = tmp_path / "part-1.parquet"
    part.write_bytes(part.read_bytes()[:-20])
    with pytest.raises(ArtifactError, match=r"The ids '.*part-1.parquet' cannot be read"):
        load_sequences(tmp_path)


@pytest.mark.parametrize("other", ["part-1.csv", "config.json", "more.parquet/"])
def test_a_folder_with_anything_else_is_no_folder_of_ids(tmp_path, other):
    save_sequences(tmp_path / "part-0.parquet", SEQUENCES)
    if other.endswith("/"):
        (tmp_path / other).mkdir()
    else:
        (tmp_path / other).touch()
    assert not holds_ids(tmp_path)
    with pytest.raises(ArtifactError, match=f"cannot be read as ids: it has '{other.strip('/')}'"):
        load_sequences(tmp_path)


def test_folders_that_hold_no_ids(tmp_path):
    assert not holds_ids(tmp_path)
    with pytest.raises(ArtifactError, match="cannot be read as ids: it is empty; expected Parq"):
        load_sequences(tmp_path)
    pq.write_table(pa.table({"text": ["a"]}), tmp_path / "part-0.parquet")
    assert not holds_ids(tmp_path)
    with pytest.raises(ArtifactError, match=r"'.*part-0.parquet' has no column 'ids'"):
        load_sequences(tmp_path)


def test_wider_lists_are_ids_too(tmp_path):
    table = pa.table({"ids": pa.array([[1]], pa.large_list(pa.int64()))})
    pq.write_table(table, tmp_path / "ids.parquet")
    assert holds_ids(tmp_path / "ids.parquet")


# --- writing that is refused ------------------------------------------------------------------


def write_and_break(path, error):
    with SequenceWriter(path, force=True) as writer:
        writer.write(SEQUENCES, LABELS)
        raise error


@EACH_FORMAT
@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_an_error_in_the_block_leaves_no_file_and_keeps_an_old_one(tmp_path, suffix, error):
    path = tmp_path / f"ids{suffix}"
    with pytest.raises(error):
        write_and_break(path, error)
    assert names(tmp_path) == []
    save_sequences(path, SEQUENCES[:1])
    with pytest.raises(error):
        write_and_break(path, error)
    assert load_sequences(path) == (SEQUENCES[:1], None)
    assert names(tmp_path) == [path.name]


@EACH_FORMAT
def test_a_file_that_exists(tmp_path, suffix):
    path = tmp_path / f"ids{suffix}"
    save_sequences(path, SEQUENCES)
    with pytest.raises(OutputExistsError):
        SequenceWriter(path)
    save_sequences(path, SEQUENCES[:1], force=True)
    assert len(load_sequences(path)[0]) == 1


def write_batches(path, batches_of_labels):
    with SequenceWriter(path) as writer:
        for labels in batches_of_labels:
            writer.write(SEQUENCES, labels)


@EACH_FORMAT
@pytest.mark.parametrize(
    ("batches", "message"),
    [
        ([LABELS, None], "all batches have labels, or none has"),
        ([None, LABELS], "all batches have labels, or none has"),
        ([LABELS[:2]], "Received 3 documents and 2 labels"),
        ([["a", "b", None]], "A label must be a string, .* Received: None"),
        ([["a", "b", 1]], "A label must be a string"),
        ([["a", "b", "\ud800"]], "A label must be a string"),
        ([["a", "b", ["\ud800"]]], "A label must be a string"),
        ([["a", "b", [["c"]]]], "A label must be a string, or a list of strings"),
    ],
)
def test_labels_that_do_not_fit(tmp_path, suffix, batches, message):
    with pytest.raises(ArgumentError, match=message):
        write_batches(tmp_path / f"ids{suffix}", batches)
    assert names(tmp_path) == []


@EACH_FORMAT
def test_ids_below_0_are_not_written(tmp_path, suffix):
    with pytest.raises(ArgumentError, match=r"Ids are 0 or more. Received: -1"):
        save_sequences(tmp_path / f"ids{suffix}", Sequences.from_lists([[1, -1]]))


def test_a_label_that_npz_would_shorten(tmp_path):
    with pytest.raises(ArgumentError, match=r"ends in NUL cannot be kept in .npz"):
        save_sequences(tmp_path / "ids.npz", SEQUENCES, ["a", "b\0", "c"])
    save_sequences(tmp_path / "ids.parquet", SEQUENCES, ["a", "b\0", "c"])
    assert names(tmp_path) == ["ids.parquet"]


@pytest.mark.parametrize("name", ["ids", "ids.csv", "ids.parquet.gz"])
def test_an_unknown_extension(tmp_path, name):
    for function in (SequenceWriter, load_sequences):
        with pytest.raises(ArgumentError, match=r"ends in \.parquet, \.jsonl, \.npz"):
            function(tmp_path / name)


# --- reading that is refused ------------------------------------------------------------------


@EACH_FORMAT
def test_a_file_that_is_missing_or_a_folder(tmp_path, suffix):
    with pytest.raises(ArtifactError, match=f"'.*none{suffix}' cannot be read: No such file"):
        load_sequences(tmp_path / f"none{suffix}")
    (tmp_path / f"folder{suffix}").mkdir()
    with pytest.raises(ArtifactError, match=f"'.*folder{suffix}' cannot be read"):
        load_sequences(tmp_path / f"folder{suffix}")


@pytest.mark.parametrize("suffix", [".parquet", ".npz"])
@pytest.mark.parametrize("content", [b"", b"PAR1", b"PK\x03\x04", b"label,text\n", b"\0" * 1000])
def test_a_file_of_another_kind(tmp_path, suffix, content):
    (tmp_path / f"ids{suffix}").write_bytes(content)
    with pytest.raises(ArtifactError, match=f"'.*ids{suffix}' cannot be read"):
        load_sequences(tmp_path / f"ids{suffix}")


@pytest.mark.parametrize("suffix", [".parquet", ".npz"])
def test_a_file_truncated_anywhere(tmp_path, suffix):
    path = tmp_path / f"ids{suffix}"
    save_sequences(path, SEQUENCES, LABELS)
    whole = path.read_bytes()
    for length in range(0, len(whole), 11):
        path.write_bytes(whole[:length])
        with pytest.raises(ArtifactError):
            load_sequences(path)


@pytest.mark.parametrize("suffix", FORMATS)
def test_no_damage_raises_anything_else(tmp_path, suffix):
    path, chance = tmp_path / f"ids{suffix}", random.Random(0)
    save_sequences(path, SEQUENCES, LABELS)
    whole = path.read_bytes()
    for _ in range(300):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] = chance.randrange(256)
        path.write_bytes(damaged)
        with contextlib.suppress(ArtifactError):
            load_sequences(path)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"text": ["a"]}, "has no column 'ids', as `textseq tokenize` writes; it has text"),
        ({"ids": [1]}, "list of integers"),
        ({"ids": [["a"]]}, "list of integers"),
        ({"ids": [[1.5]]}, "list of integers"),
        ({"ids": [[1], None]}, "without nulls"),
        ({"ids": [[1, None]]}, "without nulls"),
        ({"ids": [[1, -5]]}, "holds the id -5"),
        ({"ids": [[2**31]]}, "ids of 32 bits"),
        ({"ids": [[1]], "label": [1]}, "labels of .* must be strings"),
        ({"ids": [[1], [2]], "label": ["a", None]}, "labels of .* must be strings"),
    ],
)
def test_parquet_that_holds_no_sequences(tmp_path, columns, message):
    pq.write_table(pa.table(columns), tmp_path / "ids.parquet")
    with pytest.raises(ArtifactError, match=message) as caught:
        load_sequences(tmp_path / "ids.parquet")
    assert "ids.parquet" in str(caught.value)


SOUND = {"ids": [7, 8], "offsets": [0, 2]}


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"a": [1]}, "does not hold the arrays ids and offsets of sequences; it has a"),
        ({**SOUND, "ids": [7.0, 8.0]}, "`ids` must be integers"),
        ({**SOUND, "ids": [7, 2**31]}, "`ids` must be integers of 32 bits"),
        ({**SOUND, "ids": [7, -8]}, "holds the id -8"),
        ({**SOUND, "ids": [[7, 8]]}, "`offsets` must be"),
        ({**SOUND, "offsets": [0, 3]}, "`offsets` must be"),
        ({**SOUND, "offsets": [0, 3, 2]}, "`offsets` must be"),
        ({**SOUND, "offsets": [0.0, 2.0]}, "`offsets` must be"),
        ({**SOUND, "offsets": np.array([0, 2**64 - 1, 2], np.uint64)}, "`offsets` must be"),
        ({**SOUND, "offsets": []}, "`offsets` must be"),
        ({**SOUND, "labels": ["a", "b"]}, "holds 2 labels for 1 documents"),
        ({**SOUND, "labels": [1]}, "labels of .* must be strings"),
        ({**SOUND, "labels": [["a"]]}, "labels of .* must be strings"),
        ({**SOUND, "labels": np.array("a")}, "labels of .* must be strings"),
        ({**SOUND, "label_offsets": [0, 1]}, "labels and label_offsets do not match"),
        ({**SOUND, "labels": ["a"], "label_offsets": [0, 2]}, "label_offsets do not match"),
        ({**SOUND, "labels": ["a"], "label_offsets": [0.0, 1.0]}, "label_offsets do not match"),
        ({**SOUND, "labels": ["a"], "label_offsets": []}, "label_offsets do not match"),
        ({**SOUND, "labels": ["a"], "label_offsets": [0, 2, 1]}, "label_offsets do not match"),
        ({**SOUND, "labels": ["a"], "label_offsets": [0, 1, 1]}, "holds 2 labels for 1 documents"),
        ({**SOUND, "labels": np.array(["a"], object)}, "cannot be read: .*allow_pickle=False"),
    ],
)
def test_npz_that_holds_no_sequences(tmp_path, arrays, message):
    np.savez(tmp_path / "ids.npz", **arrays)
    with pytest.raises(ArtifactError, match=message) as caught:
        load_sequences(tmp_path / "ids.npz")
    assert "ids.npz" in str(caught.value)


def test_npz_that_is_one_array(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(3))
    (tmp_path / "a.npy").rename(tmp_path / "a.npz")
    with pytest.raises(ArtifactError, match="holds one array"):
        load_sequences(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"ids": [7, 8', "is not JSON"),
        ("ain't no mountain", "is not JSON.*Received: .*mountain"),
        (b"\xff", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"text": "a"}', "must hold"),
        ("5", "must hold"),
        ('{"ids": "12"}', "must hold"),
        ("[[1]]", "must hold"),
        ("[1.0]", "must hold"),
        ("[true]", "must hold"),
        ("[null]", "must hold"),
        ("[-1]", "integers from 0 to 2,147,483,647"),
        ("[2147483648]", "integers from 0"),
        ('{"ids": [1], "label": 5}', "must have a string, or .* as its label. Received: 5"),
        ('{"ids": [1], "label": "\\ud800"}', "a string, or a list of strings, as its label"),
        ('{"ids": [1], "label": "x"}', "has a label, where the lines before it have none"),
    ],
)
@pytest.mark.parametrize("source", ["file", "stdin"])
def test_json_lines_that_hold_no_sequences(tmp_path, monkeypatch, source, line, message):
    content = b'{"ids": [1]}\n\n' + (line if isinstance(line, bytes) else line.encode())
    path = tmp_path / "ids.jsonl"
    path.write_bytes(content)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    with pytest.raises(ArtifactError, match=message) as caught:
        load_sequences(path if source == "file" else "-")
    name = f"'{path}'" if source == "file" else "stdin"
    assert str(caught.value).startswith(f"Line 3 of {name}")


def test_json_lines_of_which_one_lost_its_label(tmp_path):
    (tmp_path / "ids.jsonl").write_text('{"ids": [1], "label": "x"}\n[2]\n')
    with pytest.raises(ArtifactError, match=r"Line 2 of .* has no label, where the lines before"):
        load_sequences(tmp_path / "ids.jsonl")


@pytest.mark.parametrize("header", ["(1000000000000,)", "(0,)"])
def test_an_array_that_claims_more_than_there_is_is_refused_before_it_is_allocated(
    tmp_path, header
):
    def npy(descr, shape):
        text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117)
        return b"\x93NUMPY\x01\0" + (118).to_bytes(2, "little") + text.encode() + b"\n"

    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("ids.npy", npy("<i4", "(0,)"))
        archive.writestr("offsets.npy", npy("<U1000000", header))
    with pytest.raises(ArtifactError, match="claims an array of shape"):
        load_sequences(tmp_path / "a.npz")
