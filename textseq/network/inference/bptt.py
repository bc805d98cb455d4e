"""One sentence through a recurrent cell, and a gradient back through its time steps, in NumPy.

What `recurrence` does in training for batches, compiled, is done here for one sentence in float64
and without Keras, so that the gradient with respect to every state can be looked at. In the
notation of `cells`, with a = x W_xh + b given and z = h W_hh (+ b_2 in a GRU):

    forward    h_t = step(a_t, z_t, h_{t-1})
    backward   dL/dh_t = direct_t + carried_t, with direct_t what the pooling takes from h_t itself,
               and carried_t what comes back from h_{t+1}, by the chain rule

Werbos 1990, "Backpropagation through time".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Gradients:
    """The gradient of some number L with respect to the states of a sentence.

    Args:
        states: dL/dh_t, with all that h_t has an effect on: (time, units).
        carried: The part of it that came back through later states: (time, units).
        memories: dL/dc_t of an LSTM's memory, of which h_t is made; else None.
    """

    states: Array
    carried: Array
    memories: Array | None = None


@dataclass(frozen=True)
class Trace:
    """A sentence that was read.

    Args:
        states: h_t: (time, units).
        back: From what the pooling takes from each state, dL/dh_t with later states held still,
            (time, units), to the whole gradient.
    """

    states: Array
    back: Callable[[Array], Gradients]


Reader = Callable[[Array, Array, Array], Trace]


def simple_rnn(inputs: Array, kernel: Array, bias: Array) -> Trace:
    """Read with the cell h' = tanh(a + h W).

    Args:
        inputs: a of each step: (time, units).
        kernel: W: (units, units).
        bias: Not used: this cell has one bias, which is in `inputs`.

    Example:
        >>> import numpy as np
        >>> from textseq.network.inference.bptt import simple_rnn
        >>> trace = simple_rnn(np.zeros((3, 1)), np.array([[0.5]]), np.zeros(1))
        >>> trace.back(np.array([[0.0], [0.0], [1.0]])).states.ravel()
        array([0.25, 0.5 , 1.  ])
    """
    states = np.empty((len(inputs), len(kernel)))
    h = np.zeros(len(kernel))
    for t, a in enumerate(inputs):
        states[t] = h = np.tanh(a + h @ kernel)

    def back(direct: Array) -> Gradients:
        carried = np.zeros_like(direct)
        for t in range(len(direct) - 1, 0, -1):
            da = (1 - states[t] ** 2) * (direct[t] + carried[t])
            carried[t - 1] = kernel @ da
        return Gradients(direct + carried, carried)

    return Trace(states, back)


def gru(inputs: Array, kernel: Array, bias: Array) -> Trace:
    """Read with Keras's `reset_after=True` form: h' = u h + (1 - u) tanh(a_n + r z_n).

    Args:
        inputs: a of each step, for update, reset and proposal: (time, 3 units).
        kernel: W: (units, 3 units).
        bias: The second bias, the state's: (3 units,).

    Example:
        >>> import numpy as np
        >>> from textseq.network.inference.bptt import gru
        >>> trace = gru(np.zeros((3, 3)), np.zeros((1, 3)), np.zeros(3))  # u = 1/2
        >>> trace.back(np.array([[0.0], [0.0], [1.0]])).states.ravel()
        array([0.25, 0.5 , 1.  ])
    """
    time, units = len(inputs), len(kernel)
    states, kept = np.empty((time, units)), np.empty((time, 4, units))
    h = np.zeros(units)
    for t, a in enumerate(inputs):
        z = h @ kernel + bias
        u, r = sigmoid(a[: 2 * units] + z[: 2 * units]).reshape(2, units)
        n = np.tanh(a[2 * units :] + r * z[2 * units :])
        kept[t] = u, r, n, z[2 * units :]
        states[t] = h = u * h + (1 - u) * n

    def back(direct: Array) -> Gradients:
        carried = np.zeros_like(direct)
        for t in range(time - 1, 0, -1):
            d = direct[t] + carried[t]
            u, r, n, z_n = kept[t]
            du = (states[t - 1] - n) * u * (1 - u) * d
            dn = (1 - u) * (1 - n**2) * d
            dr = dn * z_n * r * (1 - r)
            carried[t - 1] = kernel @ np.concatenate([du, dr, dn * r]) + u * d
        return Gradients(direct + carried, carried)

    return Trace(states, back)


def lstm(inputs: Array, kernel: Array, bias: Array) -> Trace:
    """Read with the cell c' = f c + i g, h' = o tanh(c'), with i, f, g, o the parts of a + h W.

    Args:
        inputs: a of each step: (time, 4 units).
        kernel: W: (units, 4 units).
        bias: Not used: this cell has one bias, which is in `inputs`.

    Example:
        >>> import numpy as np
        >>> from textseq.network.inference.bptt import lstm
        >>> trace = lstm(np.zeros((3, 4)), np.zeros((1, 4)), np.zeros(1))  # all gates 1/2
        >>> trace.back(np.array([[0.0], [0.0], [1.0]])).memories.ravel()
        array([0.125, 0.25 , 0.5  ])
    """
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

    def back(direct: Array) -> Gradients:
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
        return Gradients(direct + carried, carried, memories)

    return Trace(states, back)


READERS: dict[str, Reader] = {"simple_rnn": simple_rnn, "gru": gru, "lstm": lstm}


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)), in a form that cannot overflow.

    Example:
        >>> import numpy as np
        >>> from textseq.network.inference.bptt import sigmoid
        >>> sigmoid(np.array([0.0, -1e9]))
        array([0.5, 0. ])
    """
    half: Array = (1 + np.tanh(x / 2)) / 2
    return half
