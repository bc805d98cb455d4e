"""Compiled loops: kept on the disk until a source changes, and where nothing can be kept there."""

import os
import subprocess
import sys

import pytest
from numba.core import caching

from textseq.compute.compiled import compiled, when_compiling


def double(numbers):
    total = 0
    for number in numbers:
        total += 2 * number
    return total


def test_it_is_kept_on_disk_where_there_is_a_place():
    function = compiled(double)
    assert function((1, 2, 3)) == 12
    found, made = function.stats.cache_hits, function.stats.cache_misses
    assert sum(found.values()) + sum(made.values()) == 1


def test_a_read_only_installation_compiles_all_the_same(monkeypatch):
    """Neither beside the source nor in the user's own folder can a file be written."""
    for locator in caching.CacheImpl._locator_classes:
        monkeypatch.setattr(locator, "ensure_cache_path", refuse)
    with pytest.raises(RuntimeError, match="no locator available"):
        caching.FunctionCache(double)
    assert compiled(double)((1, 2, 3)) == 12


SAYING = """
import sys
from textseq.compute.compiled import compiled, when_compiling
import caller
with when_compiling(print):
    caller.scale(5)
    caller.scale(5.0)
"""


def test_compiling_is_said_by_the_compiler_and_only_when_it_compiles(tmp_path):
    (tmp_path / "caller.py").write_text(CALLER)
    (tmp_path / "called.py").write_text(CALLED.format(2))
    said = [run_python(SAYING, tmp_path) for _ in range(2)]
    assert said == ["Compiling for this machine, which happens only once ...\n", ""]


def test_compiling_that_cannot_be_kept_says_so(monkeypatch):
    for locator in caching.CacheImpl._locator_classes:
        monkeypatch.setattr(locator, "ensure_cache_path", refuse)
    function, said = compiled(double), []
    with when_compiling(said.append):
        function((1, 2, 3))
    assert len(said) == 1
    assert "each time" in said[0]
    assert "NUMBA_CACHE_DIR" in said[0]


CALLER = """
from textseq.compute.compiled import compiled
from called import factor

@compiled
def scale(x):
    return x * factor()
"""
CALLED = """
from textseq.compute.compiled import compiled

@compiled
def factor():
    return {}
"""


def test_a_change_in_another_file_of_the_folder_is_noticed(tmp_path):
    (tmp_path / "caller.py").write_text(CALLER)
    printed = []
    for factor in (2, 3, 3):
        (tmp_path / "called.py").write_text(CALLED.format(factor))
        code = "import caller; print(caller.scale(5), sum(caller.scale.stats.cache_hits.values()))"
        printed.append(run_python(code, tmp_path).split())
    assert printed == [["10", "0"], ["15", "0"], ["15", "1"]]


def run_python(code, folder):
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(folder), *sys.path]),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def refuse(_locator):
    raise OSError("read-only file system")


WITHOUT_SCIPY = """
import sys
import numpy as np
from textseq.network.ngram_sets import NgramSets, sum_weights

sets = NgramSets(np.zeros(3, "int32"), np.array([0, 1, 3]), np.ones(1, "int32"))
sum_weights(sets, np.ones(2), np.array([0, 1]))
print("scipy.linalg" in sys.modules)

import numba

matrix = np.arange(6.0).reshape(2, 3)
print(numba.njit(lambda x, y: x @ y)(matrix, matrix.T).tolist())
"""


def test_loops_do_not_load_scipy_and_a_users_own_still_can():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SCIPY], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:2] == ["False", "[[5.0, 14.0], [14.0, 50.0]]"]
