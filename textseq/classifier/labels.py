"""Labels into class numbers, and what each document counts for.

Whatever a caller hands over as texts, labels and weights is checked here, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from textseq.errors import ArgumentError
from textseq.sequences.sequences import Sequences

Labels = npt.NDArray[Any]
Targets = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float32]
ClassWeight = str | Mapping[Any, float] | None


def check_texts(texts: Iterable[str] | Sequences) -> list[str] | Sequences:
    """Return the texts as a list; ids stay as they are.

    Raises:
        ArgumentError: One bare string was given.

    Example:
        >>> from textseq.classifier.labels import check_texts
        >>> check_texts("a text")
        Traceback (most recent call last):
        textseq.errors.ArgumentError: `X` must be a list of texts. Received one str; write [text].
    """
    if isinstance(texts, str | bytes):
        raise ArgumentError(
            f"`X` must be a list of texts. Received one {type(texts).__name__}; write [text]."
        )
    return texts if isinstance(texts, Sequences) else list(texts)


def check_labelled(
    texts: Iterable[str] | Sequences, labels: Iterable[Any]
) -> tuple[list[str] | Sequences, Labels]:
    """Return texts and labels, as many of the one as of the other, and at least one.

    Raises:
        ArgumentError: There are none, or not as many; or the labels are fractions.
    """
    documents, answers = check_texts(texts), np.asarray(list(labels))
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
            f"quantity. Received an array of "
            f"{answers.dtype}, shape {answers.shape}."
        )
    return documents, answers


def class_numbers(labels: Labels, classes: Labels) -> Targets:
    """Return each label's place among the sorted `classes`: int64, shape (documents,).

    Raises:
        ArgumentError: A label is not among the classes.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.labels import class_numbers
        >>> class_numbers(np.array(["b", "a", "b"]), np.array(["a", "b"]))
        array([1, 0, 1])
    """
    unknown = np.setdiff1d(labels, classes)
    if len(unknown):
        raise ArgumentError(
            f"The validation texts have labels that the training texts have not: "
            f"{', '.join(map(str, unknown[:5]))}."
        )
    return np.searchsorted(classes, labels).astype(np.int64)


def document_weights(
    targets: Targets,
    classes: Labels,
    class_weight: ClassWeight = None,
    sample_weight: npt.ArrayLike | None = None,
) -> Weights:
    """Return what each document counts for in the loss: float32, shape (documents,).

    Args:
        targets: The documents' class numbers.
        classes: The labels.
        class_weight: None for 1; a weight for each label; or `"balanced"`, with which all classes
            count the same: n / (classes * n_class), King and Zeng 2001, as in scikit-learn.
        sample_weight: A further factor for each document.

    Raises:
        ArgumentError: There are not as many weights as documents, or `class_weight` is unknown.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.labels import document_weights
        >>> classes, targets = np.array(["bad", "good"]), np.array([0, 0, 0, 1])
        >>> document_weights(targets, classes, "balanced").round(2).tolist()
        [0.6700000166893005, 0.6700000166893005, 0.6700000166893005, 2.0]
    """
    weights = np.ones(len(targets), dtype=np.float32)
    if sample_weight is not None:
        weights = np.asarray(sample_weight, dtype=np.float32)
        if weights.shape != targets.shape:
            raise ArgumentError(
                f"`sample_weight` must hold a number for each of {len(targets)} texts. Received "
                f"an array of shape {weights.shape}."
            )
        if not np.isfinite(weights).all() or weights.min() < 0 or not weights.any():
            raise ArgumentError(
                f"`sample_weight` must hold numbers from 0, and not only zeros. Received numbers "
                f"from {weights.min()} to {weights.max()}."
            )
    return weights * _by_class(targets, classes, class_weight)[targets]


def _by_class(targets: Targets, classes: Labels, class_weight: ClassWeight) -> Weights:
    """Return a weight for each class: float32, shape (classes,)."""
    if class_weight is None:
        return np.ones(len(classes), dtype=np.float32)
    if isinstance(class_weight, Mapping):
        return np.array([class_weight.get(c, 1.0) for c in classes.tolist()], dtype=np.float32)
    if class_weight == "balanced":
        counts = np.bincount(targets, minlength=len(classes))
        present = np.count_nonzero(counts)
        return (len(targets) / (present * np.maximum(counts, 1))).astype(np.float32)
    raise ArgumentError(
        f"`class_weight` must be None, 'balanced' or a weight for each label. "
        f"Received: {class_weight!r}."
    )
