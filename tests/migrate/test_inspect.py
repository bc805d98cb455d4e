"""What is in an artifact agrees with what was put there, and damage is found."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq import Sequences, Tokenizer, word2vec
from textseq.classifier import SentenceClassifier
from textseq.classifier.prediction_files import open_predictions
from textseq.classifier.predictions import PredictionColumns, Predictions
from textseq.migrate.inspect import inspect_artifact
from textseq.sequences.files import save_sequences
from textseq.sequences.onehot_files import save_one_hot

ROWS = st.lists(st.lists(st.integers(0, 99), max_size=5), min_size=1, max_size=8)


@given(ROWS, st.sampled_from([".parquet", ".jsonl", ".npz"]))
def test_figures_of_sequences(tmp_path_factory, rows, suffix):
    path = tmp_path_factory.mktemp("ids") / f"ids{suffix}"
    save_sequences(path, Sequences.from_lists(rows), ["x"] * len(rows))
    found = inspect_artifact(path)
    lengths, ids = [len(row) for row in rows], {i for row in rows for i in row}
    assert found.sound
    assert found.bytes == path.stat().st_size
    assert found.figures["documents"] == len(rows)
    assert found.figures["tokens"] == sum(lengths)
    assert found.figures["empty documents"] == lengths.count(0)
    assert found.figures["labels"] == {"x": len(rows)}
    assert found.figures.get("distinct ids", 0) == len(ids)
    assert found.figures.get("lowest, highest id", [0, 0]) == [
        min(ids, default=0),
        max(ids, default=0),
    ]


def test_figures_of_a_folder_of_parts(tmp_path):
    for number, rows in enumerate([[[1, 2]], [[3], []]]):
        save_sequences(tmp_path / f"part-0000{number}.parquet", Sequences.from_lists(rows))
    (tmp_path / "_SUCCESS").touch()
    found = inspect_artifact(tmp_path)
    assert (found.kind, found.sound) == ("sequences", True)
    assert [found.figures[name] for name in ("parts", "documents", "tokens")] == [2, 3, 3]
    (tmp_path / "part-00001.parquet").write_bytes(b"PAR1")
    assert "part-00001.parquet' cannot be read" in inspect_artifact(tmp_path).problem


def test_figures_of_one_hot_rows(tmp_path):
    (tmp_path / "folder").mkdir()
    for name in ("o.npz", "o.npy", "o.parquet", "folder/part-0.parquet"):
        save_one_hot(tmp_path / name, Sequences.from_lists([[1, 2], [3]]), 5)
    for name in ("o.npz", "o.parquet", "folder"):
        sparse = inspect_artifact(tmp_path / name).figures
        assert (sparse["rows"], sparse["width"], sparse["documents"]) == (3, 5, 2)
    dense = inspect_artifact(tmp_path / "o.npy").figures
    assert (dense["documents"], dense["longest document"], dense["width"]) == (2, 2, 5)


@pytest.mark.parametrize("name", ["p.parquet", "p.jsonl", "folder"])
def test_figures_of_predictions(tmp_path, name):
    columns, probabilities = PredictionColumns(), np.array([[0.5, 0.5], [0, 1]], np.float32)
    (tmp_path / "folder").mkdir()
    place = tmp_path / name / "part-0.parquet" if name == "folder" else tmp_path / name
    with open_predictions(place, columns) as write:
        write(Predictions(probabilities, ["bad", "good"], columns))
    found = inspect_artifact(tmp_path / name)
    assert (found.kind, found.sound) == ("predictions", True)
    labels = {"bad": 1, "good": 1}
    assert found.figures == {"documents": 2, "labels": labels, "mean probability": 0.75}


@pytest.mark.parametrize("name", ["p.parquet", "p.jsonl"])
def test_figures_of_predictions_of_several_labels(tmp_path, name):
    columns = PredictionColumns(thresholds=(0.4, 0.4))
    probabilities = np.array([[0.5, 0.75], [0, 0.25], [1, 0]], np.float32)
    with open_predictions(tmp_path / name, columns) as write:
        write(Predictions(probabilities, ["joy", "love"], columns))
    found = inspect_artifact(tmp_path / name)
    assert (found.kind, found.sound) == ("predictions", True)
    assert found.figures == {
        "documents": 3,
        "labels": {"joy": 2, "love": 1},
        "documents without a label": 1,
        "mean probability": 0.75,
    }


def test_several_labels_of_ids_are_counted(tmp_path):
    sequences = Sequences.from_lists([[1, 2], [], [3]])
    save_sequences(tmp_path / "i.parquet", sequences, [["joy", "love"], [], ["joy"]])
    assert inspect_artifact(tmp_path / "i.parquet").figures["labels"] == {"joy": 2, "love": 1}


def test_figures_of_a_model_of_several_labels(tmp_path):
    classifier = SentenceClassifier(units=2, dimension=2, epochs=1, networks=1, linear=0)
    labels = [["joy", "love"], ["joy"], []]
    classifier.fit(["a joy", "pure joy", "a bore"] * 8, labels * 8).save(tmp_path / "m")
    figures = inspect_artifact(tmp_path / "m").figures
    assert (figures["classes"], figures["multilabel"]) == (["joy", "love"], True)
    assert figures["lowest, highest threshold"] == [0.5, 0.5]
    assert "temperature" not in figures
    config = inspect_artifact(tmp_path / "m" / "config.json").figures
    assert config["lowest, highest temperature"] == [1.0, 1.0]


def test_figures_of_vectors(tmp_path):
    vectors = word2vec.train([["high", "enough"]], size=4, min_count=1)
    word2vec.save(vectors, tmp_path / "v.bin")
    found = inspect_artifact(tmp_path / "v.bin").figures
    assert (found["words"], found["dimension"]) == (2, 4)
    norms = np.linalg.norm(vectors.vectors, axis=1)
    expected = [norms.min(), norms.mean(), norms.max()]
    assert found["minimum, mean, maximum norm"] == pytest.approx(expected, abs=1e-4)


@pytest.fixture
def tokenizer(tmp_path):
    fitted = Tokenizer(oov_token="<?>")
    fitted.fit_on_texts(["high enough", "high"])
    fitted.save(tmp_path / "t.json")
    return tmp_path / "t.json"


def test_figures_of_a_tokenizer(tokenizer):
    found = inspect_artifact(tokenizer)
    assert (found.kind, found.sound) == ("tokenizer", True)
    assert found.figures["words"] == 3
    assert found.figures["documents fitted"] == 2
    assert found.figures["first words"] == ["<?>", "high", "enough"]


@pytest.mark.parametrize(
    ("index", "words", "message"),
    [
        ({"<?>": 1, "high": 2, "enough": 4}, None, "no word for the id 4"),
        ({"<?>": 1, "high": 2, "enough": 4}, {"1": "<?>", "2": "high", "4": "enough"}, "1 to 3"),
        ({"<?>": 1, "high": 2, "enough": 2}, None, "the ids 1 to 3"),
        (None, {"1": "<?>", "2": "enough", "3": "high"}, "tables disagree"),
    ],
)
def test_a_tokenizer_with_other_ids_is_damaged(tokenizer, index, words, message):
    layout = json.loads(tokenizer.read_text())
    for name, table in (("word_index", index), ("index_word", words)):
        if table is not None:
            layout["config"][name] = json.dumps(table)
    tokenizer.write_text(json.dumps(layout))
    found = inspect_artifact(tokenizer)
    assert not found.sound
    assert message in found.problem


def test_a_model_and_a_damaged_one(tmp_path):
    classifier = SentenceClassifier(units=2, dimension=3, epochs=1)
    classifier.fit(["pure joy", "pure bore"] * 4, ["good", "bad"] * 4).save(tmp_path / "model")
    found = inspect_artifact(tmp_path / "model")
    assert (found.kind, found.sound) == ("model", True)
    assert found.figures["classes"] == ["bad", "good"]
    assert found.figures["parameters"] == classifier.parameters
    assert found.figures["epochs"] == 1
    weights = tmp_path / "model" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\xff" * 4)
    assert "damaged" in inspect_artifact(tmp_path / "model").problem


@pytest.mark.parametrize("keep", [0.3, 0.7, 0.95])
@pytest.mark.parametrize("name", ["i.parquet", "i.npz", "o.npz"])
def test_a_truncated_file_is_damaged(tmp_path, name, keep):
    path = tmp_path / name
    sequences = Sequences.from_lists([list(range(50))] * 20)
    if name.startswith("o"):
        save_one_hot(path, sequences, 50)
    else:
        save_sequences(path, sequences)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    assert inspect_artifact(path).problem


def test_a_wrong_name_is_a_problem_of_its_own(tmp_path):
    save_sequences(tmp_path / "i.parquet", Sequences.from_lists([[1]]))
    found = inspect_artifact((tmp_path / "i.parquet").rename(tmp_path / "i.dat"))
    assert found.kind == "sequences"
    assert ".parquet" in found.problem


def test_a_pickle_is_detected_and_not_loaded(tmp_path):
    path = tmp_path / "t.pickle"
    path.write_bytes(pickle.dumps({"a": 1}))
    found = inspect_artifact(path)
    assert found.kind == "pickle"
    assert "textseq migrate" in found.problem


def test_of_fasttexts_own_format_the_ngrams_are_named(tmp_path, write_fasttext):
    path = write_fasttext(tmp_path / "v.bin", ["high"], np.ones((5, 2)), shortest=3, longest=6)
    figures = inspect_artifact(path).figures
    assert (figures["words"], figures["n-grams"]) == (1, "3 to 6 characters")
    plain = write_fasttext(tmp_path / "plain.bin", ["high"], np.ones((1, 2)))
    assert "n-grams" not in inspect_artifact(plain).figures
