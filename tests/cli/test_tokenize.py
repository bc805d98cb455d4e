"""`textseq tokenize`: its options are the Tokenizer's arguments."""

import inspect
import json
from dataclasses import fields

import pytest

from textseq import Tokenizer
from textseq.cli.tokenize import TokenizerOptions
from textseq.tokenizer.analyzers import SUBWORDS


def test_the_defaults_are_the_tokenizers():
    parameters = inspect.signature(Tokenizer).parameters.values()
    expected = {p.name: p.default for p in parameters if p.kind is not p.VAR_KEYWORD}
    assert {option.name: option.default for option in fields(TokenizerOptions)} == expected


@pytest.mark.parametrize("kind", SUBWORDS)
def test_sub_words_of_a_stream_encode_other_texts(textseq, giants, kind):
    tokenizer, command = giants.parent / "t.json", ["tokenize", "-", "--analyzer", kind]
    text = giants.read_text() * 5
    done = textseq(*command, "--vocab-size", 40, "--save-tokenizer", tokenizer, stdin=text)
    assert done.exit_code == 0, done.stderr
    assert "Learning sub-words from 10 texts" in done.stderr
    fitted = Tokenizer.load(tokenizer)
    assert 0 < fitted.size <= 40
    done = textseq("tokenize", "-", "--tokenizer", tokenizer, stdin="a high mound\n")
    (ids,) = fitted.texts_to_sequences(["a high mound"])
    assert json.loads(done.stdout) == {"ids": ids}
    shown = json.loads(textseq("inspect", tokenizer, "--json").stdout)
    assert shown["figures"]["analyzer"] == kind


@pytest.mark.parametrize(
    "command",
    [
        "tag predict model text --analyzer bpe",
        "vectors coverage giants.txt -v v.txt --analyzer bpe",
    ],
)
def test_sub_words_that_were_not_learned_are_refused(textseq, giants, monkeypatch, command):
    monkeypatch.chdir(giants.parent)
    (giants.parent / "v.txt").write_text("1 2\na 1 2\n")
    sentences = "the D\ncat N\n\n" * 2
    textseq("tag", "train", "-", "-o", "model", *["--units", "4", "--epochs", "1"], stdin=sentences)
    done = textseq(*command.split())
    assert done.exit_code == 1
    assert "has learned no sub-words yet; fit a tokenizer on texts first" in done.stderr


@pytest.mark.parametrize(
    ("given", "said"), [([], True), (["--clean", "none"], False), (["--clean", "html"], False)]
)
def test_tags_are_said_where_nobody_decided_on_them(textseq, tmp_path, given, said):
    (tmp_path / "t.txt").write_text("a <b>joy</b>\n")
    done = textseq("tokenize", tmp_path / "t.txt", *given)
    assert ("of the first 1 text hold HTML tags such as '<b>'" in done.stderr) == said
    assert done.stdout == ('{"ids": [1, 2]}\n' if "html" in given else '{"ids": [2, 1, 3, 1]}\n')


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--num-words", 5], "so --num-words cannot apply"),
        (["--min-count", 1], "so --min-count cannot apply"),
        (["--no-lower", "--char-level"], "so --no-lower --char-level cannot apply"),
        (["--split", "|"], "so --split cannot apply"),
        (["--clean", "html"], "so --clean cannot apply"),
        (["--vocab-size", 9], "so --vocab-size cannot apply"),
    ],
)
def test_options_of_fitting_are_refused_beside_a_fitted_tokenizer(textseq, giants, given, message):
    tokenizer = giants.parent / "t.json"
    textseq("tokenize", giants, "--save-tokenizer", tokenizer)
    done = textseq("tokenize", giants, "--tokenizer", tokenizer, *given)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in " ".join(done.stderr.split())
