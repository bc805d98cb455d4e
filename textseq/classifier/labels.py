"""Labels to class ids, and the weight of each document in the loss."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError

Labels = npt.NDArray[Any]
ClassIds = npt.NDArray[np.int64]
DocumentWeights = npt.NDArray[np.float32]
ClassWeight = str | Mapping[Any, float] | None


def encode_labels(labels: Labels, classes: Labels) -> ClassIds:
    """Return the position of each label among the sorted `classes`: int64, shape (documents,).

    Raises:
        ArgumentError: A label is not among the classes.
    """
    unknown = np.setdiff1d(labels, classes)
    if len(unknown):
        raise ArgumentError(
            f"The validation texts have labels that the training texts do not have: "
            f"{', '.join(map(str, unknown[:5]))}."
        )
    return np.searchsorted(classes, labels).astype(np.int64)


def document_weights(
    labels: ClassIds,
    classes: Labels,
    class_weight: ClassWeight = None,
    sample_weight: npt.ArrayLike | None = None,
) -> DocumentWeights:
    """Return the weight of each document in the loss: float32, shape (documents,).

    Args:
        labels: The class id of each document.
        classes: The classes.
        class_weight: None for 1; a weight for each class; or `"balanced"`, with which all classes
            weigh the same: n / (classes * n_class), King and Zeng 2001, as in scikit-learn.
        sample_weight: A further factor for each document.

    Raises:
        ArgumentError: There are not as many weights as documents, or `class_weight` is unknown.
    """
    weights = np.ones(len(labels), dtype=np.float32)
    if sample_weight is not None:
        weights = np.asarray(sample_weight, dtype=np.float32)
        if weights.shape != labels.shape:
            raise ArgumentError(
                f"`sample_weight` must hold a weight for each of {len(labels)} texts. Received "
                f"an array of shape {weights.shape}."
            )
        if not np.isfinite(weights).all() or weights.min() < 0 or not weights.any():
            raise ArgumentError(
                f"`sample_weight` must hold weights of 0 or more, and not only zeros. Received "
                f"weights from {weights.min()} to {weights.max()}."
            )
    weights = weights * _class_weights(labels, classes, class_weight)[labels]
    if not weights.any():
        raise ArgumentError(
            "`class_weight` and `sample_weight` leave no text a weight above 0; expected one."
        )
    return weights


def _class_weights(labels: ClassIds, classes: Labels, class_weight: ClassWeight) -> DocumentWeights:
    """Return a weight for each class: float32, shape (classes,)."""
    if class_weight is None:
        return np.ones(len(classes), dtype=np.float32)
    if isinstance(class_weight, Mapping):
        each = {label: class_weight.get(label, 1.0) for label in classes.tolist()}
        for label, weight in each.items():
            if not isinstance(weight, Real) or not 0 <= weight < math.inf:
                raise ArgumentError(
                    f"`class_weight` must hold finite weights of 0 or more. Received: {weight!r} "
                    f"for the label {label!r}."
                )
        return np.array([*each.values()], dtype=np.float32)
    if class_weight == "balanced":
        counts = np.bincount(labels, minlength=len(classes))
        present = np.count_nonzero(counts)
        return (len(labels) / (present * np.maximum(counts, 1))).astype(np.float32)
    raise ArgumentError(
        f"`class_weight` must be None, 'balanced' or a weight for each label. "
        f"Received: {class_weight!r}."
    )
