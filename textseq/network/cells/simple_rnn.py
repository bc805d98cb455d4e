"""The simple recurrent cell of the textbooks (Elman 1990): h' = tanh(x W_xh + h W_hh + b)."""

from __future__ import annotations

from typing import Any

import numpy as np

from textseq.compute.compiled_late import compiled_late
from textseq.compute.vector_math import multiply, tanh
from textseq.network.arrays import AnyArray, FloatArray, IntArray, Tensor
from textseq.network.cells.base import (
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
    return keras.layers.SimpleRNNCell


def scan(inputs: Tensor, mask: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
    """Read a batch; see `Cell.scan`. The bias is in `inputs` already."""

    def run(inputs: Tensor, mask: Tensor, kernel: Tensor) -> Tensor:
        def step(h: Tensor, now: Any) -> Any:
            a, m = now
            h = h + m * (ops.tanh(a + ops.matmul(h, kernel)) - h)
            return h, h

        states = scan_over_time(step, ops.zeros_like(inputs[0]), (inputs, mask))

        def gradient(*received: Tensor, upstream: Tensor = None) -> Any:
            ds = upstream_gradient(received, upstream)
            transposed = ops.transpose(kernel)
            # Of tanh, which is the state itself where there is a token.
            slope = mask * (1 - states * states)

            def back(carried: Tensor, now: Any) -> Any:
                d, m, s = now
                d = d + carried
                da = s * d
                return ops.matmul(da, transposed) + (1 - m) * d, da

            da = scan_over_time(back, ops.zeros_like(inputs[0]), (ds, mask, slope), reverse=True)
            return da, ops.zeros_like(mask), recurrent_kernel_gradient(states_before(states), da)

        return states, gradient

    return ops.custom_gradient(run)(inputs, mask, kernel)


class SimpleRNNStep(NumpyStep):
    """The recurrence for prediction; see `NumpyStep`."""

    started = False

    def begin(self, start: AnyArray) -> None:
        """Start in given states; see `NumpyStep.begin`."""
        super().begin(start)
        self.started = True

    def __call__(self, x: FloatArray) -> FloatArray:
        """Return the next states."""
        if self.started:  # the first state is zeros, which add nothing
            x += self.recur(self.h[: len(x)])
        self.started, self.h = True, np.tanh(x, out=x)
        return self.h


@compiled_late
def forward(
    inputs: AnyArray, kernel: AnyArray, bias: AnyArray, steps: IntArray, start: AnyArray
) -> tuple[AnyArray, AnyArray]:
    """Read packed documents; see `Cell.forward`. The inputs become the states."""
    states = inputs
    if start.shape[1]:
        states = np.concatenate((inputs, start[0]))
    product = np.empty_like(inputs)
    for i in range(len(steps)):
        first, end, before, running = steps[i, 0], steps[i, 1], steps[i, 2], steps[i, 3]
        h = states[first:end]
        multiply(states[before : before + running], kernel, product[:running])
        for d in range(running):
            for j in range(h.shape[1]):
                h[d, j] = tanh(h[d, j] + product[d, j])
        for d in range(running, len(h)):
            for j in range(h.shape[1]):
                h[d, j] = tanh(h[d, j])
    return states, states


@compiled_late
def backward(
    passed: tuple[AnyArray, AnyArray, AnyArray, AnyArray],
    gradients: AnyArray,
    transposed: AnyArray,
    steps: IntArray,
) -> tuple[AnyArray, AnyArray, AnyArray]:
    """Follow the gradient back; see `Cell.backward`."""
    gates, states, _, _ = passed
    one, by_inputs, product = np.float32(1), np.empty_like(gates), np.empty_like(gates)
    for i in range(len(steps) - 1, -1, -1):
        first, end, before, running = steps[i, 0], steps[i, 1], steps[i, 2], steps[i, 3]
        for n in range(first, end):
            for j in range(states.shape[1]):
                h = states[n, j]
                by_inputs[n, j] = (one - h * h) * gradients[n, j]
        multiply(by_inputs[first : first + running], transposed, product[:running])
        for d in range(running):
            for j in range(states.shape[1]):
                gradients[before + d, j] += product[d, j]
    return by_inputs, by_inputs, by_inputs


simple_rnn = Cell(
    name="simple_rnn",
    keras_class=keras_class,
    scan=scan,
    numpy_step=SimpleRNNStep,
    forward=forward,
    backward=backward,
)
