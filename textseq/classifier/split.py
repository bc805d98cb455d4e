"""The texts to train on and those to validate on, drawn at random, stratified by class.

What is drawn is what scikit-learn's `train_test_split` and `StratifiedKFold` draw from the same
seed, to the text: a test holds it so. Importing those takes longer than training a small model.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from textseq.classifier.labels import ClassIds
from textseq.classifier.presets import validation_fraction
from textseq.errors import ArgumentError

Positions = npt.NDArray[np.int64]


def train_val_split(
    labels: ClassIds, fraction: float | None, seed: int
) -> tuple[Positions, Positions]:
    """Return the positions of the documents to train on and to validate on, stratified by class.

    Where a class is too small to be in both parts, the split is not stratified, and a class of
    which all texts would be kept is trained on.

    Args:
        labels: Class ids.
        fraction: The fraction to validate on; None for a tenth, or for none of few documents.
        seed: Of the random split.

    Raises:
        ArgumentError: No text would be left to train on.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.split import train_val_split
        >>> labels = np.array([0, 0, 0, 0, 1, 1, 1, 1])
        >>> training, validation = train_val_split(labels, 0.25, seed=0)
        >>> np.bincount(labels[training]), np.bincount(labels[validation])
        (array([3, 3]), array([1, 1]))
    """
    fraction = validation_fraction(len(labels)) if fraction is None else fraction
    if not fraction:
        return np.arange(len(labels)), np.arange(0)
    sizes = np.bincount(labels)
    classes = np.count_nonzero(sizes)
    held_out = max(1, math.ceil(len(labels) * fraction))
    if held_out >= len(labels):
        raise ArgumentError(
            f"`validation_fraction` of {fraction} keeps all {len(labels):,} texts to validate on, "
            f"and none is left to train on; give a smaller fraction."
        )
    random = np.random.RandomState(seed)
    if sizes[sizes > 0].min() >= 2 and held_out >= classes and len(labels) - held_out >= classes:
        training, validation = _draw_by_class(labels, held_out, random)
    else:
        order = random.permutation(len(labels))
        training, validation = order[held_out:], order[:held_out]
    # A class that is only validated on would never be learned.
    unseen = np.setdiff1d(labels, labels[training])
    back = np.array([validation[labels[validation] == one][0] for one in unseen], np.int64)
    return np.append(training, back), validation[~np.isin(validation, back)]


def stratified_folds(labels: ClassIds, folds: int, seed: int) -> Positions:
    """Return the fold of each document, from 0: each fold has its share of each class.

    Args:
        labels: Class ids.
        folds: The number of folds.
        seed: Of the random choice.

    Raises:
        ArgumentError: There are fewer than two folds, or more folds than documents.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.split import stratified_folds
        >>> labels = np.array([0, 0, 0, 0, 1, 1])
        >>> found = stratified_folds(labels, 2, seed=0)
        >>> np.bincount(labels[found == 0]), np.bincount(labels[found == 1])
        (array([2, 1]), array([2, 1]))
    """
    if not 2 <= folds <= len(labels):
        raise ArgumentError(
            f"`folds` must be from 2 to the number of texts, {len(labels):,}. Received: {folds}."
        )
    # Classes are dealt one after the other, in the order in which they first occur.
    _, first, members = np.unique(labels, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))[members]
    dealt = np.sort(order)
    shares = [np.bincount(dealt[k::folds], minlength=len(first)) for k in range(folds)]
    random = np.random.RandomState(seed)
    found = np.empty(len(labels), np.int64)
    for one, share in enumerate(zip(*shares, strict=True)):
        of_class = np.arange(folds).repeat(share)
        random.shuffle(of_class)
        found[order == one] = of_class
    return found


def _draw_by_class(
    labels: ClassIds, held_out: int, random: np.random.RandomState
) -> tuple[Positions, Positions]:
    """Return a split in which each class has its share of both parts."""
    _, sizes = np.unique(labels, return_counts=True)
    of_training = _apportion(sizes, len(labels) - held_out, random)
    of_validation = _apportion(sizes - of_training, held_out, random)
    of_class = np.split(np.argsort(labels, kind="stable"), np.cumsum(sizes)[:-1])
    training, validation = [], []
    for members, first, then in zip(of_class, of_training, of_validation, strict=True):
        members = members[random.permutation(len(members))]
        training.append(members[:first])
        validation.append(members[first : first + then])
    return (
        random.permutation(np.concatenate(training)),
        random.permutation(np.concatenate(validation)),
    )


def _apportion(sizes: Positions, seats: int, random: np.random.RandomState) -> Positions:
    """Return the number of texts to draw of each class, `seats` in all.

    What is left after rounding down goes to the classes with the largest remainders; which of
    equal ones is drawn.
    """
    shares = sizes / sizes.sum() * seats
    counts: Positions = np.floor(shares).astype(np.int64)
    left, remainders = seats - int(counts.sum()), shares - np.floor(shares)
    for value in np.unique(remainders)[::-1]:
        if not left:
            break
        equal = np.flatnonzero(remainders == value)
        chosen = random.choice(equal, size=min(len(equal), left), replace=False)
        counts[chosen] += 1
        left -= len(chosen)
    return counts
