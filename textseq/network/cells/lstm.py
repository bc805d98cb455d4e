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

    def keep(self, documents: IntArray) -> None:
        """Go on with the states of these documents."""
        super().keep(documents)
        self.memory = self.memory[documents]

    def begin(self, start: AnyArray) -> None:
        """Start in given states and memories; see `NumpyStep.begin`."""
        super().begin(start)
        self.memory[...] = start[1]

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


@compiled_late
def forward(
    inputs: AnyArray, kernel: AnyArray, bias: AnyArray, steps: IntArray, start: AnyArray
) -> tuple[AnyArray, AnyArray]:
    """Read packed documents; see `Cell.forward`. The inputs become the gates; c' is kept."""
    units, half = len(kernel), np.float32(0.5)
    states = np.empty((len(inputs) + start.shape[1], units), inputs.dtype)
    memories = np.empty_like(states)
    states[len(inputs) :], memories[len(inputs) :] = start[0], start[1]
    product, none = np.empty_like(inputs), np.zeros(units, inputs.dtype)
    for i in range(len(steps)):
        first, end, last, running = steps[i, 0], steps[i, 1], steps[i, 2], steps[i, 3]
        multiply(states[last : last + running], kernel, product[:running])
        product[running : end - first] = 0
        for d in range(end - first):
            a, z, h, c = inputs[first + d], product[d], states[first + d], memories[first + d]
            before = memories[last + d] if d < running else none
            for j in range(2 * units):
                a[j] = half + half * tanh(half * (a[j] + z[j]))
            for j in range(2 * units, 3 * units):
                a[j] = tanh(a[j] + z[j])
            for j in range(3 * units, 4 * units):
                a[j] = half + half * tanh(half * (a[j] + z[j]))
            for j in range(units):
                c[j] = a[units + j] * before[j] + a[j] * a[2 * units + j]
                h[j] = a[3 * units + j] * tanh(c[j])
    return states, memories


@compiled_late
def backward(
    passed: tuple[AnyArray, AnyArray, AnyArray, AnyArray],
    gradients: AnyArray,
    transposed: AnyArray,
    steps: IntArray,
) -> tuple[AnyArray, AnyArray, AnyArray]:
    """Follow the gradient back; see `Cell.backward`. That by the memories comes last."""
    gates, states, memories, _ = passed
    units, one = states.shape[1], np.float32(1)
    by_inputs, by_memories = np.empty_like(gates), np.zeros_like(states)
    product, none = np.empty_like(states), np.zeros(units, states.dtype)
    for i in range(len(steps) - 1, -1, -1):
        first, end, last, running = steps[i, 0], steps[i, 1], steps[i, 2], steps[i, 3]
        for k in range(first, end):
            g, da, dc = gates[k], by_inputs[k], by_memories[k]
            before = memories[last + k - first] if k - first < running else none
            for j in range(units):
                i_, f, n, o = g[j], g[units + j], g[2 * units + j], g[3 * units + j]
                seen, whole = tanh(memories[k, j]), gradients[k, j]
                dc[j] += whole * o * (one - seen * seen)
                da[j] = dc[j] * n * i_ * (one - i_)
                da[units + j] = dc[j] * before[j] * f * (one - f)
                da[2 * units + j] = dc[j] * i_ * (one - n * n)
                da[3 * units + j] = whole * seen * o * (one - o)
        multiply(by_inputs[first : first + running], transposed, product[:running])
        for d in range(running):
            for j in range(units):
                gradients[last + d, j] += product[d, j]
                by_memories[last + d, j] = gates[first + d, units + j] * by_memories[first + d, j]
    return by_inputs, by_inputs, by_memories


lstm = Cell(
    name="lstm",
    keras_class=keras_class,
    scan=scan,
    numpy_step=LSTMStep,
    forward=forward,
    backward=backward,
    has_memory=True,
    starting_bias=(1,),
    gates=4,
    sigmoids=(0, 1, 3),
)
