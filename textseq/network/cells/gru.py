"""The gated recurrent unit (Cho et al. 2014), in Keras's form `reset_after=True`.

    u, r = sigmoid(a + z)           how much of the state to keep, and how much to propose from
    n    = tanh(a_n + r z_n)        the proposal
    h'   = u h + (1 - u) n

with z = h W_hh + b_2: the state has a bias of its own. The gates are in Keras's order u, r, n.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from textseq.compute.compiled_late import compiled_late
from textseq.compute.vector_math import multiply, tanh
from textseq.network.arrays import AnyArray, FloatArray, IntArray, Tensor
from textseq.network.cells.base import (
    HALF,
    Cell,
    NumpyStep,
    recurrent_kernel_gradient,
    scan_over_time,
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


@compiled_late
def forward(
    inputs: AnyArray, kernel: AnyArray, bias: AnyArray, steps: IntArray, start: AnyArray
) -> tuple[AnyArray, AnyArray]:
    """Read packed documents; see `Cell.forward`. The inputs become the gates; z_n is kept."""
    units, half = len(kernel), np.float32(0.5)
    states = np.empty((len(inputs) + start.shape[1], units), inputs.dtype)
    states[len(inputs) :] = start[0]
    kept = np.empty((len(inputs), units), inputs.dtype)
    product, none = np.empty_like(inputs), np.zeros(units, inputs.dtype)
    for i in range(len(steps)):
        first, end, last, running = steps[i, 0], steps[i, 1], steps[i, 2], steps[i, 3]
        multiply(states[last : last + running], kernel, product[:running])
        product[running : end - first] = 0
        for d in range(end - first):
            a, z, h, z_n = inputs[first + d], product[d], states[first + d], kept[first + d]
            before = states[last + d] if d < running else none
            for j in range(2 * units):
                a[j] = half + half * tanh(half * (a[j] + z[j] + bias[j]))
            for j in range(units):
                z_n[j] = z[2 * units + j] + bias[2 * units + j]
                n = tanh(a[2 * units + j] + a[units + j] * z_n[j])
                a[2 * units + j] = n
                h[j] = n + a[j] * (before[j] - n)
    return states, kept


@compiled_late
def backward(
    passed: tuple[AnyArray, AnyArray, AnyArray, AnyArray],
    gradients: AnyArray,
    transposed: AnyArray,
    steps: IntArray,
) -> tuple[AnyArray, AnyArray, AnyArray]:
    """Follow the gradient back; see `Cell.backward`."""
    gates, states, kept, before = passed
    units, one = states.shape[1], np.float32(1)
    by_inputs, by_products = np.empty_like(gates), np.empty_like(gates)
    product = np.empty_like(states)
    for i in range(len(steps) - 1, -1, -1):
        first, end, last, running = steps[i, 0], steps[i, 1], steps[i, 2], steps[i, 3]
        for k in range(first, end):
            g, da, dz, h = gates[k], by_inputs[k], by_products[k], before[k]
            for j in range(units):
                u, r, n, whole = g[j], g[units + j], g[2 * units + j], gradients[k, j]
                by_n = (one - u) * (one - n * n) * whole
                da[j] = (h[j] - n) * u * (one - u) * whole
                da[units + j] = by_n * kept[k, j] * r * (one - r)
                da[2 * units + j] = by_n
                dz[2 * units + j] = by_n * r
            for j in range(2 * units):
                dz[j] = da[j]
        multiply(by_products[first : first + running], transposed, product[:running])
        for d in range(running):
            for j in range(units):
                by_this = gates[first + d, j] * gradients[first + d, j]
                gradients[last + d, j] += product[d, j] + by_this
    return by_inputs, by_products, gradients


gru = Cell(
    name="gru",
    keras_class=keras_class,
    scan=scan,
    numpy_step=GRUStep,
    forward=forward,
    backward=backward,
    gates=3,
    sigmoids=(0, 1),
    biases=2,
)
