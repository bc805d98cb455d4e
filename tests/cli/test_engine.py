"""--engine spark: the same outputs and errors as on one machine, and what cannot be said to it."""

import threading
import types

import pytest

from textseq.cli import engine
from textseq.sequences.files import load_sequences

SPARK = ("--engine", "spark")


def test_the_outputs_are_those_of_one_machine(textseq, spark, reviews, tmp_path):
    outputs = {}
    for name, extra in (("here", ()), ("there", SPARK)):
        ids = tmp_path / (name if extra else f"{name}.parquet")
        saved = tmp_path / f"{name}.json"
        settings = ("--num-words", 4, "--oov-token", "<unk>", "-o", ids, "--save-tokenizer", saved)
        done = textseq("tokenize", reviews, *settings, *extra)
        assert done.exit_code == 0, done.stderr
        assert "3 words -> " in done.stderr
        assert "32 documents, 96 tokens -> " in done.stderr
        outputs[name] = saved.read_bytes(), load_sequences(ids)
    assert outputs["there"][0] == outputs["here"][0]
    assert outputs["there"][1][0].to_lists() == outputs["here"][1][0].to_lists()
    assert outputs["there"][1][1] == outputs["here"][1][1]


def test_a_fitted_tokenizer_encodes_there_too(textseq, spark, reviews, giants, tmp_path):
    saved, ids = tmp_path / "t.json", tmp_path / "ids"
    assert textseq("tokenize", reviews, "--save-tokenizer", saved, "--quiet").exit_code == 0
    done = textseq("tokenize", giants, "--tokenizer", saved, "-o", ids, *SPARK)
    assert done.exit_code == 0, done.stderr
    printed = textseq("tokenize", giants, "--tokenizer", saved)
    assert len(load_sequences(ids)[0]) == len(printed.stdout.splitlines()) == 2


def test_bad_input_is_one_line_and_leaves_nothing(textseq, spark, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text('text\nfine\n"never closed\n')
    saved, ids = tmp_path / "t.json", tmp_path / "ids"
    here = textseq("tokenize", bad, "-o", tmp_path / "ids.jsonl")
    there = textseq("tokenize", bad, "-o", ids, "--save-tokenizer", saved, *SPARK)
    assert there.exit_code == here.exit_code == 1
    assert there.stderr.splitlines() == ["Starting Spark ...", *here.stderr.splitlines()]
    assert list(tmp_path.iterdir()) == [bad]


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        ("--engine sparc -o out", 2, "'sparc' is not a known engine; expected local or spark"),
        ("--master yarn -o out.npz", 2, "applies to Spark only; add --engine spark"),
        ("--spark-conf a=b -o out.npz", 2, "applies to Spark only; add --engine spark"),
        ("--engine spark", 2, "with --engine spark, name a folder for the results"),
        ("--engine spark -o out.npz", 2, "name it 'out' or 'out.parquet'"),
        ("--engine spark -o out --report page.html", 2, "needs all texts on this machine"),
        ("--engine spark -o out --spark-conf a", 2, "expected KEY=VALUE, received 'a'"),
        ("--engine spark -o out --max-words 9", 1, "set `min_count` (--min-count)"),
        ("--engine spark -o {giants}", 1, "is also an input of this command"),
    ],
)
def test_what_cannot_be_said(textseq, giants, tmp_path, monkeypatch, arguments, status, says):
    monkeypatch.chdir(tmp_path)
    done = textseq("tokenize", giants, *arguments.format(giants=giants).split())
    assert done.exit_code == status
    assert says in " ".join(done.stderr.replace("│", " ").split())
    assert list(tmp_path.iterdir()) == [giants]


@pytest.mark.parametrize(
    ("source", "says"),
    [("-", "reads files, which its workers see"), ("s3://bucket/a.txt", "is not a path; mount")],
)
def test_sources_are_files(textseq, tmp_path, source, says):
    done = textseq("tokenize", source, "-o", tmp_path / "ids", *SPARK)
    assert done.exit_code == 2
    assert says in " ".join(done.stderr.split())


def test_tasks_are_shown_on_a_terminal(monkeypatch):
    """With a session and a terminal that are made up."""
    shown, seen = [], threading.Event()

    class Line:
        def __enter__(self):
            return self

        def __exit__(self, *error): ...

        def update(self, text):
            shown.append(text)
            seen.set()

    stages = {1: types.SimpleNamespace(numTasks=8, numCompletedTasks=3), 2: None}
    tracker = types.SimpleNamespace(getActiveStageIds=lambda: [1, 2], getStageInfo=stages.get)
    context = types.SimpleNamespace(statusTracker=lambda: tracker)
    session = types.SimpleNamespace(sparkContext=context)
    monkeypatch.setattr(engine, "PATIENCE", 0.001)
    monkeypatch.setattr(engine, "stderr", lambda: types.SimpleNamespace(is_terminal=True))
    monkeypatch.setattr(engine, "progress_line", lambda console, text: Line())
    with engine._show_tasks(session):
        assert seen.wait(60)
    assert shown[0] == "Spark: 3 of 8 tasks done"
