"""The training step: the loss of a batch and its gradient, compiled once per width of batch.

The weights go in, and their gradient comes out, as one long vector, so that a call carries few
arrays. Where the embedding's vectors go in already gathered, their gradient comes out too: see
`optimizer`. Everything else a network holds (the state of its random numbers, the moving averages
of a normalization) goes in and out beside them, so that the result depends on nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from textseq.compute.aligned import is_aligned
from textseq.errors import ArgumentError
from textseq.network.arrays import AnyArray, FloatArray, Rows
from textseq.network.heads import Head

CompiledStep = Callable[..., Any]
Programs = dict[tuple[int, ...], CompiledStep]
"""Compiled steps by the shape of their first input."""


class TrainStep:
    """Loss and gradient of a Keras model.

    Args:
        model: Takes ids; or vectors and their mask, if `by_vectors`.
        head: Its loss and its metric.
        by_vectors: Whether to return the gradient by the first input too.
        programs: Steps compiled for a model of the same parts and sizes; this one adds its own.

    Attributes:
        fixed: What the model holds beside its trainable weights, as of the last call.
    """

    def __init__(
        self, model: keras.Model, head: Head, *, by_vectors: bool, programs: Programs
    ) -> None:
        self.model, self.head, self.by_vectors = model, head, by_vectors
        self.fixed = [np.array(ops.convert_to_numpy(v)) for v in model.non_trainable_variables]
        self._steps = programs

    def weights(self) -> FloatArray:
        """Return the model's trainable weights as one vector: float32, shape (weights,)."""
        values = [ops.convert_to_numpy(v).ravel() for v in self.model.trainable_variables]
        return np.concatenate(values, dtype=np.float32) if values else np.empty(0, np.float32)

    def assign(self, weights: FloatArray) -> None:
        """Set the model's trainable weights from one vector, and the rest from `fixed`."""
        start = 0
        for variable in self.model.trainable_variables:
            end = start + int(np.prod(variable.shape))
            variable.assign(weights[start:end].reshape(variable.shape))
            start = end
        for variable, value in zip(self.model.non_trainable_variables, self.fixed, strict=True):
            variable.assign(value)

    def __call__(
        self,
        weights: FloatArray,
        inputs: Sequence[AnyArray],
        targets: Rows,
        loss_weights: FloatArray,
    ) -> tuple[float, float, FloatArray, FloatArray | None]:
        """Return the loss, the metric, and the gradient by the weights and by the vectors.

        Args:
            weights: As `weights` returns them.
            inputs: The model's inputs; the first has the shape (batch, time, ...).
            targets: Labels: int32, shape (batch,).
            loss_weights: Factor of each document's loss and metric: float32, shape (batch,).
        """
        shape = inputs[0].shape
        if shape not in self._steps:
            self._steps[shape] = _compiled_step(self.model, self.head, self.by_vectors)
        sums, gradient, vectors, fixed = self._steps[shape](
            weights, self.fixed, inputs, targets, loss_weights
        )
        self.fixed = fixed
        loss, metric = np.asarray(sums).tolist()
        return loss, metric, np.asarray(gradient), None if vectors is None else np.asarray(vectors)


def _compiled_step(model: keras.Model, head: Head, by_vectors: bool) -> CompiledStep:
    """Return the function of one width, compiled when it is first called."""
    backend = keras.backend.backend()
    if backend not in _COMPILERS:
        raise ArgumentError(
            f"textseq trains on Keras's backends {' and '.join(_COMPILERS)}. Received: "
            f"{backend}; set the environment variable KERAS_BACKEND=tensorflow."
        )
    return _COMPILERS[backend](_loss_of(model, head), by_vectors)


def _loss_of(model: keras.Model, head: Head) -> CompiledStep:
    """Return a function to the loss, and to (loss without penalties, metric) and `fixed`."""
    shapes = [tuple(v.shape) for v in model.trainable_variables]

    def loss(
        weights: Any, vectors: Any, rest: Any, fixed: Any, targets: Any, loss_weights: Any
    ) -> Any:
        values, start = [], 0
        for shape in shapes:
            end = start + int(np.prod(shape))
            values.append(ops.reshape(weights[start:end], shape))
            start = end
        given = [vectors, *rest] if rest else vectors
        predictions, fixed, penalties = model.stateless_call(
            values, fixed, given, training=True, return_losses=True
        )
        total = ops.sum(head.loss(targets, predictions) * loss_weights)
        metric = ops.cast(head.metric(targets, predictions), loss_weights.dtype)
        sums = ops.stack([total, ops.sum(metric * loss_weights)])
        return sum(penalties, total), (sums, fixed)

    return loss


def _tensorflow(loss: CompiledStep, by_vectors: bool) -> CompiledStep:
    import tensorflow as tf

    def step(weights: Any, fixed: Any, inputs: Any, targets: Any, loss_weights: Any) -> Any:
        vectors, *rest = inputs
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(weights)
            if by_vectors:
                tape.watch(vectors)
            total, (sums, fixed) = loss(weights, vectors, rest, fixed, targets, loss_weights)
        by = [weights, vectors] if by_vectors else [weights]
        gradient, *others = tape.gradient(total, by, unconnected_gradients="zero")
        return sums, gradient, others[0] if others else None, fixed

    # Keras leaves XLA off on a CPU; it makes a loop over time several times as fast.
    made: list[CompiledStep] = []

    def tensor(array: Any) -> Any:
        # The copy of a batch's vectors would take a quarter of the step.
        if is_aligned(array):
            return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
        return tf.convert_to_tensor(array)

    def run(*given: Any) -> Any:
        tensors = tf.nest.map_structure(tensor, given)
        if not made:
            function = tf.function(step, jit_compile=True, autograph=False)
            try:
                # A call would make TensorFlow warn of retracing, once for each width.
                made.append(function.get_concrete_function(*tensors))
                return made[0](*tensors)
            except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError):
                # XLA cannot compile everything that a user's own part may do.
                made[:] = [tf.function(step, autograph=False)]
        return made[0](*tensors)

    return run


def _jax(loss: CompiledStep, by_vectors: bool) -> CompiledStep:
    import jax

    by = (0, 1) if by_vectors else (0,)

    @jax.jit  # type: ignore[untyped-decorator]
    def step(weights: Any, fixed: Any, inputs: Any, targets: Any, loss_weights: Any) -> Any:
        vectors, *rest = inputs
        (_, (sums, fixed)), (gradient, *others) = jax.value_and_grad(loss, by, has_aux=True)(
            weights, vectors, rest, fixed, targets, loss_weights
        )
        return sums, gradient, others[0] if others else None, fixed

    return lambda weights, fixed, inputs, *rest: step(weights, list(fixed), list(inputs), *rest)


Compiler = Callable[[CompiledStep, bool], CompiledStep]

_COMPILERS: dict[str, Compiler] = {"tensorflow": _tensorflow, "jax": _jax}
