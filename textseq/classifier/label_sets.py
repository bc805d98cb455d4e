"""The labels of texts that may each have several, or none.

They are kept as Arrow keeps lists: the labels of all texts end to end, and where those of each text
begin. Training reads them as an indicator matrix, like scikit-learn's: float32, (documents,
classes), 1 where a text has a label.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from textseq.classifier.labels import (
    ClassIds,
    Labels,
    check_labels,
    encode_labels,
    no_label,
)
from textseq.compute.settings import shown
from textseq.corpus.columns import is_missing
from textseq.corpus.label_lists import holds_lists
from textseq.errors import ArgumentError

Indicators = npt.NDArray[np.float32]

_OTHERWISE = "or give an empty list, which is no label"
"""What to do about a text without labels, for the end of a message."""


@dataclass(frozen=True, eq=False)
class LabelSets:
    """The labels of each text.

    Args:
        flat: The labels of all texts, end to end: strings, integers or booleans.
        offsets: Where those of each text begin, and the end: int64, (documents + 1,).
        classes: All labels, where they are known otherwise, as from the columns of a matrix.

    Example:
        >>> from textseq.classifier.label_sets import check_label_sets
        >>> sets = check_label_sets([["joy", "love"], [], ["joy"]])
        >>> sets.classes.tolist(), sets.indicators(sets.classes).tolist()
        (['joy', 'love'], [[1.0, 1.0], [0.0, 0.0], [1.0, 0.0]])
    """

    flat: Labels
    offsets: ClassIds
    classes: Labels

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def indicators(self, classes: Labels) -> Indicators:
        """Return 1 where a text has a label, else 0: (documents, classes).

        Raises:
            ArgumentError: A label is not among the classes, or of another kind.
        """
        matrix = np.zeros((len(self), len(classes)), np.float32)
        documents = np.repeat(np.arange(len(self)), np.diff(self.offsets))
        if len(self.flat):
            matrix[documents, encode_labels(self.flat, classes)] = 1
        return matrix


def are_label_sets(labels: Any) -> bool:
    """Return whether labels are those of texts that may each have several.

    That is so for lists of lists, tuples or sets, Arrow lists, and indicator matrices: of zeros and
    ones, unless each row has a single one, which is one label written one-hot.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.label_sets import are_label_sets
        >>> are_label_sets([["joy"], []]), are_label_sets(["joy"]), are_label_sets(np.eye(3))
        (True, False, False)
    """
    if isinstance(labels, pa.Array | pa.ChunkedArray):
        return holds_lists(labels.type)
    if _is_matrix(labels):
        matrix = _as_matrix(labels)
        numeric = matrix.dtype.kind in "biuf" and matrix.shape[1] > 1
        return bool(numeric and np.isin(matrix, (0, 1)).all() and (matrix.sum(axis=1) != 1).any())
    return isinstance(labels, Iterable) and any(map(_is_set, labels))


def check_label_sets(labels: Any) -> LabelSets:
    """Return the labels of each text; a label by itself is a set of one.

    Args:
        labels: A list of lists, tuples, sets or single labels, Arrow lists or strings, or an
            indicator matrix, whose labels are the numbers of its columns, or those of a data frame
            their names.

    Raises:
        ArgumentError: A text has None or NaN in place of its labels or among them, or a label
            cannot be saved.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.label_sets import check_label_sets
        >>> check_label_sets(np.array([[0, 1], [1, 1]])).flat.tolist()
        [1, 0, 1]
    """
    if isinstance(labels, pa.Array | pa.ChunkedArray):
        labels = labels.to_pylist()
    if _is_matrix(labels):
        return _of_matrix(labels)
    given = list(labels)
    sets = [_listed(each, row) for row, each in enumerate(given)]
    flat = [label for each in sets for label in each]
    found = check_labels(flat) if flat else np.array([], str)
    if found.dtype.kind in "bi" and set(flat) <= {0, 1}:
        _refuse_indicators(given)
    return LabelSets(found, _offsets(list(map(len, sets))), np.unique(found))


def sets_of(matrix: npt.NDArray[Any], classes: Labels) -> list[tuple[Any, ...]]:
    """Return the labels of each row of an indicator matrix, in the order of the classes.

    It is what scikit-learn's `MultiLabelBinarizer.inverse_transform` returns.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.label_sets import sets_of
        >>> sets_of(np.array([[1, 1], [0, 0]]), np.array(["joy", "love"]))
        [('joy', 'love'), ()]
    """
    return [tuple(classes[row > 0].tolist()) for row in matrix]


def is_columns(classes: Labels) -> bool:
    """Return whether labels are the numbers of columns of an indicator matrix, from 0."""
    return classes.dtype.kind == "i" and bool((classes == np.arange(len(classes))).all())


def rarest_labels(matrix: Indicators) -> ClassIds:
    """Return the class id of each text's rarest label; without labels, the number of classes.

    A split that is stratified by these ids has rare labels in both parts.
    """
    sizes = matrix.sum(axis=0)
    ranked = np.where(matrix > 0, sizes, np.inf)
    none = np.full((len(matrix), 1), np.finfo(np.float32).max)
    rarest: ClassIds = np.append(ranked, none, axis=1).argmin(axis=1)
    return rarest


def _of_matrix(labels: Any) -> LabelSets:
    matrix = _as_matrix(labels)
    if matrix.dtype.kind not in "biuf" or not np.isin(matrix, (0, 1)).all():
        raise ArgumentError(
            f"`y` of two dimensions must be an indicator matrix of 0 and 1, with a column for each "
            f"label. Received: {shown(labels)}."
        )
    names = getattr(labels, "columns", None)
    columns = np.arange(matrix.shape[1]) if names is None else check_labels(list(names))
    order = np.argsort(columns, kind="stable")
    rows, places = np.nonzero(matrix[:, order])
    classes = columns[order]
    return LabelSets(classes[places], _offsets(np.bincount(rows, minlength=len(matrix))), classes)


def _refuse_indicators(rows: Sequence[Any]) -> None:
    """Raise an error where lists of zeros and ones are rows of a matrix, not labels 0 and 1."""
    widths = {len(row) if _is_set(row) else 0 for row in rows}
    if len(widths) == 1 and max(widths) > 1 and any(len(set(row)) < len(row) for row in rows):
        raise ArgumentError(
            f"`y` is a list of lists of {max(widths)} zeros and ones each, which would be the "
            f"labels 0 and 1; of an indicator matrix, give numpy.array(y)."
        )


def _listed(each: Any, row: int) -> list[Any]:
    """Return the labels of one text."""
    if isinstance(each, Mapping) or (not _is_set(each) and is_missing(each)):
        raise no_label(row, "None, NaN or blank there", _OTHERWISE)
    labels = [*each] if _is_set(each) else [each]
    if any(map(is_missing, labels)):
        raise no_label(row, "a list that holds None, NaN or a blank", _OTHERWISE)
    return labels


def _offsets(counts: Any) -> ClassIds:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _is_set(labels: Any) -> bool:
    return isinstance(labels, list | tuple | set | frozenset) or (
        isinstance(labels, np.ndarray) and labels.ndim == 1
    )


def _is_matrix(labels: Any) -> bool:
    return len(getattr(labels, "shape", ())) == 2


def _as_matrix(labels: Any) -> npt.NDArray[Any]:
    """Return a matrix of NumPy's, of one of pandas's or, sparse, of SciPy's."""
    dense: npt.NDArray[Any] = np.asarray(labels.toarray() if hasattr(labels, "toarray") else labels)
    return dense


def as_single_labels(labels: list[Any]) -> list[str]:
    """Return the label of each text, for a model that gives one.

    Raises:
        ArgumentError: A text has several labels, or none.

    Example:
        >>> from textseq.classifier.label_sets import as_single_labels
        >>> as_single_labels(["good", ["bad"]])
        ['good', 'bad']
    """
    several = next((each for each in labels if isinstance(each, list) and len(each) != 1), None)
    if several is not None:
        raise ArgumentError(
            f"The model gives one label to each text, and one of these texts has {len(several)}; "
            f"train a model of several labels on texts that have them."
        )
    return [each[0] if isinstance(each, list) else each for each in labels]
