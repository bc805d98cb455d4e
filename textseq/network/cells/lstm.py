"""The long short-term memory (Hochreiter and Schmidhuber 1997).

    i, f, o = sigmoid(a + z)        what to write, what to keep, what to read
    g       = tanh(a_g + z_g)       the proposal
    c'      = f c + i g             the memory
    h'      = o tanh(c')            the state

with z = h W_hh. The gates are in Keras's order i, f, g, o.
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
    return keras.layers.LSTMCell


def scan(inputs: Tensor, mask: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
    """Read a batch; see `Cell.scan`. The bias is in `inputs` already."""

    def run(inputs: Tensor, mask: Tensor, kernel: Tensor) -> Tensor:
        def step(state: Any, now: Any) -> Any:
            (h, c), (a, m) = state, now
            i, f, g, o = _gates(a + ops.matmul(h, kernel))
            new = f * c + i * g
            h, c = h + m * (o * ops.tanh(new) - h), c + m * (new - c)
            return (h, c), (h, c)

        zeros = ops.zeros_like(inputs[0][:, : kernel.shape[0]])
        states, memories = scan_over_time(step, (zeros, zeros), (inputs, mask))

        def gradient(*received: Tensor, upstream: Tensor = None) -> Any:
            ds = upstream_gradient(received, upstream)
            transposed = ops.transpose(kernel)
            before, remembered = states_before(states), states_before(memories)
            i, f, g, o = _gates(inputs + ops.matmul(before, kernel))
            seen = ops.tanh(memories)
            # The derivatives of h' by the sum of o and by c', and of c' by the sums of i, f and g.
            to_o, to_c = mask * seen * o * (1 - o), mask * o * (1 - seen * seen)
            to_i, to_f = g * i * (1 - i), remembered * f * (1 - f)
            to_g = i * (1 - g * g)

            def back(carried: Any, now: Any) -> Any:
                dh, dc = carried
                d, m, to_o, to_c, to_i, to_f, to_g, f = now
                dh = dh + d
                new = m * dc + to_c * dh
                da = ops.concatenate([new * to_i, new * to_f, new * to_g, dh * to_o], axis=-1)
                return (ops.matmul(da, transposed) + (1 - m) * dh, new * f + (1 - m) * dc), da

            steps = (ds, mask, to_o, to_c, to_i, to_f, to_g, f)
            da = scan_over_time(back, (zeros, zeros), steps, reverse=True)
            return da, ops.zeros_like(mask), recurrent_kernel_gradient(before, da)

        return states, gradient

    return ops.custom_gradient(run)(inputs, mask, kernel)


def _gates(a: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return i, f, g and o."""
    i, f, g, o = ops.split(a, 4, axis=-1)
    return ops.sigmoid(i), ops.sigmoid(f), ops.tanh(g), ops.sigmoid(o)


class LSTMStep(NumpyStep):
    """The recurrence for prediction; see `NumpyStep`."""

    def __init__(
        self, kernel: FloatArray, bias: FloatArray, scale: FloatArray, documents: int
    ) -> None:
        super().__init__(kernel, bias, scale, documents)
        self.memory = np.zeros_like(self.h)

    def __call__(self, x: FloatArray) -> FloatArray:
        """Return the next states."""
        h, memory, units = self.h[: len(x)], self.memory[: len(x)], self.h.shape[1]
        x += self.recur(h)
        np.tanh(x, out=x)
        for gates in (x[:, : 2 * units], x[:, 3 * units :]):
            gates *= HALF
            gates += HALF
        write, keep, proposal, read = (x[:, i * units : (i + 1) * units] for i in range(4))
        memory *= keep
        memory += np.multiply(write, proposal, out=proposal)
        np.tanh(memory, out=h)
        h *= read
        return h


def read_sentence(inputs: DoubleArray, kernel: DoubleArray, bias: DoubleArray) -> ForwardPass:
    """Read one sentence; see `Cell.read_sentence`."""
    time, units = len(inputs), len(kernel)
    states, kept = np.empty((time, units)), np.empty((time, 6, units))
    h, c = np.zeros(units), np.zeros(units)
    for t, a in enumerate(inputs):
        sums = (a + h @ kernel).reshape(4, units)
        (i, f, o), g = sigmoid(sums[[0, 1, 3]]), np.tanh(sums[2])
        new = f * c + i * g
        kept[t] = i, f, g, o, c, np.tanh(new)
        states[t], c = o * np.tanh(new), new
        h = states[t]

    def backward(direct: DoubleArray) -> StateGradients:
        carried, memories = np.zeros_like(direct), np.zeros_like(direct)
        for t in range(time - 1, -1, -1):
            d = direct[t] + carried[t]
            i, f, g, o, before, seen = kept[t]
            dc = memories[t] = memories[t] + d * o * (1 - seen**2)
            if t == 0:
                break
            di, df, dg = dc * g * i * (1 - i), dc * before * f * (1 - f), dc * i * (1 - g**2)
            do = d * seen * o * (1 - o)
            carried[t - 1] = kernel @ np.concatenate([di, df, dg, do])
            memories[t - 1] = dc * f
        return StateGradients(direct + carried, carried, memories)

    return ForwardPass(states, backward)


lstm = Cell(
    name="lstm",
    keras_class=keras_class,
    scan=scan,
    numpy_step=LSTMStep,
    read_sentence=read_sentence,
    gates=4,
    sigmoids=(0, 1, 3),
)
