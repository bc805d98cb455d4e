"""`textseq tag`: tagged sentences in, tags out, in the format that was read."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from textseq import embedded_corpus
from textseq.corpus.tagged import load_tagged

SAMPLE = embedded_corpus("tagged_en.conllu")
TINY = ["--units", 8, "--dimension", 8, "--epochs", 6, "--learning-rate", 0.02]
NAMES = "Peter\tB-PER\nBlack\tI-PER\nflew\tO\n\nto\tO\nYork\tB-LOC\n\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return a folder of training and test sentences, and a model of them."""
    from typer.testing import CliRunner

    from textseq.cli.app import app

    folder = tmp_path_factory.mktemp("tag")
    sentences = SAMPLE.read_text(encoding="utf-8").strip().split("\n\n")
    (folder / "train.conllu").write_text("\n\n".join(sentences[:60]) + "\n\n", encoding="utf-8")
    (folder / "test.conllu").write_text("\n\n".join(sentences[60:]) + "\n\n", encoding="utf-8")
    (folder / "names.txt").write_text(NAMES * 10)
    for source, model in (("train.conllu", "model"), ("names.txt", "names")):
        command = ["tag", "train", folder / source, "-o", folder / model, *TINY, "--buckets", 999]
        done = CliRunner().invoke(app, [str(part) for part in command])
        assert done.exit_code == 0, done.stderr
    return folder


def test_training_says_what_it_read_made_and_can_do_next(textseq, files, tmp_path):
    done = textseq(
        "tag", "train", files / "train.conllu", "--validation", files / "test.conllu",
        "--output", tmp_path / "m", *TINY, "--networks", 2,
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert "60 sentences, 506 words, 15 tags" in done.stderr
    said = re.search(
        r"Validation accuracy ([\d.]+)%; the linear model alone ([\d.]+)%; .*", done.stderr
    )
    assert "the most frequent tag of each word scores 64.08%" in said[0]
    assert "2 networks and a linear model" in done.stderr
    assert f"Next: textseq tag evaluate {tmp_path / 'm'} TEST" in " ".join(done.stderr.split())
    assert textseq("tag", "evaluate", tmp_path / "m", files / "test.conllu").exit_code == 0
    assert textseq("tag", "predict", tmp_path / "m", "A sentence.").exit_code == 0


def test_an_existing_model_is_kept_and_a_source_too(textseq, files):
    done = textseq("tag", "train", files / "train.conllu", "-o", files / "model", *TINY)
    assert done.exit_code == 1
    assert "exists and is not overwritten" in done.stderr
    done = textseq("tag", "train", files / "train.conllu", "-o", files / "train.conllu", "--force")
    assert done.exit_code == 1
    assert "is also an input" in done.stderr


def test_settings_are_checked(textseq, files, tmp_path):
    done = textseq("tag", "train", files / "train.conllu", "-o", tmp_path / "m", "--cell", "grue")
    assert done.exit_code == 1
    assert "`cell` must be one of gru, lstm, simple_rnn" in done.stderr


def test_evaluation_prints_each_tag_and_the_baseline(textseq, files):
    done = textseq("tag", "evaluate", files / "model", files / "test.conllu")
    assert done.exit_code == 0, done.stderr
    assert "NOUN" in done.stdout
    assert re.search(
        r"Accuracy [\d.]+% on 103 words, on the 48 unknown ones [\d.]+%; the most frequent tag of "
        r"each word scores 64.08%",
        " ".join(done.stdout.split()),
    )
    assert "spans" not in done.stdout


def test_json_has_all_of_it_and_tags_that_training_had_not(textseq, files, tmp_path):
    odd = tmp_path / "odd.conllu"
    text = (files / "test.conllu").read_text(encoding="utf-8")
    odd.write_text(text.replace("\tINTJ\t", "\tX\t").replace("\tNUM\t", "\tX\t"), encoding="utf-8")
    done = textseq("tag", "evaluate", files / "model", odd, "--json")
    figures = json.loads(done.stdout)
    assert (figures["sentences"], figures["words"]) == (12, 103)
    assert figures["classes"][-1] == "X"
    assert {"accuracy", "most_frequent", "unknown_accuracy", "per_class"} <= figures.keys()
    assert figures["spans"] is None
    assert "does not know: X" in done.stderr


def test_spans_are_counted_and_iob1_is_made_iob2(textseq, files, tmp_path):
    done = textseq("tag", "evaluate", files / "names", files / "names.txt")
    assert "Spans, by strict IOB2" in done.stdout
    figures = json.loads(
        textseq("tag", "evaluate", files / "names", files / "names.txt", "--json").stdout
    )
    assert figures["spans"]["overall"]["support"] == 20
    old = tmp_path / "iob1.txt"
    old.write_text(NAMES.replace("B-", "I-"))
    done = textseq("tag", "evaluate", files / "names", old, "--json")
    assert "IOB1" in done.stderr
    assert json.loads(done.stdout)["spans"]["overall"]["support"] == 2


def test_a_report_shows_words_among_others(textseq, files, tmp_path):
    page = tmp_path / "page.html"
    done = textseq("tag", "evaluate", files / "model", files / "test.conllu", "--report", page)
    assert done.exit_code == 0, done.stderr
    assert re.search(r"\[\w+\]", page.read_text(encoding="utf-8"))
    done = textseq("tag", "evaluate", files / "model", files / "test.conllu", "--report", page)
    assert done.exit_code == 1
    assert "exists" in done.stderr


def test_predictions_are_the_file_with_the_column_filled(textseq, files, tmp_path):
    source = files / "test.conllu"
    text = source.read_text(encoding="utf-8")
    untagged = tmp_path / "untagged.conllu"
    untagged.write_text(re.sub(r"(?m)^(\d+\t.*?\t.*?\t)\w+", r"\1_", text), encoding="utf-8")
    printed = textseq("tag", "predict", files / "model", "--input", untagged).stdout
    assert [re.sub(r"\t[A-Z]+\t", "\t_\t", line) for line in printed.splitlines()] == [
        re.sub(r"\t[A-Z]+\t", "\t_\t", line) for line in text.splitlines()
    ] + [""] * (len(printed.splitlines()) - len(text.splitlines()))
    output = tmp_path / "tagged.conllu"
    done = textseq("tag", "predict", files / "model", "-i", source, "-o", output)
    assert done.exit_code == 0, done.stderr
    assert output.read_text(encoding="utf-8") == printed
    X, y = load_tagged(str(output))  # noqa: N806
    assert load_tagged(str(source))[0] == X
    assert {tag for tags in y for tag in tags} <= {*text.split()}


@pytest.mark.parametrize(
    ("stdin", "expected"),
    [
        ("The\ncat\n\nDogs\n", r"The\t\w+\ncat\t\w+\n\nDogs\t\w+\n\n"),
        ("The\tX\tO\ncat\tX\tO\n", r"The\tX\t[A-Z]+\ncat\tX\t[A-Z]+\n\n"),
    ],
)
def test_stdin_is_read_by_default(textseq, files, stdin, expected):
    for arguments in ([], ["-i", "-"]):
        done = textseq("tag", "predict", files / "model", *arguments, stdin=stdin)
        assert re.fullmatch(expected, done.stdout), done.stdout


def test_text_is_split_and_keeps_its_capitals(textseq, files, tmp_path):
    done = textseq("tag", "predict", files / "model", "The İstanbul Anna.", "We sang")
    lines = done.stdout.splitlines()
    assert [line.split("\t")[0] for line in lines][-3:] == ["We", "sang", ""]
    text = tmp_path / "letter.txt"
    text.write_text("Anna sang.\n\nWe left, Anna!\n")
    done = textseq("tag", "predict", files / "model", "-i", text, "--analyzer", "words_and_marks")
    tokens = [line.split("\t")[0] for line in done.stdout.splitlines()]
    assert tokens == ["Anna", "sang", ".", "", "We", "left", ",", "Anna", "!", ""]


def test_a_dash_is_stdin_and_columns_of_plain_text_are_refused(textseq, files):
    done = textseq("tag", "predict", files / "model", "-", stdin="The\n")
    assert done.stdout.startswith("The\t")
    for option in (["--tag-column", 2], ["--format", "columns"]):
        done = textseq("tag", "predict", files / "model", "The cat", *option)
        assert done.exit_code == 2
        assert "leave it out" in done.stderr


def test_errors_name_the_row(textseq, files, tmp_path):
    broken = tmp_path / "broken.txt"
    broken.write_text("a X\nb\n")
    done = textseq("tag", "predict", files / "model", "-i", broken)
    assert done.exit_code == 1
    assert "Row 2 of" in done.stderr
    done = textseq("tag", "train", broken, "-o", tmp_path / "m")
    assert done.exit_code == 1
    assert "Row 2 of" in done.stderr
    assert not (tmp_path / "m").exists()
    done = textseq("tag", "predict", files / "model", "text", "-i", broken)
    assert done.exit_code == 2
    done = textseq("tag", "predict", files / "model", broken)
    assert "--input" in done.stderr


def test_the_column_of_the_model_is_the_default(textseq, files, tmp_path):
    source = tmp_path / "x.conllu"
    text = (files / "test.conllu").read_text(encoding="utf-8")
    source.write_text(re.sub(r"(?m)^(\d+\t.*?\t_\t)(\w+)\t_", r"\1_\t\2", text), encoding="utf-8")
    model = tmp_path / "m"
    done = textseq("tag", "train", source, "-o", model, "--tag-column", "xpos", *TINY)
    assert done.exit_code == 0, done.stderr
    assert textseq("tag", "evaluate", model, source).exit_code == 0
    done = textseq("tag", "evaluate", files / "model", source)
    assert "has no tag in column 4" in done.stderr
    hinted = textseq("tag", "evaluate", files / "model", source, "--tag-column", 5)
    assert hinted.exit_code == 0, hinted.stderr


def test_ctrl_c_saves_the_best_so_far_and_the_training_resumes(
    textseq, files, tmp_path, monkeypatch
):
    from textseq.cli.epochs import EpochTable

    def press(self, epoch, *_):
        if epoch == 3:
            raise KeyboardInterrupt

    command = ["tag", "train", files / "names.txt", *TINY, "--checkpoint", tmp_path / "state"]
    with monkeypatch.context() as interrupting:
        interrupting.setattr(EpochTable, "row", press)
        done = textseq(*command, "-o", tmp_path / "m")
    assert done.exit_code == 130
    assert "Interrupted; saving the best network so far" in done.stderr
    assert textseq("tag", "predict", tmp_path / "m", "Peter").exit_code == 0
    done = textseq(*command, "-o", tmp_path / "n")
    assert done.exit_code == 0
    assert len(re.findall(r"(?m)^ +\d+ ", done.stderr)) == 4  # of six epochs


def test_many_tags_are_not_a_matrix(textseq, tmp_path):
    many = tmp_path / "many.txt"
    many.write_text("".join(f"w{i}\tT{i % 55}\n" for i in range(110)) + "\n")
    assert textseq("tag", "train", many, "-o", tmp_path / "m", *TINY).exit_code == 0
    many.write_text("".join(f"w{i}\tT{i % 54}\n" for i in range(110)) + "\n")
    printed = textseq("tag", "evaluate", tmp_path / "m", many).stdout
    assert "The 20 classes of the lowest F1, of 55" in printed
    assert "Most confused" in printed


def test_explanations(textseq, files, tmp_path):
    text = "The old baker sang."
    done = textseq("tag", "explain", files / "model", text, "--token", 3)
    assert done.exit_code == 0, done.stderr
    assert "of 'baker' with respect to the state" in " ".join(done.stdout.split())
    assert done.stdout.splitlines()[-1].startswith("baker")
    found = json.loads(textseq("tag", "explain", files / "model", text, "--json").stdout)
    assert found["tokens"] == ["The", "old", "baker", "sang", "."]
    page = tmp_path / "page.html"
    done = textseq("tag", "explain", files / "model", text, "--html", page)
    assert done.exit_code == 0, done.stderr
    assert "baker" in page.read_text(encoding="utf-8")
    assert textseq("tag", "explain", files / "model", text, "--token", 6).exit_code == 2
    assert textseq("tag", "explain", files / "model", "").exit_code == 2


def test_prediction_loads_nothing_heavy(files):
    code = (
        "import sys; from textseq.cli.app import main; "
        f"sys.argv = ['textseq', 'tag', 'predict', {str(files / 'model')!r}, 'The cat.']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(sorted({'sklearn', 'tensorflow', 'keras', 'scipy', 'numba', 'pandas', "
        "'pyarrow.compute'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_what_is_no_sentence_is_not_explained(textseq, files):
    done = textseq("tag", "explain", files / "model", "")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "expected a sentence with a token or more" in done.stderr
    assert "folder" not in done.stderr
    source = str(next(files.glob("*.conllu")))
    done = textseq("tag", "explain", files / "model", source)
    assert done.exit_code == 2
    assert "is a file, where a sentence was expected" in done.stderr


def test_weights_beyond_half_precision_are_saved(textseq, files, tmp_path):
    source = str(next(files.glob("*.conllu")))
    options = "--learning-rate 1e9 --epochs 2 --units 2 --buckets 8 --dimension 2"
    done = textseq("tag", "train", source, *options.split(), "-o", tmp_path / "m")
    assert "RuntimeWarning" not in done.stderr
    assert done.exit_code == 0 or "Training diverged" in done.stderr


def test_nothing_to_tag_is_an_empty_answer(textseq, files, tmp_path):
    (tmp_path / "e.txt").touch()
    for options in ([], ["--analyzer", "whitespace"], ["--format", "conllu"]):
        done = textseq("tag", "predict", files / "model", "-i", tmp_path / "e.txt", *options)
        assert (done.exit_code, done.stdout) == (0, "")
