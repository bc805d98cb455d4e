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
    "EngineError": RuntimeError,
    "MissingExtraError": ImportError,
}


@pytest.mark.parametrize(("name", "also"), TREE.items())
def test_each_error_is_ours_and_of_a_built_in_kind(name, also):
    error = getattr(errors, name)
    assert issubclass(error, TextseqError)
    assert issubclass(error, also)
    assert str(error("What was wrong.")) == "What was wrong."


def test_an_import_that_fails_for_another_reason_stays_as_it_is():
    with pytest.raises(ModuleNotFoundError), errors.naming_extras("This"):
        raise ModuleNotFoundError(name="own_module")


def test_the_tree_is_whole_and_drawn():
    classes = {name: value for name, value in vars(errors).items() if isinstance(value, type)}
    defined = {name for name, value in classes.items() if value.__module__ == errors.__name__}
    assert defined == {*TREE, "TextseqError"}
    assert all(name in errors.__doc__ for name in defined)
