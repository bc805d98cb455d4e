"""The weight of each document in the loss: of its class, and of its own."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.classifier.labels import ClassIds, Labels
from textseq.compute.settings import shown
from textseq.errors import ArgumentError

_log = logging.getLogger(__name__)

DocumentWeights = npt.NDArray[np.float32]
ClassWeight = str | Mapping[Any, float] | None

HEAVIEST = 1e9
"""The largest weight of a text: sums of larger ones exceed 32-bit floats."""


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
    weights = np.ones(len(labels))
    if sample_weight is not None:
        try:
            weights = np.asarray(sample_weight, dtype=np.float64)
        except (TypeError, ValueError):
            raise ArgumentError(
                f"`sample_weight` must hold numbers. Received: {shown(sample_weight)}."
            ) from None
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
    if weights.max(initial=0) > HEAVIEST:
        raise ArgumentError(
            f"`class_weight` and `sample_weight` give a text the weight "
            f"{weights.max():g}; expected weights of at most {HEAVIEST:g}."
        )
    if not weights.any():
        raise ArgumentError(
            "`class_weight` and `sample_weight` leave no text a weight above 0; expected one."
        )
    return weights.astype(np.float32)


def _class_weights(
    labels: ClassIds, classes: Labels, class_weight: ClassWeight
) -> npt.NDArray[np.float64]:
    """Return a weight for each class: shape (classes,)."""
    if class_weight is None:
        return np.ones(len(classes))
    if isinstance(class_weight, Mapping):
        if unknown := [label for label in class_weight if label not in classes.tolist()]:
            _log.warning(
                "`class_weight` has a weight for %s, which no text has as its label; of labels "
                "that it does not name, the weight is 1.",
                shown(unknown[0]),
            )
        return np.array([class_weight.get(c, 1.0) for c in classes.tolist()])
    if class_weight == "balanced":
        counts = np.bincount(labels, minlength=len(classes))
        present = np.count_nonzero(counts)
        return len(labels) / (present * np.maximum(counts, 1))
    raise ArgumentError(
        f"`class_weight` must be None, 'balanced' or a weight for each label. "
        f"Received: {shown(class_weight)}."
    )
