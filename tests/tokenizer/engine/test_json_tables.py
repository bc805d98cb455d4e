"""Tables written by Arrow and a kernel, and read by one: to the byte as by the `json` module."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from textseq import Tokenizer, tokenizer_from_json
from textseq.errors import ArtifactError
from textseq.tokenizer import tokenizer as tokenizer_module
from textseq.tokenizer.engine import json_tables
from textseq.tokenizer.engine.json_tables import json_of_table
from textseq.tokenizer.engine.vocabulary import Vocabulary
from textseq.tokenizer.engine.word_ids import Numbering
from textseq.tokenizer.keras_json import TABLES

# Half a surrogate pair is no text, but stands in the JSON of some tokenizers.
WORDS = st.text(st.characters(exclude_categories=()), min_size=1)
SPECIAL = ['"', "\\", "\b\t\n\v\f\r", "\0\x1f ~\x7f\x80", "é거\uffff", "🙂\U0010ffff", "\ud83d"]
COUNTS = st.lists(st.integers(1, 3), min_size=60, max_size=60)


def tables(words, counts, documents, min_count, oov_token):
    """Return the five dicts as Tokenizer makes them."""
    ranked = sorted(
        (word for word, count in zip(words, counts, strict=True) if count >= min_count),
        key=lambda word: -counts[words.index(word)],
    )
    ranked = ranked if oov_token is None else [oov_token, *ranked]
    word_index = {word: number for number, word in enumerate(ranked, 1)}
    return {
        "word_counts": dict(zip(words, counts, strict=True)),
        "word_docs": dict(zip(words, documents, strict=True)),
        "word_index": word_index,
        "index_word": {number: word for word, number in word_index.items()},
        "index_docs": {
            word_index[word]: n
            for word, n in zip(words, documents, strict=True)
            if word in word_index
        },
    }


@given(
    st.lists(WORDS, unique=True, max_size=30),
    COUNTS,
    st.integers(1, 3),
    st.none() | WORDS | st.sampled_from(SPECIAL),
    st.sampled_from([1, 2, 1 << 16]),
)
@example([*SPECIAL, *map(chr, range(1, 0x100))], [1, 2, 3] * 100, 1, '"', 7)
@example([], [1] * 60, 1, None, 2)
def test_each_table_is_written_as_json_writes_it(words, numbers, min_count, oov_token, at_once):
    words = list(dict.fromkeys(words))
    counts, documents = numbers[: len(words)], numbers[-len(words) :] if words else []
    numbering = Numbering(Vocabulary.of(words, counts, documents), min_count, oov_token)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_tables, "_AT_ONCE", at_once)
        written = {name: b"".join(json_of_table(numbering, name)).decode() for name in TABLES}
    expected = tables(words, counts, documents, min_count, oov_token)
    assert written == {name: json.dumps(json.dumps(expected[name]))[1:-1] for name in TABLES}


def quickly(text):
    """Return the tokenizer that is read without dicts, or None."""
    return tokenizer_module._of_large_json(text, None)


def assert_same(ours, theirs):
    assert ours.to_json() == theirs.to_json()
    for name in TABLES:
        assert list(getattr(ours, name).items()) == list(getattr(theirs, name).items())


def saved(texts, **settings):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokenizer_module, "MUCH", 0)
        tokenizer = Tokenizer(**settings)
        tokenizer.fit_on_texts(texts)
    return b"".join(map(bytes, tokenizer._json_in_parts()))


TEXTS = st.lists(
    st.text(
        st.sampled_from(' "\\\\\bé거🙂\uffff:,{}u0aA') | st.characters(codec="utf-8"), max_size=20
    ),
    min_size=1,
    max_size=6,
).filter(lambda texts: any(text.strip() for text in texts))
SETTINGS = st.fixed_dictionaries(
    {
        "filters": st.sampled_from(["", "!\t\n"]),
        "lower": st.booleans(),
        "oov_token": st.none() | st.sampled_from(["<unk>", '"', "a"]),
        "num_words": st.sampled_from([None, 3]),
        "min_count": st.integers(1, 2),
    }
)


@given(TEXTS, SETTINGS, TEXTS)
def test_what_was_saved_is_read_without_dicts(texts, settings, more):
    text = saved(texts, **settings)
    ours, theirs = quickly(text), tokenizer_from_json(text.decode())
    if not theirs.word_counts:
        return
    assert ours is not None
    assert ours.texts_to_sequences(more) == theirs.texts_to_sequences(more)
    assert b"".join(map(bytes, ours._json_in_parts())) == text
    for tokenizer in (ours, theirs):
        tokenizer.fit_on_texts(more)
    assert_same(ours, theirs)


SAVED = saved(['high enough high 🙂 "mountain"', "no mountain"])


@given(st.integers(0, len(SAVED) - 1), st.sampled_from([1, 2, 9]), st.binary(max_size=3))
@example(SAVED.index(b": 2"), 3, b": 1")  # another count, with the same numbers
@example(SAVED.index(b"high"), 4, b"enough")  # a word that stands there twice
@example(len(SAVED) - 1, 1, b"} ")
def test_what_was_changed_is_read_as_ever_or_not_at_all(place, length, other):
    text = SAVED[:place] + other + SAVED[place + length :]
    if (ours := quickly(text)) is not None:
        assert_same(ours, tokenizer_from_json(text.decode()))


def test_large_files_are_read_so_and_others_are_too(tmp_path, monkeypatch):
    monkeypatch.setattr(tokenizer_module, "LARGE", 0)
    path = tmp_path / "tokenizer.json"
    path.write_bytes(SAVED)
    assert Tokenizer.load(path)._word_index is None  # no dict yet
    twice = tokenizer_from_json(SAVED.decode())
    twice.fit_on_texts(["other words"])
    twice.word_index["other"] = 99
    path.write_text(twice.to_json())
    assert_same(Tokenizer.load(path), twice)
    path.write_bytes(SAVED[:-9])
    with pytest.raises(ArtifactError, match="cannot be used: it is not whole JSON"):
        Tokenizer.load(path)
    path.write_bytes(b"\xff" + SAVED)
    with pytest.raises(ArtifactError, match="it is not UTF-8"):
        Tokenizer.load(path)
