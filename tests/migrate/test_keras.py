"""Keras's saved tokenizers: in every form that people have, proved against Keras itself."""

from __future__ import annotations

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras.src.legacy.preprocessing import text as keras_text

from textseq import Tokenizer, tokenizer_from_json
from textseq.errors import ArtifactError
from textseq.migrate.inspect import inspect_artifact
from textseq.migrate.keras import check_migration, keras_sequences

TEXTS = ["Ain't no mountain high enough!", "standing on the shoulder of giants", "high, HIGH\thigh"]
SETTINGS = [
    {},
    {"num_words": 3},
    {"oov_token": "<?>", "num_words": 4},
    {"char_level": True, "lower": False},
    {"split": "_", "filters": "!", "lower": False},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_the_rule_written_out_is_the_legacy_tokenizers(settings):
    theirs = keras_text.Tokenizer(**settings)
    theirs.fit_on_texts(TEXTS)
    texts = [*TEXTS, "an unknown mountain", "", "high_enough!"]
    config = json.loads(theirs.to_json())["config"]
    expected = theirs.texts_to_sequences(texts)
    assert list(keras_sequences(texts, config, theirs.word_index)) == expected


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_json_of_keras_is_accepted(tmp_path, settings):
    theirs = keras_text.Tokenizer(**settings)
    theirs.fit_on_texts(TEXTS)
    path = tmp_path / "tokenizer.json"
    path.write_text(theirs.to_json())
    found = check_migration(path, TEXTS)
    assert found.words == len(theirs.word_index)
    assert found.checked_texts > len(TEXTS)
    assert [ids for _, ids in found.examples] == theirs.texts_to_sequences(TEXTS)


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5), st.sampled_from(SETTINGS))
def test_any_text_has_the_same_ids(tmp_path_factory, texts, settings):
    tokenizer = Tokenizer(**settings)
    tokenizer.fit_on_texts(TEXTS)
    path = tmp_path_factory.mktemp("t") / "tokenizer.json"
    tokenizer.save(path)
    assert check_migration(path, texts).checked_ids >= 0


def test_other_ids_are_found(tmp_path):
    tokenizer = Tokenizer(analyzer="words_and_marks")
    tokenizer.fit_on_texts(["high, enough"])
    tokenizer.save(tmp_path / "t.json")
    with pytest.raises(ArtifactError, match="in Keras and .* here"):
        check_migration(tmp_path / "t.json", ["high, enough"])


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_a_pickled_tokenizer_is_that_of_keras(tmp_path, protocol, settings):
    theirs = keras_text.Tokenizer(**settings)
    theirs.fit_on_texts(TEXTS)
    path = tmp_path / "t.pickle"
    path.write_bytes(pickle.dumps(theirs, protocol))
    found = check_migration(path, TEXTS)
    assert found.form == "pickle"
    assert found.tokenizer.to_json() == theirs.to_json()
    assert [ids for _, ids in found.examples] == theirs.texts_to_sequences(TEXTS)


def test_a_tokenizer_of_keras_1(tmp_path):
    """It has `nb_words`, and neither `char_level` nor what later versions added."""
    theirs = keras_text.Tokenizer()
    theirs.fit_on_texts(TEXTS)
    theirs.nb_words = 5
    for name in ("num_words", "char_level", "oov_token", "analyzer", "index_word", "index_docs"):
        delattr(theirs, name)
    path = tmp_path / "t.pickle"
    path.write_bytes(pickle.dumps(theirs))
    expected = Tokenizer(num_words=5)
    expected.fit_on_texts(TEXTS)
    ours = check_migration(path).tokenizer
    assert ours.word_index == expected.word_index
    assert ours.index_word == expected.index_word
    assert ours.index_docs == expected.index_docs
    assert ours.texts_to_sequences(TEXTS) == expected.texts_to_sequences(TEXTS)


@pytest.mark.parametrize(
    "value",
    [
        lambda tokenizer: tokenizer.to_json(),
        lambda tokenizer: [tokenizer, 100],
        lambda tokenizer: {"tokenizer": tokenizer, "maxlen": 100, "classes": ["a"]},
    ],
    ids=["its JSON", "in a list", "in a dict"],
)
def test_other_pickles_that_hold_a_tokenizer(tmp_path, value):
    theirs = keras_text.Tokenizer()
    theirs.fit_on_texts(TEXTS)
    (tmp_path / "t.pickle").write_bytes(pickle.dumps(value(theirs)))
    assert check_migration(tmp_path / "t.pickle").tokenizer.to_json() == theirs.to_json()


def _as_json(table):
    return json.dumps(table).encode()


@pytest.mark.parametrize("write", [_as_json, pickle.dumps], ids=["json", "pickle"])
@pytest.mark.parametrize("by_id", [False, True])
def test_a_bare_word_index(tmp_path, write, by_id, caplog):
    caplog.set_level("INFO")
    theirs = keras_text.Tokenizer(oov_token="<OOV>")
    theirs.fit_on_texts(TEXTS)
    table = theirs.index_word if by_id else theirs.word_index
    (tmp_path / "w").write_bytes(write(table))
    found = check_migration(tmp_path / "w")
    assert found.form == "word_index"
    assert found.tokenizer.oov_token == "<OOV>"
    assert found.tokenizer.texts_to_sequences(TEXTS) == theirs.texts_to_sequences(TEXTS)
    assert "Keras's defaults with lower=True, char_level=False, oov_token='<OOV>'" in caplog.text
    with pytest.raises(ArtifactError, match="adopt it with `textseq migrate|it is a pickle"):
        Tokenizer.load(tmp_path / "w")


class Evil:
    def __reduce__(self):
        return exec, ("open('boom', 'w')",)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (Evil(), "it refers to '(builtins|__builtin__).exec'"),
        ([1, 2], "it holds a list, and no Tokenizer"),
        ({"a": None}, "it holds a dict, and no Tokenizer"),
        (5, "it holds a int"),
        ("no JSON", "cannot be used: it is not whole JSON"),
    ],
    ids=["code", "list", "dict", "int", "text"],
)
def test_other_pickles_are_refused(tmp_path, monkeypatch, value, message):
    monkeypatch.chdir(tmp_path)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        (tmp_path / "t.pickle").write_bytes(pickle.dumps(value, protocol))
        with pytest.raises(ArtifactError, match=message):
            check_migration("t.pickle")
    assert [path.name for path in tmp_path.iterdir()] == ["t.pickle"]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("word_index", {"a": {}}, "no dict of strings and integers"),
        ("word_index", {"a": 1, "b": "c"}, "must hold values of type int"),
        ("index_word", dict.fromkeys(range(99), "long" * 9999), "repeats long strings"),
        ("index_word", {9: "high"}, "no word for the id 1"),
        ("filters", ["long" * 9999] * 9999, "setting 'filters' is a list"),
        ("num_words", "many", "'num_words' cannot be 'many'"),
        ("lower", {}, "setting 'lower' is a dict"),
    ],
)
def test_a_tokenizer_with_hostile_attributes(tmp_path, name, value, message):
    tokenizer = keras_text.Tokenizer()
    tokenizer.fit_on_texts(TEXTS)
    setattr(tokenizer, name, value)
    (tmp_path / "t.pickle").write_bytes(pickle.dumps(tokenizer))
    with pytest.raises(ArtifactError, match=message):
        check_migration(tmp_path / "t.pickle")


def test_other_attributes_and_more_data_are_left_out_and_said(tmp_path, caplog):
    caplog.set_level("INFO")
    tokenizer = keras_text.Tokenizer()
    tokenizer.fit_on_texts(TEXTS)
    tokenizer.max_len = 20
    path = tmp_path / "t.pickle"
    path.write_bytes(pickle.dumps(tokenizer) + pickle.dumps(5))
    check_migration(path)
    assert "Its attributes 'max_len' are not Keras's" in caplog.text
    assert "holds more after the first pickle" in caplog.text


def test_other_files_are_named(tmp_path):
    (tmp_path / "i.jsonl").write_text('{"ids": [1]}\n')
    with pytest.raises(ArtifactError, match="is a file of ids; expected a tokenizer"):
        check_migration(tmp_path / "i.jsonl")


KEEP_ALL = ()
LAYOUTS = {
    "Keras 2 and 3": ({}, "Tokenizer", KEEP_ALL, {}),
    "without index_docs": ({}, "Tokenizer", ("index_docs",), {}),
    "with an analyzer": ({}, "Tokenizer", KEEP_ALL, {"analyzer": None}),
    "a subclass": ({}, "MyTokenizer", KEEP_ALL, {}),
    "a registered class": ({}, "keras.preprocessing.text>Tokenizer", KEEP_ALL, {}),
    "another class": ({}, "TextEncoder", KEEP_ALL, {}),
    "with words beyond num_words": ({"num_words": 4, "oov_token": "<OOV>"}, "Tokenizer", (), {}),
    "characters": ({"char_level": True, "lower": False}, "Tokenizer", (), {}),
    "all of it": ({"oov_token": "<unk>"}, "My>Tokenizer", ("index_docs",), {"analyzer": None}),
    "a list of filters": ({"filters": ["!", "'"]}, "Tokenizer", (), {}),
    "another separator": ({"split": "_", "filters": "!"}, "Tokenizer", (), {}),
    "without document_count": ({}, "Tokenizer", ("document_count", "index_docs"), {}),
}
DOCUMENTS = ["Ain't no mountain high enough!", "high_HIGH 한국", "unknown mountain"]


@pytest.mark.parametrize(
    ("settings", "class_name", "missing", "more"), LAYOUTS.values(), ids=LAYOUTS
)
@pytest.mark.parametrize("style", [{}, {"indent": 2, "ensure_ascii": False}], ids=["", "indented"])
def test_json_in_a_string_of_json(tmp_path, settings, class_name, missing, more, style):
    theirs = keras_text.Tokenizer(**settings)
    theirs.fit_on_texts(DOCUMENTS[:2])
    config = theirs.get_config() | more
    for name in missing:
        del config[name]
    text = json.dumps({"class_name": class_name, "config": config}, **style)
    path = tmp_path / "tokenizer.json"
    for written in (text, json.dumps(text, **style), "\ufeff" + json.dumps(text)):
        path.write_text(written, "utf-8")
        read = [Tokenizer.load(path), check_migration(path).tokenizer]
        if not written.startswith("\ufeff"):
            read.append(tokenizer_from_json(written))
        for ours in read:
            assert ours.texts_to_sequences(DOCUMENTS) == theirs.texts_to_sequences(DOCUMENTS)
            assert ours.index_docs == theirs.index_docs
        assert inspect_artifact(path).sound


def test_a_tokenizer_that_cleans_texts_is_not_kerass(tmp_path):
    tokenizer = Tokenizer(clean="html")
    tokenizer.fit_on_texts(TEXTS)
    tokenizer.save(tmp_path / "tokenizer.json")
    with pytest.raises(ArtifactError, match=r"ids of Keras: it cleans texts first \(html\)"):
        check_migration(tmp_path / "tokenizer.json")
