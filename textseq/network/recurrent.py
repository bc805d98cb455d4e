"""A recurrent layer whose loop over time does nothing but what must wait for the step before.

`keras.layers.RNN` multiplies each token's vector by the input weights inside the loop, and its
gradient sums those weights' gradient there too. Both are one large matrix product over all time
steps at once. Left in the loop is h W_hh and the cell's elementwise part; on the way back, the
gradient of that part and its product with W_hh transposed. With a compiler (XLA) the loop is a few
instructions. The gradients are written out by hand, and a test holds them against Keras's.

In the notation of `cells`, with a = x W_xh + b given, m the mask, z = h W_hh (+ b_2 in a GRU):

    forward    h_t = m step(a_t, z_t, h_{t-1}) + (1 - m) h_{t-1}
    backward   (da_t, dz_t, dh_{t-1}) from dh_t; dh_{t-1} += dz_t W_hh^T; dW_hh = sum h_{t-1}^T dz_t

Werbos 1990, "Backpropagation through time". All sequences here are time-major: (time, batch, ...).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

Tensor = Any
Scan = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
Step = Callable[[Any, Any], Any]


class Recurrent(keras.layers.RNN):  # type: ignore[misc]  # Keras is untyped
    """`keras.layers.RNN(cell, return_sequences=True)`, quicker for the cells it knows.

    Those are Keras's own three as its layers make them, without dropout inside the cell; for any
    other cell this is the Keras layer itself.

    Example:
        >>> import keras
        >>> from textseq.network.recurrent import Recurrent
        >>> Recurrent(keras.layers.GRUCell(4)).compute_output_shape((None, 7, 5))
        (None, 7, 4)
    """

    def __init__(self, cell: keras.Layer, **kwargs: Any) -> None:
        super().__init__(cell, return_sequences=True, **kwargs)

    def call(
        self,
        sequences: Tensor,
        initial_state: Any = None,
        mask: Tensor = None,
        training: bool = False,
    ) -> Tensor:
        """Return the state after each token: (batch, time, units)."""
        scan = scan_of(self.cell)
        if scan is None or initial_state is not None:
            return super().call(sequences, initial_state, mask, training)
        cell = self.cell
        # A GRU has two biases: the second is the state's.
        two = len(cell.bias.shape) == 2
        bias, second = (cell.bias[0], cell.bias[1]) if two else (cell.bias, cell.bias)
        kept = ops.ones(ops.shape(sequences)[:2]) if mask is None else mask
        # Time first: what the loop reads in one step is then one block of memory.
        batch, time, dimension = ops.shape(sequences)
        # As one product of two matrices: TensorFlow would make a small one for each document.
        flat = ops.matmul(ops.reshape(sequences, (-1, dimension)), cell.kernel) + bias
        inputs = ops.transpose(ops.reshape(flat, (batch, time, flat.shape[-1])), (1, 0, 2))
        kept = ops.transpose(ops.cast(kept, inputs.dtype))[..., None]
        if self.go_backwards:
            inputs, kept = ops.flip(inputs, axis=0), ops.flip(kept, axis=0)
        # Copies, since a gradient by hand is one by tensors and not by variables.
        states = scan(inputs, kept, ops.copy(cell.recurrent_kernel), ops.copy(second))
        return ops.transpose(states, (1, 0, 2))


def scan_of(cell: keras.Layer) -> Scan | None:
    """Return the quick loop for a cell, or None where the cell is not one of the known forms.

    Example:
        >>> import keras
        >>> from textseq.network.recurrent import scan_of
        >>> scan_of(keras.layers.LSTMCell(4)) is None, scan_of(keras.layers.LSTMCell(4, "relu"))
        (False, None)
    """
    scan = _SCANS.get(type(cell))
    known = (
        scan is not None
        and cell.use_bias
        and not cell.dropout
        and not cell.recurrent_dropout
        and cell.activation is keras.activations.tanh
        and getattr(cell, "recurrent_activation", keras.activations.sigmoid)
        is keras.activations.sigmoid
        and getattr(cell, "reset_after", True)
        and cell.compute_dtype == "float32"
    )
    return scan if known else None


def simple_rnn_scan(inputs: Tensor, kept: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
    """Run the cell h' = tanh(a + h W).

    Args:
        inputs: a of each step: (time, batch, units).
        kept: 1 where there is a token, 0 on padding: (time, batch, 1).
        kernel: W_hh: (units, units).
        bias: Not used: this cell has one bias, which is in `inputs`.

    Returns:
        The state after each step: (time, batch, units).
    """

    @ops.custom_gradient  # type: ignore[untyped-decorator]  # Keras is untyped
    def run(inputs: Tensor, kept: Tensor, kernel: Tensor) -> Tensor:
        def step(h: Tensor, now: Any) -> Any:
            a, m = now
            h = h + m * (ops.tanh(a + ops.matmul(h, kernel)) - h)
            return h, h

        states = _scan(step, ops.zeros_like(inputs[0]), (inputs, kept))

        def gradient(*received: Tensor, upstream: Tensor = None) -> Any:
            ds = received[0] if upstream is None else upstream  # Keras's backends differ in this
            transposed = ops.transpose(kernel)
            # Of tanh, which is the state itself where there is a token.
            slope = kept * (1 - states * states)

            def back(carried: Tensor, now: Any) -> Any:
                d, m, s = now
                d = d + carried
                da = s * d
                return ops.matmul(da, transposed) + (1 - m) * d, da

            da = _scan(back, ops.zeros_like(inputs[0]), (ds, kept, slope), reverse=True)
            return da, ops.zeros_like(kept), _weights(_before(states), da)

        return states, gradient

    return run(inputs, kept, kernel)


def gru_scan(inputs: Tensor, kept: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
    """Run Keras's `reset_after=True` form: h' = u h + (1 - u) tanh(a_n + r z_n), z = h W + b.

    Args:
        inputs: a of each step, for update, reset and proposal: (time, batch, 3 units).
        kept: As for `simple_rnn_scan`.
        kernel: W_hh: (units, 3 units).
        bias: The second bias: (3 units,).

    Returns:
        The state after each step: (time, batch, units).
    """

    @ops.custom_gradient  # type: ignore[untyped-decorator]  # Keras is untyped
    def run(inputs: Tensor, kept: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
        def step(h: Tensor, now: Any) -> Any:
            a, m = now
            u, _r, n, _z = _gru_gates(a, ops.matmul(h, kernel) + bias)
            h = h + m * (u * h + (1 - u) * n - h)
            return h, h

        start = ops.zeros_like(inputs[0][:, : kernel.shape[0]])
        states = _scan(step, start, (inputs, kept))

        def gradient(*received: Tensor, upstream: Tensor = None) -> Any:
            ds = received[0] if upstream is None else upstream  # Keras's backends differ in this
            transposed, before = ops.transpose(kernel), _before(states)
            u, r, n, z = _gru_gates(inputs, ops.matmul(before, kernel) + bias)
            # What a unit of dh' is worth to the update gate and to the proposal, and to the reset
            # gate by way of the proposal: all steps at once.
            to_u = kept * (before - n) * u * (1 - u)
            to_n = kept * (1 - u) * (1 - n * n)
            to_r = to_n * z * r * (1 - r)
            stays = kept * u + (1 - kept)

            def back(carried: Tensor, now: Any) -> Any:
                d, to_u, to_r, to_n, r, stays = now
                d = d + carried
                du, dr, dn = to_u * d, to_r * d, to_n * d
                dz = ops.concatenate([du, dr, dn * r], axis=-1)
                return ops.matmul(dz, transposed) + stays * d, (du, dr, dn)

            steps = (ds, to_u, to_r, to_n, r, stays)
            du, dr, dn = _scan(back, ops.zeros_like(start), steps, reverse=True)
            da = ops.concatenate([du, dr, dn], axis=-1)
            dz = ops.concatenate([du, dr, dn * r], axis=-1)
            return da, ops.zeros_like(kept), _weights(before, dz), ops.sum(dz, axis=(0, 1))

        return states, gradient

    return run(inputs, kept, kernel, bias)


def lstm_scan(inputs: Tensor, kept: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
    """Run the cell c' = f c + i g, h' = o tanh(c'), with i, f, g, o the parts of a + h W.

    Args:
        inputs: a of each step, in Keras's order of i, f, g, o: (time, batch, 4 units).
        kept: As for `simple_rnn_scan`.
        kernel: W_hh: (units, 4 units).
        bias: Not used: this cell has one bias, which is in `inputs`.

    Returns:
        The output h after each step: (time, batch, units).
    """

    @ops.custom_gradient  # type: ignore[untyped-decorator]  # Keras is untyped
    def run(inputs: Tensor, kept: Tensor, kernel: Tensor) -> Tensor:
        def step(state: Any, now: Any) -> Any:
            (h, c), (a, m) = state, now
            i, f, g, o = _lstm_gates(a + ops.matmul(h, kernel))
            new = f * c + i * g
            h, c = h + m * (o * ops.tanh(new) - h), c + m * (new - c)
            return (h, c), (h, c)

        zeros = ops.zeros_like(inputs[0][:, : kernel.shape[0]])
        states, memories = _scan(step, (zeros, zeros), (inputs, kept))

        def gradient(*received: Tensor, upstream: Tensor = None) -> Any:
            ds = received[0] if upstream is None else upstream  # Keras's backends differ in this
            transposed, before, remembered = (
                ops.transpose(kernel),
                _before(states),
                _before(memories),
            )
            i, f, g, o = _lstm_gates(inputs + ops.matmul(before, kernel))
            seen = ops.tanh(memories)
            # What a unit of dh' is worth to o and to c', and one of dc' to i, f and g.
            to_o, to_c = kept * seen * o * (1 - o), kept * o * (1 - seen * seen)
            to_i, to_f = g * i * (1 - i), remembered * f * (1 - f)
            to_g = i * (1 - g * g)

            def back(carried: Any, now: Any) -> Any:
                dh, dc = carried
                d, m, to_o, to_c, to_i, to_f, to_g, f = now
                dh = dh + d
                new = m * dc + to_c * dh
                da = ops.concatenate([new * to_i, new * to_f, new * to_g, dh * to_o], axis=-1)
                return (ops.matmul(da, transposed) + (1 - m) * dh, new * f + (1 - m) * dc), da

            steps = (ds, kept, to_o, to_c, to_i, to_f, to_g, f)
            da = _scan(back, (zeros, zeros), steps, reverse=True)
            return da, ops.zeros_like(kept), _weights(before, da)

        return states, gradient

    return run(inputs, kept, kernel)


_SCANS: dict[type, Scan] = {
    keras.layers.SimpleRNNCell: simple_rnn_scan,
    keras.layers.GRUCell: gru_scan,
    keras.layers.LSTMCell: lstm_scan,
}


def _scan(step: Step, start: Any, inputs: tuple[Tensor, ...], *, reverse: bool = False) -> Any:
    """Return what `step(carried, inputs now) -> (carried, output)` puts out at each time.

    With TensorFlow, `keras.ops.scan` takes no outputs of another shape than what is carried, and
    carries by way of arrays, which XLA compiles to twice the work.
    """
    if keras.backend.backend() != "tensorflow":
        return ops.scan(step, start, inputs, reverse=reverse)[1]
    import tensorflow as tf

    time = inputs[0].shape[0]
    first = time - 1 if reverse else 0

    def turn(t: Tensor, carried: Any, arrays: list[Any]) -> Any:
        carried, out = step(carried, tuple(each[t] for each in inputs))
        written = [a.write(t, o) for a, o in zip(arrays, tf.nest.flatten(out), strict=True)]
        return t - 1 if reverse else t + 1, carried, written

    form = step(start, tuple(each[first] for each in inputs))[1]  # only its shapes are used
    arrays = [
        tf.TensorArray(o.dtype, size=time, element_shape=o.shape) for o in tf.nest.flatten(form)
    ]
    *_, arrays = tf.while_loop(
        lambda t, *_: t >= 0 if reverse else t < time,
        turn,
        (first, start, arrays),
        maximum_iterations=time,
    )
    return tf.nest.pack_sequence_as(form, [array.stack() for array in arrays])


def _gru_gates(a: Tensor, z: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return update, reset, proposal, and the proposal's part of z."""
    a_u, a_r, a_n = ops.split(a, 3, axis=-1)
    z_u, z_r, z_n = ops.split(z, 3, axis=-1)
    reset = ops.sigmoid(a_r + z_r)
    return ops.sigmoid(a_u + z_u), reset, ops.tanh(a_n + reset * z_n), z_n


def _lstm_gates(a: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return i, f, g and o."""
    i, f, g, o = ops.split(a, 4, axis=-1)
    return ops.sigmoid(i), ops.sigmoid(f), ops.tanh(g), ops.sigmoid(o)


def _before(states: Tensor) -> Tensor:
    """Return the state that each step started from: zeros, and then all but the last."""
    return ops.concatenate([ops.zeros_like(states[:1]), states[:-1]], axis=0)


def _weights(before: Tensor, dz: Tensor) -> Tensor:
    """Return the gradient of W_hh: the sum over steps and batch of h^T dz."""
    rows = ops.reshape(before, (-1, before.shape[-1]))
    return ops.matmul(ops.transpose(rows), ops.reshape(dz, (-1, dz.shape[-1])))
