"""What terminals and shells do to a program: narrow ones, --quiet, closed pipes, Ctrl-C, Tab."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time

import pytest
from rich.table import Table

from textseq.classifier import SentenceClassifier
from textseq.cli.console import print_table, stderr

PROGRAM = [sys.executable, "-m", "textseq.cli.app"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with ids, a tokenizer, a model and much text."""
    folder = tmp_path_factory.mktemp("terminal")
    texts, labels = ["pure joy", "pure bore"] * 4, ["good", "bad"] * 4
    SentenceClassifier(units=2, dimension=2, epochs=1).fit(texts, labels).save(folder / "model")
    rows = [f"{label}\t{text}" for text, label in zip(texts, labels, strict=True)] * 3000
    (folder / "many.tsv").write_text("label\ttext\n" + "\n".join(rows) + "\n")
    subprocess.run(
        [*PROGRAM, "tokenize", "many.tsv", "-o", "ids.jsonl", "--save-tokenizer", "t.json"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return folder


def shell(command, folder, **environment):
    return subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", command],
        cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


CLOSED = [
    "tokenize many.tsv --tokenizer t.json",
    "onehot ids.jsonl --tokenizer t.json",
    "classify predict model --input many.tsv --proba",
    "inspect t.json",
    "classify evaluate model many.tsv",
    "migrate t.json",
    "tokenize --help",
]


@pytest.mark.parametrize("command", CLOSED)
def test_a_pipe_closed_early_is_no_failure(folder, command):
    done = shell(f"{shlex.join(PROGRAM)} --quiet {command} | head -n 1 | wc -l", folder)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "1", "")


@pytest.mark.parametrize("place", ["before", "after"])
def test_quiet_leaves_only_failures_on_stderr(textseq, giants, place):
    def run(*arguments):
        around = (["--quiet"], []) if place == "before" else ([], ["--quiet"])
        return textseq(*around[0], *arguments, *around[1])

    output = giants.parent / "ids.parquet"
    done = run("tokenize", giants, "--output", output)
    assert (done.exit_code, done.output) == (0, "")
    assert output.exists()
    assert run("tokenize", giants, "--output", output).stderr.startswith("textseq: ")
    assert "documents" in textseq("tokenize", giants, "-o", output, "--force").stderr


def test_quiet_after_a_double_dash_is_a_sentence(textseq, folder):
    done = textseq("classify", "predict", folder / "model", "--", "--quiet")
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize("words", [["help"], ["help", "classify", "train"], ["version"]])
def test_what_other_programs_call_it(textseq, words):
    meant = [*words[1:], "--help"] if words[0] == "help" else ["--version"]
    assert textseq(*words).output == textseq(*meant).output


def test_results_say_how_big_they_are_and_what_is_next(textseq, giants, tmp_path):
    done = textseq("tokenize", giants, "--save-tokenizer", tmp_path / "t.json")
    assert f"11 words -> {tmp_path / 't.json'} (1.1 kB)" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("Next: textseq ")


def test_no_color_and_narrow(folder):
    command = f"{shlex.join(PROGRAM)} inspect t.json"
    wide = shell(command, folder, NO_COLOR="1", COLUMNS="200").stdout
    narrow = shell(command, folder, NO_COLOR="1", COLUMNS="40").stdout
    assert max(map(len, narrow.splitlines())) <= 40 < max(map(len, wide.splitlines()))
    assert "\x1b" not in wide + narrow
    assert "…" not in narrow


def test_no_color_on_a_terminal(folder):
    """A terminal gets colours, unless NO_COLOR is set."""
    # https://no-color.org; `script` gives the program a terminal.
    command = f"script -qec {shlex.quote(shlex.join([*PROGRAM, 'inspect', 't.json']))} /dev/null"
    environment = {"TERM": "xterm-256color", "COLUMNS": "80"}
    coloured = shell(command, folder, **environment)
    if coloured.returncode == 127:
        pytest.skip("needs script(1)")
    plain = shell(command, folder, **environment, NO_COLOR="1")
    colours = [f"\x1b[3{digit}m" for digit in range(8)]
    assert "tokenizer" in plain.stdout
    assert not any(colour in plain.stdout for colour in colours)


@pytest.mark.parametrize("columns", [20, 30, 40])
def test_a_table_too_wide_becomes_lists(monkeypatch, capsys, columns):
    table = Table("class", "precision", "recall", "f1", title="Each class")
    table.add_row("quantity", "0.769", "0.588", "0.667")
    monkeypatch.setenv("COLUMNS", str(columns))
    print_table(table)
    narrow = capsys.readouterr().out
    assert max(map(len, narrow.splitlines())) <= columns
    if columns == 20:
        assert narrow.splitlines()[:3] == ["Each class", "quantity", "  precision: 0.769"]
    assert "precision" in narrow
    assert "…" not in narrow


def test_no_columns_are_no_width(monkeypatch, capsys):
    table = Table("class")
    table.add_row("quantity")
    monkeypatch.setenv("COLUMNS", "0")
    print_table(table)
    stderr().print("said")
    shown = capsys.readouterr()
    assert "quantity" in shown.out
    assert shown.err == "said\n"


KINDS = ("good", "joy"), ("bad", "bore")


def interrupted(command, folder, written, stdin=b""):
    """Run a command, send it Ctrl-C when a file of this pattern is there; return how it ended."""
    with subprocess.Popen(
        [*PROGRAM, *command],
        cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as program:  # fmt: skip
        program.stdin.write(stdin)
        program.stdin.flush()  # and stays open: there is more to come
        deadline = time.monotonic() + 600  # of a very busy machine
        while not list(folder.glob(written)):
            assert time.monotonic() < deadline
            assert program.poll() is None
            time.sleep(0.01)
        program.send_signal(signal.SIGINT)
        _, stderr = program.communicate(timeout=600)
    return program.returncode, stderr.decode()


@pytest.mark.parametrize(
    ("command", "output", "stdin"),
    [
        ("tokenize - --tokenizer t.json --output o.parquet", "o.parquet", b"joy\n" * 100_000),
        ("onehot - --tokenizer t.json --output o.npz", "o.npz", b'{"ids": [1]}\n'),
    ],
)
def test_ctrl_c_exits_with_130_and_leaves_nothing(folder, command, output, stdin):
    before = sorted(folder.iterdir())
    status, stderr = interrupted(command.split(), folder, f".{output}.*", stdin)
    assert (status, stderr.splitlines()[-1]) == (130, "textseq: interrupted.")
    assert "Traceback" not in stderr
    assert sorted(folder.iterdir()) == before


@pytest.mark.slow
@pytest.mark.parametrize("threads", ["1", "2"])
def test_ctrl_c_in_a_training_saves_the_best_network_so_far(tmp_path, threads, monkeypatch):
    monkeypatch.setenv("TEXTSEQ_THREADS", threads)
    rows = (f"{label}\tpure {word} {i}" for i in range(300) for label, word in KINDS)
    (tmp_path / "texts.tsv").write_text("\n".join(["label\ttext", *rows]))
    command = (
        "classify train texts.tsv --output model --checkpoint state --epochs 10000 --networks 1 "
        "--validation texts.tsv --patience 10000"
    )
    status, stderr = interrupted(command.split(), tmp_path, "state/*.safetensors")
    assert status == 130, stderr
    assert "Interrupted; saving the best network so far" in stderr
    assert "Traceback" not in stderr
    done = shell(shlex.join([*PROGRAM, "classify", "predict", "model", "joy"]), tmp_path)
    assert done.stdout.startswith("good\t"), done.stderr


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("textseq tok", "tokenize"),
        ("textseq classify ev", "evaluate"),
        ("textseq tokenize --save", "--save-tokenizer"),
        ("textseq insp", "inspect"),
    ],
)
def test_tab_completes(line, expected):
    done = subprocess.run(
        PROGRAM,
        env=os.environ
        | {
            "_TEXTSEQ_COMPLETE": "complete_bash",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(line.split()) - 1),
        },
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert expected in done.stdout.split()


def test_completion_installs(tmp_path):
    done = shell(
        f"{shlex.join(PROGRAM)} --install-completion bash; true",
        tmp_path,
        HOME=str(tmp_path),
        _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1",
    )
    assert "completion installed" in done.stdout
    assert "textseq" in (tmp_path / ".bash_completions" / "textseq.sh").read_text()
    assert ".bash_completions/textseq.sh" in (tmp_path / ".bashrc").read_text()
