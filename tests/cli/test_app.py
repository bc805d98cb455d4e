from __future__ import annotations

import json
import shlex
import subprocess
import sys

import pytest

from textseq.classifier import SentenceClassifier

HEAVY = ["tensorflow", "keras", "gensim", "sklearn", "numba", "scipy", "pyarrow", "numpy", "rich"]
COMMANDS = [
    ["tokenize"],
    ["onehot"],
    ["train-w2v"],
    ["vectors"],
    ["vectors", "neighbours"],
    ["vectors", "analogy"],
    ["vectors", "similarity"],
    ["vectors", "evaluate"],
    ["vectors", "coverage"],
    ["vectors", "plot"],
    ["classify"],
    ["classify", "train"],
    ["classify", "evaluate"],
    ["classify", "predict"],
    ["classify", "explain"],
    ["classify", "summary"],
    ["classify", "compress"],
    ["tag"],
    ["tag", "train"],
    ["tag", "evaluate"],
    ["tag", "predict"],
    ["tag", "explain"],
    ["translate"],
    ["translate", "train"],
    ["translate", "evaluate"],
    ["translate", "predict"],
    ["translate", "explain"],
    ["inspect"],
    ["migrate"],
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


HEAVY_FOR_A_LABEL = ["tensorflow", "keras", "gensim", "sklearn", "numba", "scipy", "rich"]


@pytest.fixture(scope="module")
def labelling(tmp_path_factory):
    """Return the command that labels stdin."""
    model = tmp_path_factory.mktemp("labelling") / "model"
    texts, labels = ["pure joy", "pure bore"] * 4, ["good", "bad"] * 4
    SentenceClassifier(units=2, dimension=2, epochs=1).fit(texts, labels).save(model)
    return [sys.executable, "-m", "textseq.cli.app", "classify", "predict", str(model), "--json"]


def test_labelling_a_sentence_loads_nothing_heavy(labelling):
    model = labelling[-2]
    code = (
        "import sys; from textseq.cli.app import app\n"
        f"try: app(['classify', 'predict', {model!r}, 'pure joy'])\n"
        f"except SystemExit: print([m for m in {HEAVY_FOR_A_LABEL!r} if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    label, modules = out.stdout.splitlines()
    assert label.split("\t")[0] in ("good", "bad")
    assert modules == "[]"


def test_a_pipe_gets_labels_as_lines_come(labelling):
    with subprocess.Popen(
        labelling, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        for text in ("pure joy", "pure bore"):
            program.stdin.write(text + "\n")
            program.stdin.flush()
            assert "label" in json.loads(program.stdout.readline())  # before there is more
        program.stdin.close()
        assert program.stdout.read() == ""
    assert program.returncode == 0


def test_a_closed_pipe_of_labels_is_no_failure(labelling, tmp_path):
    texts = tmp_path / "many.txt"
    texts.write_text("pure joy\n" * 50_000)
    command = f"{shlex.join(labelling)} --input {texts}"
    done = subprocess.run(
        f"set -o pipefail; {command} | head -n 1",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "label" in json.loads(done.stdout)


def test_importing_the_package_loads_nothing_heavy():
    code = f"import sys, textseq; print([m for m in {HEAVY!r} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout == "[]\n"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help(textseq, command):
    done = textseq(*command, "--help")
    assert done.exit_code == 0
    assert "Usage: " in done.output


@pytest.mark.parametrize(
    "command",
    [c for c in COMMANDS if c not in (["classify"], ["tag"], ["translate"], ["vectors"])],
    ids=" ".join,
)
def test_every_command_has_an_example(textseq, command):
    assert f"textseq {' '.join(command)} " in textseq(*command, "--help").output + " "


def test_help_lists_the_stages_in_their_order(textseq):
    _, commands = textseq("--help").output.split("Commands:\n")
    assert [line.split()[0] for line in commands.splitlines()] == [
        "tokenize", "onehot", "train-w2v", "vectors", "classify", "tag", "translate", "series",
        "export", "serve", "inspect", "migrate", "demo",
    ]  # fmt: skip


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
