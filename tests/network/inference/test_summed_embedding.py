from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.network.inference import embedding_loops, summed_embedding
from textseq.network.inference.summed_embedding import SummedEmbedding, sum_rows

RANDOM = np.random.default_rng(0)
TABLE = RANDOM.normal(size=(10, 4)).astype("float16")
KERNELS = {d: RANDOM.normal(size=(4, 6)).astype("float32") for d in ("forward", "backward")}
BIASES = {d: RANDOM.normal(size=6).astype("float32") for d in KERNELS}
SCALE = np.array([1, 1, 1, 0.5, 0.5, 0.5], "float32")
ROWS = st.lists(st.tuples(*[st.integers(0, 9)] * 3), max_size=12)


@given(ROWS, st.sampled_from(["float16", "float32"]))
def test_compiled_sums_equal_numpys(rows, dtype):
    rows, table = np.array(rows, "int32").reshape(-1, 3), TABLE.astype(dtype)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(summed_embedding, "compiled_loops", lambda module, documents: None)
        expected = sum_rows(table, rows)
    assert expected.dtype == np.float32
    np.testing.assert_allclose(sum_rows(table, rows), expected, atol=1e-6)
    np.testing.assert_array_equal(embedding_loops.widen(table), table.astype("float32"))


def test_the_bias_is_added_once_however_many_rows_a_token_sums():
    weights = {"embedding.embeddings": TABLE}
    for d in KERNELS:
        weights |= {f"{d}.kernel": KERNELS[d], f"{d}.bias": BIASES[d]}
    rows = np.array([[3, 7], [5, 0], [1, 9]], "int32")
    wide = TABLE.astype("float32")
    vectors = np.stack([wide[3] + wide[7], wide[5], wide[1] + wide[9]])
    inputs = SummedEmbedding(weights, list(KERNELS), SCALE).read(rows)
    for direction in KERNELS:
        out = np.empty((3, 6), "float32")
        inputs.fill(direction, slice(None), out)
        expected = (vectors @ KERNELS[direction] + BIASES[direction]) * SCALE
        np.testing.assert_allclose(out, expected, atol=1e-5)
        inputs.fill(direction, np.array([2, 0, 1]), out)
        np.testing.assert_allclose(out, expected[[2, 0, 1]], atol=1e-5)


def test_its_loops_work_in_a_process_that_has_compiled_nothing_else():
    code = """
import numpy as np
from textseq.network.inference import embedding_loops
from textseq.network.inference.summed_embedding import SummedEmbedding
ones = {"embedding.embeddings": np.ones((9, 40), "float16")}
ones |= {"forward.kernel": np.ones((40, 40), "float32"), "forward.bias": np.ones(40, "float32")}
embedding = SummedEmbedding(ones, ["forward"], np.ones(40, "float32"))
inputs = embedding.read(np.array([[1, 2]], "int32"))
out = np.empty((1, 40), "float32")
inputs.fill("forward", slice(None), out)
print(out[0, 39])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "81.0"
