"""A trained model: its answers, unknown words, and its folder."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.errors import ArgumentError, ArtifactError, TextseqError
from textseq.seq2seq import Seq2SeqConfig, Translator
from textseq.seq2seq.fit import train_translator
from textseq.seq2seq.translator import FORMAT
from textseq.tokenizer.analyzers import SUBWORDS
from textseq.tokenizer.tokenizer import Tokenizer

from .conftest import SETTINGS, SOURCES, TARGETS


@pytest.fixture(scope="module")
def folder(trained, tmp_path_factory):
    path = tmp_path_factory.mktemp("seq2seq") / "model"
    trained.save(path)
    return path


def test_it_answers_what_it_was_trained_on(trained):
    assert trained.model.predict(SOURCES[:4]) == TARGETS[:4]
    assert trained.model.predict(SOURCES[:4], beam=1) == TARGETS[:4]
    assert trained.model.predict(pa.array(SOURCES[:2])) == TARGETS[:2]
    assert repr(trained.model).startswith("Translator(gru, attention general, ")


def test_no_texts_and_texts_without_a_word(trained):
    assert trained.model.predict([]) == []
    assert len(trained.model.predict([""])) == 1


@pytest.mark.parametrize("count", [1, 63, 64, 65, 200])
def test_many_texts_are_answered_as_one_is(trained, count):
    texts = [*SOURCES, "hund", "", "ein ein ein hund katze"] * 10
    some = texts[:count]
    one_by_one = {text: trained.model.predict([text])[0] for text in set(some)}
    assert trained.model.predict(some) == [one_by_one[text] for text in some]


def test_attention_is_of_each_token_and_of_the_end(trained):
    found = trained.model.explain("ein hund rennt")
    assert (found.tokens, found.source) == (["a", "dog", "runs"], ["ein", "hund", "rennt"])
    assert found.attention.shape == (4, 4)
    np.testing.assert_allclose(found.attention.sum(axis=1), 1, atol=1e-5)
    assert json.loads(json.dumps(found.to_dict()))["text"] == "a dog runs"


@pytest.mark.parametrize(
    ("texts", "message"),
    [("ein hund", r"write \[text\]"), ([1], "1"), (["a"] * 2 + [None], "None")],
)
def test_what_is_no_list_of_texts_is_refused(trained, texts, message):
    with pytest.raises(ArgumentError, match=message):
        trained.model.predict(texts)


@pytest.mark.parametrize("beam", [0, 1.5, "4"])
def test_a_beam_is_a_number(trained, beam):
    with pytest.raises(ArgumentError, match="`beam` must be an integer, 1 or more"):
        trained.model.predict(["ein hund"], beam=beam)


@pytest.mark.parametrize(("unknown", "expected"), [("copy", "bob"), ("name", "<unk>")])
def test_unknown_words_are_copied_or_named(unknown, expected):
    names = [chr(97 + i) * 4 for i in range(24)]
    sources, targets = [f"ich heiße {n}" for n in names], [f"my name is {n}" for n in names]
    config = Seq2SeqConfig(**SETTINGS, unknown=unknown)
    model = train_translator(sources, targets, config).model
    assert model.predict(["ich heiße bob"]) == [f"my name is {expected}"]


def test_without_attention_unknown_words_are_named():
    config = Seq2SeqConfig.from_preset("textbook", **SETTINGS)
    model = train_translator(SOURCES + ["x y"], TARGETS + ["q r"], config).model
    assert model.predict(SOURCES[:4]) == TARGETS[:4]
    assert model.explain(SOURCES[0]).attention is None


def test_characters_are_joined_without_spaces():
    config = Seq2SeqConfig(**SETTINGS, analyzer="syllables")
    model = train_translator(SOURCES, TARGETS, config).model
    assert model.predict(SOURCES[:4]) == TARGETS[:4]


@pytest.mark.parametrize("kind", SUBWORDS)
def test_sub_words_are_joined_to_words(kind, tmp_path):
    config = Seq2SeqConfig(**SETTINGS, analyzer=kind, vocab_size=60)
    trained = train_translator(SOURCES, TARGETS, config)
    assert trained.model.predict(SOURCES[:4]) == TARGETS[:4]
    trained.save(tmp_path / "model")
    loaded = Translator.load(tmp_path / "model")
    assert (loaded.config.analyzer, loaded.config.vocab_size) == (kind, 60)
    assert loaded.predict(SOURCES[:4]) == TARGETS[:4]
    assert loaded.explain(SOURCES[0]).source == loaded.source.subwords(SOURCES[0])


def test_what_is_saved_comes_back(trained, folder):
    loaded = Translator.load(folder)
    assert loaded.config == trained.model.config
    assert loaded.longest == trained.model.longest
    for name, weight in trained.model.weights.items():
        np.testing.assert_array_equal(loaded.weights[name], weight, err_msg=name)
    texts = [*SOURCES, "hund", ""]
    assert loaded.translate(texts)[0].score == trained.model.translate(texts)[0].score
    assert loaded.predict(texts) == trained.model.predict(texts)


def split(text):
    return text.split()


def test_an_analyzer_of_ones_own_is_named_and_given(tmp_path):
    config = Seq2SeqConfig(**SETTINGS, analyzer=split)
    trained = train_translator(SOURCES, TARGETS, config)
    trained.save(tmp_path / "model")
    with pytest.raises(ArtifactError, match="is code outside textseq"):
        Translator.load(tmp_path / "model")
    loaded = Translator.load(tmp_path / "model", analyzer=split)
    assert loaded.predict(SOURCES[:2]) == TARGETS[:2]


def mend(folder):
    """Write the checksums anew, as somebody who means harm would."""
    path = folder / "config.json"
    config = json.loads(path.read_bytes())
    del config["sha256"]
    sums = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in FORMAT.names
        if name != "config.json"
    }
    own = hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()
    path.write_text(json.dumps({**config, "sha256": {"config.json": own, **sums}}))


@pytest.mark.parametrize(
    ("entry", "value", "message"),
    [
        ("units", 17, "should have shape"),
        ("units", 0, "`units` must be"),
        ("networks", 1, "are not those of 1 networks"),
        ("networks", 3, "are not those of 3 networks"),
        ("longest", None, "its longest must be an integer"),
        ("longest", -1, "its longest must be an integer"),
        ("longest", 10**12, "its longest must be an integer"),
        ("attention", "none", "`tied` needs `attention`"),
        ("cell", "os:system", "`cell` must be one of"),
        ("analyzer", 5, "`analyzer` must be a name"),
        ("beam", "4", "`beam` must be"),
    ],
)
def test_a_config_that_does_not_fit_is_refused(folder, tmp_path, entry, value, message):
    shutil.copytree(folder, tmp_path / "model")
    path = tmp_path / "model" / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), entry: value}))
    mend(tmp_path / "model")
    with pytest.raises(ArtifactError, match=message):
        Translator.load(tmp_path / "model")


@pytest.mark.parametrize("name", FORMAT.names)
def test_a_missing_or_changed_file_is_named(folder, tmp_path, name):
    shutil.copytree(folder, tmp_path / "model")
    path = tmp_path / "model" / name
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(ArtifactError, match=name):
        Translator.load(tmp_path / "model")
    path.unlink()
    with pytest.raises(ArtifactError, match=name):
        Translator.load(tmp_path / "model")


def test_a_tokenizer_of_another_model_is_refused(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "model")
    small = train_translator(SOURCES[:1] * 9, TARGETS[:1] * 9, Seq2SeqConfig(**SETTINGS)).model
    small.target.save(tmp_path / "model" / "target_tokenizer.json", force=True)
    mend(tmp_path / "model")
    with pytest.raises(ArtifactError, match="should have shape"):
        Translator.load(tmp_path / "model")


@pytest.mark.parametrize("word_id", [0, -1, 99])
def test_ids_that_no_row_has_are_refused(folder, tmp_path, word_id):
    shutil.copytree(folder, tmp_path / "model")
    path = tmp_path / "model" / "source_tokenizer.json"
    saved = Tokenizer.load(path)
    saved.word_index = {**saved.word_index, "hund": word_id}
    saved.index_word = {i: word for word, i in saved.word_index.items()}
    path.unlink()
    saved.save(path)
    mend(tmp_path / "model")
    with pytest.raises(ArtifactError, match="should have shape|has the id"):
        Translator.load(tmp_path / "model")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The files of a small model by name."""
    path = tmp_path_factory.mktemp("small") / "model"
    settings = {**SETTINGS, "units": 2, "dimension": 2, "epochs": 1}
    trained = train_translator(SOURCES, TARGETS, Seq2SeqConfig(**settings))
    trained.save(path)
    return {name: (path / name).read_bytes() for name in FORMAT.names}


@given(st.sampled_from(FORMAT.names), st.floats(0, 1), st.binary(max_size=9), st.booleans())
def test_a_damaged_folder_is_read_or_refused(small, name, cut, more, mended):
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "model"
        folder.mkdir()
        for each, data in small.items():
            where = int(cut * len(data))
            damaged = data[:where] + more + data[where + len(more) :]
            (folder / each).write_bytes(damaged if each == name else data)
        if mended:
            try:
                mend(folder)
            except (ValueError, KeyError, AttributeError):  # a config that is no object of JSON
                assert name == "config.json"
        with contextlib.suppress(TextseqError):
            Translator.load(folder).predict(["ein hund"])


def test_an_existing_model_is_replaced_only_on_request(trained, folder, tmp_path):
    shutil.copytree(folder, tmp_path / "model")
    with pytest.raises(TextseqError, match="exists"):
        trained.save(tmp_path / "model")
    trained.save(tmp_path / "model", force=True)


def test_an_answer_is_no_longer_than_any_target(trained):
    short = replace(trained.model, longest=2)
    assert all(len(each.tokens) <= 2 for each in short.translate(SOURCES[:4]))
