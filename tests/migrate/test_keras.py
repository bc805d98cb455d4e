"""Keras's saved tokenizers: the JSON proved against Keras itself, pickles never loaded."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras.src.legacy.preprocessing import text as keras_text

from textseq import Tokenizer
from textseq.errors import ArtifactError
from textseq.migrate.keras import (
    check_migration,
    conversion_script,
    keras_sequences,
    names_in_pickle,
)

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
def test_names_are_read_without_loading(tmp_path, protocol):
    class Bomb:
        def __reduce__(self):
            return (exec, (f"open({str(tmp_path / 'boom')!r}, 'w')",))

    path = tmp_path / "t.pickle"
    path.write_bytes(pickle.dumps(Bomb(), protocol))
    assert [name.split(".")[-1] for name in names_in_pickle(path)] == ["exec"]
    assert not (tmp_path / "boom").exists()


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("p") / "t.pickle"
    path.write_bytes(b"\x80\x04" + content)
    names_in_pickle(path)


def test_the_script_runs_and_overwrites_nothing(tmp_path):
    package = tmp_path / "old_keras.py"
    package.write_text("class Tokenizer:\n    def to_json(self):\n        return '{}'\n")
    make = "import old_keras, pickle; pickle.dump(old_keras.Tokenizer(), open('t.pickle', 'wb'))"
    subprocess.run([sys.executable, "-c", make], cwd=tmp_path, check=True)
    assert names_in_pickle(tmp_path / "t.pickle") == ["old_keras.Tokenizer"]
    lines = conversion_script("t.pickle")
    assert len(lines.splitlines()) == 5
    subprocess.run([sys.executable, "-c", lines], cwd=tmp_path, check=True)
    assert (tmp_path / "t.json").read_text() == "{}"
    again = subprocess.run(
        [sys.executable, "-c", lines], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert "FileExistsError" in again.stderr
