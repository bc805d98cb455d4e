"""The package as a user gets it: its public names, and what travels inside the wheel."""

from __future__ import annotations

import importlib
import re
import tomllib
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

import textseq
import textseq.classifier
from textseq.errors import EXTRAS
from textseq.export.web_page import PAGE

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    "module",
    [textseq, pytest.param(textseq.classifier, marks=pytest.mark.tensorflow)],
    ids=lambda m: m.__name__,
)
def test_every_public_name_is_there(module):
    for name in module.__all__:
        assert getattr(module, name) is not None
    assert set(dir(module)) >= set(module.__all__)


def test_no_module_has_the_name_of_what_a_package_exports_late():
    """The module, once imported, would be in the place of the function in the package."""
    for init in (ROOT / "textseq").rglob("__init__.py"):
        same = re.findall(r"from \S+\.(\w+) import \1 as ", init.read_text(encoding="utf-8"))
        assert not same, init


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'tokeniser'"):
        textseq.tokeniser  # noqa: B018


def test_a_name_comes_from_its_home():
    assert textseq.Tokenizer is importlib.import_module("textseq.tokenizer").Tokenizer


def test_what_an_absent_package_asks_to_install_brings_it():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    brings = {
        name: [re.split("[<>=]", line)[0] for line in lines]
        for name, lines in project["optional-dependencies"].items()
    }
    for package, extra in EXTRAS.items():
        assert {"sklearn": "scikit-learn"}.get(package, package) in brings[extra]
    every = "textseq[train,keras,plot,translate,subwords,onnx,serve,tune]"
    assert brings["all"] == [every]


def test_the_wheel_holds_corpora_template_and_type_marker(tmp_path):
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = {f"textseq/_corpora/{path.name}" for path in (ROOT / "corpora").iterdir()}
    assert shipped | {"textseq/py.typed", "textseq/report/page.html.jinja"} <= names
    assert {f"textseq/export/web/{name}" for name in PAGE} <= names
    assert not any(name.startswith(("tests/", "corpora/", "cli.py")) for name in names)
