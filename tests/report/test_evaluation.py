from __future__ import annotations

import sys

import numpy as np
import pytest

from textseq.errors import OutputExistsError
from textseq.report import measure, measure_labels, write_html
from textseq.report.evaluation import ERRORS_SHOWN, find_worst_errors, find_worst_labels

CLASSES = ["bad", "good", "so-so"]


@pytest.fixture
def page(sample, check_page):
    """Return a function that writes the page and reads it."""

    def write(path, **more):
        labels, probabilities = sample()
        labels[0], probabilities[0] = "bad", [0.001, 0.998, 0.001]
        texts = ["<script>alert(1)</script> & 정말 좋아요"] + ["high enough"] * 199
        write_html(
            path,
            measure(labels, probabilities, CLASSES),
            title="<b>model</b>",
            texts=texts,
            labels=labels,
            probabilities=probabilities,
            settings={"cell": "gru"},
            histories=[{"loss": [1, 0.5], "val_loss": [1, 0.7], "accuracy": [0.5, 0.8]}] * 2,
            command="textseq classify evaluate '<i>'",
            **more,
        )
        return check_page(path)

    return write


def test_page_is_whole_and_escaped(page, tmp_path):
    html = page(tmp_path / "report.html")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; 정말 좋아요" in html
    assert "&lt;b&gt;model&lt;/b&gt;" in html
    assert "&lt;i&gt;" in html
    assert html.count("<svg") == 3
    assert "99.8%" in html


def test_of_many_classes_the_page_has_the_pairs_that_are_confused(tmp_path, check_page):
    names = [f"<kind {i}>" for i in range(40)]
    probabilities = np.eye(40)[[1, *range(1, 40)]]
    metrics = measure(names, probabilities, names)
    path, texts = tmp_path / "report.html", ["high enough"] * 40
    write_html(path, metrics, title="m", texts=texts, labels=names, probabilities=probabilities)
    html = check_page(path)
    assert "<td>&lt;kind 0&gt;</td><td>&lt;kind 1&gt;</td><td>1</td>" in html
    assert "Rows are true classes" not in html


def test_the_same_figures_make_the_same_page(page, tmp_path):
    assert page(tmp_path / "one.html") == page(tmp_path / "other.html")


def test_page_without_matplotlib_says_how_to_get_plots(page, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    html = page(tmp_path / "report.html")
    assert "pip install matplotlib" in html
    assert "<svg" not in html


def test_an_existing_page_stays(page, tmp_path):
    page(tmp_path / "report.html")
    with pytest.raises(OutputExistsError):
        page(tmp_path / "report.html")
    page(tmp_path / "report.html", force=True)


def test_the_worst_errors_come_first(sample):
    labels, probabilities = sample()
    texts = [str(i) for i in range(len(labels))]
    rows = find_worst_errors(texts, labels, probabilities, CLASSES)
    given = [probabilities[int(row["text"])][CLASSES.index(row["label"])] for row in rows]
    assert given == sorted(given)
    assert len(rows) == ERRORS_SHOWN
    assert all(row["predicted"] != row["label"] for row in rows)
    wrong = probabilities.argmax(axis=1) != [CLASSES.index(y) for y in labels]
    columns = [CLASSES.index(y) for y in labels[wrong]]
    assert given[0] == probabilities[wrong, columns].min()


def test_the_page_of_several_labels(tmp_path, check_page):
    names = ["<joy>", "love", "anger"]
    probabilities = np.array([[0.9, 0.6, 0.1], [0.2, 0.1, 0.05], [0.1, 0.1, 0.7]], np.float32)
    labels = [["<joy>", "love"], ["love"], []]
    metrics = measure_labels(labels, probabilities, names, [0.5, 0.3, 0.5])
    path = tmp_path / "report.html"
    texts = ["all right", "<script>missed", "given wrongly"]
    write_html(path, metrics, title="m", texts=texts, labels=labels, probabilities=probabilities)
    html = check_page(path)
    assert html.count("<svg") == 1
    for shown in (
        "<b>33.3%</b><span>texts whose labels are all right",
        "given to a text, of 1.00 that it has",
        "<td>love</td><td>0.300</td><td>1.000</td><td>0.500</td><td>0.667</td><td>2</td><td>1</td>",
        "anger 70.0%",
        "&lt;script&gt;missed",
    ):
        assert shown in html
    assert "all right</td>" not in html
    assert "Confusion" not in html


def test_the_worst_labels_are_least_probable_together():
    names = ["a", "b"]
    probabilities = np.array([[0.9, 0.8], [0.4, 0.2], [0.1, 0.9]], np.float32)
    labels = [["a"], ["a"], ["a"]]
    metrics = measure_labels(labels, probabilities, names)
    errors = find_worst_labels(["one", "two", "three"], labels, probabilities, metrics)
    assert [error["text"] for error in errors] == ["three", "one", "two"]
    assert errors[0]["labels"] == [("a", pytest.approx(0.1))]
    assert errors[1]["predicted"] == [("a", pytest.approx(0.9)), ("b", pytest.approx(0.8))]
    assert errors[2]["predicted"] == []


def test_a_page_without_wrong_labels(tmp_path, check_page):
    probabilities = np.array([[0.9, 0.2]], np.float32)
    metrics = measure_labels([["a"]], probabilities, ["a", "b"])
    path = tmp_path / "report.html"
    write_html(path, metrics, title="m", texts=["t"], labels=[["a"]], probabilities=probabilities)
    assert "All labels of all texts are right." in check_page(path)
