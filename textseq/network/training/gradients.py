"""The loss of a batch and its gradient, as one compiled function per width of batch.

The weights go in, and their gradient comes out, as one long vector, so that a call carries few
arrays. Where the embedding's vectors go in ready gathered, their gradient comes out too: see
`optimizer`. Everything else a network holds (the states of its random numbers, the moving averages
of a normalisation) goes in and out beside them, so a function's result depends on nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from textseq.errors import ArgumentError
from textseq.network.training.aligned import is_aligned

Array = npt.NDArray[np.float32]
Step = Callable[..., Any]
Programs = dict[tuple[int, ...], Step]
"""Compiled steps by the shape of their first input."""


class Gradients:
    """Loss and gradient of a Keras model with an output of class probabilities.

    Args:
        model: Takes ids; or vectors and their mask, if `by_vectors`.
        by_vectors: Whether the gradient by the first input is wanted too.
        programs: Steps that were compiled for a model of the same parts and sizes; those that
            this one adds are there for the next.

    Attributes:
        fixed: What the model holds beside its weights, as of the last call.
    """

    def __init__(self, model: keras.Model, *, by_vectors: bool, programs: Programs) -> None:
        self.model, self.by_vectors = model, by_vectors
        self.fixed = [np.array(ops.convert_to_numpy(v)) for v in model.non_trainable_variables]
        self._steps = programs

    def weights(self) -> Array:
        """Return the model's trainable weights end to end: float32, shape (weights,)."""
        values = [ops.convert_to_numpy(v).ravel() for v in self.model.trainable_variables]
        return np.concatenate(values, dtype=np.float32) if values else np.empty(0, np.float32)

    def assign(self, weights: Array) -> None:
        """Give the model its trainable weights from one long vector, and `fixed`."""
        start = 0
        for variable in self.model.trainable_variables:
            end = start + int(np.prod(variable.shape))
            variable.assign(weights[start:end].reshape(variable.shape))
            start = end
        for variable, value in zip(self.model.non_trainable_variables, self.fixed, strict=True):
            variable.assign(value)

    def __call__(
        self,
        weights: Array,
        inputs: Sequence[npt.NDArray[Any]],
        targets: npt.NDArray[np.int32],
        shares: Array,
    ) -> tuple[float, float, Array, Array | None]:
        """Return loss, weighted hits, and the gradient by the weights and by the vectors.

        Args:
            weights: As `weights` returns them.
            inputs: The model's inputs; the first has the shape (batch, time, ...).
            targets: Class numbers: int32, shape (batch,).
            shares: What each document's loss is multiplied by: float32, shape (batch,).
        """
        shape = inputs[0].shape
        if shape not in self._steps:
            self._steps[shape] = _compiled_step(self.model, self.by_vectors)
        sums, gradient, vectors, fixed = self._steps[shape](
            weights, self.fixed, inputs, targets, shares
        )
        self.fixed = fixed
        loss, hits = np.asarray(sums).tolist()
        return loss, hits, np.asarray(gradient), None if vectors is None else np.asarray(vectors)


def _compiled_step(model: keras.Model, by_vectors: bool) -> Step:
    """Return the function of one width, compiled when it is first called."""
    backend = keras.backend.backend()
    if backend not in _COMPILERS:
        raise ArgumentError(
            f"textseq trains on Keras's backends {' and '.join(_COMPILERS)}. Received: "
            f"{backend}; set the environment variable KERAS_BACKEND=tensorflow."
        )
    return _COMPILERS[backend](_loss_of(model), by_vectors)


def _loss_of(model: keras.Model) -> Step:
    """Return a function to the loss, and besides to (loss without penalties, hits) and `fixed`."""
    shapes = [tuple(v.shape) for v in model.trainable_variables]

    def loss(weights: Any, vectors: Any, rest: Any, fixed: Any, targets: Any, shares: Any) -> Any:
        values, start = [], 0
        for shape in shapes:
            end = start + int(np.prod(shape))
            values.append(ops.reshape(weights[start:end], shape))
            start = end
        given = [vectors, *rest] if rest else vectors
        probabilities, fixed, penalties = model.stateless_call(
            values, fixed, given, training=True, return_losses=True
        )
        each = ops.sparse_categorical_crossentropy(targets, probabilities)
        found = ops.cast(ops.argmax(probabilities, axis=-1), targets.dtype) == targets
        total = ops.sum(each * shares)
        sums = ops.stack([total, ops.sum(ops.cast(found, shares.dtype) * shares)])
        return sum(penalties, total), (sums, fixed)

    return loss


def _tensorflow(loss: Step, by_vectors: bool) -> Step:
    import tensorflow as tf

    def step(weights: Any, fixed: Any, inputs: Any, targets: Any, shares: Any) -> Any:
        vectors, *rest = inputs
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(weights)
            if by_vectors:
                tape.watch(vectors)
            total, (sums, fixed) = loss(weights, vectors, rest, fixed, targets, shares)
        by = [weights, vectors] if by_vectors else [weights]
        gradient, *others = tape.gradient(total, by, unconnected_gradients="zero")
        return sums, gradient, others[0] if others else None, fixed

    # Keras leaves XLA off on a CPU; for a loop over time it is worth several times the speed.
    made: list[Step] = []

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
                # Not by a call, of which TensorFlow would warn that there is one for each width.
                made.append(function.get_concrete_function(*tensors))
                return made[0](*tensors)
            except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError):
                # A part of the user's own may do what XLA cannot compile.
                made[:] = [tf.function(step, autograph=False)]
        return made[0](*tensors)

    return run


def _jax(loss: Step, by_vectors: bool) -> Step:
    import jax

    by = (0, 1) if by_vectors else (0,)

    @jax.jit  # type: ignore[untyped-decorator]
    def step(weights: Any, fixed: Any, inputs: Any, targets: Any, shares: Any) -> Any:
        vectors, *rest = inputs
        (_, (sums, fixed)), (gradient, *others) = jax.value_and_grad(loss, by, has_aux=True)(
            weights, vectors, rest, fixed, targets, shares
        )
        return sums, gradient, others[0] if others else None, fixed

    return lambda weights, fixed, inputs, *rest: step(weights, list(fixed), list(inputs), *rest)


_COMPILERS: dict[str, Callable[[Step, bool], Step]] = {"tensorflow": _tensorflow, "jax": _jax}
