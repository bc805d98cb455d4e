"""Texts with several labels on the command line: train, evaluate, predict, inspect."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from textseq.cli.app import app

TINY = "--preset textbook --epochs 1 --units 2 --dimension 2"
ROWS = [("pure joy", "joy"), ("love and joy", "joy,love"), ("a bore", ""), ("my love", "love")] * 6
GOEMOTIONS = "--no-header --text-column 1 --label-column 2 --label-separator ,"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with texts of several labels in each format, and models of several and of one."""
    path = tmp_path_factory.mktemp("several")
    rows = [f"{text}\t{labels}\tid{i}\n" for i, (text, labels) in enumerate(ROWS)]
    (path / "t.tsv").write_text("".join(rows))
    lists = [(text, [label for label in labels.split(",") if label]) for text, labels in ROWS]
    lines = [json.dumps({"text": text, "labels": labels}) for text, labels in lists]
    (path / "t.jsonl").write_text("\n".join(lines))
    some = [(text, labels) for text, labels in lists if labels]
    fasttext = [" ".join([*(f"__label__{x}" for x in labels), text]) for text, labels in some]
    (path / "t.txt").write_text("\n".join(fasttext))
    (path / "one.tsv").write_text("text\tlabel\n" + "a joy\tjoy\na bore\tbad\n" * 8)
    for command in (
        f"classify train {path}/t.tsv {GOEMOTIONS} {TINY} -o {path}/model",
        f"classify train {path}/one.tsv {TINY} -o {path}/one",
        f"tokenize {path}/t.jsonl --save-tokenizer {path}/t.json -o {path}/i.parquet",
    ):
        done = CliRunner().invoke(app, command.split())
        assert done.exit_code == 0, done.stderr
    return path


@pytest.fixture
def here(folder, monkeypatch):
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    "source", ["t.jsonl", "t.txt", "i.parquet --tokenizer t.json", f"t.tsv {GOEMOTIONS}"]
)
def test_train_on_every_format(textseq, here, tmp_path, source):
    report = tmp_path / "r.html"
    command = f"classify train {source} {TINY} --validation-fraction 0.25 --report {report}"
    done = textseq(*command.split(), "-o", tmp_path / "m")
    assert done.exit_code == 0, done.stderr
    said = " ".join(done.stderr.split())
    assert "texts, 2 labels" in said
    assert "Validation macro F1" in said
    assert "a temperature and a threshold for each label" in said
    assert "Each label" in report.read_text("utf-8")


@pytest.mark.parametrize("source", [f"t.tsv {GOEMOTIONS}", "t.jsonl", "i.parquet"])
def test_evaluate_in_every_format(textseq, here, source):
    done = textseq(*f"classify evaluate model {source} --json".split())
    assert done.exit_code == 0, done.stderr
    metrics = json.loads(done.stdout)
    assert (metrics["documents"], metrics["labels_per_text"]) == (24, 1)
    assert [row["support"] for row in metrics["per_class"]] == [12, 12]
    assert [row["threshold"] for row in metrics["per_class"]] == [0.5, 0.5]


def test_a_threshold_of_ones_own(textseq, here, tmp_path):
    command = "classify evaluate model t.jsonl --json --threshold"
    assert json.loads(textseq(*command.split(), "1").stdout)["unlabelled"] == 1
    every = json.loads(textseq(*command.split(), "0").stdout)
    assert (every["micro_recall"], every["predicted_per_text"]) == (1, 2)
    given = textseq("classify", "predict", "model", "joy", "--threshold", "1").stdout
    assert given == "(no label)\n"
    report = tmp_path / "r.html"
    done = textseq(*command.split()[:4], "--threshold", "0.25", "--report", report)
    assert "Macro F1" in done.stdout
    assert "all together (micro)" in done.stdout
    assert "<td>joy</td><td>0.250</td>" in report.read_text("utf-8")


def test_a_line_has_every_label_above_its_threshold(textseq, here):
    command = "classify predict model joy love --threshold 0"
    for line in textseq(*command.split()).stdout.splitlines():
        labels, probabilities = zip(*(cell.split("=") for cell in line.split("\t")), strict=True)
        assert {*labels} == {"joy", "love"}
        assert [*probabilities] == sorted(probabilities, reverse=True)
    first = textseq(*command.split(), "--top", "1").stdout.splitlines()[0].split("\t")
    assert (len(first), first[0].count(", ")) == (2, 1)
    proba = textseq(*command.split()[:4], "--threshold", "1", "--proba").stdout
    assert proba.startswith("(no label)\tjoy=0.")
    (record,) = map(json.loads, textseq(*command.split()[:4], "--json").stdout.splitlines())
    assert [*record] == ["labels"]


def test_predictions_in_a_file(textseq, here, tmp_path):
    command = "classify predict model --input t.jsonl --threshold 0 --top 1 --output"
    for name in ("p.parquet", "p.jsonl"):
        assert textseq(*command.split(), tmp_path / name).exit_code == 0
        shown = json.loads(textseq("inspect", tmp_path / name, "--json").stdout)
        assert shown["figures"]["labels"] == {"joy": 24, "love": 24}
    rows = pq.read_table(tmp_path / "p.parquet").to_pylist()
    lines = map(json.loads, (tmp_path / "p.jsonl").read_text().splitlines())
    for row, record in zip(rows, lines, strict=True):
        assert [pair["label"] for pair in row["labels"]] == [x["label"] for x in record["labels"]]


def test_what_is_for_several_labels_or_for_one(textseq, here):
    for command in ("predict one joy", "evaluate one one.tsv"):
        done = textseq("classify", *command.split(), "--threshold", "0.5")
        assert done.exit_code == 1
        assert "gives one label to a text" in done.stderr
        assert textseq("classify", *command.split()).exit_code == 0
    done = textseq("classify", "evaluate", "one", "t.jsonl")
    assert done.exit_code == 1
    assert "gives one label to each text, and one of these texts has 2" in done.stderr
    done = textseq("classify", "predict", "model", "joy", "--threshold", "1.5")
    assert done.exit_code == 2


def test_one_label_by_itself_counts_as_a_list_of_one(textseq, here, tmp_path):
    (tmp_path / "t.tsv").write_text("text\tlabel\npure joy\tjoy\nmy love\tlove\n")
    metrics = json.loads(
        textseq("classify", "evaluate", "model", tmp_path / "t.tsv", "--json").stdout
    )
    assert metrics["labels_per_text"] == 1
    (tmp_path / "l.jsonl").write_text('{"text": "a joy", "label": ["joy"]}')
    page = tmp_path / "r.html"
    done = textseq("classify", "evaluate", "one", tmp_path / "l.jsonl", "--json", "--report", page)
    assert json.loads(done.stdout)["documents"] == 1
    assert page.exists()
