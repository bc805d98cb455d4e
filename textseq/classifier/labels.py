"""Labels as they may be saved, and labels to class ids.

A label is a string, an integer or a boolean: what JSON, and so a model folder, gives back as it is.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from textseq.compute.settings import shown
from textseq.corpus.columns import is_missing
from textseq.errors import ArgumentError

Labels = npt.NDArray[Any]
ClassIds = npt.NDArray[np.int64]

_STRINGS, _BOOLEANS, _NUMBERS = "strings", "booleans", "numbers"


def check_labels(labels: Any) -> Labels:
    """Return labels as an array of strings, integers or booleans: (documents,).

    Args:
        labels: A list, an array, a column of a table, or Arrow strings. An array of one column
            is read as that column, as scikit-learn does.

    Raises:
        ArgumentError: They are no list of labels, a label is missing, or one cannot be saved.
    """
    if isinstance(labels, pa.ChunkedArray | pa.Array):
        return _of_arrow(labels)
    values = _listed(labels)
    distinct = _distinct(values)
    if any(map(is_missing, distinct)):
        _refuse_missing(map(is_missing, values))
    _check_distinct(distinct)
    if any(isinstance(label, str) and type(label) is not str for label in distinct):
        values = [*map(str.__str__, values)]  # of an enumeration, NumPy would take the names
    return np.asarray(values)


def _of_arrow(labels: pa.ChunkedArray | pa.Array) -> Labels:
    """Return Arrow's labels without a Python string for each."""
    try:
        coded = labels if pa.types.is_dictionary(labels.type) else labels.dictionary_encode()
    except pa.ArrowNotImplementedError:  # lists and the like, which are no labels
        return check_labels(labels.to_pylist())
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.unify_dictionaries().combine_chunks()
    if isinstance(coded, pa.ChunkedArray):  # pyarrow keeps the chunks of an empty one
        return np.asarray(labels.to_pylist())
    if coded.null_count:
        _refuse_missing(coded.is_null().to_pylist())
    distinct = coded.dictionary.to_pylist()
    if any(map(is_missing, distinct)):
        _refuse_missing(map(is_missing, coded.to_pylist()))
    _check_distinct(distinct)
    found: Labels = np.asarray(distinct)[coded.indices.to_numpy()]
    return found


def _listed(labels: Any) -> list[Any]:
    """Return labels as a list, after a look at the shape of what holds them."""
    if isinstance(labels, str | bytes | Mapping | set | frozenset):
        raise ArgumentError(
            f"`y` must be a list of labels, one for each text, in their order. Received one "
            f"{type(labels).__name__}."
        )
    if hasattr(labels, "columns") or len(getattr(labels, "shape", ())) == 2:
        named = hasattr(labels, "idxmax")  # pandas, whose columns are the labels
        labels = _only_column(np.asarray(labels), "y.idxmax" if named else "y.argmax")
    try:
        return list(np.asarray(labels).tolist() if hasattr(labels, "dtype") else labels)
    except TypeError:
        raise ArgumentError(
            f"`y` must be a list of labels, one for each text. Received: {shown(labels)}."
        ) from None


def _only_column(table: npt.NDArray[Any], position: str) -> npt.NDArray[Any]:
    """Return the column of a table that has one; one-hot rows, and all else, are refused.

    `position` is the method of the caller's table that finds the largest value of each row.
    """
    if table.ndim == 2 and table.shape[1] == 1:
        return table[:, 0]
    one_hot = table.ndim == 2 and table.dtype.kind in "biuf" and np.all((table == 0) | (table == 1))
    advice = (
        f"the label of each one-hot row is {position}(axis=1); of several labels, say so with "
        f"multilabel=True"
        if one_hot
        else "give one column, or for several labels a matrix of 0 and 1"
    )
    raise ArgumentError(
        f"`y` must be a list of labels, one for each text. Received an array of shape "
        f"{table.shape}; {advice}."
    )


def _refuse_missing(missing: Iterable[bool]) -> NoReturn:
    """Raise an error that names the first of the missing labels."""
    rows = list(itertools.compress(itertools.count(), missing))
    more = f", and for {len(rows) - 1:,} more" if len(rows) > 1 else ""
    raise no_label(rows[0], f"None, NaN or blank there{more}", "or give them a label")


def no_label(row: int, received: str, otherwise: str) -> ArgumentError:
    """Return the error of a text that has no label."""
    return ArgumentError(
        f"Text {row} has no label: `y` is {received}; leave such texts out, {otherwise}."
    )


def _distinct(values: list[Any]) -> list[Any]:
    try:
        return list(set(values))
    except TypeError:  # lists, arrays: not hashable, and no labels
        return values


def _check_distinct(labels: list[Any]) -> None:
    """Refuse labels that are not all of one kind, or that a model folder cannot hold."""
    kinds: dict[str, Any] = {}
    for label in labels:
        kinds.setdefault(_kind_of(label), label)
    if len(kinds) > 1:
        one, other = list(kinds.values())[:2]
        raise ArgumentError(
            f"`y` must hold labels of one kind. Received {shown(one)} and {shown(other)}; "
            f"write all as strings: [str(label) for label in y]."
        )


def _kind_of(label: Any) -> str:
    """Return the kind of a label.

    Raises:
        ArgumentError: It could not be saved, or would come back as another.
    """
    if isinstance(label, str):
        if "\0" in label or any("\ud800" <= c <= "\udfff" for c in label):
            raise ArgumentError(
                f"A label must be text without null characters and halves of surrogate pairs. "
                f"Received: {shown(label)}; remove them."
            )
        return _STRINGS
    if isinstance(label, bool | np.bool_):
        return _BOOLEANS
    if isinstance(label, Integral) and -(1 << 63) <= int(label) < 1 << 63:
        return _NUMBERS
    if isinstance(label, Real) and not isinstance(label, Integral):
        if abs(float(label)) < 1 << 53 and not float(label) % 1:
            return _NUMBERS
        raise ArgumentError(
            f"Unknown label type: expected a string or an integer for each text, not a measured "
            f"quantity. Received: {shown(label)}."
        )
    if isinstance(label, list | tuple | np.ndarray):
        advice = (
            "give one label for each text, of one-hot rows np.argmax(y, axis=1), or several with "
            "--multilabel (multilabel=True)"
        )
    else:
        advice = "write such labels as strings: [str(label) for label in y]"
    raise ArgumentError(
        f"A label must be a string, an integer of 64 bits or a boolean. Received: {shown(label)} "
        f"of type {type(label).__name__}; {advice}."
    )


def encode_labels(labels: Labels, classes: Labels) -> ClassIds:
    """Return the position of each label among the sorted `classes`: int64, shape (documents,).

    Raises:
        ArgumentError: A label is not among the classes, or of another kind.
    """
    refuse_other_kind(labels, classes)
    unknown = np.setdiff1d(labels, classes)
    if len(unknown):
        raise ArgumentError(
            f"The validation texts have labels that the training texts do not have: "
            f"{', '.join(map(str, unknown[:5]))}."
        )
    return np.searchsorted(classes, labels).astype(np.int64)


def refuse_other_kind(labels: Labels, classes: Labels) -> None:
    """Raise an error where labels are strings and the classes are not, or the other way round."""
    if len(labels) and (labels.dtype.kind == "U") != (classes.dtype.kind == "U"):
        raise ArgumentError(
            f"The labels of these texts and those that were trained on must be of one kind. "
            f"Received {shown(labels.tolist()[0])}, where one of those is "
            f"{shown(classes.tolist()[0])}."
        )
