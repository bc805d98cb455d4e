"""Settings declared once: the estimator, config.json and the command line are made of them."""

from __future__ import annotations

import inspect
import json
from dataclasses import fields

import pytest

from textseq.classifier import SentenceClassifier, cells
from textseq.classifier.config import ClassifierConfig, describe
from textseq.classifier.config_json import from_config, to_config
from textseq.cli.classify.train import train
from textseq.compute.settings import settings_of
from textseq.errors import ArgumentError

NAMES = [field.name for field in fields(ClassifierConfig)]


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
