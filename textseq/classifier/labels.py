"""Labels and weights as a caller hands them over, checked once; labels to class ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from textseq.classifier.texts import CheckedTexts, check_texts
from textseq.errors import ArgumentError

Labels = npt.NDArray[Any]
ClassIds = npt.NDArray[np.int64]
DocumentWeights = npt.NDArray[np.float32]
ClassWeight = str | Mapping[Any, float] | None


def check_labelled(texts: Any, labels: Any) -> tuple[CheckedTexts, Labels]:
    """Return texts and labels, one label for each text, and at least one.

    Raises:
        ArgumentError: There are none, or their numbers differ; or the labels are fractions.
    """
    documents, answers = check_texts(texts), _as_array(labels)
    if len(documents) != len(answers):
        raise ArgumentError(
            f"Expected a label for each text. Received {len(documents)} texts and "
            f"{len(answers)} labels."
        )
    if not len(documents):
        raise ArgumentError("Expected texts to learn from. Received none.")
    if answers.ndim != 1 or (answers.dtype.kind == "f" and np.any(answers % 1)):
        raise ArgumentError(
            f"Unknown label type: expected a string or an integer for each text, not a measured "
            f"quantity. Received an array of {answers.dtype}, shape {answers.shape}."
        )
    return documents, answers


def _as_array(labels: Any) -> Labels:
    """Return labels as a NumPy array; Arrow's without a Python string for each."""
    if not isinstance(labels, pa.ChunkedArray | pa.Array):
        return np.asarray(list(labels))
    coded = labels.dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.unify_dictionaries().combine_chunks()
    if isinstance(coded, pa.ChunkedArray):  # pyarrow keeps the chunks of an empty one
        return np.asarray(labels.to_pylist())
    found: Labels = np.asarray(coded.dictionary.to_pylist())[coded.indices.to_numpy()]
    return found


def encode_labels(labels: Labels, classes: Labels) -> ClassIds:
    """Return the position of each label among the sorted `classes`: int64, shape (documents,).

    Raises:
        ArgumentError: A label is not among the classes.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.labels import encode_labels
        >>> encode_labels(np.array(["b", "a", "b"]), np.array(["a", "b"]))
        array([1, 0, 1])
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

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.labels import document_weights
        >>> classes, labels = np.array(["bad", "good"]), np.array([0, 0, 0, 1])
        >>> document_weights(labels, classes, "balanced").round(2).tolist()
        [0.6700000166893005, 0.6700000166893005, 0.6700000166893005, 2.0]
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
    return weights * _class_weights(labels, classes, class_weight)[labels]


def _class_weights(labels: ClassIds, classes: Labels, class_weight: ClassWeight) -> DocumentWeights:
    """Return a weight for each class: float32, shape (classes,)."""
    if class_weight is None:
        return np.ones(len(classes), dtype=np.float32)
    if isinstance(class_weight, Mapping):
        return np.array([class_weight.get(c, 1.0) for c in classes.tolist()], dtype=np.float32)
    if class_weight == "balanced":
        counts = np.bincount(labels, minlength=len(classes))
        present = np.count_nonzero(counts)
        return (len(labels) / (present * np.maximum(counts, 1))).astype(np.float32)
    raise ArgumentError(
        f"`class_weight` must be None, 'balanced' or a weight for each label. "
        f"Received: {class_weight!r}."
    )
