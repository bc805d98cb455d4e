"""A trained tagger on disk, and what it predicts without scikit-learn."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.errors import ArgumentError, ArtifactError
from textseq.files.paths import sha256
from textseq.network.cells.base import CELLS
from textseq.network.inference import recurrent
from textseq.tagger import SequenceTagger, TagPredictor
from textseq.tagger.predictor import FORMAT
from textseq.tasks.model_folder import SavedModel

UNSEEN = [["the", "hog", "sleeps"], [], ["loudly"], ["a", "", "dog"]]


def test_what_is_saved_predicts_the_same(tagger, folder):
    loaded = TagPredictor.load(folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted([*FORMAT.names, "README.md"])
    assert loaded.config == tagger.model_.config
    for one, other in zip(loaded.predict_proba(UNSEEN), tagger.predict_proba(UNSEEN), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    assert [len(tags) for tags in loaded.predict(UNSEEN)] == [3, 0, 1, 3]


def test_the_order_and_number_of_sentences_change_nothing(tagger, sentences):
    X, _ = sentences  # noqa: N806
    together = tagger.predict_proba([*X, *UNSEEN] * 10)
    for sentence, expected in zip([*X, *UNSEEN], together, strict=False):
        np.testing.assert_allclose(tagger.predict_proba([sentence])[0], expected, atol=1e-5)
    assert tagger.predict_proba([]) == []
    assert tagger.predict([[]]) == [[]]


@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_numpy_steps_and_compiled_loops_agree(cell, bidirectional, small, sentences, monkeypatch):
    made = SequenceTagger(**{**small, "epochs": 1}, cell=cell, bidirectional=bidirectional).fit(
        *sentences
    )
    compiled = made.predict_proba(UNSEEN * 3)
    monkeypatch.setattr(recurrent, "compiled_loops", lambda module, documents: None)
    stepwise = made.predict_proba(UNSEEN * 3)
    for one, other in zip(compiled, stepwise, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert made.model_.networks[0].cell is CELLS.resolve(cell)


def test_answers_that_exclude_each_other_have_a_mean(tagger, monkeypatch):
    model = tagger.model_
    one, other = np.float32([[1, 0, 0, 0]]), np.float32([[0, 1, 0, 0]])
    monkeypatch.setattr("textseq.tagger.predictor.answer", lambda *_: one)
    monkeypatch.setattr(type(model), "_answer_linearly", lambda *_: other)
    (mean,) = model.predict_proba([["the"]])
    np.testing.assert_allclose(mean, 0.25)


def test_the_most_frequent_tag(tagger, sentences):
    X, y = sentences  # noqa: N806
    assert tagger.model_.most_frequent(X) == y
    assert tagger.model_.most_frequent([["hog", "dog"]]) == [["DET", "NOUN"]]


@pytest.mark.parametrize(
    "wrong", ["the cat", ["the cat"], [["the", None]], [["the"], [1]], [[b"the"]]]
)
def test_sentences_are_lists_of_tokens(tagger, wrong):
    with pytest.raises(ArgumentError, match="Sentence [12] must be a list of tokens"):
        tagger.predict(wrong)


def test_prediction_loads_neither_sklearn_nor_tensorflow(folder):
    code = (
        "import sys; from textseq.tagger import TagPredictor;"
        f"print(TagPredictor.load({str(folder)!r}).predict([['the', 'cat']]));"
        "print(sorted({'sklearn', 'tensorflow', 'keras', 'scipy', 'numba'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[['DET', 'NOUN']]\n[]\n"


def mended(folder, tmp_path, **entries):
    """Return a copy of a model with other entries in its config, and checksums of these."""
    copy = tmp_path / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    mend(copy, **entries)
    return copy


def mend(folder, **entries):
    config = json.loads((folder / "config.json").read_text()) | entries
    del config["sha256"]
    sums = {n: sha256(folder / n) for n in FORMAT.names if n != "config.json"}
    own = hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()
    config["sha256"] = {"config.json": own, **sums}
    (folder / "config.json").write_text(json.dumps(config))


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"tags": ["a"]}, "'output.kernel' should have shape"),
        ({"tags": []}, "its tags must be different strings"),
        ({"tags": ["a", "a", "b", "c"]}, "its tags must be different strings"),
        ({"words": [1]}, "its words must be different strings"),
        ({"words": []}, r"weight 'embedding.embeddings' should have shape \(513, 5\)"),
        ({"frequent": [0]}, "does not name a tag of each of its words"),
        ({"frequent": [-1] * 9}, "its frequent must be indices"),
        ({"frequent": [9] * 9}, "its `frequent` does not name a tag"),
        ({"column": 3}, "its column must be a name"),
        ({"networks": 1}, "2 networks, not 1"),
        ({"networks": 3}, "2 networks, not 3"),
        ({"linear": False}, "a weight 'linear.bias', which does not belong"),
        ({"tags": ["a", "b", "c", "d", "e"]}, "should have shape"),
        ({"units": 7}, "should have shape"),
        ({"buckets": 1 << 29}, "should have shape"),
        ({"affixes": -1}, "`affixes` must be 0 or more"),
        ({"cell": "os:system"}, "cell"),
        ({"bidirectional": False}, "should have shape"),
    ],
)
def test_entries_that_do_not_fit_are_refused(folder, tmp_path, entries, message):
    with pytest.raises(ArtifactError, match=message):
        TagPredictor.load(mended(folder, tmp_path, **entries))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"1.more": np.zeros(2, "float32")}, "a weight 'more', which does not belong to it"),
        ({"more": np.zeros(2, "float32")}, "a weight 'more', which does not belong to it"),
        ({"linear.bias": np.zeros(3, "float32")}, r"'linear.bias' should have shape \(4,\)"),
        ({"linear.table": np.zeros((1, 4), "float16")}, "its linear model has no rows"),
        ({"3.output.bias": np.zeros(4, "float32")}, "should have shape"),
    ],
)
def test_weights_that_do_not_fit_are_refused(tagger, folder, tmp_path, change, message):
    saved = FORMAT.load(folder)
    weights = {**tagger.model_.weights, **change}
    config = {k: v for k, v in saved.config.items() if k not in ("sha256", "format", "version")}
    FORMAT.save(tmp_path / "m", SavedModel(config, weights, saved.metrics))
    with pytest.raises(ArtifactError, match=message):
        TagPredictor.load(tmp_path / "m")


@given(st.data())
def test_damage_with_mended_checksums_is_an_error_of_ours(folder, tmp_path_factory, data):
    name = data.draw(st.sampled_from([n for n in FORMAT.names if n != "config.json"]))
    cut, more = data.draw(st.integers(0, 400)), data.draw(st.binary(max_size=9))
    copy = tmp_path_factory.mktemp("damaged") / "model"
    shutil.copytree(folder, copy)
    (copy / name).write_bytes((copy / name).read_bytes()[:cut] + more)
    mend(copy)
    with contextlib.suppress(ArtifactError):  # and nothing else
        TagPredictor.load(copy).predict(UNSEEN)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@given(st.data())
def test_any_entry_of_the_config_is_an_error_of_ours(folder, tmp_path_factory, data):
    names = sorted(json.loads((folder / "config.json").read_text()).keys() - {"sha256"})
    name, value = data.draw(st.sampled_from(names)), data.draw(JSON)
    copy = mended(folder, tmp_path_factory.mktemp("entry"), **{name: value})
    with contextlib.suppress(ArtifactError):
        TagPredictor.load(copy).predict(UNSEEN)
