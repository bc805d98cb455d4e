"""What a recurrent cell consists of, and what the cells share.

A cell takes one time step: from a word vector x and the state h to the next state. In Keras's
notation, with W_xh the kernel, W_hh the recurrent kernel and b the bias:

    a = x W_xh + b      for all time steps at once: one matrix product
    z = h W_hh          step by step
    h' = step(a, z, h)

Each cell is written down four times in its file: the Keras cell, which defines it; the recurrence
over packed documents and its gradient, compiled, which train it and which `explain` shows; the
NumPy step, which predicts where loading compiled code takes longer than it saves; and the fused
scan, for a network in Keras. A test compares all four. A cell of your own that is only a callable
from units to a Keras cell works too: Keras then trains it and predicts with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from textseq.compute.compiled_late import compiled_late
from textseq.network.arrays import AnyArray, FloatArray, IntArray, Scan, Tensor
from textseq.network.initializers import glorot_uniform, orthogonal
from textseq.network.lazy_keras import keras, ops
from textseq.registry import Registry

if TYPE_CHECKING:
    from keras import Layer

HALF = np.float32(0.5)


class NumpyStep:
    """One direction's recurrence over the documents of a batch, in place.

    Args:
        kernel: W_hh, multiplied by the cell's `scale`: (units, gates * units).
        bias: The cell's bias, not scaled: (gates * units,) or (2, gates * units).
        scale: See `Cell.scale`.
        documents: Number of documents in the batch.
    """

    def __init__(
        self, kernel: FloatArray, bias: FloatArray, scale: FloatArray, documents: int
    ) -> None:
        self.kernel, self.bias, self.scale = kernel, bias, scale
        self.product = np.empty((documents, kernel.shape[1]), np.float32)
        self.h = np.zeros((documents, len(kernel)), np.float32)

    def __call__(self, x: FloatArray) -> FloatArray:
        """Return the next states of the documents that have not ended: (running, units).

        x is their a, multiplied by `scale`: (running, gates * units). It is overwritten, and may
        become the states.
        """
        raise NotImplementedError

    def begin(self, start: AnyArray) -> None:
        """Start in given states: (1 or 2, documents, units), see `Cell.starting_states`."""
        self.h[...] = start[0]

    def keep(self, documents: IntArray) -> None:
        """Go on with the states of these documents, each as often as it is named."""
        self.h = self.h[documents]

    def recur(self, h: FloatArray) -> FloatArray:
        """Return h W_hh, in memory that the next call overwrites."""
        return np.matmul(h, self.kernel, out=self.product[: len(h)])


Passed = tuple[AnyArray, AnyArray, AnyArray, AnyArray]
"""What a cell's backward pass reads: see `Cell.backward`."""


@dataclass(frozen=True)
class Cell:
    """A recurrent cell. Called with units, it makes the Keras cell.

    Args:
        name: What it is registered and saved as.
        keras_class: Returns the class of the Keras cell, which is made from units and has the
            weights `kernel`, `recurrent_kernel` and `bias`. A function, so that Keras loads late.
        scan: The fused loop over time: from a, (time, batch, gates * units), the mask as float32,
            (time, batch, 1), W_hh and the last bias to all states, (time, batch, units).
        numpy_step: The recurrence for prediction without compiled code.
        forward: The recurrence over packed documents (see `packed_sequence`), compiled: from a,
            (tokens, gates * units), W_hh, the last bias, the steps of a reading (see
            `reading_steps`) and the states in which it starts (see `starting_states`) to all
            states, (tokens + documents that have such a state, units), which are the last, and to
            what the gradient needs besides them. a becomes the gates.
        backward: Backpropagation through time (Werbos 1990), compiled: from `Passed`, which is what
            became of a, the states, what `forward` kept and the state before each token; dL/dh_t
            with other states held constant, a row for each state; W_hh transposed; and the steps.
            It returns dL/da, dL/dz and dL/dc, of a cell with memory. dL/dh_t becomes the whole of
            it, also that by the states in which the reading started.
        gates: The kernels are `gates` times as wide as the state.
        sigmoids: Which of these gates go through a sigmoid; the others go through tanh.
        biases: Number of rows of `bias`: 1, or 2 where the state has a bias of its own.
        has_memory: Whether there is a memory c beside the state.
        starting_bias: The gates whose bias starts at 1, not 0.

    Example:
        >>> from textseq.network.cells import gru
        >>> gru(3).state_size, gru.gates
        (3, 3)
    """

    name: str
    keras_class: Callable[[], type[Layer]]
    scan: Scan
    numpy_step: type[NumpyStep]
    forward: Callable[[AnyArray, AnyArray, AnyArray, IntArray, AnyArray], tuple[AnyArray, AnyArray]]
    backward: Callable[[Passed, AnyArray, AnyArray, IntArray], tuple[AnyArray, AnyArray, AnyArray]]
    gates: int = 1
    sigmoids: tuple[int, ...] = ()
    biases: int = 1
    has_memory: bool = False
    starting_bias: tuple[int, ...] = ()

    def __call__(self, units: int) -> Layer:
        """Return a new Keras cell."""
        return self.keras_class()(units)

    def scale(self, units: int) -> FloatArray:
        """Return what the weights are multiplied by for `numpy_step`: (gates * units,).

        It is 1/2 where a sigmoid follows. sigmoid(x) = (1 + tanh(x / 2)) / 2 cannot overflow, and
        with the halves in the weights all gates go through one call of tanh.
        """
        scale = np.ones((self.gates, units), np.float32)
        scale[list(self.sigmoids)] = HALF
        return scale.reshape(-1)

    def weight_shapes(self, dimension: int, units: int) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the weights, by name, of a cell that reads vectors."""
        width = self.gates * units
        return {
            "kernel": (dimension, width),
            "recurrent_kernel": (units, width),
            "bias": (width,) if self.biases == 1 else (self.biases, width),
        }

    def starting_states(
        self, kernel: AnyArray, h: AnyArray | None = None, c: AnyArray | None = None
    ) -> AnyArray:
        """Return the states in which a reading starts, as `forward` takes them.

        Args:
            kernel: W_hh, whose dtype they get.
            h: The state of each document, the longest first: (documents, units); None for zeros.
            c: Likewise its memory, where the cell has one.

        Returns:
            (1 or 2, documents, units); no documents where they start with zeros.
        """
        if h is None:
            return np.zeros((1 + self.has_memory, 0, len(kernel)), kernel.dtype)
        parts = [h] if not self.has_memory else [h, np.zeros_like(h) if c is None else c]
        return np.stack(parts).astype(kernel.dtype, copy=False)

    def starting_weights(
        self, random: np.random.Generator, dimension: int, units: int
    ) -> dict[str, FloatArray]:
        """Return weights before training, at random as Keras's are; see `weight_shapes`."""
        shapes = self.weight_shapes(dimension, units)
        bias = np.zeros(shapes["bias"], np.float32)
        for gate in self.starting_bias:
            bias[..., gate * units : (gate + 1) * units] = 1
        return {
            "kernel": glorot_uniform(random, shapes["kernel"]),
            "recurrent_kernel": orthogonal(random, shapes["recurrent_kernel"]),
            "bias": bias,
        }

    def can_scan(self, cell: Layer) -> bool:
        """Return whether `scan` computes what this Keras cell does.

        It does for the cell as Keras makes it from units alone.
        """
        default = {
            "use_bias": True,
            "dropout": 0,
            "recurrent_dropout": 0,
            "activation": keras.activations.tanh,
            "recurrent_activation": keras.activations.sigmoid,
            "reset_after": True,
            "compute_dtype": "float32",
        }
        return type(cell) is self.keras_class() and all(
            getattr(cell, name, value) == value for name, value in default.items()
        )


CellFactory = Callable[[int], Any]

CELLS: Registry[CellFactory] = Registry(
    "cell",
    {
        "simple_rnn": "textseq.network.cells.simple_rnn:simple_rnn",
        "gru": "textseq.network.cells.gru:gru",
        "lstm": "textseq.network.cells.lstm:lstm",
    },
)


def scan_of(cell: Layer) -> Scan | None:
    """Return the fused scan for a Keras cell, or None where no registered cell has it."""
    parts = (CELLS.resolve(name) for name in CELLS.names())
    return next((p.scan for p in parts if isinstance(p, Cell) and p.can_scan(cell)), None)


def scan_over_time(
    step: Callable[[Any, Any], Any],
    start: Any,
    inputs: tuple[Tensor, ...],
    *,
    reverse: bool = False,
) -> Any:
    """Return the outputs of `step(carried, inputs of one time) -> (carried, output)` at each time.

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
    flat = tf.nest.flatten(form)
    arrays = [tf.TensorArray(o.dtype, size=time, element_shape=o.shape) for o in flat]
    goes_on = (lambda t, *_: t >= 0) if reverse else (lambda t, *_: t < time)
    *_, arrays = tf.while_loop(goes_on, turn, (first, start, arrays), maximum_iterations=time)
    return tf.nest.pack_sequence_as(form, [array.stack() for array in arrays])


def upstream_gradient(received: tuple[Tensor, ...], upstream: Tensor) -> Tensor:
    """Return the gradient that `ops.custom_gradient` hands over, which differs by backend."""
    return received[0] if upstream is None else upstream


def states_before(states: Tensor) -> Tensor:
    """Return the state that each step started from: zeros, and then all but the last."""
    return ops.concatenate([ops.zeros_like(states[:1]), states[:-1]], axis=0)


def recurrent_kernel_gradient(before: Tensor, dz: Tensor) -> Tensor:
    """Return the gradient of W_hh: the sum over steps and batch of h^T dz."""
    rows = ops.reshape(before, (-1, before.shape[-1]))
    return ops.matmul(ops.transpose(rows), ops.reshape(dz, (-1, dz.shape[-1])))


@compiled_late
def reading_steps(starts: IntArray, reverse: bool, begun: bool = False) -> IntArray:
    """Return the steps in which packed documents are read.

    Args:
        starts: Where each time step begins: (time + 1,).
        reverse: Whether each document is read from its end.
        begun: Whether the documents start in given states, which stand behind all others.

    Returns:
        Of each step: where its tokens begin and end, where those of the step before it begin, and
        how many documents were running then too: int64, (time, 4).
    """
    time = len(starts) - 1
    steps = np.zeros((time, 4), np.int64)
    if begun and time:
        steps[0, 2], steps[0, 3] = starts[time], starts[1]
    for i in range(time):
        t = time - 1 - i if reverse else i
        steps[i, 0], steps[i, 1] = starts[t], starts[t + 1]
        if i > 0:
            before = steps[i - 1]
            steps[i, 2] = before[0]
            steps[i, 3] = min(before[1] - before[0], starts[t + 1] - starts[t])
    return steps


@compiled_late
def previous_states(states: AnyArray, steps: IntArray) -> AnyArray:
    """Return the state that each packed token was read in; zeros where nothing was before it."""
    tokens = 0
    for i in range(len(steps)):
        tokens = max(tokens, steps[i, 1])
    previous = np.zeros((tokens, states.shape[1]), states.dtype)
    for i in range(len(steps)):
        start, last, running = steps[i, 0], steps[i, 2], steps[i, 3]
        previous[start : start + running] = states[last : last + running]
    return previous
