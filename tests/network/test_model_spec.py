from __future__ import annotations

import sys

import keras
import numpy as np
import pytest

from textseq.errors import ArgumentError
from textseq.network.cells import CELLS, gru
from textseq.network.model_spec import ModelSpec
from textseq.network.model_weights import weight_values

SIZES = {"units": 4, "dimension": 5, "vocabulary": 12, "classes": 3}


def test_weights_of_another_specification_are_refused():
    weights = weight_values(ModelSpec(**SIZES).keras_model())
    ModelSpec(**SIZES).check(weights)
    for other in ({"cell": "gru"}, {"bidirectional": True}, {"pooling": "attention"}):
        with pytest.raises(ArgumentError, match="should have shape"):
            ModelSpec(**SIZES, **other).check(weights)
    with pytest.raises(ArgumentError, match=r"'output\.kernel'.*\(4, 2\)"):
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


@pytest.mark.parametrize("cell", CELLS.names())
@pytest.mark.parametrize("embedding", ["learned", "onehot", "ngrams"])
def test_a_network_starts_as_keras_starts_it(cell, embedding):
    spec = ModelSpec(
        embedding=embedding, cell=cell, pooling="attention", bidirectional=True, units=60,
        dimension=80, buckets=50, vocabulary=100, classes=3,
    )  # fmt: skip
    keras.utils.set_random_seed(0)
    expected = weight_values(spec.keras_model())
    found = spec.starting_weights(np.random.default_rng(0))
    assert {n: w.shape for n, w in found.items()} == {n: w.shape for n, w in expected.items()}
    for name, weight in expected.items():
        if name.endswith("bias"):
            np.testing.assert_array_equal(found[name], weight, err_msg=name)
        elif weight.size > 1000:
            # As their quartiles and deviation show, of the same distribution.
            ours, theirs = (
                [*np.quantile(values, (0.01, 0.25, 0.75, 0.99)), values.std()]
                for values in (found[name], weight)
            )
            np.testing.assert_allclose(ours, theirs, atol=0.1 * max(theirs), err_msg=name)
        if name.endswith("recurrent_kernel"):
            np.testing.assert_allclose(found[name] @ found[name].T, np.eye(60), atol=1e-5)
    # The same seed, the same weights; another, others.
    again, other = (spec.starting_weights(np.random.default_rng(seed)) for seed in (0, 1))
    assert all((again[name] == weight).all() for name, weight in found.items())
    assert (other["forward.kernel"] != found["forward.kernel"]).any()
    if embedding == "ngrams":
        assert not found["embedding.embeddings"][100:].any()
