"""`classify predict`, `evaluate` and `explain`: texts, files, and what is kept."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from textseq.cli.app import app

TINY = "--preset textbook --epochs 1 --units 2 --dimension 2"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with models, labelled texts of 2 and of 12 classes, and files of texts."""
    path = tmp_path_factory.mktemp("used")
    two = "".join(f"{label}\ta {label} film {i}\n" for i in range(8) for label in ("good", "bad"))
    (path / "two.tsv").write_text(f"label\ttext\n{two}")
    twelve = "".join(f"a_long_name_of_class_{i % 12}\ttext {i % 12}\n" for i in range(24))
    (path / "twelve.tsv").write_text(f"label\ttext\n{twelve}")
    (path / "plain.txt").write_text("a good film\n")
    (path / "good").mkdir()
    for name in ("two", "twelve"):
        command = f"classify train {path}/{name}.tsv {TINY} -o {path}/{name}"
        assert CliRunner().invoke(app, command.split()).exit_code == 0
    return path


@pytest.fixture
def used(folder, monkeypatch):
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    ("command", "advice"),
    [
        ("predict two plain.txt", "use --input plain.txt"),
        ("predict two 'a film' ./plain.txt", "use --input ./plain.txt"),
        ("explain two plain.txt", "use head -n 1 plain.txt | textseq classify explain MODEL -"),
    ],
)
def test_the_name_of_a_file_is_no_sentence(textseq, used, command, advice):
    done = textseq("classify", *command.replace("'a film'", "film").split())
    assert (done.exit_code, done.stdout) == (2, "")
    assert advice in " ".join(done.stderr.split())
    assert textseq("classify", "predict", "two", "--input", "plain.txt").exit_code == 0


def test_the_name_of_a_folder_may_be_a_sentence_and_that_is_said(textseq, used):
    done = textseq("classify", "predict", "two", "good")
    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 1)
    assert "'good' is taken for a sentence, and is a folder too" in done.stderr


def test_a_missing_file_is_taken_for_a_sentence_and_that_is_said(textseq, used):
    done = textseq("classify", "predict", "two", "plane.txt", "a film of plane.txt")
    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 2)
    assert done.stderr == "'plane.txt' is taken for a sentence, as there is no such file\n"


def test_a_hyphen_is_standard_input(textseq, used):
    command = ("classify", "predict", "two")
    lines = "a good film\na bad film\n"
    assert textseq(*command, "-", stdin=lines).stdout == textseq(*command, stdin=lines).stdout
    explained = textseq("classify", "explain", "two", "-", "--json", stdin="a good film\n")
    assert json.loads(explained.stdout)["tokens"] == ["a", "good", "film"]
    done = textseq("classify", "explain", "two", "-", stdin=lines)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "Expected one sentence on standard input" in done.stderr
    assert "Received 2" in done.stderr


@pytest.mark.parametrize("option", ["--encoding latin-1", "--text-column a", "--format tsv"])
def test_how_to_read_files_does_nothing_to_sentences(textseq, used, option):
    done = textseq("classify", "predict", "two", "a film", *option.split())
    assert (done.exit_code, done.stdout) == (2, "")
    assert "sentences are given, and no file is read" in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("printer", "command"),
    [
        ("results.print_explanation", "explain two film --html"),
        ("classify.evaluate._print", "evaluate two two.tsv --report"),
    ],
)
def test_a_page_is_written_before_a_pipe_can_be_closed(
    textseq, used, tmp_path, monkeypatch, printer, command
):
    page, there = tmp_path / "page.html", []
    monkeypatch.setattr(f"textseq.cli.{printer}", lambda *_: there.append(page.exists()))
    assert textseq("classify", *command.split(), page).exit_code == 0
    assert there == [True]


@pytest.mark.parametrize(
    "command",
    [
        "evaluate two two.tsv --report two/config.json",
        "evaluate two two.tsv --report two/metrics.json",
        "evaluate two two.tsv --report two.tsv",
        "explain two film --html two/weights.safetensors",
        "explain two film --html twelve/config.json --compare twelve",
    ],
)
def test_a_page_does_not_replace_what_is_read(textseq, used, command):
    before = {path: path.read_bytes() for path in used.rglob("*") if path.is_file()}
    done = textseq("classify", *command.split(), "--force")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "is also an input of this command" in done.stderr
    assert {path: path.read_bytes() for path in used.rglob("*") if path.is_file()} == before


def test_models_of_one_name_are_all_compared(textseq, used, tmp_path, monkeypatch):
    found = {}

    def write(page, explanation, *, name, others):
        found.update({name: explanation}, **others)

    monkeypatch.setattr("textseq.report.explanation.write_explanation_page", write)
    (tmp_path / "two").symlink_to(used / "two")
    paths = ["two", f"{tmp_path}/two", f"{used}/two"]
    command = f"--html {tmp_path}/page.html --compare {paths[1]} --compare {paths[2]}"
    assert textseq("classify", "explain", "two", "a film", *command.split()).exit_code == 0
    assert [*found] == paths


def test_a_matrix_that_does_not_fit_gives_way_to_the_most_confused_pairs(textseq, used):
    done = textseq("classify", "evaluate", "twelve", "twelve.tsv")
    assert "Most confused" in done.stdout
    assert "Confusion matrix" not in done.stdout
    assert len(done.stdout.splitlines()) < 50
    assert "Confusion matrix" in textseq("classify", "evaluate", "two", "two.tsv").stdout


def test_the_calibration_error_is_printed_and_in_the_json(textseq, used):
    ece = json.loads(textseq("classify", "evaluate", "two", "two.tsv", "--json").stdout)["ece"]
    out = textseq("classify", "evaluate", "two", "two.tsv").stdout
    assert f"calibration error (ECE) {ece:.3f}." in out


@pytest.mark.parametrize(
    "option", ["--analyzer whitespace", "--pooling max", "--cell gru", "--embedding onehot"]
)
def test_another_part_than_the_trained_one_is_refused(textseq, used, option):
    done = textseq("classify", "predict", "two", "a film", *option.split())
    assert (done.exit_code, done.stdout) == (1, "")
    name = option.split()[0]
    assert f"would answer wrongly with another; leave out {name}" in done.stderr


def test_the_trained_part_may_be_named(textseq, used):
    plain = textseq("classify", "predict", "two", "a film")
    named = textseq("classify", "predict", "two", "a film", "--pooling", "last", "--analyzer",
                    "words_and_marks")  # fmt: skip
    assert named.stdout == plain.stdout


@pytest.mark.parametrize("options", ["", "--top 3", "--proba"])
def test_predictions_in_a_file_are_those_that_are_printed(textseq, used, tmp_path, options):
    command = ("classify", "predict", "twelve", "-i", "twelve.tsv", *options.split())
    printed = textseq(*command, "--json").stdout
    for name in ("p.jsonl", "p.parquet"):
        done = textseq(*command, "--output", tmp_path / name)
        assert (done.exit_code, done.stdout) == (0, "")
        assert f"24 documents -> {tmp_path}/{name} (" in done.stderr
    assert (tmp_path / "p.jsonl").read_text("utf-8") == printed
    table = pq.read_table(tmp_path / "p.parquet")
    records = [json.loads(line) for line in printed.splitlines()]
    assert table.schema.names == list(records[0])
    assert table["label"].to_pylist() == [record["label"] for record in records]
    confidences = [record["probability"] for record in records]
    assert table["probability"].to_pylist() == pytest.approx(confidences, abs=5e-5)


def test_predictions_of_sentences_of_ids_and_of_stdin_go_to_files_too(textseq, used, tmp_path):
    ids = tmp_path / "ids.parquet"
    tokenized = ("tokenize", "plain.txt", "--tokenizer", "two/tokenizer.json", "-o", ids)
    assert textseq(*tokenized).exit_code == 0
    given = {
        "sentence": (["a good film"], None),
        "text": (["-i", "plain.txt"], None),
        "stdin": (["-"], "a good film\n"),
        "ids": (["-i", ids], None),
    }
    for name, (arguments, stdin) in given.items():
        output = tmp_path / f"{name}.jsonl"
        command = ("classify", "predict", "two", *arguments, "-o", output)
        assert textseq(*command, stdin=stdin).exit_code == 0
        assert output.read_text() == (tmp_path / "sentence.jsonl").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("-o {}/p.xls", "has an unknown extension for predictions; expected a name that ends in"),
        ("-o {}/p.parquet --json", "the extension of --output is the format; name a .jsonl file"),
        ("-o {}/none/p.jsonl", "does not exist; create it or choose another place"),
        ("-o {}/there.jsonl", "exists and is not overwritten"),
        ("-o {}/bad.jsonl --force", "is also an input of this command; choose another name"),
        ("-o two/config.json", "has an unknown extension for predictions"),
        ("-o {}/p.parquet", "Row 3001 of "),
    ],
)
def test_predictions_that_cannot_be_written(textseq, used, tmp_path, options, message):
    (tmp_path / "there.jsonl").write_text("theirs")
    fine = b'{"text": "%b"}\n' % (b"x" * 700)  # of which several blocks are read before the bad row
    (tmp_path / "bad.jsonl").write_bytes(fine * 3000 + b'{"text": "\xff"}\n')
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    source = tmp_path / "bad.jsonl"
    command = ("classify", "predict", "two", "-i", source, *options.format(tmp_path).split())
    done = textseq(*command)
    assert done.exit_code in (1, 2)
    assert message in " ".join(done.stderr.split())
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_is_written_can_be_inspected_as_is_said(follow_hint, used, tmp_path):
    model, texts = used / "two", used / "two.tsv"
    command = f"classify predict {model} -i {texts} -o p.parquet"
    done = follow_hint(command, "Next: textseq inspect p.parquet", "inspect p.parquet --json")
    figures = json.loads(done.stdout)["figures"]
    assert (figures["documents"], sum(figures["labels"].values())) == (16, 16)


def test_texts_are_measured_batch_by_batch_to_the_same_metrics(textseq, used, tmp_path):
    once = json.loads(textseq("classify", "evaluate", "two", "two.tsv", "--json").stdout)
    command = ("classify", "evaluate", "two", "two.tsv", "two.tsv", "--json")
    twice = json.loads(textseq(*command).stdout)
    assert (twice["documents"], twice["accuracy"]) == (2 * once["documents"], once["accuracy"])
    assert twice["ece"] == pytest.approx(once["ece"], abs=1e-7)
    reported = textseq(*command, "--report", tmp_path / "r.html")
    assert json.loads(reported.stdout) == twice


def test_a_label_that_the_model_does_not_know(textseq, used, tmp_path):
    (tmp_path / "more.tsv").write_text("label\ttext\ngood\ta film\nfair\ta film\n")
    done = textseq("classify", "evaluate", "two", "two.tsv", tmp_path / "more.tsv")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "have a label that the classifier does not know: fair; it knows bad, good" in done.stderr


def test_words_are_explained_in_the_terminal_as_json_and_as_a_page(textseq, used, tmp_path):
    page = tmp_path / "page.html"
    command = ("classify", "explain", "two", "a good film", "--words")
    done = textseq(*command, "--html", page)
    assert (done.exit_code, done.stderr) == (0, f"Page -> {page}\n")
    assert "What each word adds to log p(" in done.stdout
    assert page.exists()
    found = json.loads(textseq(*command, "--json", "--label", "good").stdout)
    assert (found["label"], found["against"]) == ("good", "bad")
    assert [word["word"] for word in found["words"]] == ["a", "good", "film"]
    total = sum(word["total"] for word in found["words"])
    assert found["baseline"] + total == pytest.approx(found["score"], abs=1e-5)
    assert textseq("classify", "explain", "two", "", "--words").exit_code == 0


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        ("--words --html p.html --compare two", 2, "it does nothing with --words"),
        ("--label good", 2, "it is for --words; add that"),
        ("--words --label god", 1, "has no label 'god'; did you mean 'good'"),
        ("--words --html two.tsv", 1, "is also an input"),
    ],
)
def test_what_does_not_go_with_words(textseq, used, options, status, message):
    if "two.tsv" in options:
        options = "--words --html two/config.json --force"
    done = textseq("classify", "explain", "two", "a film", *options.split())
    assert (done.exit_code, done.stdout) == (status, "")
    assert message in " ".join(done.stderr.split())
