from __future__ import annotations

import numpy as np
import pytest

from textseq.network.inference.fused_embedding import FusedEmbedding, gather

RANDOM = np.random.default_rng(0)
EMBEDDINGS = RANDOM.normal(size=(10, 4)).astype("float32")
KERNEL = RANDOM.normal(size=(4, 6)).astype("float32")
BIAS = RANDOM.normal(size=6).astype("float32")
SCALE = np.array([1, 1, 1, 0.5, 0.5, 0.5], "float32")
WEIGHTS = {"embedding.embeddings": EMBEDDINGS, "backward.kernel": KERNEL, "backward.bias": BIAS}
WHOLE = (EMBEDDINGS @ KERNEL + BIAS) * SCALE


@pytest.mark.parametrize("tokens", [1, 3, 9, 10, 30])
def test_rows_are_those_of_the_whole_table_however_few_are_read(tokens):
    table = FusedEmbedding(WEIGHTS, "backward", SCALE)
    for _ in range(4):
        ids = RANDOM.integers(0, 10, tokens).astype("int32")
        rows, places = table.read(ids)
        np.testing.assert_allclose(rows[places], WHOLE[ids], atol=1e-6)


def test_few_tokens_fold_only_their_rows_until_the_whole_table_is_cheaper():
    table = FusedEmbedding(WEIGHTS, "backward", SCALE)
    ids = np.array([7, 7, 2, 9], "int32")
    assert [len(table.read(ids)[0]) for _ in range(4)] == [3, 3, 10, 10]


def test_without_an_embedding_an_id_picks_a_row_of_the_kernel():
    table = FusedEmbedding({"forward.kernel": KERNEL, "forward.bias": BIAS}, "forward", SCALE)
    rows, places = table.read(np.array([3, 1], "int32"))
    np.testing.assert_allclose(rows[places], (KERNEL[[3, 1]] + BIAS) * SCALE, atol=1e-6)


def test_of_two_biases_the_first_belongs_to_the_input():
    weights = {**WEIGHTS, "backward.bias": np.stack([BIAS, BIAS + 1])}
    rows, places = FusedEmbedding(weights, "backward", SCALE).read(np.array([5], "int32"))
    np.testing.assert_allclose(rows[places][0], WHOLE[5], atol=1e-6)


def test_a_token_may_be_the_sum_of_several_rows_with_the_bias_once():
    words, zero = 6, 0
    table = FusedEmbedding(WEIGHTS, "backward", SCALE, words)
    ids = np.array([[3, 7], [5, zero], [1, 9]], "int32")
    vectors = [EMBEDDINGS[3] + EMBEDDINGS[7], EMBEDDINGS[5], EMBEDDINGS[1] + EMBEDDINGS[9]]
    for _ in range(3):  # a few rows, then the whole table
        rows, places = table.read(ids)
        out = np.empty((3, 6), "float32")
        gather(rows, places, out)
        np.testing.assert_allclose(out, (np.stack(vectors) @ KERNEL + BIAS) * SCALE, atol=1e-5)
