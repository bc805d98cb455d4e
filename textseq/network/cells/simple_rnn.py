"""The simple recurrent cell of the textbooks (Elman 1990): h' = tanh(x W_xh + h W_hh + b)."""

from __future__ import annotations

from typing import Any

import numpy as np

from textseq.network.arrays import DoubleArray, FloatArray, Tensor
from textseq.network.cells.base import (
    Cell,
    ForwardPass,
    NumpyStep,
    StateGradients,
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

    def __call__(self, x: FloatArray) -> FloatArray:
        """Return the next states."""
        if self.started:  # the first state is zeros, which add nothing
            x += self.recur(self.h[: len(x)])
        self.started, self.h = True, np.tanh(x, out=x)
        return self.h


def read_sentence(inputs: DoubleArray, kernel: DoubleArray, bias: DoubleArray) -> ForwardPass:
    """Read one sentence; see `Cell.read_sentence`."""
    states = np.empty((len(inputs), len(kernel)))
    h = np.zeros(len(kernel))
    for t, a in enumerate(inputs):
        states[t] = h = np.tanh(a + h @ kernel)

    def backward(direct: DoubleArray) -> StateGradients:
        carried = np.zeros_like(direct)
        for t in range(len(direct) - 1, 0, -1):
            da = (1 - states[t] ** 2) * (direct[t] + carried[t])
            carried[t - 1] = kernel @ da
        return StateGradients(direct + carried, carried)

    return ForwardPass(states, backward)


simple_rnn = Cell(
    name="simple_rnn",
    keras_class=keras_class,
    scan=scan,
    numpy_step=SimpleRNNStep,
    read_sentence=read_sentence,
)
