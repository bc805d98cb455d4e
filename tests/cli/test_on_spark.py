"""The classify commands and onehot on Spark: the results and the errors of one machine."""

import json

import pyarrow.parquet as pq
import pytest

from textseq.classifier import SentenceClassifier
from textseq.sequences.onehot_files import load_one_hot

SPARK = ("--engine", "spark")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model"
    texts, labels = ["a good film", "a bad film"] * 8, ["good", "bad"] * 8
    settings = {"units": 2, "epochs": 1, "networks": 1, "linear": 0}
    SentenceClassifier(**settings).fit(texts, labels).save(path)
    return path


@pytest.fixture
def texts(spark, tmp_path, monkeypatch):
    """Return the names of two files of labelled texts in the current folder, in several units."""
    monkeypatch.chdir(tmp_path)
    spark.conf.set("spark.sql.files.maxPartitionBytes", "300")
    for name, rows in (("b.tsv", 30), ("a.tsv", 12)):
        lines = [f"{('good', 'bad')[i % 3 // 2]}\ta {('bad', 'good')[i % 2]} film {i}"
                 for i in range(rows)]  # fmt: skip
        (tmp_path / name).write_text("\n".join(["label\ttext", *lines]) + "\n")
    return ["b.tsv", "a.tsv"]


def run_both(textseq, *command, here=(), there=()):
    """Return what a command prints and says on one machine, and on Spark."""
    return textseq(*command, *here), textseq(*command, *there, *SPARK)


def test_predictions_of_texts_and_of_ids(textseq, spark, model, texts, tmp_path):
    command = ("classify", "predict", model, "-i", "b.tsv", "-i", "a.tsv", "--top", 2)
    here, there = run_both(textseq, *command, here=("-o", "p.parquet"), there=("-o", "parts"))
    assert (here.exit_code, there.exit_code) == (0, 0), there.stderr
    assert "42 documents -> parts (" in there.stderr
    assert "Next: textseq inspect parts" in there.stderr
    assert textseq("inspect", "parts").exit_code == 0
    tokenizer = ("--tokenizer", model / "tokenizer.json")
    assert textseq("tokenize", *texts, *tokenizer, "-o", "ids", *SPARK).exit_code == 0
    done = textseq("classify", "predict", model, "-i", "ids", "-o", "of_ids", "--top", 2, *SPARK)
    assert done.exit_code == 0, done.stderr
    expected = pq.read_table("p.parquet")
    for name in ("parts", "of_ids"):
        parts = sorted((tmp_path / name).iterdir())
        assert len(parts) > 1
        table = pq.read_table(tmp_path / name)
        assert table.schema.equals(expected.schema)
        assert table["label"] == expected["label"]
        close = pytest.approx(expected["probability"].to_pylist(), abs=1e-6)
        assert table["probability"].to_pylist() == close


def test_metrics(textseq, model, texts):
    here, there = run_both(textseq, "classify", "evaluate", model, *texts, "--json")
    assert (here.exit_code, there.exit_code) == (0, 0), there.stderr
    expected, found = json.loads(here.stdout), json.loads(there.stdout)
    assert found.pop("ece") == pytest.approx(expected.pop("ece"), abs=1e-6)
    assert found == expected
    assert found["documents"] == 42


def test_metrics_of_several_labels(textseq, texts, tmp_path):
    labels = [["good", "film"], ["bad"], []]
    classifier = SentenceClassifier(units=2, epochs=1, networks=1, linear=2)
    classifier.fit(["a good film", "bad", "so so"] * 8, labels * 8).save(tmp_path / "m")
    command = ("classify", "evaluate", "m", *texts, "--threshold", 0.4, "--json")
    here, there = run_both(textseq, *command)
    assert (here.exit_code, there.exit_code) == (0, 0), there.stderr
    expected, found = json.loads(here.stdout), json.loads(there.stdout)
    assert found.pop("ece") == pytest.approx(expected.pop("ece"), abs=1e-6)
    assert found == expected


def test_one_hot_rows(textseq, model, texts):
    tokenizer = ("--tokenizer", model / "tokenizer.json")
    assert textseq("tokenize", *texts, *tokenizer, "-o", "ids", *SPARK).exit_code == 0
    command = ("onehot", "ids", *tokenizer)
    here, there = run_both(textseq, *command, here=("-o", "o.parquet"), there=("-o", "parts"))
    assert (here.exit_code, there.exit_code) == (0, 0), there.stderr
    assert "rows of width 5 -> parts (" in there.stderr
    assert load_one_hot("parts") == load_one_hot("o.parquet")
    command = ("onehot", "ids", "--width", 4)
    here, there = run_both(textseq, *command, here=("-o", "p.npz"), there=("-o", "none"))
    assert (here.exit_code, there.exit_code) == (1, 1)
    assert there.stderr.splitlines() == ["Starting Spark ...", *here.stderr.splitlines()]


@pytest.mark.parametrize(
    ("content", "command"),
    [
        ('label\ttext\ngood\tfine\ngood\t"open\n', "classify predict {} -i a.tsv -i bad.tsv"),
        ("label\ttext\ngood\tfine\nfair\tfine\n", "classify evaluate {} b.tsv bad.tsv"),
        ("label\ttext\ngood\tfine\n\tfine\n", "classify evaluate {} b.tsv bad.tsv"),
    ],
)
def test_bad_input_is_the_error_of_one_machine(textseq, model, texts, tmp_path, content, command):
    (tmp_path / "bad.tsv").write_text(content)
    before = sorted(tmp_path.iterdir())
    writes = "predict" in command
    here, there = run_both(
        textseq, *command.format(model).split(),
        here=("-o", "p.jsonl") if writes else (), there=("-o", "parts") if writes else (),
    )  # fmt: skip
    assert (here.exit_code, there.exit_code) == (1, 1)
    assert there.stderr.splitlines() == ["Starting Spark ...", *here.stderr.splitlines()]
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("classify predict {} film -o out", "sentences are read from files; name them with --inp"),
        ("classify predict {} -i a.tsv -o out --json", "predictions are written as Parquet; leave"),
        ("classify predict {} -i a.tsv", "name a folder for the results"),
        ("classify predict {} -o out", "name files, not '-'"),
        ("classify predict {} -i a.tsv -o a.tsv", "is also an input of this command"),
        ("classify evaluate {} -", "name files, not '-'"),
        ("classify evaluate {} a.tsv --report r.html", "needs all texts on this machine; leave it"),
        ("onehot - --width 9 -o out", "name files, not '-'"),
        ("onehot ids.parquet --width 9", "name a folder for the results"),
    ],
)
def test_what_cannot_be_done_there(textseq, model, texts, command, message):
    done = textseq(*command.format(model).split(), *SPARK)
    assert done.exit_code in (1, 2)
    assert message in " ".join(done.stderr.split())
