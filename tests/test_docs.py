"""The documentation: commands print what it shows, and its links lead somewhere.

Its Python examples are doctests. Commands that train are shown with what one machine printed, and
are not repeated here.
"""

from __future__ import annotations

import ast
import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from textseq.classifier.presets import preset_table

ROOT = Path(__file__).parent.parent

PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]

SHOWN = ["tokenize.md", "onehot.md", "keras.md", "command-line.md"]
"""Pages whose commands are run, in this order: some read what earlier ones wrote."""


TRAINED = ["predict.md", "tag.md", "series.md", "translate.md", "autotune.md", "export.md"]
"""Pages whose commands train, and are run too: other machines may print other figures."""


@pytest.fixture
def run(tmp_path):
    """Return a function that runs a shell command as the documentation shows it, for one page."""
    folder = tmp_path
    (folder / "corpora").symlink_to(ROOT / "corpora")
    (folder / "bin").mkdir()
    for name, module in (("textseq", "-m textseq"), ("python", "")):
        program = folder / "bin" / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {module} "$@"\n')
        program.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }

    def run_command(command):
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    return run_command


def commands_in(page):
    """Return the commands that a page shows, and what it says they print."""
    blocks = re.findall(r"^```\n(\$ .*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
    for part in "".join(blocks).split("$ ")[1:]:
        command, _, output = part.partition("\n")
        yield command, output


@pytest.mark.skipif(sys.platform == "win32", reason="the commands are for a POSIX shell")
def test_commands_print_what_is_shown(run):
    run("textseq tokenize corpora/giants.txt --output ids.parquet --save-tokenizer t.json")
    shown = [pair for name in SHOWN for pair in commands_in(ROOT / "docs" / name)]
    assert len(shown) > 4
    for command, output in shown:
        assert run(command) == output, command


@pytest.mark.tensorflow
@pytest.mark.skipif(sys.platform == "win32", reason="the commands are for a POSIX shell")
def test_the_textbooks_network_is_as_shown(run):
    pairs = dict(commands_in(ROOT / "docs" / "classify.md"))
    (command,) = (command for command in pairs if "summary" in command)
    assert run(command) == pairs[command]


@pytest.mark.skipif(sys.platform == "win32", reason="the commands are for a POSIX shell")
@pytest.mark.parametrize("page", TRAINED)
def test_commands_that_train_print_what_is_shown_but_for_figures(run, page):
    shown = list(commands_in(ROOT / "docs" / page))
    assert len(shown) > 2
    for command, output in shown:
        expected, found = (re.sub(r"\d[\d,.]*", "1", text) for text in (output, run(command)))
        ellipsis = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        assert doctest.OutputChecker().check_output(expected, found, ellipsis), found


@pytest.fixture
def serve(run):
    """Return a function that starts a service as a page shows it, and returns what it printed.

    Its port is a free one, whatever the page says.
    """
    started = []

    def start(command):
        # A file, since a pipe would keep `run` waiting until the service ends.
        in_background = f": > served; {command} --port 0 >> served 2>&1 & echo $!"
        ready = "grep -m 1 Serving <(tail -n +1 -f served 2> nowhere)"
        process, line = run(f"{in_background}; {ready}").splitlines()
        started.append(process)
        return f"{line}\n"

    yield start
    for process in started:
        run(f"kill {process}; grep -m 1 Stopped <(tail -n +1 -f served 2> nowhere)")


@pytest.mark.skipif(sys.platform == "win32", reason="the commands are for a POSIX shell")
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_a_service_answers_as_shown_but_for_figures(run, serve):
    port = "8000"
    for command, output in commands_in(ROOT / "docs" / "serve.md"):
        if command.startswith("textseq serve"):
            found = serve(command)
            port = re.search(r":(\d+);", found)[1]
        else:
            found = run(command.replace("localhost:8000", f"localhost:{port}"))
        expected, found = (re.sub(r"\d[\d,.]*", "1", text) for text in (output, found))
        ellipsis = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        assert doctest.OutputChecker().check_output(expected, found, ellipsis), found
    assert port != "8000"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text(encoding="utf-8")):
        name, _, heading = link.partition("#")
        target = (page.parent / name) if name else page
        assert target.exists(), link
        if heading:
            titles = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
            assert heading in anchors, link


def test_every_page_is_in_the_index():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert page.name == "index.md" or f"({page.name})" in index


FLOORS = {
    **dict.fromkeys(["errors.py", "registry.py"], 0),
    **dict.fromkeys(["compute", "files"], 1),
    **dict.fromkeys(["corpus", "sequences"], 2),
    **dict.fromkeys(["tokenizer", "network"], 3),
    "word2vec": 4,
    "classifier": 5,
    **dict.fromkeys(["report", "migrate"], 6),
    "cli": 7,
}


def test_the_three_walks_name_functions_and_climb_once():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    walks = re.findall(r"^```\n(\w+/.*?)^```", text.partition("## Three walks")[2], re.M | re.S)
    assert len(walks) == 3
    for walk in walks:
        callers: list[int] = []
        climbs = 0
        for line in walk.splitlines():
            indent, file, name, floor = re.match(r"( *)(\S+) (\S+) +(\d)", line).groups()
            assert defines(ROOT / "textseq" / file, name), line
            assert int(floor) == FLOORS[file.split("/")[0]], line
            callers[len(indent) // 4 :] = [int(floor)]
            climbed = len(callers) > 1 and callers[-1] > callers[-2]
            assert climbed == ("↑" in line), line
            climbs += climbed
        assert climbs <= 1


def defines(file, name):
    """Return whether a file defines a function, a class, or a method."""
    body = ast.parse(file.read_text(encoding="utf-8")).body
    for part in name.split("."):
        (found,) = [node for node in body if getattr(node, "name", None) == part] or [None]
        if found is None:
            return False
        body = found.body
    return True


def test_presets_are_as_shown():
    assert preset_table() in (ROOT / "docs" / "classify.md").read_text(encoding="utf-8")


def test_the_readme_is_a_page():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
