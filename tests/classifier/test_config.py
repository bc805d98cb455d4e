"""Settings declared once: the estimator, config.json and the command line are made of them."""

from __future__ import annotations

import contextlib
import functools
import inspect
import json
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from textseq.classifier import SentenceClassifier, cells
from textseq.classifier.config import ClassifierConfig, describe
from textseq.classifier.config_json import from_config, to_config
from textseq.classifier.model_folder import check_entries
from textseq.cli.classify.train import train
from textseq.compute.settings import settings_of
from textseq.errors import ArgumentError
from textseq.network.training.networks import seeds_of
from textseq.network.training.options import TrainingOptions, learning_rate

NAMES = [field.name for field in fields(ClassifierConfig)]
OTHERS = ["vocabulary", "temperature", "classes", "tokenizer_given"]


def test_the_estimator_has_an_argument_for_each_setting():
    parameters = inspect.signature(SentenceClassifier).parameters
    assert [*parameters] == NAMES == [*SentenceClassifier().get_params()][:0] + NAMES
    assert {n: p.default for n, p in parameters.items()} == ClassifierConfig().settings
    assert SentenceClassifier().get_params() == ClassifierConfig().settings
    for name, about in settings_of(ClassifierConfig).items():
        assert f"{name}: {about.help.split(' ')[0]}" in SentenceClassifier.__doc__


def test_the_command_has_an_option_for_each_setting_but_objects():
    options = set(inspect.signature(train).parameters)
    objects = {"class_weight"}  # which is --balanced there; the tokenizer is a file
    assert set(NAMES) - objects <= options


def test_an_argument_that_there_is_not():
    with pytest.raises(ArgumentError, match="no argument 'unit'; it has .*units"):
        SentenceClassifier(unit=3)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"cell": "gru", "units": 8, "dropout": 0.1},
        {"class_weight": {0: 2.0, 1: 0.5}},
        {"vectors": "vectors.bin", "preset": "fast"},
    ],
)
def test_a_config_survives_json(settings):
    config = ClassifierConfig(**settings)
    assert from_config(json.loads(json.dumps(to_config(config))), {}) == config


@pytest.mark.parametrize("part", [str.split, functools.partial(str.split, sep=" "), cells.gru])
def test_code_of_any_kind_has_a_name(part):
    assert to_config(ClassifierConfig(cell=part, analyzer=part))["analyzer"]


def test_weights_of_numpy_survive_json():
    weight = {np.int64(0): np.float64(2.0), np.int64(1): np.float32(0.5)}
    entries = json.loads(json.dumps(to_config(ClassifierConfig(class_weight=weight))))
    assert from_config(entries, {}).class_weight == {0: 2.0, 1: 0.5}


def test_code_outside_textseq_is_named_and_must_be_handed_over():
    def own_cell(units):
        raise NotImplementedError

    entries = to_config(ClassifierConfig(cell=own_cell))
    assert entries["cell"].endswith("own_cell")
    with pytest.raises(ArgumentError, match="never runs code; name it yourself with --cell"):
        from_config(entries, {})
    assert from_config(entries, {"cell": own_cell}).cell is own_cell


def test_what_is_trained_is_described_in_a_line():
    config = ClassifierConfig(cell="lstm", linear=0).resolve(9, tokens=9, syllables=False)
    assert describe(config) == "3 LSTMs, bidirectional, max pooling"


def test_a_registered_part_given_as_an_object_is_saved_by_its_name():
    assert to_config(ClassifierConfig(cell=cells.gru))["cell"] == "gru"


# What people and files write for a number, a name, a switch.
VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([2**31, 2**32 - 1, 2**32, 2**63, 10**400, 10**5000, 1e9, 0.9999])
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["gru", "learned", "max", "rnn", "fast", "balanced", "json:dumps", "words"])
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.text(max_size=2) | st.integers(), st.floats() | st.text(), max_size=2)
    | st.sampled_from([np.int64(3), np.float32("nan"), np.array([1, 2]), object, b"gru", 1j])
)


@pytest.mark.parametrize("name", NAMES)
@given(value=VALUES)
@example(value=0.9999)
@example(value=1.5)
@example(value="x")
def test_a_value_is_usable_or_refused_in_a_sentence(name, value):
    refusal = None
    try:
        config = ClassifierConfig(**{name: value})
    except ArgumentError as error:
        refusal = str(error)
    if refusal is not None:
        assert refusal.endswith(".")
        assert len(refusal) < 300
        return
    resolved = config.resolve(2_000, tokens=9_000, syllables=False)
    options = TrainingOptions(
        **{f.name: resolved.settings[f.name] for f in fields(TrainingOptions) if f.name in NAMES}
    )
    assert 0 <= learning_rate(options, 5, 60) <= options.learning_rate
    assert resolved.model_spec(10, 2).units >= 1
    seeds_of(resolved.seed, resolved.networks)
    if value is object:
        return  # code, which a file names only
    entries = json.loads(json.dumps(to_config(config), allow_nan=False))
    check_entries(entries)
    if not (isinstance(value, str) and ":" in value):
        assert from_config(entries, {}) == config


@given(st.dictionaries(st.sampled_from([*NAMES, *OTHERS]), VALUES))
def test_entries_of_a_file_are_checked_before_any_use(entries):
    with contextlib.suppress(ArgumentError):
        check_entries(entries)
        from_config(entries, {})


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"cell": ["gru"]}, "its cell must be a name"),
        ({"embedding": {}}, "its embedding must be a name"),
        ({"pooling": 3}, "its pooling must be a name"),
        ({"vocabulary": float("inf")}, "its vocabulary must be an integer from 1"),
        ({"vocabulary": 10**400}, "its vocabulary must be an integer from 1"),
        ({"vocabulary": True}, "its vocabulary must be an integer from 1"),
        ({"temperature": 10**400}, "its temperature must be a finite number above 0"),
        ({"temperature": float("nan")}, "its temperature must be a finite number above 0"),
        ({"temperature": "1"}, "its temperature must be a finite number above 0"),
        ({"classes": "ab"}, "its classes must be a list of different labels"),
        ({"classes": ["a", "a"]}, "its classes must be a list of different labels"),
        ({"classes": [["a"], "b"]}, "its classes must be a list of different labels"),
        ({"class_weight": [3]}, "its class_weight must be pairs"),
        ({"class_weight": [[["a"], 3]]}, "its class_weight must be pairs"),
        ({"units": "8"}, "`units` must be an integer"),
        ({"tokenizer_given": "no"}, "its tokenizer_given must be true or false"),
    ],
)
def test_an_entry_of_a_file_that_cannot_be(entries, message):
    with pytest.raises(ArgumentError, match=message):
        check_entries(entries)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cell": "rnn"}, "'rnn' is not a known cell.*simple_rnn"),
        ({"embedding": "word2vek"}, "did you mean 'word2vec'"),
        ({"pooling": "maxx"}, "did you mean 'max'"),
        ({"analyzer": "word"}, "did you mean 'words'"),
        ({"clean": "html,url"}, "has no step 'url'; did you mean 'urls'"),
        ({"clean": "none,html"}, "is none or names of steps, not both"),
        ({"clean": [1]}, "has no step 1;"),
        ({"clean": {"html": 1, "x": 2}}, "has no step 'x'"),
        ({"class_weight": {"good": float("nan")}}, "finite weights .* nan for the label 'good'"),
        ({"class_weight": {"good": -1}}, "finite weights .* -1 for the label 'good'"),
        ({"class_weight": [1, 2]}, "None, 'balanced' or a weight for each label"),
        ({"tokenizer": "tokenizer.json"}, r"a Tokenizer, such as Tokenizer\.load"),
        ({"seed": -1}, "from 0 to below 4,294,967,296"),
        ({"seed": 1 << 32}, "from 0 to below 4,294,967,296"),
        ({"units": 1 << 40}, "16,384 or less"),
        ({"learning_rate": 5e-324}, "above 1e-30"),
    ],
)
def test_what_cannot_be_is_refused(settings, message):
    with pytest.raises(ArgumentError, match=message):
        ClassifierConfig(**settings)
