"""Predictions on disk: there and back, whole or absent, and files that are not sound."""

import csv
import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from textseq.classifier.prediction_files import open_predictions, read_predictions
from textseq.classifier.predictions import PredictionColumns, Predictions
from textseq.errors import ArgumentError, ArtifactError, OutputExistsError

CLASSES = ["나쁨", "good"]
ALL = PredictionColumns(top=1, proba=True)


def some(documents, columns=ALL):
    probabilities = np.random.default_rng(documents).dirichlet(np.ones(2), documents)
    return Predictions(probabilities.astype(np.float32), CLASSES, columns)


def save(path, batches, columns=ALL, force=False):
    with open_predictions(path, columns, force=force) as write:
        for batch in batches:
            write(batch)


def test_parquet_holds_the_columns_of_all_batches(tmp_path):
    batches = [some(3), some(0), some(5)]
    save(tmp_path / "p.parquet", batches)
    table = pq.read_table(tmp_path / "p.parquet")
    assert table.to_pylist() == pa.Table.from_batches([b.to_arrow() for b in batches]).to_pylist()
    assert table.schema.names == ALL.schema.names


def test_json_lines_are_the_records_as_they_are_printed(tmp_path):
    save(tmp_path / "p.jsonl", [some(3), some(2)])
    lines = (tmp_path / "p.jsonl").read_text("utf-8").splitlines()
    records = [*some(3).records(), *some(2).records()]
    assert lines == [json.dumps(record, ensure_ascii=False) for record in records]


@pytest.mark.parametrize("name", ["p.parquet", "p.jsonl", "folder"])
def test_what_was_written_is_read(tmp_path, name):
    if name == "folder":
        (tmp_path / name).mkdir()
        for i in range(2):
            save(tmp_path / name / f"part-{i}.parquet", [some(3 + i)])
        (tmp_path / name / "_SUCCESS").touch()
    else:
        save(tmp_path / name, [some(3), some(4)])
    table = pa.Table.from_batches(read_predictions(tmp_path / name))
    expected = [some(3).to_arrow(), some(4).to_arrow()]
    assert table["label"].to_pylist() == [x for b in expected for x in b["label"].to_pylist()]
    confidences = np.concatenate([b["probability"].to_numpy() for b in expected])
    np.testing.assert_allclose(table["probability"].to_numpy(), confidences, atol=5e-5)


@pytest.mark.parametrize("name", ["p.parquet", "p.jsonl"])
def test_several_labels_are_read_as_they_were_written(tmp_path, name):
    columns = PredictionColumns(top=1, thresholds=(0.6, 0.6))
    batches = [some(30, columns), some(0, columns)]
    save(tmp_path / name, batches, columns)
    found = [row for batch in read_predictions(tmp_path / name) for row in batch.to_pylist()]
    expected = [{"labels": record["labels"]} for record in batches[0].records()]
    for row in found:
        row["labels"] = [
            {**pair, "probability": round(pair["probability"], 4)} for pair in row["labels"]
        ]
    assert found == expected
    assert [] in [row["labels"] for row in found]


@pytest.mark.parametrize(
    "labels", [None, "a", [None], ["a"], [{"label": "a"}], [{"label": None, "probability": 0.5}]]
)
def test_lists_that_are_no_predictions(tmp_path, labels):
    path = tmp_path / "p.jsonl"
    path.write_text(json.dumps({"labels": labels}))
    with pytest.raises(ArtifactError, match="p.jsonl"):
        [*read_predictions(path)]
    if not isinstance(labels, str):
        pq.write_table(pa.table({"labels": [labels]}), tmp_path / "p.parquet")
        with pytest.raises(ArtifactError, match="does not hold predictions"):
            [*read_predictions(tmp_path / "p.parquet")]


@pytest.mark.parametrize("name", ["p.parquet", "p.jsonl"])
def test_a_file_without_documents_has_its_schema(tmp_path, name):
    save(tmp_path / name, [])
    assert sum(map(len, read_predictions(tmp_path / name))) == 0
    if name == "p.parquet":
        assert pq.read_schema(tmp_path / name).equals(ALL.schema)


@pytest.mark.parametrize("name", ["p.parquet", "p.jsonl"])
def test_nothing_half_written_is_left(tmp_path, name):
    with pytest.raises(KeyError), open_predictions(tmp_path / name, ALL) as write:
        write(some(3))
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_kept_unless_forced(tmp_path):
    path = tmp_path / "p.jsonl"
    path.write_text("theirs")
    with pytest.raises(OutputExistsError):
        save(path, [some(1)])
    assert path.read_text() == "theirs"
    save(path, [some(1)], force=True)
    assert len(path.read_text().splitlines()) == 1


def test_another_extension_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match=r"ends in .parquet, .jsonl, .csv or .tsv"):
        save(tmp_path / "p.xls", [])
    for name in ("p.xls", "p.csv"):
        with pytest.raises(ArgumentError, match=r"ends in .parquet or .jsonl"):
            [*read_predictions(tmp_path / name)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.parquet", {"label": ["a"]}),
        ("p.parquet", {"label": ["a"], "probability": ["b"]}),
        ("p.parquet", {"label": [None], "probability": np.ones(1, np.float32)}),
        ("p.jsonl", '{"label": "a"}\n'),
        ("p.jsonl", '{"label": "a", "probability": "b"}\n'),
        ("p.jsonl", "[1]\n"),
        ("p.jsonl", "x\n"),
        ("p.parquet", "x\n"),
    ],
)
def test_what_is_not_predictions_is_an_error(tmp_path, name, content):
    path = tmp_path / name
    if isinstance(content, str):
        path.write_text(content)
    else:
        columns = {k: pa.array(v, pa.string() if v == [None] else None) for k, v in content.items()}
        pq.write_table(pa.table(columns), path)
    with pytest.raises(ArtifactError, match=r"does not hold predictions|cannot be read"):
        list(read_predictions(path))


@pytest.mark.parametrize(
    "text", ["a\rb", "a\nb", 'a "b"', "a,b", "\ta", " a ", "'a", "=1+1", "나쁨", ""]
)
@pytest.mark.parametrize(("name", "delimiter"), [("p.csv", ","), ("p.tsv", "\t")])
def test_any_text_is_in_a_table_as_it_was(tmp_path, name, delimiter, text):
    field = pa.field("text", pa.string())
    kept = pa.StructArray.from_arrays([pa.array([text, None])], fields=[field])
    columns = PredictionColumns(kept=(field,))
    probabilities = np.eye(2, dtype=np.float32)
    with open_predictions(tmp_path / name, columns, CLASSES) as write:
        write(Predictions(probabilities, CLASSES, columns, kept))
    content = (tmp_path / name).read_bytes().decode()
    assert "\r\n" not in content
    rows = [*csv.reader(io.StringIO(content, newline=""), delimiter=delimiter)]
    assert rows[0] == ["text", "label", "probability"]
    assert [row[0] for row in rows[1:]] == [text, ""]
    assert rows[1][1:] == ["나쁨", "1.0"]


def test_a_label_of_its_own_name_cannot_be_kept_in_a_table(tmp_path):
    columns = PredictionColumns(proba=True, kept=(pa.field("probability_good", pa.string()),))
    with (
        pytest.raises(ArgumentError, match="--keep probability_good=input_probability_good"),
        open_predictions(tmp_path / "p.csv", columns, CLASSES),
    ):
        pass
    assert not [*tmp_path.iterdir()]
