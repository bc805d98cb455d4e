from __future__ import annotations

import numpy as np
import pytest

from textseq.network.inference import embedding_loops  # noqa: F401  (loaded, they are used)
from textseq.network.inference.fused_embedding import FusedEmbedding

RANDOM = np.random.default_rng(0)
EMBEDDINGS = RANDOM.normal(size=(10, 4)).astype("float16")
KERNELS = {d: RANDOM.normal(size=(4, 6)).astype("float32") for d in ("forward", "backward")}
BIASES = {d: RANDOM.normal(size=6).astype("float32") for d in KERNELS}
SCALE = np.array([1, 1, 1, 0.5, 0.5, 0.5], "float32")
OF_CELLS = {f"{d}.kernel": kernel for d, kernel in KERNELS.items()} | {
    f"{d}.bias": bias for d, bias in BIASES.items()
}
WEIGHTS = {"embedding.embeddings": EMBEDDINGS, **OF_CELLS}
WHOLE = {d: (EMBEDDINGS.astype("float32") @ KERNELS[d] + BIASES[d]) * SCALE for d in KERNELS}


def filled(inputs, direction, tokens, count):
    out = np.empty((count, 6), "float32")
    inputs.fill(direction, tokens, out)
    return out


@pytest.mark.parametrize("tokens", [1, 3, 9, 10, 30])
def test_rows_are_those_of_the_whole_table_however_few_are_read(tokens):
    embedding = FusedEmbedding(WEIGHTS, list(KERNELS), SCALE)
    for _ in range(4):
        ids = RANDOM.integers(0, 10, tokens).astype("int32")
        inputs = embedding.read(ids)
        for direction, whole in WHOLE.items():
            every = filled(inputs, direction, slice(None), tokens)
            np.testing.assert_allclose(every, whole[ids], atol=1e-6)
            reverse = filled(inputs, direction, np.arange(tokens)[::-1], tokens)
            np.testing.assert_array_equal(reverse, every[::-1])


def test_few_tokens_fuse_only_their_rows_until_the_whole_table_is_cheaper():
    embedding = FusedEmbedding(WEIGHTS, ["forward"], SCALE)
    ids = np.array([7, 7, 2, 9], "int32")
    assert [len(embedding.read(ids).rows["forward"]) for _ in range(4)] == [3, 3, 10, 10]


def test_without_an_embedding_an_id_picks_a_row_of_the_kernel():
    embedding = FusedEmbedding(OF_CELLS, ["forward"], SCALE)
    for ids in ([3, 1], [2, 0, 1]):  # a few rows, then the whole table
        got = filled(embedding.read(np.array(ids, "int32")), "forward", slice(None), len(ids))
        expected = (KERNELS["forward"][ids] + BIASES["forward"]) * SCALE
        np.testing.assert_allclose(got, expected, atol=1e-6)


def test_of_two_biases_the_first_belongs_to_the_input():
    bias = BIASES["forward"]
    weights = {**WEIGHTS, "forward.bias": np.stack([bias, bias + 1])}
    inputs = FusedEmbedding(weights, ["forward"], SCALE).read(np.array([5], "int32"))
    got = filled(inputs, "forward", slice(None), 1)
    np.testing.assert_allclose(got[0], WHOLE["forward"][5], atol=1e-6)
