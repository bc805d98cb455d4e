"""A linear model of words and n-grams, which answers beside the network.

What an n-gram tells by itself, a network of a small state has to learn step by step, and a linear
model reads off at once: on many sets of sentences it is the hardest of the plain methods to beat.
This one is NB-LR: logistic regression on naive Bayes's own weights (Wang and Manning 2012,
"Baselines and Bigrams"; Mesnil et al. 2014). For a class c against the others,

    r_g = log(n_g / sum n) - log(m_g / sum m)         how much likelier n-gram g is in class c
    z_c = sum over distinct g in the text of w_g r_g + b

where n_g is one more than the number of texts of the class that have g, m_g that of the others, and
logistic regression learns w and b. What is kept is w r, one number for an n-gram and class; of two
classes one has it all. N-grams have rows by their hash, as `ngrams` tells.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from textseq.compute.threads import ordered_map
from textseq.errors import ArgumentError
from textseq.network.ngrams import Ngrams
from textseq.sequences.sequences import Sequences

if TYPE_CHECKING:
    from scipy import sparse

Array = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]

STRENGTH = 0.5
"""C of the logistic regression: what an error counts for beside the weights' squares."""

MOST_NUMBERS = 2**22
"""In the table, all classes together."""

MOST_GRAMS = 2**25
"""Of more n-grams than these, a part of the texts is learned from, by chance: memory is finite."""

FEW = 32
"""Up to so many documents, starting compiled code takes longer than it saves."""

AT_ONCE = 2048
"""Documents whose n-grams are looked at together."""


@dataclass(frozen=True)
class Linear:
    """A trained linear model.

    Args:
        table: What each n-gram adds to each class's logit: float16 or float32, shape
            (rows, classes); of two classes, (rows, 1) for the second against the first.
        bias: float32, shape (classes,) or (1,).
        ngrams: Which rows a text's words and n-grams have.
    """

    table: npt.NDArray[Any]
    bias: Array
    ngrams: Ngrams

    def logits(self, sequences: Sequences) -> Array:
        """Return what each class has to say for itself: float32, shape (documents, classes).

        Example:
            >>> import numpy as np
            >>> from textseq import Sequences
            >>> from textseq.network.linear import Linear
            >>> from textseq.network.ngrams import Ngrams
            >>> table = np.array([[0], [1], [2], [0]], "float32")  # two words, and one bucket
            >>> model = Linear(table, np.zeros(1, "float32"), Ngrams(3, 2, buckets=1))
            >>> model.logits(Sequences.from_lists([[1, 1], [2], []]))
            array([[0., 1.],
                   [0., 2.],
                   [0., 0.]], dtype=float32)
        """
        found = [self._sums(part) for part in _parts(sequences)]
        sums = np.concatenate(found) if found else np.empty((0, len(self.bias)), np.float32)
        sums += self.bias
        if sums.shape[1] > 1:
            return sums
        return np.concatenate([np.zeros_like(sums), sums], axis=1)

    def check(self, classes: int) -> None:
        """Raise an error unless the weights are those of a model of so many classes.

        Raises:
            ArgumentError: One is of another shape.
        """
        columns = columns_of(classes)
        expected = {"table": (self.ngrams.rows, columns), "bias": (columns,)}
        for name, shape in expected.items():
            found = getattr(self, name).shape
            if found != shape:
                raise ArgumentError(
                    f"its weight 'linear.{name}' should have shape {shape}, and has {found}"
                )

    def times(self, share: float) -> Linear:
        """Return the model with all it says multiplied by a number.

        Example:
            >>> import numpy as np
            >>> from textseq.network.linear import Linear
            >>> from textseq.network.ngrams import Ngrams
            >>> table, bias = np.ones((3, 1), "float16"), np.ones(1, "float32")
            >>> Linear(table, bias, Ngrams(2, 2, buckets=1)).times(0.5).bias
            array([0.5], dtype=float32)
        """
        factor = np.float32(share)
        table = (self.table * factor).astype(self.table.dtype)
        return replace(self, table=table, bias=self.bias * factor)

    def _sums(self, sequences: Sequences) -> Array:
        rows = self.ngrams.of(sequences)
        if len(sequences) <= FEW:
            return _sums_of_few(self.table, rows, sequences.offsets)
        counted = _presence(rows, sequences.offsets, len(self.table))
        sums: Array = counted @ self._wide_table
        return sums

    @cached_property
    def _wide_table(self) -> Array:
        return self.table.astype(np.float32, copy=False)


def columns_of(classes: int) -> int:
    """Return how many columns the table has for so many classes.

    Example:
        >>> from textseq.network.linear import columns_of
        >>> columns_of(2), columns_of(6)
        (1, 6)
    """
    return 1 if classes == 2 else classes


def ngrams_for(vocabulary: int, longest: int, tokens: int, classes: int) -> Ngrams:
    """Return the n-grams of a linear model: about as many buckets as there are tokens.

    Args:
        vocabulary: Number of ids, the reserved 0 among them.
        longest: The longest n-gram.
        tokens: In the training texts.
        classes: A table of many classes has fewer buckets.

    Example:
        >>> from textseq.network.linear import ngrams_for
        >>> ngrams_for(500, 2, tokens=3_000, classes=2).buckets
        4096
    """
    most = MOST_NUMBERS // columns_of(classes)
    limit = 1 << max(0, most.bit_length() - 1)
    return Ngrams(vocabulary, longest, min(limit, 1 << max(1, tokens).bit_length()))


def fit_linear(
    sequences: Sequences,
    targets: npt.NDArray[np.int64],
    weights: Array,
    classes: int,
    ngrams: Ngrams,
    seed: int = 0,
) -> Linear:
    """Learn from labelled texts.

    Args:
        sequences: Their ids.
        targets: Class numbers: (documents,).
        weights: What each document counts for: (documents,).
        classes: How many classes there are.
        ngrams: Which rows their words and n-grams have.
        seed: Of what chance decides.

    Returns:
        The model, its table in half precision.

    Example:
        >>> import numpy as np
        >>> from textseq import Sequences
        >>> from textseq.network.linear import fit_linear, ngrams_for
        >>> sequences = Sequences.from_lists([[1, 3], [2, 3]] * 8)
        >>> targets, even = np.array([0, 1] * 8), np.ones(16, "float32")
        >>> model = fit_linear(sequences, targets, even, 2, ngrams_for(4, 2, 32, 2))
        >>> model.logits(Sequences.from_lists([[1], [2]])).argmax(axis=1)
        array([0, 1])
    """
    chosen = _affordable(sequences, ngrams.ngrams, seed)
    if chosen is not None:
        sequences, targets, weights = sequences[chosen], targets[chosen], weights[chosen]
    seen = presence(sequences, ngrams)

    def column(number: int) -> tuple[Array, float]:
        return _column(seen, targets == number, weights.astype(np.float64), seed)

    numbers = range(1, 2) if columns_of(classes) == 1 else range(classes)
    table = np.zeros((ngrams.rows, len(numbers)), np.float16)
    bias = np.zeros(len(numbers), np.float32)
    for i, (told, start) in enumerate(ordered_map(column, numbers)):
        table[:, i], bias[i] = told, start
    return Linear(table, bias, ngrams)


def presence(sequences: Sequences, ngrams: Ngrams) -> sparse.csr_array:
    """Return which n-grams each text has: float32, 1 for those, shape (documents, rows).

    Example:
        >>> from textseq import Sequences
        >>> from textseq.network.linear import presence
        >>> from textseq.network.ngrams import Ngrams
        >>> presence(Sequences.from_lists([[1, 1], [2]]), Ngrams(3, 2, buckets=1)).toarray()
        array([[0., 1., 0., 1.],
               [0., 0., 1., 0.]], dtype=float32)
    """
    from scipy import sparse

    parts = [_presence(ngrams.of(part), part.offsets, ngrams.rows) for part in _parts(sequences)]
    return sparse.csr_array(sparse.vstack(parts, format="csr"))


def _presence(rows: Indices, offsets: Offsets, size: int) -> sparse.csr_array:
    from scipy import sparse

    from textseq.network.distinct import distinct_rows

    indices, ends = distinct_rows(rows, offsets, size)
    ones = np.ones(len(indices), np.float32)
    return sparse.csr_array((ones, indices, ends), shape=(len(offsets) - 1, size))


def _sums_of_few(table: npt.NDArray[Any], rows: Indices, offsets: Offsets) -> Array:
    """Return the sums of each document's distinct rows, without compiled code or SciPy."""
    sums = np.zeros((len(offsets) - 1, table.shape[1]), np.float32)
    for document, (start, end) in enumerate(itertools.pairwise(offsets.tolist())):
        distinct = np.unique(rows[start:end])
        sums[document] = table[distinct[distinct > 0]].sum(axis=0, dtype=np.float32)
    return sums


def _parts(sequences: Sequences) -> Iterator[Sequences]:
    for start in range(0, len(sequences), AT_ONCE):
        yield sequences[start : start + AT_ONCE]


def _affordable(sequences: Sequences, longest: int, seed: int) -> npt.NDArray[np.int64] | None:
    """Return which documents to learn from, where they are too many for the memory."""
    if len(sequences.ids) * longest <= MOST_GRAMS:
        return None
    order = np.random.default_rng(seed).permutation(len(sequences))
    grams = np.cumsum(sequences.lengths[order]) * longest
    return np.sort(order[: max(1, int(np.searchsorted(grams, MOST_GRAMS)))])


def _column(
    seen: sparse.csr_array,
    inside: npt.NDArray[np.bool_],
    weights: npt.NDArray[np.float64],
    seed: int,
) -> tuple[Array, float]:
    """Return what each n-gram says for a class against the others, and the bias."""
    from scipy import sparse
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    ratio = _log_ratio(seen, weights * inside, weights * ~inside)
    if inside.all() or not inside.any():  # a class with no text here, or alone: nothing to tell
        return np.zeros_like(ratio), 0.0
    weighted = sparse.csr_matrix((ratio[seen.indices], seen.indices, seen.indptr), seen.shape)
    model = LogisticRegression(C=STRENGTH, solver="liblinear", dual=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # near enough is as good here
        model.fit(weighted, inside, sample_weight=weights)
    return model.coef_[0].astype(np.float32) * ratio, float(model.intercept_[0])


def _log_ratio(
    seen: sparse.csr_array, inside: npt.NDArray[np.float64], outside: npt.NDArray[np.float64]
) -> Array:
    """Return r: the log of how much likelier each n-gram is in the texts that weigh `inside`.

    It is 0 in rows that no text has.
    """
    occurring = np.unique(seen.indices)
    shares = []
    for weights in (inside, outside):
        counts = 1 + (seen.T @ weights)[occurring]
        shares.append(np.log(counts / counts.sum()))
    ratio = np.zeros(seen.shape[1], np.float32)
    ratio[occurring] = shares[0] - shares[1]
    return ratio
