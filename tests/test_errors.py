"""The error tree: one base, and the built-in kinds that callers catch anyway."""

import pytest

from textseq import TextseqError, errors

TREE = {
    "ArgumentError": ValueError,
    "UnknownNameError": errors.ArgumentError,
    "CorpusError": ValueError,
    "ArtifactError": ValueError,
    "OutputExistsError": FileExistsError,
    "OutputError": OSError,
    "NotFittedError": ValueError,
    "MissingExtraError": ImportError,
}


@pytest.mark.parametrize(("name", "also"), TREE.items())
def test_each_error_is_ours_and_of_a_built_in_kind(name, also):
    error = getattr(errors, name)
    assert issubclass(error, TextseqError)
    assert issubclass(error, also)
    assert str(error("What was wrong.")) == "What was wrong."


def test_the_tree_is_whole_and_drawn():
    defined = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert defined == {*TREE, "TextseqError"}
    assert all(name in errors.__doc__ for name in defined)
