"""The house: which room may import from which, how deep imports go, what lies loose at the top.

import-linter's contracts are in pyproject.toml. Imports count wherever they are written, inside
functions too, but not under `if TYPE_CHECKING:`.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import grimp
import pytest

PACKAGE = Path(__file__).parent.parent / "textseq"

DEPTH = 12
"""Modules in the longest chain of imports, at most."""

LINES, PARAMETERS = 60, 10
"""Of a function, without its docstring; at most."""


@pytest.fixture(scope="module")
def imports():
    """Return the modules that each module imports."""
    graph = grimp.build_graph("textseq", exclude_type_checking_imports=True, cache_dir=None)
    return {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}


def test_rooms_import_from_lower_floors_only():
    """In a process of its own: after TensorFlow was imported, it breaks the capture of pytest."""
    program = "import sys, importlinter.cli as cli; sys.exit(cli.lint_imports(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PACKAGE.parent, env=os.environ | {"PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_imports_have_no_circles_and_are_not_deep(imports):
    chain = longest_chain(imports)
    assert len(chain) <= DEPTH, " -> ".join(chain)


def test_little_lies_loose_at_the_top():
    loose = {path.name for path in PACKAGE.glob("*.py")} - {"__init__.py", "__main__.py"}
    assert loose == {"errors.py", "registry.py"}


def test_every_room_says_what_it_is_for():
    for file in PACKAGE.rglob("__init__.py"):
        assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))), file


def test_functions_are_short():
    long = [
        f"{where}: {lines} lines"
        for where, function in functions()
        if (lines := lines_of(function)) > LINES and function.name != "__init__"
    ]
    assert not long


def test_functions_have_few_parameters():
    # The commands' parameters are their options; an estimator's and a tokenizer's their settings.
    many = [
        f"{where}: {count} parameters"
        for where, function in functions()
        if (count := parameters_of(function)) > PARAMETERS
        and not where.startswith(("cli/", "classifier/sentence_classifier.py"))
        and not (where.startswith("tokenizer/tokenizer.py") and function.name == "__init__")
    ]
    assert not many


def test_a_circle_would_be_found():
    with pytest.raises(AssertionError, match="a -> b -> a"):
        longest_chain({"a": {"b"}, "b": {"a"}})


def longest_chain(imports):
    """Return the longest chain of imports, from the importing end; a circle fails."""
    above: list[str] = []

    @cache
    def chain(module):
        assert module not in above, " -> ".join([*above[above.index(module) :], module])
        above.append(module)
        longest = max(map(chain, sorted(imports[module])), key=len, default=())
        above.pop()
        return (module, *longest)

    return max(map(chain, sorted(imports)), key=len)


def functions():
    for file in sorted(PACKAGE.rglob("*.py")):
        where = file.relative_to(PACKAGE).as_posix()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{where}:{node.lineno} {node.name}", node


def lines_of(function):
    docstring = function.body[0] if ast.get_docstring(function) else None
    described = docstring.end_lineno - docstring.lineno + 1 if docstring else 0
    return function.end_lineno - function.lineno + 1 - described


def parameters_of(function):
    arguments = function.args
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return len(names) - (names[:1] in (["self"], ["cls"]))
