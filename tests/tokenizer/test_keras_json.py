"""Whatever stands in a tokenizer's JSON: an ArtifactError, or a tokenizer that works."""

import contextlib
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq import Tokenizer, tokenizer_from_json
from textseq.errors import ArtifactError, TextseqError
from textseq.tokenizer.keras_json import TABLES

SETTINGS = ("num_words", "filters", "lower", "split", "char_level", "oov_token", "document_count")

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
tables = st.dictionaries(st.text() | st.integers().map(str), st.integers() | st.text())


def layout():
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["ain't no mountain high enough"])
    return json.loads(tokenizer.to_json())


def check(changed):
    with contextlib.suppress(ArtifactError):
        tokenizer = tokenizer_from_json(json.dumps(changed))
        with contextlib.suppress(TextseqError):
            ids = tokenizer.encode(["high mountain", "unknown"])
            assert len(ids) == 2
            assert len(tokenizer.encode(tokenizer.sequences_to_texts(ids))) == 2


@given(st.sampled_from([*SETTINGS, *TABLES, "other"]), values | tables.map(json.dumps))
def test_any_value_in_any_place_is_taken_or_refused(name, value):
    changed = layout()
    changed["config"][name] = value
    check(changed)


@given(values)
def test_any_json_is_refused_or_taken(value):
    check(value)
    check(layout() | {"textseq": value})
    check(layout() | {"config": value})
    check({"class_name": value, "config": value})
    check(layout() | {"class_name": value})


@given(st.text())
def test_any_text_is_refused(text):
    with contextlib.suppress(ArtifactError):
        tokenizer_from_json(text)


# --- the forms in which people have it ----------------------------------------------------------


def test_a_configuration_alone(tmp_path):
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(["high enough"])
    (tmp_path / "t.json").write_text(json.dumps(tokenizer.get_config()))
    assert Tokenizer.load(tmp_path / "t.json").to_json() == tokenizer.to_json()


OTHERS = {
    "a bare word_index": (
        '{"the": 1, "high": 2}',
        r"a bare word_index of 2 words.*`textseq migrate \S*/t\.json --output tokenizer\.json`",
    ),
    "a bare word_index in a string": (json.dumps('{"the": 1}'), "a bare word_index of 1 words"),
    "a bare index_word": ('{"1": "the", "2": "high"}', "a bare word_index of 2 words"),
    "Hugging Face's": (
        '{"version": "1.0", "added_tokens": [], "model": {"type": "WordPiece", "vocab": {}}}',
        "a tokenizer of Hugging Face's `tokenizers` .model 'WordPiece'",
    ),
    "a git-lfs pointer": (
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 132\n",
        "a git-lfs pointer.*`git lfs pull`",
    ),
    "a web page": ("\n<!DOCTYPE html>\n<html>", r"a web page \(HTML\)"),
    "a cut file": (Tokenizer().to_json()[:150], "it ends after 150 characters"),
    "a cut string": (json.dumps(Tokenizer().to_json())[:150], "it ends after 150 characters"),
    "a cut file in a string": (json.dumps(Tokenizer().to_json()[:150]), "ends after 150 char"),
    "an empty file": ("", "it is empty"),
    "three levels": (json.dumps(json.dumps(Tokenizer().to_json())), "received str"),
    "a pickle of protocol 0": (pickle.dumps({"a": 1}, 0).decode(), "a pickle.*textseq migrate"),
    "other JSON": ('{"class_name": "Sequential", "config": {"layers": []}}', "as Keras writes it"),
    "other tables": ('{"class_name": "Tokenizer", "config": {}}', "'word_counts' is missing"),
}


@pytest.mark.parametrize(("content", "message"), OTHERS.values(), ids=OTHERS)
def test_what_is_no_tokenizer_is_said(tmp_path, content, message):
    path = tmp_path / "t.json"
    path.write_text(content, "utf-8")
    with pytest.raises(ArtifactError, match=message):
        Tokenizer.load(path)


def test_an_id_without_a_word_is_refused():
    changed = layout()
    changed["config"]["index_word"] = json.dumps({"1": "high"})
    with pytest.raises(ArtifactError, match="'index_word' has no word for the id 2, which"):
        tokenizer_from_json(json.dumps(changed))
