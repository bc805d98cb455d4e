"""The four stages, each alone and joined: tokenize, onehot, train-w2v, classify."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
import scipy.sparse

from textseq import Tokenizer, word2vec
from textseq.classifier import SentenceClassifier

QUICK = ["--units", 6, "--dimension", 6, "--learning-rate", 0.05, "--epochs", 8, "--dropout", 0.1]


def lines(done):
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_textbook_example_through_pipes(textseq, giants, tmp_path):
    tokenizer = tmp_path / "t.json"
    ids = textseq("tokenize", giants, "--save-tokenizer", tokenizer)
    assert lines(ids)[1]["ids"] == [7, 8, 9, 10, 11]
    assert len(Tokenizer.load(tokenizer).word_index) == 11
    rows = lines(textseq("onehot", "-", "--tokenizer", tokenizer, stdin=ids.stdout))
    np.testing.assert_array_equal(rows[1]["onehot"], np.eye(12)[7:12])
    where = lines(textseq("onehot", "-", "--width", 12, "--sparse", stdin=ids.stdout))
    assert where[1] == {"columns": [7, 8, 9, 10, 11], "width": 12}


def test_from_a_table_to_one_hot_files(textseq, reviews, tmp_path):
    ids, tokenizer = tmp_path / "ids.parquet", tmp_path / "t.json"
    done = textseq("tokenize", reviews, "--save-tokenizer", tokenizer, "--output", ids)
    assert done.exit_code == 0, done.output
    assert "32 documents, 96 tokens" in done.stderr
    assert done.stdout == ""
    assert pq.read_table(ids).column_names == ["ids", "label"]
    for output in ("onehot.npz", "onehot.npy"):
        done = textseq("onehot", ids, "--tokenizer", tokenizer, "--output", tmp_path / output)
        assert done.exit_code == 0, done.output
    assert scipy.sparse.load_npz(tmp_path / "onehot.npz").shape == (96, 7)
    assert np.load(tmp_path / "onehot.npy").shape == (32, 4, 7)


def test_encoding_more_text_with_a_fitted_tokenizer(textseq, giants, tmp_path):
    tokenizer = tmp_path / "t.json"
    textseq("tokenize", giants, "--save-tokenizer", tokenizer)
    done = textseq("tokenize", "-", "--tokenizer", tokenizer, stdin="enough mountain of unknown\n")
    assert lines(done) == [{"ids": [11, 9, 5]}]


def test_word_vectors(textseq, reviews, tmp_path):
    tokenizer, vectors = tmp_path / "t.json", tmp_path / "v.bin"
    common = ["--min-count", 1, "--size", 8, "--workers", 1, "--save-tokenizer", tokenizer]
    done = textseq("train-w2v", reviews, "--output", vectors, *common)
    assert done.exit_code == 0, done.output
    loaded = word2vec.load(vectors)
    assert set(loaded.index_to_key) == set(Tokenizer.load(tokenizer).word_index)
    other = tmp_path / "w.txt"
    settings = ["--min-count", 1, "--size", 8, "--workers", 1]
    done = textseq("train-w2v", reviews, "--tokenizer", tokenizer, "-o", other, *settings)
    assert done.exit_code == 0, done.output
    np.testing.assert_allclose(word2vec.load(other)["joy"], loaded["joy"], atol=1e-5)


@pytest.mark.tensorflow
def test_train_evaluate_predict_and_summarize(textseq, reviews, tmp_path):
    model = tmp_path / "model"
    done = textseq("classify", "train", reviews, "--output", model, *QUICK)
    assert done.exit_code == 0, done.output
    assert "accuracy" in done.stderr
    assert "val_accuracy" not in done.stderr
    assert "Next: textseq classify evaluate" in done.stderr

    report = tmp_path / "report.html"
    done = textseq("classify", "evaluate", model, reviews, "--json", "--report", report)
    (metrics,) = lines(done)
    assert metrics["accuracy"] > 0.9
    assert {"macro_f1", "weighted_f1", "ece", "classes", "confusion_matrix"} < set(metrics)
    assert "<html" in report.read_text()
    assert (
        "most frequent class scores 50.0%" in textseq("classify", "evaluate", model, reviews).stdout
    )

    done = textseq("classify", "predict", model, "pure joy", "what a bore")
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["good", "bad"]
    (line,) = lines(textseq("classify", "predict", model, "--json", "--proba", stdin="pure joy\n"))
    assert line["label"] == "good"
    assert sum(line["probabilities"].values()) == pytest.approx(1, abs=1e-3)

    done = textseq("classify", "summary", model)
    assert done.exit_code == 0, done.output
    assert "W_xh (6, 6)" in done.stdout
    assert "3 networks like this and a linear model of n-grams" in done.stderr


def test_train_with_validation_vectors_and_other_parts(textseq, reviews, tmp_path):
    vectors, model = tmp_path / "v.bin", tmp_path / "model"
    textseq("train-w2v", reviews, "--output", vectors, "--min-count", 1, "--size", 6)
    parts = ["--cell", "gru", "--pooling", "last", "--no-bidirectional", "--balanced"]
    start = ["--embedding", "word2vec", "--vectors", vectors, "--frozen"]
    done = textseq(
        *["classify", "train", reviews, "--validation", reviews, "--output", model],
        *[*parts, *start, "--epochs", 1],
    )
    assert done.exit_code == 0, done.output
    assert "6 of 6 words" in done.stderr
    assert json.loads((model / "config.json").read_text())["class_weight"] == "balanced"
    assert "val_accuracy" in done.stderr


@pytest.mark.tensorflow
def test_train_with_ngrams_logs_and_a_checkpoint(textseq, reviews, tmp_path):
    folders = ["--checkpoint", tmp_path / "kept", "--tensorboard", tmp_path / "logs"]
    command = ["classify", "train", reviews, "--embedding", "ngrams", "--buckets", 100, *QUICK]
    command += [*folders, "--word-dropout", 0.1, "--warmup", 0.5]
    done = textseq(*command, "--output", tmp_path / "model")
    assert done.exit_code == 0, done.output
    runs = sorted(
        path.parent.relative_to(tmp_path / "logs") for path in tmp_path.glob("logs/**/*.v2")
    )
    assert [*map(str, runs)] == [f"network_{k}/train" for k in (1, 2, 3)]
    again = textseq(*command, "--output", tmp_path / "again")
    assert again.exit_code == 0, again.output
    assert "resumes from" in again.stderr
    one, two = (tmp_path / name / "weights.safetensors" for name in ("model", "again"))
    assert one.read_bytes() == two.read_bytes()
    other = textseq(*command, "--units", 7, "--output", tmp_path / "other")
    assert other.exit_code == 1
    assert "with units 6, where 7 is asked for now" in other.stderr


def test_ctrl_c_saves_the_best_network_and_says_so(textseq, reviews, tmp_path, monkeypatch):
    from textseq.cli.epochs import EpochTable

    row = EpochTable.row

    def row_and_interrupt(table, epoch, *rest):
        row(table, epoch, *rest)
        if epoch == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(EpochTable, "row", row_and_interrupt)
    done = textseq("classify", "train", reviews, "--output", tmp_path / "model", *QUICK)
    assert done.exit_code == 130, done.output
    assert "Interrupted; saving the best network so far" in done.stderr
    assert lines(textseq("classify", "predict", tmp_path / "model", "--json", "pure joy"))


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("arguments", "parameters"),
    [
        ([], "77"),
        (["--vocabulary", 256, "--dimension", 100, "--units", 20, "--classes", 10], "28,230"),
    ],
)
def test_summary_of_the_textbook_models(textseq, arguments, parameters):
    done = textseq("classify", "summary", *arguments)
    assert done.stdout.splitlines()[-2].split()[-2] == parameters
    assert "W_hh" in done.stdout


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Return a small trained model, and its tokenizer in a file."""
    folder = tmp_path_factory.mktemp("trained")
    texts, labels = ["a joy", "pure joy", "a bore", "pure bore"] * 6, ["good"] * 2 + ["bad"] * 2
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(texts)
    tokenizer.save(folder / "t.json")
    settings = {"units": 6, "dimension": 6, "learning_rate": 0.05, "epochs": 8}
    SentenceClassifier(tokenizer=tokenizer, **settings).fit(texts, labels * 6).save(folder / "m")
    return folder / "m"


def test_the_likeliest_classes_come_first(textseq, model):
    done = textseq("classify", "predict", model, "--top", 5, "pure bore")
    label, first, second = done.stdout.rstrip().split("\t")
    assert (label, first[:4], second[:5]) == ("bad", "bad=", "good=")
    (line,) = lines(textseq("classify", "predict", model, "--top", 1, "--json", "pure bore"))
    assert line["top"] == [{"label": "bad", "probability": line["probability"]}]
    assert textseq("classify", "predict", model, "--top", 1, "--proba", "x").exit_code == 2


def test_predicting_from_files_of_texts_or_ids(textseq, model, tmp_path):
    texts, ids = tmp_path / "texts.txt", tmp_path / "ids.jsonl"
    texts.write_text("pure joy\nzzz\na bore\n")
    textseq("tokenize", texts, "--tokenizer", model.parent / "t.json", "--output", ids)
    expected = textseq("classify", "predict", model, "pure joy", "zzz", "a bore").stdout
    for source in (texts, ids):
        assert textseq("classify", "predict", model, "--input", source).stdout == expected


@pytest.mark.parametrize("suffix", [".parquet", ".jsonl", ".npz"])
def test_training_and_measuring_on_ids_is_as_on_texts(textseq, reviews, tmp_path, suffix):
    ids, tokenizer = tmp_path / f"ids{suffix}", tmp_path / "t.json"
    textseq("tokenize", reviews, "--save-tokenizer", tokenizer, "--output", ids)
    for source, name in ((reviews, "texts"), (ids, "ids")):
        command = ["train", source, "--tokenizer", tokenizer, "-o", tmp_path / name, *QUICK]
        done = textseq("classify", *command, "--epochs", 2)
        assert done.exit_code == 0, done.output
    report = tmp_path / "report.html"
    (on_ids,) = lines(
        textseq("classify", "evaluate", tmp_path / "ids", ids, "--json", "--report", report)
    )
    (on_texts,) = lines(textseq("classify", "evaluate", tmp_path / "texts", reviews, "--json"))
    assert on_ids["confusion_matrix"] == on_texts["confusion_matrix"]
    assert on_ids["ece"] == pytest.approx(on_texts["ece"], abs=1e-4)


def test_training_again_from_a_config_with_a_flag_of_ones_own(textseq, model, reviews, tmp_path):
    config, again = model / "config.json", tmp_path / "again"
    done = textseq(
        *["classify", "train", reviews, "--config", config, "--epochs", 1, "--output", again]
    )
    assert done.exit_code == 0, done.output
    old, new = (json.loads((path / "config.json").read_text()) for path in (model, again))
    assert new["epochs"] == 1
    assert new["units"] == old["units"] == 6
    assert (again / "tokenizer.json").read_text() == (model / "tokenizer.json").read_text()


def test_evaluating_as_json_is_one_object_with_these_keys(textseq, model, reviews):
    done = textseq("classify", "evaluate", model, reviews, "--json")
    (figures,) = lines(done)
    wanted = {"accuracy", "macro_f1", "weighted_f1", "ece", "classes", "confusion_matrix"}
    assert wanted <= set(figures)
    assert figures["classes"] == ["bad", "good"]
    assert sum(map(sum, figures["confusion_matrix"])) == 32


@pytest.mark.tensorflow
def test_a_model_with_a_cell_of_ones_own_must_be_given_it(textseq, reviews, tmp_path, monkeypatch):
    """The module lies in the folder where the command runs."""
    (tmp_path / "mycells.py").write_text("from textseq.network.cells import gru as mine\n")
    monkeypatch.chdir(tmp_path)
    train = ["classify", "train", reviews, "--output", "model", "--cell", "mycells:mine", *QUICK]
    done = textseq(*train)
    assert done.exit_code == 0, done.output
    refused = textseq("classify", "predict", "model", "pure joy")
    assert refused.exit_code == 1
    assert "name it yourself with --cell" in refused.stderr
    given = ["model", "--cell", "mycells:mine"]
    answer = textseq("classify", "predict", *given, "pure joy")
    assert answer.stdout.startswith("good")
    assert "Keras predicts" in answer.stderr
    found = lines(textseq("classify", "evaluate", *given, reviews, "--json"))
    assert found[0]["accuracy"] == 1
