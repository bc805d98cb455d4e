"""Names of parts, import paths, and which of them may be followed."""

import sys

import pytest

from textseq.errors import ArgumentError, UnknownNameError
from textseq.registry import Registry


@pytest.fixture
def greetings():
    registry = Registry("greeting")
    registry.register("hello")(lambda: "hello")
    registry.register("goodbye")(lambda: "goodbye")
    return registry


@pytest.fixture
def sentinel(tmp_path, monkeypatch):
    """A module on the path whose import can be noticed."""
    (tmp_path / "sentinel_module.py").write_text("def greet():\n    return 'moin'\nnumber = 5\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield "sentinel_module"
    sys.modules.pop("sentinel_module", None)


def test_a_name_a_callable_and_an_import_path(greetings, sentinel):
    assert greetings.resolve("hello")() == "hello"
    assert greetings.resolve(str.title) is str.title
    assert greetings.resolve(f"{sentinel}:greet")() == "moin"
    assert greetings.names() == ["goodbye", "hello"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("helo", "'helo' is not a known greeting; did you mean 'hello'\\? Known: goodbye, hello"),
        ("xyz", "'xyz' is not a known greeting; known: goodbye, hello"),
        ("", "'' is not a known greeting"),
    ],
)
def test_an_unknown_name_lists_the_known_ones(greetings, name, message):
    with pytest.raises(UnknownNameError, match=message):
        greetings.resolve(name)


@pytest.mark.parametrize(
    "path",
    [
        "no_such_module:x",
        "textseq.tokenizer.words:nothing",
        ":x",
        "textseq.tokenizer.words:",
        "..words:x",
    ],
)
def test_an_import_path_that_leads_nowhere(greetings, path):
    with pytest.raises(ArgumentError, match="cannot be imported"):
        greetings.resolve(path)


@pytest.mark.parametrize("name", ["helo", "", "no_such_module:x", ":x", "..words:x", "\0:x"])
def test_a_name_that_leads_nowhere_is_found_before_anything_is_imported(greetings, name):
    with pytest.raises(ArgumentError):
        greetings.check(name)


def test_a_name_that_may_lead_somewhere_is_not_followed(greetings, sentinel):
    for part in ("hello", f"{sentinel}:greet", f"{sentinel}:other", str.title, None):
        greetings.check(part)
    assert sentinel not in sys.modules


def test_an_import_path_to_something_that_is_no_callable(greetings, sentinel):
    with pytest.raises(ArgumentError, match=r"is not callable. Received: int"):
        greetings.resolve(f"{sentinel}:number")


def test_an_untrusted_import_path_is_refused_and_not_imported(greetings, sentinel):
    with pytest.raises(ArgumentError, match="never runs code"):
        greetings.resolve(f"{sentinel}:greet", trusted=False)
    assert sentinel not in sys.modules
    assert greetings.resolve("hello", trusted=False)() == "hello"


def test_a_taken_name(greetings):
    with pytest.raises(ArgumentError, match="'hello' is already registered"):
        greetings.register("hello")


@pytest.mark.parametrize("part", [None, 5, ["hello"]])
def test_a_part_of_another_type(greetings, part):
    with pytest.raises(ArgumentError, match="A greeting is a name"):
        greetings.resolve(part)
