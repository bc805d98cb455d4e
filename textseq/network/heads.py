"""Heads: from the pooled state to an answer, and what training makes of a wrong one.

A task is a head: its output layer, its loss, its metric, and how predictions become labels, for
training, validation, prediction and early stopping alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError
from textseq.network.arrays import AnyArray, BoolArray, FloatArray, IntArray, Tensor
from textseq.network.lazy_keras import keras, ops
from textseq.network.metrics import HALF, MACRO_F1, MACRO_F1_OF_LABELS, Metric
from textseq.registry import Registry

if TYPE_CHECKING:
    from keras import Layer

Float = TypeVar("Float", np.float32, np.float64)

SMALLEST = 1e-30
"""In place of a probability of 0, whose logarithm is not finite."""

NEAREST = 1e-7
"""Of several labels, the least distance of a probability from 0 and 1, whose logits are not finite.

Whatever answers as a trained classifier does, in another format too, must have these two.
"""


@dataclass(frozen=True)
class Head:
    """A head. Called with the number of outputs, it makes the Keras output layer.

    In Keras, `predictions` are a tensor (batch, outputs), and `targets` one of int32, (batch,). In
    NumPy they are float32, (documents, outputs), and int64, (documents,). Where the targets are
    numbers, or 1 for each of several labels and else 0, they have the shape of the predictions.

    Args:
        name: What it is registered and saved as.
        output: From the number of outputs to the Keras layer: a `Dense` one, which makes
            predictions from the pooled state.
        activate: The activation of that layer, in NumPy.
        loss: From targets and predictions to the loss of each document, in Keras: (batch,).
        metric: From targets and predictions to how right each document is, in Keras: (batch,), 1
            for right and 0 for wrong, or an error.
        evaluate: From targets and predictions to the loss and the metric of each document, in
            NumPy: (documents,) each.
        gradient: From targets and predictions to the derivative of each document's loss by the
            input of the activation, in NumPy: (documents, outputs).
        decode: From predictions to the answers, in NumPy: the index of each document's label, or
            which labels it has.
        metric_name: The metric's name in histories, such as `"accuracy"`.
        lower_is_better: Whether of two values of the metric the lower one is better.
        metrics: By name, other metrics by which the best epoch may be chosen; see `all_metrics`.

    Example:
        >>> import numpy as np
        >>> from textseq.network.heads import HEADS
        >>> head = HEADS.resolve("softmax")
        >>> head.decode(head.activate(np.array([[1, 3], [2, 0]], "float32")))
        array([1, 0])
    """

    name: str
    output: Callable[[int], Layer]
    activate: Callable[[FloatArray], FloatArray]
    loss: Callable[[Tensor, Tensor], Tensor]
    metric: Callable[[Tensor, Tensor], Tensor]
    evaluate: Callable[[AnyArray, FloatArray], tuple[AnyArray, AnyArray]]
    gradient: Callable[[AnyArray, FloatArray], FloatArray]
    decode: Callable[[FloatArray], AnyArray]
    metric_name: str = "accuracy"
    lower_is_better: bool = False
    metrics: Mapping[str, Metric] = field(default_factory=dict)

    def __call__(self, outputs: int) -> Layer:
        """Return a new Keras output layer."""
        return self.output(outputs)

    def score(self, targets: AnyArray, predictions: FloatArray) -> tuple[float, float]:
        """Return the mean loss and the mean metric."""
        losses, metrics = self.evaluate(targets, predictions)
        return float(losses.mean()), float(metrics.mean())

    @property
    def all_metrics(self) -> dict[str, Metric]:
        """By name, the metrics by which the best epoch may be chosen: its own, the loss, others."""
        own = Metric(self.metric_name, lambda *both: self.score(*both)[1], self.lower_is_better)
        loss = Metric("loss", lambda *both: self.score(*both)[0], lower_is_better=True)
        return {self.metric_name: own, "loss": loss, **self.metrics}

    def find_metric(self, name: str | None = None) -> Metric:
        """Return one of `all_metrics`; None is the head's own.

        Raises:
            ArgumentError: There is no metric of this name.

        Example:
            >>> from textseq.network.heads import SOFTMAX
            >>> SOFTMAX.find_metric().name, SOFTMAX.find_metric("macro-f1").name
            ('accuracy', 'macro_f1')
        """
        known = self.all_metrics
        name = self.metric_name if name is None else name
        if name not in known:
            raise ArgumentError(
                f"The metric of the head {self.name!r} must be one of {', '.join(known)}. "
                f"Received: {name!r}."
            )
        return known[name]

    def measure(
        self, targets: AnyArray, predictions: FloatArray, metric: Metric
    ) -> dict[str, float]:
        """Return by name the mean loss, the mean metric of the head, and another metric."""
        loss, own = self.score(targets, predictions)
        found = {"loss": loss, self.metric_name: own}
        if metric.name not in found:
            found[metric.name] = metric.score(targets, predictions)
        return found


def softmax(logits: npt.NDArray[Float]) -> npt.NDArray[Float]:
    """Return the probabilities of logits: (documents, classes)."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return cast("npt.NDArray[Float]", raised / raised.sum(axis=1, keepdims=True))


def softmax_output(classes: int) -> Layer:
    """Return the layer from the pooled state to the probability of each class."""
    return keras.layers.Dense(classes, activation="softmax", name="output")


def cross_entropy(targets: Tensor, predictions: Tensor) -> Tensor:
    """Return the negative log-probability of each document's class: (batch,)."""
    return ops.sparse_categorical_crossentropy(targets, predictions)


def is_most_probable(targets: Tensor, predictions: Tensor) -> Tensor:
    """Return where a document's class is the most probable one: bool, (batch,)."""
    return ops.cast(ops.argmax(predictions, axis=-1), targets.dtype) == targets


def evaluate_classes(targets: IntArray, predictions: FloatArray) -> tuple[AnyArray, AnyArray]:
    """Return each document's cross-entropy, and whether its class is the most probable one."""
    right = predictions[np.arange(len(predictions)), targets]
    return -np.log(np.maximum(right, 1e-7)), most_probable(predictions) == targets


def softmax_gradient(targets: IntArray, predictions: FloatArray) -> FloatArray:
    """Return the derivative of the cross-entropy by the logits: p - 1 for the class, else p."""
    gradient = predictions.copy()
    gradient[np.arange(len(predictions)), targets] -= 1
    return gradient


def most_probable(predictions: FloatArray) -> IntArray:
    """Return the index of the most probable class of each document."""
    return cast("IntArray", predictions.argmax(axis=1))


SOFTMAX = Head(
    name="softmax",
    output=softmax_output,
    activate=softmax,
    loss=cross_entropy,
    metric=is_most_probable,
    evaluate=evaluate_classes,
    gradient=softmax_gradient,
    decode=most_probable,
    metrics={"macro-f1": MACRO_F1},
)


def sigmoid(logits: npt.NDArray[Float]) -> npt.NDArray[Float]:
    """Return the probability of each label by itself: (documents, labels)."""
    # Of -|z|, whose exponential is never infinite.
    raised = np.exp(-np.abs(logits))
    return cast("npt.NDArray[Float]", np.where(logits < 0, raised, 1) / (1 + raised))


def sigmoid_output(labels: int) -> Layer:
    """Return the layer from the pooled state to the probability of each label by itself."""
    return keras.layers.Dense(labels, activation="sigmoid", name="output")


def binary_cross_entropy(targets: Tensor, predictions: Tensor) -> Tensor:
    """Return the mean over the labels of their negative log-probabilities: (batch,)."""
    return ops.mean(ops.binary_crossentropy(targets, predictions), axis=-1)


def are_all_right(targets: Tensor, predictions: Tensor) -> Tensor:
    """Return where the labels above one half are those of the document, all of them: (batch,)."""
    return ops.all((predictions > HALF) == (targets > HALF), axis=-1)


def evaluate_labels(targets: FloatArray, predictions: FloatArray) -> tuple[AnyArray, AnyArray]:
    """Return each document's mean binary cross-entropy, and whether all its labels are right.

    The latter is scikit-learn's accuracy of several labels, at a threshold of one half.
    """
    likely = np.where(targets > HALF, predictions, 1 - predictions)
    losses = -np.log(np.maximum(likely, 1e-7)).mean(axis=1)
    return losses, ((predictions > HALF) == (targets > HALF)).all(axis=1)


def binary_cross_entropy_gradient(targets: FloatArray, predictions: FloatArray) -> FloatArray:
    """Return the derivative of the mean binary cross-entropy by the logits: (p - y) / labels."""
    return (predictions - targets) * np.float32(1 / predictions.shape[1])


def above_half(predictions: FloatArray) -> BoolArray:
    """Return which labels are more probable than not: (documents, labels)."""
    return predictions > HALF


SIGMOID = Head(
    name="sigmoid",
    output=sigmoid_output,
    activate=sigmoid,
    loss=binary_cross_entropy,
    metric=are_all_right,
    evaluate=evaluate_labels,
    gradient=binary_cross_entropy_gradient,
    decode=above_half,
    metrics={"macro-f1": MACRO_F1_OF_LABELS},
)


def linear_output(outputs: int) -> Layer:
    """Return the layer from the pooled state to numbers."""
    return keras.layers.Dense(outputs, name="output")


def mean_squared_error(targets: Tensor, predictions: Tensor) -> Tensor:
    """Return the mean over its outputs of each document's squared error: (batch,)."""
    return ops.mean(ops.square(predictions - targets), axis=-1)


def evaluate_numbers(targets: FloatArray, predictions: FloatArray) -> tuple[AnyArray, AnyArray]:
    """Return the mean squared error of each document, as its loss and as its metric."""
    errors = np.square(predictions - targets).mean(axis=1)
    return errors, errors


def squared_error_gradient(targets: FloatArray, predictions: FloatArray) -> FloatArray:
    """Return the derivative of the mean squared error by the predictions."""
    return (predictions - targets) * np.float32(2 / predictions.shape[1])


def unchanged(values: FloatArray) -> FloatArray:
    """Return the values as they are."""
    return values


SQUARED_ERROR = Head(
    name="squared_error",
    output=linear_output,
    activate=unchanged,
    loss=mean_squared_error,
    metric=mean_squared_error,
    evaluate=evaluate_numbers,
    gradient=squared_error_gradient,
    decode=unchanged,
    metric_name="mse",
    lower_is_better=True,
)
HEADS: Registry[Head] = Registry("head")
for _head in (SOFTMAX, SIGMOID, SQUARED_ERROR):
    HEADS.register(_head.name)(_head)
