"""The gated recurrent unit (Cho et al. 2014), in Keras's form `reset_after=True`.

    u, r = sigmoid(a + z)           how much of the state to keep, and how much to propose from
    n    = tanh(a_n + r z_n)        the proposal
    h'   = u h + (1 - u) n

with z = h W_hh + b_2: the state has a bias of its own. The gates are in Keras's order u, r, n.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from textseq.network.arrays import DoubleArray, FloatArray, Tensor
from textseq.network.cells.base import (
    HALF,
    Cell,
    ForwardPass,
    NumpyStep,
    StateGradients,
    recurrent_kernel_gradient,
    scan_over_time,
    sigmoid,
    states_before,
    upstream_gradient,
)
from textseq.network.lazy_keras import keras, ops


def keras_class() -> Any:
    """Return Keras's cell."""
    return keras.layers.GRUCell


def scan(inputs: Tensor, mask: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
    """Read a batch; see `Cell.scan`."""

    def run(inputs: Tensor, mask: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
        def step(h: Tensor, now: Any) -> Any:
            a, m = now
            u, _r, n, _z = _gates(a, ops.matmul(h, kernel) + bias)
            h = h + m * (u * h + (1 - u) * n - h)
            return h, h

        start = ops.zeros_like(inputs[0][:, : kernel.shape[0]])
        states = scan_over_time(step, start, (inputs, mask))

        def gradient(*received: Tensor, upstream: Tensor = None) -> Any:
            ds = upstream_gradient(received, upstream)
            transposed, before = ops.transpose(kernel), states_before(states)
            u, r, n, z = _gates(inputs, ops.matmul(before, kernel) + bias)
            # The derivatives of h' by the sums of the update gate and of the proposal, and of the
            # reset gate by way of the proposal: all steps at once.
            to_u = mask * (before - n) * u * (1 - u)
            to_n = mask * (1 - u) * (1 - n * n)
            to_r = to_n * z * r * (1 - r)
            stays = mask * u + (1 - mask)

            def back(carried: Tensor, now: Any) -> Any:
                d, to_u, to_r, to_n, r, stays = now
                d = d + carried
                du, dr, dn = to_u * d, to_r * d, to_n * d
                dz = ops.concatenate([du, dr, dn * r], axis=-1)
                return ops.matmul(dz, transposed) + stays * d, (du, dr, dn)

            steps = (ds, to_u, to_r, to_n, r, stays)
            du, dr, dn = scan_over_time(back, ops.zeros_like(start), steps, reverse=True)
            da = ops.concatenate([du, dr, dn], axis=-1)
            dz = ops.concatenate([du, dr, dn * r], axis=-1)
            dkernel = recurrent_kernel_gradient(before, dz)
            return da, ops.zeros_like(mask), dkernel, ops.sum(dz, axis=(0, 1))

        return states, gradient

    return ops.custom_gradient(run)(inputs, mask, kernel, bias)


def _gates(a: Tensor, z: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return update, reset, proposal, and the proposal's part of z."""
    a_u, a_r, a_n = ops.split(a, 3, axis=-1)
    z_u, z_r, z_n = ops.split(z, 3, axis=-1)
    reset = ops.sigmoid(a_r + z_r)
    return ops.sigmoid(a_u + z_u), reset, ops.tanh(a_n + reset * z_n), z_n


class GRUStep(NumpyStep):
    """The recurrence for prediction; see `NumpyStep`."""

    def __init__(
        self, kernel: FloatArray, bias: FloatArray, scale: FloatArray, documents: int
    ) -> None:
        super().__init__(kernel, bias[1] * scale, scale, documents)

    def __call__(self, x: FloatArray) -> FloatArray:
        """Return the next states."""
        h, units = self.h[: len(x)], self.h.shape[1]
        product = self.recur(h)
        product += self.bias
        gates = x[:, : 2 * units]
        gates += product[:, : 2 * units]
        np.tanh(gates, out=gates)
        gates *= HALF
        gates += HALF
        update, reset, proposal = gates[:, :units], gates[:, units:], x[:, 2 * units :]
        proposal += np.multiply(reset, product[:, 2 * units :], out=reset)
        np.tanh(proposal, out=proposal)
        h -= proposal
        h *= update
        h += proposal  # update * h + (1 - update) * proposal
        return h


def read_sentence(inputs: DoubleArray, kernel: DoubleArray, bias: DoubleArray) -> ForwardPass:
    """Read one sentence; see `Cell.read_sentence`."""
    time, units = len(inputs), len(kernel)
    states, kept = np.empty((time, units)), np.empty((time, 4, units))
    h = np.zeros(units)
    for t, a in enumerate(inputs):
        z = h @ kernel + bias
        u, r = sigmoid(a[: 2 * units] + z[: 2 * units]).reshape(2, units)
        n = np.tanh(a[2 * units :] + r * z[2 * units :])
        kept[t] = u, r, n, z[2 * units :]
        states[t] = h = u * h + (1 - u) * n

    def backward(direct: DoubleArray) -> StateGradients:
        carried = np.zeros_like(direct)
        for t in range(time - 1, 0, -1):
            d = direct[t] + carried[t]
            u, r, n, z_n = kept[t]
            du = (states[t - 1] - n) * u * (1 - u) * d
            dn = (1 - u) * (1 - n**2) * d
            dr = dn * z_n * r * (1 - r)
            carried[t - 1] = kernel @ np.concatenate([du, dr, dn * r]) + u * d
        return StateGradients(direct + carried, carried)

    return ForwardPass(states, backward)


gru = Cell(
    name="gru",
    keras_class=keras_class,
    scan=scan,
    numpy_step=GRUStep,
    read_sentence=read_sentence,
    gates=3,
    sigmoids=(0, 1),
    biases=2,
)
