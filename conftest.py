"""Marks what needs TensorFlow, so that `pytest -m "not tensorflow"` is a quick run without it; and
starts Spark, once, for the tests and the examples that use it.

A file needs it if it, or a module that it imports, imports Keras or TensorFlow; or if it makes a
Keras model by other means. With that option such files are not even collected, since importing them
takes long.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import shutil
import signal
from pathlib import Path

import pytest

ROOT = Path(__file__).parent

IMPORTED = re.compile(r"^(?:from|import) (textseq[\w.]*)", re.MULTILINE)
IMPORTS_KERAS = re.compile(r"^(?:from|import) (?:keras|tensorflow)\b", re.MULTILINE)
USES_KERAS = re.compile(
    r"^\s*(?:>>> )?(?:from|import) (?:keras|tensorflow)\b"
    r"|\blazy_keras\b|\bto_keras\b|\bmake_network\b|\bbuild_model\b",
    re.MULTILINE,
)


def pytest_configure() -> None:
    """Let no test depend on the width of the terminal, which processes of pytest-xdist are told."""
    os.environ.pop("COLUMNS", None)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name compressed bytes alike in every process: gzip and zip hold the time of their making."""
    is_archive = isinstance(val, bytes) and val.startswith((b"\x1f\x8b", b"PK"))
    return "compressed" if is_archive else None


@functools.cache
def _imports_keras(path: Path) -> bool:
    """Return whether importing a file imports Keras, by itself or by what it imports of ours."""
    source = path.read_text(encoding="utf-8")
    modules = (ROOT / name.replace(".", "/") for name in IMPORTED.findall(source))
    files = (path.with_suffix(".py") for path in modules)
    return bool(IMPORTS_KERAS.search(source)) or any(
        _imports_keras(file) for file in files if file.is_file()
    )


@functools.cache
def _needs_tensorflow(path: Path) -> bool:
    return _imports_keras(path) or bool(USES_KERAS.search(path.read_text(encoding="utf-8")))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the files that need TensorFlow, if tests that need it are not wanted."""
    is_file = collection_path.suffix in (".py", ".md") and collection_path.is_file()
    left_out = is_file and _is_quick(config) and _needs_tensorflow(collection_path)
    return True if left_out else None


@pytest.fixture(scope="session")
def spark():
    """Return a session on a small cluster: two workers in processes of their own, on this machine.

    One for all tests, since it takes some ten seconds to start.
    """
    for package in ("pyspark", "pandas"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    if shutil.which("java") is None:
        pytest.skip("Java is not installed")
    from textseq.spark import open_session

    conf = {"spark.sql.shuffle.partitions": "4", "spark.sql.files.openCostInBytes": "1"}
    interrupted = signal.getsignal(signal.SIGINT)
    with open_session("local-cluster[2,1,1024]", conf) as session:
        signal.signal(signal.SIGINT, interrupted)  # Spark's handler would stay for all other tests
        yield session


@pytest.fixture(autouse=True)
def _spark_in_examples(request: pytest.FixtureRequest) -> None:
    """Let examples of `textseq.spark`, in docstrings and documents, use the session `spark`."""
    if isinstance(request.node, pytest.DoctestItem) and _is_about_spark(request.node.path):
        names = request.getfixturevalue("doctest_namespace")
        names["spark"] = request.getfixturevalue("spark")


def _is_about_spark(path: Path) -> bool:
    return "spark" in path.relative_to(ROOT).with_suffix("").parts


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what needs TensorFlow, and leave out of a quick run what is slow for other reasons."""
    for item in items:
        if _needs_tensorflow(item.path):
            item.add_marker(pytest.mark.tensorflow)
        uses_spark = "spark" in getattr(item, "fixturenames", ())
        uses_spark |= isinstance(item, pytest.DoctestItem) and _is_about_spark(item.path)
        if uses_spark:
            item.add_marker(pytest.mark.slow)
        # Processes of pytest-xdist get whole files, and one of them all that uses Spark.
        item.add_marker(pytest.mark.xdist_group("spark" if uses_spark else str(item.path)))
    if _is_quick(config):
        config.hook.pytest_deselected(items=[i for i in items if i.get_closest_marker("slow")])
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


def _is_quick(config: pytest.Config) -> bool:
    return bool(config.getoption("markexpr") == "not tensorflow")
