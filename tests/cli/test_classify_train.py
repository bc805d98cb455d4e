"""The settings of `classify train`: presets, and what is said of them."""

import json
import os
import shlex

import pytest

from textseq.classifier.presets import preset_table
from textseq.cli import console

TINY = "--preset textbook --epochs 1 --units 2 --dimension 2"


def test_the_help_shows_the_presets(textseq):
    out = textseq("classify", "train", "--help").output
    for line in preset_table().splitlines():
        assert line in out


def test_what_is_trained_is_said_in_a_line(textseq, tmp_path):
    reviews = tmp_path / "reviews.tsv"
    reviews.write_text("label\ttext\n" + "good\ta joy\nbad\ta bore\n" * 8)
    command = ["classify", "train", reviews, "--epochs", 1, "--units", 2, "--dimension", 2]
    plain = textseq(*command, "--preset", "textbook", "--output", tmp_path / "plain")
    assert "Training 1 SimpleRNN, last pooling\n" in plain.stderr
    assert "1 network, " in plain.stderr
    fast = textseq(*command, "--preset", "fast", "--cell", "gru", "--output", tmp_path / "fast")
    line = "Training 1 GRU, bidirectional, max pooling, and a linear n-gram model; "
    assert f"{line}--preset textbook for one plain SimpleRNN\n" in fast.stderr


@pytest.mark.tensorflow  # for a cell of one's own
def test_a_training_that_diverged_leaves_a_good_model_as_it_was(
    textseq, tmp_path, reviews, monkeypatch
):
    command = [
        "classify",
        "train",
        reviews,
        "--epochs",
        2,
        "--units",
        2,
        "--output",
        tmp_path / "m",
    ]
    assert textseq(*command).exit_code == 0
    before = {file.name: file.read_bytes() for file in (tmp_path / "m").iterdir()}
    (tmp_path / "broken.py").write_text(
        "import keras\n"
        "def cell(units):\n"
        "    return keras.layers.SimpleRNNCell(units, activation=lambda x: x * float('nan'))\n"
    )
    monkeypatch.chdir(tmp_path)
    done = textseq(*command, "--force", "--cell", "broken:cell")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "textseq: Training diverged: " in done.stderr
    assert "use a smaller learning rate (--learning-rate" in done.stderr
    assert {file.name: file.read_bytes() for file in (tmp_path / "m").iterdir()} == before


def test_an_unknown_preset(textseq, tmp_path):
    done = textseq("classify", "train", "x.tsv", "--preset", "best", "--output", tmp_path / "m")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "`preset` must be one of textbook, fast, accurate. Received: 'best'." in done.stderr


@pytest.fixture
def table(tmp_path, monkeypatch):
    """A table with a split column, under two names; and other files, in the working directory."""
    monkeypatch.chdir(tmp_path)
    rows = [
        f"{label}\ta {label} film {i}\t{split}"
        for i in range(8)
        for label in ("good", "bad")
        for split in ("train", "dev")
    ]
    (tmp_path / "all.tsv").write_text("\n".join(["label\ttext\tsplit", *rows]) + "\n")
    os.link(tmp_path / "all.tsv", tmp_path / "linked.tsv")
    (tmp_path / "one.tsv").write_text("label\ttext\ngood\ta joy\ngood\tpure joy\n")
    (tmp_path / "bare.tsv").write_text("text\tid\na joy\t1\n")
    (tmp_path / "other.tsv").write_text("label\ttext\ngood\ta good film 0\nbad\tdull\n")
    (tmp_path / "kinds.tsv").write_text("label\ttext\nodd\ta film\n")
    return tmp_path


def test_a_table_with_a_split_column_is_validated_on_its_other_rows(textseq, table):
    where = "--where split=train --validation-where split=dev"
    for validation in ("", "--validation all.tsv", "--validation linked.tsv"):
        command = f"classify train all.tsv {where} {validation} {TINY} -o m --force"
        done = textseq(*command.split())
        assert done.exit_code == 0, done.stderr
        assert "16 texts, 2 classes\n" in done.stderr
        assert "train_accuracy       val_loss   val_accuracy" in done.stderr
        # The texts of both splits are the same ones.
        assert "16 of the 16 validation texts are also training texts" in done.stderr


def test_other_validation_texts_are_not_filtered_and_that_is_said(textseq, table):
    command = f"classify train all.tsv --where split=train --validation other.tsv {TINY} -o m"
    done = textseq(*command.split())
    assert done.exit_code == 0, done.stderr
    assert "--where applies to SOURCE only" in done.stderr
    assert "1 of the 2 validation texts are also training texts" in done.stderr


def test_the_training_texts_as_validation_texts_are_counted(textseq, table):
    command = f"classify train all.tsv --validation linked.tsv {TINY} -o m"
    done = textseq(*command.split())
    assert done.exit_code == 0, done.stderr
    assert "32 of the 32 validation texts are also training texts" in done.stderr


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        ("--where split=train --validation all.tsv", 2, "'all.tsv' is trained on too"),
        ("--where split=train --validation linked.tsv", 2, "'linked.tsv' is trained on too"),
        ("--validation other.tsv --validation-fraction 0.2", 2, "leave out one or the other"),
        ("--validation kinds.tsv", 1, "labels that the training texts do not have: odd"),
        ("--validation missing.tsv", 1, "missing.tsv"),
        ("--validation-fraction 0.9999", 1, "none is left to train on"),
        ("--where split=test", 1, "split=test"),
        ("--where label=good", 1, "of one class, 'good'"),
        ("--cell rnn", 1, "'rnn' is not a known cell"),
        ("--cell nowhere:cell", 1, "No module named 'nowhere'"),
        ("--pooling :max", 1, "The pooling ':max' cannot be imported"),
        ("--embedding word2vek", 1, "did you mean 'word2vec'"),
        ("--pooling maxx", 1, "did you mean 'max'"),
        ("--analyzer word", 1, "did you mean 'words'"),
        ("--clean htlm", 1, "did you mean 'html'"),
        ("--embedding word2vec", 1, "starts from word vectors; give them with --vectors"),
        ("--vectors none.bin", 1, "'none.bin' do not exist"),
        ("--vectors one.tsv --embedding word2vec", 1, "one.tsv"),
        ("--dimension 0", 1, "`dimension` must be 1 or more"),
        ("--dimension -1", 1, "`dimension` must be 1 or more"),
        ("--seed -1", 1, "`seed` must be from 0 to below 4,294,967,296"),
        ("--seed 4294967296", 1, "`seed` must be from 0 to below 4,294,967,296"),
        ("--warmup nan", 1, "`warmup` must be a finite number"),
        ("--warmup inf", 1, "`warmup` must be a finite number"),
        ("--min-count 99", 1, "a lower `min_count`"),
        ("--num-words few", 2, "expected an integer, or none. Received: 'few'"),
        ("--validation-where dev", 2, "'--validation-where': expected COLUMN=VALUE"),
        ("--validation-where set=dev", 1, "has no column 'set'"),
        ("--validation-where set=dev", 1, "with --validation-where."),
        ("--validation-where split=x", 1, "is kept by --validation-where split=x"),
        ("--tokenizer none.json", 1, "none.json"),
        ("--config none.json", 1, "none.json"),
    ],
)
def test_what_can_be_seen_to_fail_is_refused_before_tensorflow_is_loaded(
    textseq, table, monkeypatch, options, status, message
):
    monkeypatch.setattr(console, "load_tensorflow", lambda purpose: pytest.fail("was loaded"))
    done = textseq(*f"classify train all.tsv {options} -o m".split())
    assert (done.exit_code, done.stdout) == (status, ""), done.stderr
    assert message in " ".join(done.stderr.split())
    assert not (table / "m").exists()


@pytest.mark.parametrize("source", ["one.tsv", "bare.tsv", "missing.tsv", "-"])
def test_so_are_texts_that_nothing_can_be_learned_from(textseq, table, monkeypatch, source):
    monkeypatch.setattr(console, "load_tensorflow", lambda purpose: pytest.fail("was loaded"))
    done = textseq("classify", "train", source, "-o", "m", stdin="")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("textseq: ")


OVERWRITTEN = {
    "the output is in the source": ("all.tsv -o .", "holds 'all.tsv', an input"),
    "a page over the source": ("all.tsv -o m --report all.tsv", "is also an input"),
    "a page over a link to it": ("all.tsv -o m --report linked.tsv", "is also an input"),
    "a page over the validation": (
        "all.tsv -o m --validation other.tsv --report other.tsv",
        "is also an input",
    ),
    "a page over the config": ("all.tsv -o m --config c.json --report c.json", "is also an input"),
    "a page over the vectors": ("all.tsv -o m --vectors one.tsv --report one.tsv", "also an input"),
    "a page over the tokenizer": (
        "all.tsv -o m --tokenizer c.json --report c.json",
        "is also an input",
    ),
    "a page in the model": ("all.tsv -o m --report m/page.html", "is in 'm', another output"),
    "a log in the model": ("all.tsv -o m --tensorboard m/tb", "is in 'm', another output"),
    "a checkpoint in the model": ("all.tsv -o m --checkpoint m", "is given twice"),
    "the model in the checkpoint": ("all.tsv -o c/m --checkpoint c", "holds 'c/m'"),
    "a checkpoint that is a file": ("all.tsv -o m --checkpoint one.tsv", "is a file"),
    "a log that is a file": ("all.tsv -o m --tensorboard one.tsv", "is a file"),
    "a folder of something else": ("all.tsv -o thesis", "other than a model, 'thesis.tex'"),
    "a model with something else": ("all.tsv -o model", "other than a model, 'notes.txt'"),
    "a file": ("all.tsv -o one.tsv", "is a file, where a folder was expected"),
    "the model of the config": (
        "all.tsv -o model --config model/config.json",
        "holds 'model/config.json', an input",
    ),
}


@pytest.mark.parametrize("case", OVERWRITTEN)
def test_nothing_is_lost_even_with_force(textseq, table, monkeypatch, case):
    monkeypatch.setattr(console, "load_tensorflow", lambda purpose: pytest.fail("was loaded"))
    for name in ("thesis/thesis.tex", "model/config.json", "model/notes.txt", "c.json", "c/state"):
        (table / name).parent.mkdir(exist_ok=True)
        (table / name).write_text("{}")
    before = {path: path.read_bytes() for path in table.rglob("*") if path.is_file()}
    command, message = OVERWRITTEN[case]
    done = textseq("classify", "train", *shlex.split(command), "--force")
    assert (done.exit_code, done.stdout) == (1, "")
    assert message in done.stderr
    assert {path: path.read_bytes() for path in table.rglob("*") if path.is_file()} == before


def test_none_is_a_value_of_an_option(textseq, table):
    done = textseq(*f"classify train all.tsv {TINY} -o m --num-words none".split())
    assert done.exit_code == 0, done.stderr
    assert json.loads((table / "m/config.json").read_text())["num_words"] is None


def test_options_that_do_nothing_are_said(textseq, table):
    command = f"classify train all.tsv {TINY} -o m --ngrams 3 --buckets 9 --frozen --patience 2"
    done = textseq(*command.split())
    assert done.exit_code == 0, done.stderr
    for name in ("ngrams", "buckets", "tuned", "patience"):
        assert f"`{name}` does nothing here: " in done.stderr


def test_the_metric_that_decides_is_in_the_table_and_in_the_folder(textseq, table):
    command = f"classify train all.tsv --validation other.tsv {TINY} -o m --metric"
    done = textseq(*command.split(), "macro-f1")
    assert done.exit_code == 0, done.stderr
    assert "val_loss   val_accuracy   val_macro_f1" in done.stderr
    (history,) = json.loads((table / "m/metrics.json").read_text())["histories"]
    assert 0 <= history["val_macro_f1"][0] <= 1
    assert json.loads((table / "m/config.json").read_text())["metric"] == "macro-f1"
    wrong = textseq(*command.split(), "f1", "--force")
    assert (wrong.exit_code, wrong.stdout) == (1, "")
    assert "`metric` must be one of accuracy, macro-f1, loss. Received: 'f1'" in wrong.stderr


def test_folds_are_said_and_written_and_then_all_texts_are_trained_on(textseq, table):
    done = textseq(*f"classify train all.tsv --where split=train {TINY} --folds 3 -o m".split())
    assert (done.exit_code, done.stdout) == (0, "")
    said = done.stderr.splitlines()
    assert said[0] == "16 texts in 3 folds"
    assert [line.split(":")[0] for line in said[1:4]] == [f"Fold {k} of 3" for k in (1, 2, 3)]
    found = json.loads((table / "m/metrics.json").read_text())["cross_validation"]
    assert len(found["folds"]) == 3
    low, high = found["interval"]
    whole = (
        f"Cross-validated accuracy {found['accuracy']:.1%} (95% interval {low:.1%} to {high:.1%})"
    )
    assert said[4].startswith(f"{whole}; by fold ")
    assert said[5] == "16 texts, 2 classes"
    # The texts are alike in both of its classes, and said to be so.
    assert done.stderr.count("Training 1 SimpleRNN") == 1
    for folds, message in [
        ("1", "2 or more"),
        ("17", "`folds` must be from 2 to the number of texts"),
    ]:
        done = textseq("classify", "train", "all.tsv", "--where", "split=train", "--folds", folds,
                       "-o", "n")  # fmt: skip
        assert done.exit_code in (1, 2)
        assert message in done.stderr


def test_folds_of_several_labels_are_refused_and_the_advice_is_followed(textseq, table):
    lines = [f"__label__{a} __label__{b} a {a} b {b}" for a in "xy" for b in "zw"] * 4
    (table / "several.ft").write_text("\n".join(lines))
    command = ["classify", "train", "several.ft", *TINY.split(), "-o", "m"]
    done = textseq(*command, "--folds", "2")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "is for texts with one label each" in done.stderr
    assert textseq(*command, "--validation", "several.ft").exit_code == 0


def test_html_is_noted_once_for_all_folds(textseq, table):
    rows = [f"{label}\tso<br />{label} and {i}" for i in range(8) for label in ("good", "bad")]
    (table / "tags.tsv").write_text("label\ttext\n" + "\n".join(rows))
    done = textseq(*f"classify train tags.tsv {TINY} --folds 2 -o m".split())
    assert done.exit_code == 0, done.stderr
    assert done.stderr.count("<br />") == 1


@pytest.mark.parametrize(
    "option", ["--num-words 9", "--min-count 2", "--analyzer words", "--clean none"]
)
def test_what_a_fitted_tokenizer_decides_is_refused_beside_it(textseq, table, option):
    textseq("tokenize", "all.tsv", "--save-tokenizer", "t.json", "-o", "ids.parquet")
    command = f"classify train all.tsv --tokenizer t.json {option} -o m"
    done = textseq(*command.split())
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"{option.split()[0]} cannot apply" in " ".join(done.stderr.split())
    command = "classify train ids.parquet --tokenizer t.json --where a=b -o m"
    done = textseq(*command.split())
    assert (done.exit_code, done.stdout) == (2, "")
    assert "'ids.parquet' holds ids, not texts, so it does nothing" in " ".join(done.stderr.split())
