from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ["tensorflow", "keras", "gensim", "sklearn", "numba", "scipy", "pyarrow", "numpy", "rich"]
COMMANDS = [
    ["tokenize"],
    ["onehot"],
    ["train-w2v"],
    ["classify"],
    ["classify", "train"],
    ["classify", "evaluate"],
    ["classify", "predict"],
    ["classify", "summary"],
    ["demo"],
]


@pytest.mark.parametrize("arguments", [[], ["tokenize"], ["classify", "train"]])
def test_help_loads_nothing_heavy(arguments):
    code = (
        "import sys; from textseq.cli.app import app\n"
        f"try: app({[*arguments, '--help']!r})\n"
        f"except SystemExit: print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines()[-1] == "[]"


def test_importing_the_package_loads_nothing_heavy():
    code = f"import sys, textseq; print([m for m in {HEAVY!r} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout == "[]\n"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help(textseq, command):
    done = textseq(*command, "--help")
    assert done.exit_code == 0
    assert "Usage: " in done.output


@pytest.mark.parametrize("command", [c for c in COMMANDS if c != ["classify"]], ids=" ".join)
def test_every_command_has_an_example(textseq, command):
    assert f"textseq {' '.join(command)} " in textseq(*command, "--help").output + " "


def test_version(textseq):
    assert textseq("--version").output.startswith("textseq 0.")


@pytest.mark.parametrize("arguments", [["tokenise"], ["tokenize"], ["tokenize", "--no-such"]])
def test_a_wrong_command_line_exits_with_2(textseq, arguments):
    assert textseq(*arguments).exit_code == 2


def test_a_failure_is_one_line_and_debug_shows_the_traceback(tmp_path):
    def run(*arguments):
        command = [sys.executable, "-m", "textseq.cli.app", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    plain = run("tokenize", str(tmp_path / "none.txt"))
    assert plain.returncode == 1
    assert plain.stdout == ""
    assert len(plain.stderr.splitlines()) == 1
    assert plain.stderr.startswith("textseq: ")
    assert "Traceback" in run("--debug", "tokenize", str(tmp_path / "none.txt")).stderr


def test_a_closed_pipe_is_no_failure(tmp_path):
    corpus = tmp_path / "many.txt"
    corpus.write_text("high enough\n" * 20_000)
    done = subprocess.run(
        f"set -o pipefail; {sys.executable} -m textseq.cli.app tokenize {corpus} | head -n 1",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, '{"ids": [1, 2]}\n', "")
