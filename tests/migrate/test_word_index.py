"""A bare word_index: what it shows of the settings is used, and the rest is said."""

from pathlib import Path

import pytest

from textseq import Tokenizer
from textseq.errors import ArtifactError
from textseq.migrate.word_index import tokenizer_of

PATH = Path("word_index.json")
TEXTS = ["The high Mountain!", "the end"]


@pytest.mark.parametrize(
    "settings",
    [{}, {"lower": False}, {"char_level": True}, {"oov_token": "<OOV>"}, {"oov_token": "UNK"},
     {"char_level": True, "lower": False, "oov_token": "[UNK]"}, {"oov_token": "<nothing>"}],
    ids=str,
)  # fmt: skip
def test_the_settings_that_words_show(settings):
    expected = Tokenizer(**settings)
    expected.fit_on_texts(TEXTS)
    tokenizer = tokenizer_of(expected.word_index, PATH)
    for name in ("lower", "char_level", "oov_token"):
        assert getattr(tokenizer, name) == getattr(expected, name)
    texts = [*TEXTS, "an unknown End"]
    assert tokenizer.texts_to_sequences(texts) == expected.texts_to_sequences(texts)


def test_the_special_words_of_the_imdb_tutorial(caplog):
    """Its table has <PAD>, <START>, <UNK> and <UNUSED> at 0 to 3, and words from 4 on."""
    caplog.set_level("INFO")
    index = {"<PAD>": 0, "<START>": 1, "<UNK>": 2, "<UNUSED>": 3, "the": 4, "film": 5}
    tokenizer = tokenizer_of(index, PATH)
    assert (tokenizer.oov_token, tokenizer.lower) == ("<UNK>", True)
    assert tokenizer.texts_to_sequences(["The new film"]) == [[4, 2, 5]]
    assert "'<PAD>' is left out" in caplog.text
    assert "2 words, such as '<START>', are never found in a text" in caplog.text


@pytest.mark.parametrize("mark", ["<START>", "<s>", "[CLS]", "</s>"])
def test_a_mark_of_other_things_is_no_oov_token(mark):
    assert tokenizer_of({"<PAD>": 0, mark: 1, "the": 2}, PATH).oov_token is None


def test_words_that_other_filters_left(caplog):
    caplog.set_level("INFO")
    tokenizer = tokenizer_of({"the": 1, "u.s.": 2, "end": 3}, PATH)
    assert tokenizer.oov_token is None
    assert "1 words, such as 'u.s.', are never found" in caplog.text


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ({"pad": 0, "the": 1}, "gives 'pad' the id 0, which is reserved for padding"),
        ({"a": 1, "b": 1}, "each its own; received the id 1 for 'b' and 'a'"),
        ({"a": 1, "b": -1}, "received the id -1 for 'b'"),
    ],
)
def test_other_ids_are_refused(index, message):
    with pytest.raises(ArtifactError, match=message):
        tokenizer_of(index, PATH)
