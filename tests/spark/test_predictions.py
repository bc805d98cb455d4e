"""Predictions on Spark: the labels and the probabilities of one machine."""

import numpy as np
import pyarrow as pa
import pytest

from textseq import read_corpus
from textseq.classifier import SentenceClassifier
from textseq.classifier.prediction_files import read_predictions
from textseq.classifier.predictions import PredictionColumns, Predictions, thresholds_of
from textseq.errors import ArgumentError, CorpusError
from textseq.spark import CorpusOnSpark, SentenceLabeller, predict
from textseq.spark.predictions import as_predictor, write_predictions

TEXTS = [f"{word} film {i}" for i in range(40) for word in ("a good", "pure bore", "", "so so")]


def split(text):
    """An analyzer of the user's own, which workers get from Spark."""
    return text.split()


@pytest.fixture(scope="module")
def classifier():
    texts = ["a good film", "pure joy", "pure bore", "a bad film", "so so"] * 8
    labels = ["good", "good", "bad", "bad", "fair"] * 8
    settings = {"units": 4, "epochs": 3, "networks": 2, "linear": 2}
    return SentenceClassifier(**settings, analyzer=split).fit(texts, labels)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model"
    settings = {"units": 2, "epochs": 1, "networks": 1, "linear": 0}
    SentenceClassifier(**settings).fit(["good", "bad"] * 8, ["good", "bad"] * 8).save(path)
    return path


def test_a_dataframe_gets_the_answers_of_one_machine(spark, classifier):
    df = spark.createDataFrame([*enumerate(TEXTS)], ["row", "words"]).repartition(3)
    rows = sorted(predict(df, classifier, "words", top=2).collect())
    assert [row.row for row in rows] == [*range(len(TEXTS))]
    expected = classifier.predict_proba(TEXTS)
    assert [row.label for row in rows] == classifier.predict(TEXTS).tolist()
    np.testing.assert_allclose([row.probability for row in rows], expected.max(axis=1), atol=1e-6)
    for row, probabilities in zip(rows, expected, strict=True):
        assert (row.top[0].label, row.top[0].probability) == (row.label, row.probability)
        second = float(np.sort(probabilities)[-2])
        assert row.top[1].probability == pytest.approx(second, abs=1e-6)
    assert len(rows[0].top) == 2


def test_a_folder_of_parts_holds_the_answers_of_one_machine(spark, classifier, tmp_path):
    columns = PredictionColumns(top=1, proba=True)
    for name, texts in (("b", TEXTS[:50]), ("a", TEXTS[50:])):
        (tmp_path / f"{name}.csv").write_text("text\n" + "".join(f'"{text}"\n' for text in texts))
    corpus = read_corpus([tmp_path / "b.csv", tmp_path / "a.csv"])
    model = classifier.model_
    spark.conf.set("spark.sql.files.maxPartitionBytes", "500")
    documents = CorpusOnSpark(spark, corpus)
    written = write_predictions(documents, model, columns, tmp_path / "out")
    assert written == len(TEXTS)
    parts = sorted((tmp_path / "out").iterdir())
    assert len(parts) > 1
    table = pa.Table.from_batches(read_predictions(tmp_path / "out"))
    assert table["label"].to_pylist() == classifier.predict(TEXTS).tolist()
    expected = classifier.predict_proba(TEXTS).max(axis=1)
    np.testing.assert_allclose(table["probability"].to_numpy(), expected, atol=1e-6)
    assert all(pa.parquet.read_schema(part).equals(columns.schema) for part in parts)


def test_no_text_is_the_error_of_one_machine(spark, classifier, tmp_path):
    (tmp_path / "a.csv").write_text("text,kind\na,x\n")
    corpus = read_corpus(tmp_path / "a.csv", where={"kind": "z"})
    documents = CorpusOnSpark(spark, corpus)
    with pytest.raises(CorpusError, match="No row of .* is kept by --where kind=z"):
        write_predictions(documents, classifier.model_, PredictionColumns(), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_model_may_be_a_folder_a_predictor_or_an_estimator(folder):
    loaded = SentenceClassifier.load(folder)
    assert as_predictor(loaded) is loaded.model_
    assert as_predictor(loaded.model_) is loaded.model_
    for path in (folder, str(folder)):
        expected = loaded.predict_proba(TEXTS[:4])
        np.testing.assert_array_equal(as_predictor(path).predict_proba(TEXTS[:4]), expected)


@pytest.mark.parametrize(
    ("columns", "arguments", "message"),
    [
        (["text"], {"column": "txt"}, "has no column 'txt'; did you mean 'text'"),
        (["label"], {"column": "label"}, "has a column 'label' already; name another output, or"),
        (["text"], {"top": 0}, "`top` must be 1 or more. Received: 0"),
        (["text"], {"model": 3}, "`model` must be a model folder, a Predictor or a trained"),
    ],
)
def test_arguments_that_are_wrong(spark, folder, columns, arguments, message):
    df = spark.createDataFrame([("good",)], columns)
    with pytest.raises(ArgumentError, match=message):
        predict(df, **{"model": folder, **arguments})


def test_several_labels_are_those_of_one_machine(spark, tmp_path):
    labels = [["joy", "love"], ["joy"], []]
    classifier = SentenceClassifier(units=2, epochs=1, networks=1, linear=2)
    model = classifier.fit(["joy love", "joy", "bore"] * 8, labels * 8).model_
    columns = PredictionColumns(thresholds=thresholds_of(model, 0.4))
    expected = Predictions(model.predict_proba(TEXTS), ["joy", "love"], columns).to_arrow()
    df = spark.createDataFrame([*enumerate(TEXTS)], ["row", "words"]).repartition(3)
    rows = sorted(predict(df, model, "words", threshold=0.4).collect(), key=lambda row: row.row)
    for row, given in zip(rows, expected["labels"].to_pylist(), strict=True):
        assert [pair.label for pair in row.labels] == [pair["label"] for pair in given]
    found = SentenceLabeller(classifier, inputCol="words", outputCol="found").transform(df)
    assert {*found.columns} == {"row", "words", "found"}
    (tmp_path / "t.txt").write_text("\n".join(TEXTS))
    documents = CorpusOnSpark(spark, read_corpus(tmp_path / "t.txt"))
    write_predictions(documents, model, columns, tmp_path / "parts")
    read = pa.Table.from_batches(read_predictions(tmp_path / "parts"))
    assert [len(row) for row in read["labels"]] == [len(row) for row in expected["labels"]]
