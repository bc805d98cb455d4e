from __future__ import annotations

import sys

import numpy as np
import pytest

from textseq.errors import ArgumentError
from textseq.network.cells import gru
from textseq.network.model_spec import ModelSpec
from textseq.network.model_weights import weight_values

SIZES = {"units": 4, "dimension": 5, "vocabulary": 12, "classes": 3}


def test_weights_of_another_specification_are_refused():
    weights = weight_values(ModelSpec(**SIZES).keras_model())
    ModelSpec(**SIZES).check(weights)
    for other in ({"cell": "gru"}, {"bidirectional": True}, {"pooling": "attention"}):
        with pytest.raises(ArgumentError, match="should have shape"):
            ModelSpec(**SIZES, **other).check(weights)
    with pytest.raises(ArgumentError, match=r"'output\.bias'.*\(2,\)"):
        ModelSpec(**{**SIZES, "classes": 2}).check(weights)


def test_a_part_may_be_given_itself():
    assert ModelSpec(cell=gru, **SIZES).runs_without_keras
    assert ModelSpec(cell=gru, **SIZES).numpy_network({}).cell is gru


def test_an_import_path_is_not_imported_to_see_what_it_is(tmp_path, monkeypatch):
    (tmp_path / "own_cells.py").write_text("raise SystemExit\n")
    monkeypatch.syspath_prepend(tmp_path)
    spec = ModelSpec(cell="own_cells:cell", **SIZES)
    assert not spec.runs_without_keras
    spec.check({"any": np.zeros(3, "float32")})
    assert "own_cells" not in sys.modules
    with pytest.raises(ArgumentError, match="'own_cells:cell'.*runs in Keras only"):
        spec.numpy_network({})
