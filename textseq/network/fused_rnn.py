"""A recurrent layer whose loop over time does only what must wait for the step before.

`keras.layers.RNN` multiplies each token's vector by the input weights inside the loop, and its
gradient sums those weights' gradient there too. Both are one large matrix product over all time
steps at once. What stays in the loop is h W_hh and the cell's elementwise part, and on the way back
the gradient of that part and its product with W_hh transposed. Each cell's file has its scan, with
m the mask:

    forward    h_t = m step(a_t, z_t, h_{t-1}) + (1 - m) h_{t-1}
    backward   (da_t, dz_t, dh_{t-1}) from dh_t; dh_{t-1} += dz_t W_hh^T; dW_hh = sum h_{t-1}^T dz_t

Sequences in a scan are time-major: (time, batch, ...).
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from textseq.network.arrays import Scan, Tensor


@keras.saving.register_keras_serializable("textseq")
class FusedRNN(keras.layers.RNN):  # type: ignore[misc]  # Keras is untyped
    """`keras.layers.RNN(cell, return_sequences=True)`, faster for cells that have a fused scan.

    `scan` is that of the cell, see `cells.base.scan_of`; None leaves the loop to Keras, and so does
    a layer that Keras has loaded.
    """

    def __init__(self, cell: keras.Layer, scan: Scan | None = None, **kwargs: Any) -> None:
        super().__init__(cell, **{**kwargs, "return_sequences": True})
        self.scan = scan

    def call(
        self, sequences: Tensor, initial_state: Any = None, mask: Any = None, training: bool = False
    ) -> Tensor:
        """Return the state after each token: (batch, time, units)."""
        if self.scan is None or initial_state is not None:
            return super().call(sequences, initial_state, mask, training)
        cell = self.cell
        # A GRU has two biases: the second is the state's.
        two = len(cell.bias.shape) == 2
        bias, last_bias = (cell.bias[0], cell.bias[1]) if two else (cell.bias, cell.bias)
        batch, time, dimension = ops.shape(sequences)
        kept = ops.ones((batch, time)) if mask is None else mask
        # As one product of two matrices: TensorFlow would make a small one for each document.
        flat = ops.matmul(ops.reshape(sequences, (-1, dimension)), cell.kernel) + bias
        # Time first: what the loop reads in one step is then one block of memory.
        inputs = ops.transpose(ops.reshape(flat, (batch, time, flat.shape[-1])), (1, 0, 2))
        kept = ops.transpose(ops.cast(kept, inputs.dtype))[..., None]
        if self.go_backwards:
            inputs, kept = ops.flip(inputs, axis=0), ops.flip(kept, axis=0)
        # Copies, since a custom gradient is by tensors and not by variables.
        states = self.scan(inputs, kept, ops.copy(cell.recurrent_kernel), ops.copy(last_bias))
        return ops.transpose(states, (1, 0, 2))
