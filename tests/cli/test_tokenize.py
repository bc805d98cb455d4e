"""`textseq tokenize`: its options are the Tokenizer's arguments."""

import inspect
from dataclasses import fields

import pytest

from textseq import Tokenizer
from textseq.cli.tokenize import TokenizerOptions


def test_the_defaults_are_the_tokenizers():
    parameters = inspect.signature(Tokenizer).parameters.values()
    expected = {p.name: p.default for p in parameters if p.kind is not p.VAR_KEYWORD}
    assert {option.name: option.default for option in fields(TokenizerOptions)} == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--num-words", 5], "so --num-words cannot apply"),
        (["--min-count", 1], "so --min-count cannot apply"),
        (["--no-lower", "--char-level"], "so --no-lower --char-level cannot apply"),
        (["--split", "|"], "so --split cannot apply"),
        (["--clean", "html"], "so --clean cannot apply"),
    ],
)
def test_options_of_fitting_are_refused_beside_a_fitted_tokenizer(textseq, giants, given, message):
    tokenizer = giants.parent / "t.json"
    textseq("tokenize", giants, "--save-tokenizer", tokenizer)
    done = textseq("tokenize", giants, "--tokenizer", tokenizer, *given)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in " ".join(done.stderr.split())
