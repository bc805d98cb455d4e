"""The pages and tables that show what happened: tokenize, classify train, classify explain."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import keras
import pytest

from textseq.classifier import SentenceClassifier

QUICK = ["--units", 3, "--dimension", 3, "--epochs", 1]


def test_tokenize_reports_on_words_it_learns(textseq, reviews, tmp_path):
    page = tmp_path / "page.html"
    done = textseq("tokenize", reviews, "--output", tmp_path / "ids.parquet", "--report", page)
    assert done.exit_code == 0, done.output
    assert f"Report -> {page}" in done.stderr
    html = page.read_text()
    assert [int(n) for n in re.findall(r"<b>(\d+)</b>", html)] == [32, 96, 6]
    assert "<td>good</td><td>16</td>" in html
    assert "Tokens of reviews.tsv" in html


def test_tokenize_reports_on_words_it_does_not_know(textseq, giants, tmp_path):
    page, tokenizer = tmp_path / "page.html", tmp_path / "t.json"
    textseq("tokenize", giants, "--save-tokenizer", tokenizer)
    more = ["--tokenizer", tokenizer, "--report", page]
    done = textseq("tokenize", "-", *more, stdin="enough of <script>\nno <script> hill\n")
    assert done.exit_code == 0, done.output
    assert [json.loads(line)["ids"] for line in done.stdout.splitlines()] == [[11, 5], [8]]
    html = page.read_text()
    assert "<b>50.0%</b>" in html  # script, script and hill, of six
    assert "<td>script</td><td>2</td>" in html


def test_an_existing_page_is_refused_before_the_work(textseq, reviews, tmp_path):
    page, model = tmp_path / "page.html", tmp_path / "model"
    page.write_text("mine")
    for command in (
        ["tokenize", reviews, "--output", tmp_path / "ids.parquet"],
        ["classify", "train", reviews, "--output", model, *QUICK],
    ):
        done = textseq(*command, "--report", page)
        assert done.exit_code == 1
        assert "--force" in done.stderr
    assert page.read_text() == "mine"
    assert not model.exists()


def test_train_reports_and_evaluate_too(textseq, reviews, tmp_path):
    page, model = tmp_path / "page.html", tmp_path / "model"
    done = textseq("classify", "train", reviews, "--output", model, "--report", page, *QUICK)
    assert done.exit_code == 0, done.output
    html = page.read_text()
    assert "model, trained on reviews.tsv" in html
    assert "memorized" in html
    done = textseq("classify", "evaluate", model, reviews, "--report", page, "--force")
    assert done.exit_code == 0, done.output
    assert "model on reviews.tsv" in page.read_text()


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("explain") / "model"
    texts, labels = ["pure joy", "pure bore"] * 4, ["good", "bad"] * 4
    SentenceClassifier(units=2, dimension=2, epochs=1, cell="lstm").fit(texts, labels).save(path)
    return path


def test_explain_prints_a_row_for_each_token(textseq, model):
    done = textseq("classify", "explain", model, "Pure <b> joy")
    assert done.exit_code == 0, done.output
    rows = [line for line in done.stdout.splitlines() if line.startswith("│")]
    assert [row.split()[1] for row in rows] == ["pure", "joy"]
    assert "Unknown tokens, which were dropped: < b >" in done.stdout
    alone, together = done.stdout.splitlines()[-2:]
    label, probability = textseq("classify", "predict", model, "Pure <b> joy").stdout.split()
    assert alone.split()[0] in ("bad", "good")
    assert together.startswith("This is the first network alone; together with 2 other networks")
    assert together.endswith(f"a linear model of n-grams the model answers {label}, {probability}")


def test_explain_of_one_network_tells_its_own_answer_alone(textseq, tmp_path):
    texts, labels = ["pure joy", "pure bore"] * 4, ["good", "bad"] * 4
    settings = {"units": 2, "dimension": 2, "epochs": 1, "networks": 1, "linear": 0}
    SentenceClassifier(**settings).fit(texts, labels).save(tmp_path / "model")
    done = textseq("classify", "explain", tmp_path / "model", "pure joy")
    predicted = textseq("classify", "predict", tmp_path / "model", "pure joy").stdout
    assert done.stdout.splitlines()[-1].split() == predicted.split()


def test_explain_as_data_and_as_a_page(textseq, model, tmp_path):
    page = tmp_path / "page.html"
    command = ["classify", "explain", model, "pure joy pure", "--json", "--html", page]
    done = textseq(*command, "--compare", model)
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    assert data["tokens"] == ["pure", "joy", "pure"]
    assert len(data["backward"]["memory_gradient_norms"]) == 3
    assert "A sentence in model" in page.read_text()
    again = textseq(*command)
    assert again.exit_code == 1
    assert "--force" in again.stderr


def test_explain_of_unknown_words_alone(textseq, model, tmp_path):
    done = textseq("classify", "explain", model, "quite else", "--html", tmp_path / "p.html")
    assert done.exit_code == 0, done.output
    assert "│" not in done.stdout
    assert "No token of this sentence" in (tmp_path / "p.html").read_text()


def test_explain_follows_a_part_of_ones_own_that_is_named(textseq, tmp_path):
    own = tmp_path / "own"
    SentenceClassifier(units=2, dimension=2, epochs=1, cell=keras.layers.GRUCell).fit(
        ["pure joy", "pure bore"] * 4, ["good", "bad"] * 4
    ).save(own)
    done = textseq("classify", "explain", own, "pure joy")
    assert done.exit_code == 1
    assert "name it yourself with --cell" in done.stderr
    named = textseq("classify", "explain", own, "pure joy", "--cell", "keras.layers:GRUCell")
    assert named.exit_code == 0, named.stderr
    missing = textseq("classify", "explain", tmp_path / "none", "pure joy")
    assert missing.exit_code == 1
    assert "none" in missing.stderr


def test_comparing_needs_a_page(textseq, model):
    done = textseq("classify", "explain", model, "pure joy", "--compare", model)
    assert done.exit_code == 2
    assert "--html" in done.output


def test_explain_loads_neither_tensorflow_nor_matplotlib(model):
    heavy = ["tensorflow", "keras", "gensim", "sklearn", "matplotlib", "scipy"]
    code = (
        "import sys; from textseq.cli.app import app\n"
        f"try: app(['classify', 'explain', {str(model)!r}, 'pure joy'])\n"
        f"except SystemExit: print([m for m in {heavy!r} if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines()[-1] == "[]"
