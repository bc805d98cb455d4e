"""`textseq translate`: from files to answers."""

from __future__ import annotations

import json

import pytest

SOURCES = ["ein hund rennt", "eine katze rennt", "ein hund schläft", "eine katze schläft"]
TARGETS = ["a dog runs", "a cat runs", "a dog sleeps", "a cat sleeps"]
SETTINGS = {
    "units": 16, "dimension": 16, "epochs": 30, "learning-rate": 0.02, "batch-size": 8,
    "dropout": 0, "vector-dropout": 0,
}  # fmt: skip
SMALL = [part for name, value in SETTINGS.items() for part in (f"--{name}", str(value))]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with pairs, as two files and as a table."""
    path = tmp_path_factory.mktemp("translate")
    (path / "train.de").write_text("\n".join(SOURCES * 6) + "\n")
    (path / "train.en").write_text("\n".join(TARGETS * 6) + "\n")
    pairs = zip(SOURCES, TARGETS, strict=True)
    (path / "pairs.tsv").write_text("de\ten\n" + "".join(f"{s}\t{t}\n" for s, t in pairs))
    return path


@pytest.fixture
def run(textseq, place, monkeypatch):
    """Return a function that runs `textseq translate` there, and returns what it printed."""
    monkeypatch.chdir(place)

    def run(command, *arguments, stdin=None):
        done = textseq("translate", *command.split(), *arguments, stdin=stdin)
        assert done.exit_code == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def model(run, place):
    if not (place / "model").exists():
        run("train train.de --target train.en --validation pairs.tsv --output model", *SMALL)
    return place / "model"


def test_answers(run, model):
    assert run("predict model", *SOURCES[:2]).splitlines() == TARGETS[:2]
    assert run("predict model --beam 1", SOURCES[2]) == f"{TARGETS[2]}\n"
    assert run("predict model", stdin="\n".join(SOURCES)).splitlines() == TARGETS
    assert run("predict model -", stdin=SOURCES[0]).splitlines() == TARGETS[:1]
    assert run("predict model --input pairs.tsv --text-column de").splitlines() == TARGETS
    record = json.loads(run("predict model --json", SOURCES[0]))
    assert (record["text"], len(record["attention"])) == (TARGETS[0], 4)


def test_answers_go_to_a_file_line_by_line(run, model, tmp_path):
    run("predict model --input train.de --output", tmp_path / "answers.txt")
    assert (tmp_path / "answers.txt").read_text().splitlines() == TARGETS * 6


def test_evaluation_has_answers_to_beat(run, model):
    table = run("evaluate model train.de --target train.en --training pairs.tsv")
    for row in ("model", "copying the source", "most similar source"):
        assert row in table
    scores = json.loads(run("evaluate model pairs.tsv --json"))
    assert scores["pairs"] == 4
    assert (scores["model"]["chrf"], scores["model"]["exact"]) == (100, 1)
    assert scores["copying the source"]["exact"] == 0


def test_a_model_that_is_not_better_is_told_so(textseq, place, monkeypatch):
    monkeypatch.chdir(place)
    small = [*SMALL, "--epochs", "1", "--learning-rate", "1e-6", "--force"]
    textseq("translate", "train", "train.de", "--target", "train.en", "-o", "bad", *small)
    done = textseq("translate", "evaluate", "bad", "train.de", "--target", "train.en")
    assert "The model is no better than copying the source" in done.stderr
    assert "24 of 24 answers are the same" in done.stderr


def test_explain(run, model, tmp_path):
    table = run("explain model", SOURCES[0])
    assert "a dog runs" in table
    assert "(end)" in table
    found = json.loads(run("explain model --json --html", tmp_path / "page.html", SOURCES[0]))
    assert found["tokens"] == ["a", "dog", "runs"]
    page = (tmp_path / "page.html").read_text()
    assert "<svg" in page
    assert "schläft" not in page


def test_the_textbook(textseq, run, place):
    run("train train.de --target train.en --preset textbook --output textbook", *SMALL)
    assert run("predict textbook", *SOURCES).splitlines() == TARGETS
    done = textseq("translate", "explain", "textbook", SOURCES[0], "--html", "page.html")
    assert done.stdout.startswith("a dog runs\t")
    assert "The model has no attention" in done.stderr
    assert "The model has no attention" in (place / "page.html").read_text()


@pytest.mark.parametrize(
    ("command", "advice", "then"),
    [
        (
            "translate train a.de --target a.en -o m --attention none",
            "use --untied",
            "translate train a.de --target a.en -o m --epochs 1 --attention none --untied",
        ),
        (
            "translate train a.de --target a.en -o m --maxlen 1",
            "use a larger --maxlen",
            "translate train a.de --target a.en -o m --epochs 1 --maxlen 9",
        ),
        (
            "translate train a.de --target a.en -o m --validation-target a.en",
            "name them with --validation",
            "translate train a.de --target a.en -o m --validation a.de --validation-target a.en"
            " --epochs 1",
        ),
        (
            "translate train long.tsv -o m --epochs 1",
            "skip such rows with --drop-missing",
            "translate train long.tsv -o m --epochs 1 --drop-missing",
        ),
        (
            "translate train a.de -o m --epochs 1",
            "name the file of the targets with --target",
            "translate train a.de --target a.en -o m --epochs 1",
        ),
        (
            "translate train one.tsv -o m --epochs 1",
            "with --target-column",
            "translate train long.tsv -o m --epochs 1 --drop-missing --target-column en",
        ),
    ],
)
def test_hints_work(follow_hint, command, advice, then):
    small = " --units 4 --dimension 4"
    files = {
        "a.de": "ein hund\nzwei hunde\n" * 4,
        "a.en": "a dog\ntwo dogs\n" * 4,
        "long.tsv": "de\ten\nein hund\ta dog\nein hund\ta dog\nzwei\t\n",
        "one.tsv": "de\nein hund\n",
    }
    follow_hint(command + small, advice, then + small, files=files)


def test_an_analyzer_of_ones_own_is_given_again(follow_hint):
    files = {
        "own_splits.py": "def split(text):\n    return text.split()\n",
        "pairs.tsv": "de\ten\n" + "ein hund\ta dog\n" * 4,
    }
    small = "--units 4 --dimension 4 --epochs 1 --analyzer own_splits:split -o own"
    for name in ("predict own hund", "explain own hund", "evaluate own pairs.tsv"):
        train = f"translate train pairs.tsv {small} --force"
        follow_hint(train, "parameters -> own", train, files=files)
        then = f"translate {name} --analyzer own_splits:split"
        follow_hint(f"translate {name}", "name it yourself with --analyzer", then)


def test_files_of_other_lengths_are_refused(textseq, tmp_path):
    (tmp_path / "a").write_text("one\ntwo\nthree\n")
    (tmp_path / "b").write_text("eins\nzwei\n")
    done = textseq(
        "translate", "train", tmp_path / "a", "--target", tmp_path / "b", "-o", tmp_path / "m"
    )
    assert done.exit_code == 1
    assert "nothing goes with line 3" in done.stderr
    assert not (tmp_path / "m").exists()


def test_an_output_that_exists_stays(textseq, run, model):
    done = textseq("translate", "train", "train.de", "--target", "train.en", "-o", model)
    assert done.exit_code == 1
    assert "--force" in done.stderr


def test_nothing_to_translate_is_an_empty_answer(textseq, model, tmp_path):
    (tmp_path / "e.txt").touch()
    done = textseq("translate", "predict", model, "-i", tmp_path / "e.txt")
    assert (done.exit_code, done.stdout) == (0, "")
    output = tmp_path / "out.txt"
    done = textseq("translate", "predict", model, "-i", tmp_path / "e.txt", "-o", output)
    assert (done.exit_code, output.read_text()) == (0, "")
