"""Columns that are kept beside the texts, and sources without any text."""

import csv
import datetime
import gzip
import io
import json
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.corpus import read_corpus
from textseq.corpus.kept import as_text, as_values, json_field, unify_fields
from textseq.corpus.readers.reader import Options
from textseq.errors import ArgumentError, CorpusError

ROWS = [{"id": 7, "body": "a film", "label": "x"}, {"id": 8, "body": 'b, "c"\nd', "label": "y"}]


def as_table(rows, delimiter=","):
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def as_parquet(rows):
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


FILES = {
    "a.csv": as_table(ROWS),
    "a.tsv": as_table(ROWS, "\t"),
    "a.jsonl": "".join(f"{json.dumps(row)}\n" for row in ROWS).encode(),
    "a.json": json.dumps(ROWS).encode(),
    "a.parquet": as_parquet(ROWS),
    "a.csv.gz": gzip.compress(as_table(ROWS)),
}
TYPED = ("a.jsonl", "a.json", "a.parquet")


def kept_of(path, keep, **reading):
    corpus = read_corpus(path, keep=keep, **{"labels": False, **reading})
    batches = [batch.column("kept") for batch in corpus.batches()]
    assert all(list(batch.type) == corpus.kept for batch in batches)
    columns = [
        [value for batch in batches for value in as_values(batch.field(at), field)]
        for at, field in enumerate(corpus.kept)
    ]
    names = [field.name for field in corpus.kept]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("block_size", [16, 1 << 20])
def test_columns_of_every_table_are_kept_as_they_are(tmp_path, name, block_size):
    (tmp_path / name).write_bytes(FILES[name])
    keep = ["row", "label=gold", "text", "id"]
    found = kept_of(tmp_path / name, keep, text_column="body", block_size=block_size)
    ids = [row["id"] if name in TYPED else str(row["id"]) for row in ROWS]
    assert found == [
        {"row": n, "gold": row["label"], "text": row["body"], "id": i}
        for n, (row, i) in enumerate(zip(ROWS, ids, strict=True), start=1)
    ]


@pytest.mark.parametrize("name", FILES)
def test_rows_that_are_left_out_are_not_kept(tmp_path, name):
    (tmp_path / name).write_bytes(FILES[name])
    found = kept_of(tmp_path / name, ["row"], text_column="body", where={"label": "y"})
    assert found == [{"row": 2}]


def test_rows_that_lack_something_are_not_kept(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a", "id": 1}\n{"text": null, "id": 2}\n{"text": "c"}\n')
    assert kept_of(path, ["id", "row"], drop_missing=True) == [
        {"id": 1, "row": 1}, {"id": None, "row": 3}
    ]  # fmt: skip


def test_lines_have_texts_and_rows(tmp_path):
    (tmp_path / "a.txt").write_text("a film\n\nb\n")
    assert kept_of(tmp_path / "a.txt", ["text=t", "row"], block_size=8) == [
        {"t": "a film", "row": 1}, {"t": "", "row": 2}, {"t": "b", "row": 3}
    ]  # fmt: skip


@pytest.mark.parametrize("labels", [None, False])
def test_labels_of_fasttext_and_of_folders_can_be_kept(tmp_path, labels):
    (tmp_path / "a.ft").write_text("__label__x __label__y a\n\n__label__z b c\n")
    assert kept_of(tmp_path / "a.ft", ["label", "text", "row"], labels=labels) == [
        {"label": ["x", "y"], "text": "a", "row": 1}, {"label": ["z"], "text": "b c", "row": 3}
    ] if labels is None else [
        {"label": "x", "text": "a", "row": 1}, {"label": "z", "text": "b c", "row": 3}
    ]  # fmt: skip
    for label in ("bad", "good"):
        (tmp_path / "folder" / label).mkdir(parents=True)
        (tmp_path / "folder" / label / "1.txt").write_text(f"a {label} film")
    assert kept_of(tmp_path / "folder", ["row", "label"], labels=labels, block_size=1) == [
        {"row": 1, "label": "bad"}, {"row": 2, "label": "good"}
    ]  # fmt: skip


def test_a_column_has_its_name_before_text_row_numbers_and_equals_signs(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("row,body,a=b,text,1\nr,the film,e,not it,one\n")
    keep = ["row", "text", "a=b", "1", "a=b=c", "2=body"]
    found = kept_of(path, keep, text_column="body", header=True)
    assert found == [
        {"row": "r", "text": "not it", "a=b": "e", "1": "one", "c": "e", "body": "the film"}
    ]


@pytest.mark.parametrize(
    ("keep", "error", "message"),
    [
        (["idd"], CorpusError, "no column 'idd' to keep; did you mean 'id'.* with --keep"),
        (["idd=x"], CorpusError, "no column 'idd' to keep; did you mean 'id'"),
        (["9"], CorpusError, "no column '9' to keep"),
        (["id", "id"], ArgumentError, "'id' is to be kept twice"),
        (["id", "row=id"], ArgumentError, "'id' is to be kept twice"),
        ("id", ArgumentError, "`keep` must be a list of columns"),
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_what_cannot_be_kept(tmp_path, name, keep, error, message):
    (tmp_path / name).write_bytes(FILES[name])
    with pytest.raises(error, match=message):
        kept_of(tmp_path / name, keep, text_column="body")


def test_lines_have_no_other_columns(tmp_path):
    (tmp_path / "a.txt").write_text("a\n")
    with pytest.raises(CorpusError, match="no column 'id' to keep; it has: 'text', 'row'"):
        kept_of(tmp_path / "a.txt", ["id"])


def test_bytes_that_are_no_text_are_named_by_their_row(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"id,text\n1,a\n\xff,b\n")
    with pytest.raises(CorpusError, match="Row 2 .* --encoding"):
        kept_of(tmp_path / "a.csv", ["id"])
    (tmp_path / "a.jsonl").write_text('{"text": "a", "id": ["\\ud800"]}\n')
    with pytest.raises(CorpusError, match="Row 1 .* half of a surrogate pair in 'id'"):
        kept_of(tmp_path / "a.jsonl", ["id"])


def test_sources_of_several_types_are_kept_as_text(tmp_path):
    for name in ("a.csv", "a.jsonl", "a.parquet"):
        (tmp_path / name).write_bytes(FILES[name])
    paths = [tmp_path / name for name in ("a.jsonl", "a.parquet", "a.csv")]
    assert [row["id"] for row in kept_of(paths, ["id"], text_column="body")] == ["7", "8"] * 3
    (tmp_path / "e.txt").touch()
    found = kept_of([tmp_path / "e.txt", paths[1]], ["id"], text_column="body", allow_empty=True)
    assert found == [{"id": 7}, {"id": 8}]


PARQUET = {
    "when": (pa.array([datetime.date(2024, 1, 31), None]), ["2024-01-31", None]),
    "price": (pa.array([Decimal("1.50"), None]), ["1.50", None]),
    "share": (pa.array([float("nan"), 0.5]), [None, 0.5]),
    "odds": (pa.array([float("inf"), 0.5]), [None, 0.5]),
    "vector": (pa.array([[float("nan"), 0.5], None]), [[None, 0.5], None]),
    "tags": (pa.array([["a"], None]), [["a"], None]),
    "coded": (pa.array(["a", "b"]).dictionary_encode(), ["a", "b"]),
    "large": (pa.array(["a", None], pa.large_string()), ["a", None]),
    "bytes": (pa.array([b"a", None]), ["a", None]),
    "none": (pa.nulls(2), [None, None]),
    "right": (pa.array([True, None]), [True, None]),
}


@pytest.mark.parametrize("name", PARQUET)
def test_every_type_of_parquet(tmp_path, name):
    array, values = PARQUET[name]
    pq.write_table(pa.table({"text": ["a", "b"], name: array}), tmp_path / "a.parquet")
    assert [row[name] for row in kept_of(tmp_path / "a.parquet", [name])] == values
    texts = as_text(
        array if name != "coded" else array.dictionary_decode(), pa.field(name, array.type)
    )
    assert [text is None for text in texts.to_pylist()] == [v is None for v in array.to_pylist()]


@given(st.lists(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("aé\"\n"), lambda inner: st.lists(inner)
)))  # fmt: skip
def test_values_of_json_are_kept(values):
    texts = [None if v is None else json.dumps(v, ensure_ascii=False) for v in values]
    array, field = pa.array(texts, pa.string()), json_field("x")
    assert as_values(array, field) == values
    shown = as_text(array, field).to_pylist()
    assert [s for s, v in zip(shown, values, strict=True) if isinstance(v, str)] == [
        v for v in values if isinstance(v, str)
    ]


def test_bytes_that_are_no_text_stay_bytes():
    with pytest.raises(CorpusError, match=r"'x' cannot be kept as text: .* or write .parquet"):
        as_values(pa.array([b"\xff"]), pa.field("x", pa.binary()))


def test_what_has_no_type_goes_with_any():
    number, none = pa.field("x", pa.int64()), pa.field("x", pa.null())
    assert unify_fields([[none], [number]]) == [number]
    assert unify_fields([[none], [none]]) == [pa.field("x", pa.string())]
    assert unify_fields([[number], [json_field("x")]]) == [pa.field("x", pa.string())]


EMPTY = {
    "a.txt": b"",
    "a.csv": b"",
    "b.csv": b"id,text\n",
    "a.tsv": b"id\ttext\n",
    "a.jsonl": b"",
    "b.jsonl": b"\n",
    "a.json": b"[]",
    "b.json": b'{"text": {}, "id": {}}',
    "a.parquet": None,
    "a.txt.gz": gzip.compress(b""),
}


@pytest.mark.parametrize("name", EMPTY)
def test_a_source_may_have_no_texts(tmp_path, name):
    path = tmp_path / name
    if EMPTY[name] is None:
        pq.write_table(pa.table({"text": pa.array([], pa.string()), "id": [1][:0]}), path)
    else:
        path.write_bytes(EMPTY[name])
    corpus = read_corpus(path, labels=False, allow_empty=True, keep=["row", "text"])
    assert (list(corpus.batches()), [f.name for f in corpus.kept]) == ([], ["row", "text"])
    with pytest.raises(CorpusError, match="has no text"):
        list(read_corpus(path, labels=False))


def test_a_table_without_rows_must_have_the_columns(tmp_path):
    (tmp_path / "a.csv").write_text("id,text\n")
    with pytest.raises(CorpusError, match="has no column 'idd'"):
        read_corpus(tmp_path / "a.csv", labels=False, allow_empty=True, keep=["idd"])


def test_a_single_row_may_be_the_header_and_that_is_said(tmp_path, caplog):
    caplog.set_level("INFO")
    (tmp_path / "a.csv").write_text("id,text\n")
    read_corpus(tmp_path / "a.csv", labels=False, allow_empty=True)
    assert "has one row, which is read as the names of columns" in caplog.text
    caplog.clear()
    read_corpus(tmp_path / "a.csv", labels=False, allow_empty=True, header=True)
    assert not caplog.text


def test_rows_that_are_all_left_out_are_said_to_be(tmp_path, caplog):
    caplog.set_level("INFO")
    (tmp_path / "a.csv").write_text("id,text\n1,a\n")
    corpus = read_corpus(tmp_path / "a.csv", labels=False, allow_empty=True, where={"id": "2"})
    assert list(corpus.batches()) == []
    assert "is kept by --where id=2" in caplog.text


def test_labels_cannot_be_asked_of_nothing():
    with pytest.raises(ArgumentError, match="leave out `labels`"):
        Options(allow_empty=True, labels=True)


def test_an_empty_source_has_labels_or_not_as_others(tmp_path):
    (tmp_path / "a.csv").write_text("label,text\nx,a\n")
    (tmp_path / "e.csv").touch()
    corpus = read_corpus([tmp_path / "e.csv", tmp_path / "a.csv"], allow_empty=True)
    assert corpus.labels() == ["x"]
