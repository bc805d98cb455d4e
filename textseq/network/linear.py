"""A linear model of words and n-grams, which predicts together with the networks.

What an n-gram says by itself, a network has to learn step by step, and a linear model reads off at
once. This one is NB-LR: logistic regression on the weights of naive Bayes (Wang and Manning 2012,
"Baselines and Bigrams"; Mesnil et al. 2014). For a class c against the others,

    r_g = log(n_g / sum n) - log(m_g / sum m)         log-ratio of n-gram g in class c to the others
    z_c = sum over distinct g in the text of w_g r_g + b

where n_g is 1 plus the number of texts of the class that contain g, m_g the same for the others,
and logistic regression learns w and b. The model keeps w r, a value per n-gram and class; with two
classes, for the second class only, unless a text may have several labels: these are then learned
each against the texts without it. An n-gram's row is its hash; see `ngrams`.

A word that no training text has can be recognized by how it is spelled. So there may also be values
for the character n-grams of each distinct word (`char_ngrams`). Those of a known word are added to
the word's own value after training: prediction reads character n-grams of unknown words only.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from textseq.compute.cold_start import compiled_loops
from textseq.compute.threads import ordered_map
from textseq.network.arrays import AnyArray, BoolArray, DoubleArray, FloatArray, IntArray
from textseq.network.char_ngrams import BUCKETS, CharNgrams, CharWeights, buckets_of_texts
from textseq.network.ngrams import Ngrams
from textseq.network.weight_shapes import check_shapes

if TYPE_CHECKING:
    from textseq.network.ngram_sets import NgramSets
    from textseq.sequences.sequences import Sequences

STRENGTH = 0.5
"""C of the logistic regression: the weight of the loss against the penalty."""

MAX_TABLE_SIZE = 2**22
"""Values in the table, of all classes."""

MAX_NGRAMS = 2**25
"""N-grams to fit; of texts with more, a random sample is used, to bound the memory."""

CHUNK = 2048
"""Documents whose n-grams are hashed together."""

_KERNELS = "textseq.network.linear_kernels"


@dataclass(frozen=True)
class Linear:
    """A trained linear model.

    Args:
        table: What each n-gram adds to the logit of each class: float16 or float32, shape
            (rows, classes); with two classes of which a text has one, (rows, 1) for the second
            against the first.
        bias: float32, shape (classes,) or (1,).
        ngrams: The rows of words and n-grams.
        characters: What character n-grams of unknown words add; None where they add nothing.
    """

    table: AnyArray
    bias: FloatArray
    ngrams: Ngrams
    characters: CharWeights | None = None

    def logits(self, sequences: Sequences) -> FloatArray:
        """Return the logits: float32, shape (documents, classes)."""
        loops = compiled_loops(_KERNELS, len(sequences))
        sums = np.zeros((len(sequences), len(self.bias)))
        starts = range(0, len(sequences), CHUNK)

        def work(start: int) -> None:
            part = slice(start, start + CHUNK)
            self._add(sequences if len(starts) == 1 else sequences[part], sums[part], loops)

        for _ in ordered_map(work, starts):
            pass
        if self.characters is not None:
            sums += self.characters.of_documents(sequences)
        logits = sums.astype(np.float32) + self.bias
        if logits.shape[1] > 1:
            return logits
        return np.concatenate([np.zeros_like(logits), logits], axis=1)

    def check(self, classes: int, *, multilabel: bool = False) -> None:
        """Raise an error unless the weights are those of a model of this number of classes."""
        columns = columns_of(classes, multilabel=multilabel)
        weights = {"linear.table": self.table, "linear.bias": self.bias}
        shapes = {"linear.table": (self.ngrams.rows, columns), "linear.bias": (columns,)}
        if (characters := self.characters) is not None:
            weights["linear.characters"] = characters.table
            shapes["linear.characters"] = (max(1, len(characters.table)), columns)
        check_shapes(weights, shapes)

    def times(self, factor: float) -> Linear:
        """Return the model with its logits multiplied by a factor."""

        def scaled(table: AnyArray) -> AnyArray:
            return (table * np.float32(factor)).astype(table.dtype)

        linear = replace(self, table=scaled(self.table), bias=self.bias * np.float32(factor))
        if (characters := self.characters) is not None:
            characters = replace(characters, table=scaled(characters.table))
        return replace(linear, characters=characters)

    def _add(self, sequences: Sequences, sums: DoubleArray, loops: Any) -> None:
        """Add each document's distinct rows to its sums, in double precision."""
        rows = self.ngrams.of(sequences)
        if loops is not None:
            loops.sum_distinct_rows(rows, sequences.offsets, self.table, sums)
            return
        for document, (start, end) in enumerate(itertools.pairwise(sequences.offsets.tolist())):
            distinct = np.unique(rows[start:end])
            sums[document] = self.table[distinct[distinct > 0]].sum(axis=0, dtype=np.float64)


def columns_of(classes: int, *, multilabel: bool = False) -> int:
    """Return the number of columns of the table."""
    return 1 if classes == 2 and not multilabel else classes


def ngrams_for(vocabulary: int, longest: int, tokens: int, classes: int) -> Ngrams:
    """Return n-grams with about as many buckets as training tokens; many classes leave fewer."""
    buckets = min(_most_rows(classes), 1 << max(1, tokens).bit_length())
    return Ngrams(vocabulary, longest, buckets)


def char_ngrams_for(longest: int, classes: int) -> CharNgrams:
    """Return character n-grams with `BUCKETS` buckets; many classes leave fewer."""
    return CharNgrams(longest, min(_most_rows(classes), BUCKETS))


def _most_rows(classes: int) -> int:
    """Return how many rows a table may have: a power of two."""
    most = MAX_TABLE_SIZE // columns_of(classes)
    return 1 << max(0, most.bit_length() - 1)


def fit_linear(
    sequences: Sequences,
    targets: AnyArray,
    weights: FloatArray,
    classes: int,
    ngrams: Ngrams,
    seed: int = 0,
    *,
    characters: CharNgrams | None = None,
    words: Sequence[str] = (),
) -> Linear:
    """Fit a linear model to labelled texts; its tables are in half precision.

    Args:
        sequences: The texts' ids; with `characters`, their unknown words are learned from too.
        targets: Their class ids, (documents,); or of several labels 1 where a text has one, and
            else 0, (documents, classes).
        weights: Their weights in the loss: (documents,).
        classes: Number of classes.
        ngrams: The rows of words and n-grams.
        seed: Seed of everything random.
        characters: The character n-grams of words, if these are to be learned from.
        words: For these, the word of each id, `ngrams.vocabulary` of them; `""` for none.
    """
    from textseq.network.ngram_sets import append_sets, ngram_sets

    of_words = None if characters is None else characters.of(words)
    mean = 0 if of_words is None else len(of_words.ids) // len(of_words)
    sample = _sample(sequences, ngrams.ngrams + mean, seed)
    if sample is not None:
        sequences, targets, weights = sequences[sample], targets[sample], weights[sample]
    sets = ngram_sets(sequences, ngrams)
    if characters is not None and of_words is not None:
        sets = append_sets(sets, buckets_of_texts(sequences, of_words, characters), ngrams.rows)
    several = targets.ndim == 2

    def column(label: int) -> tuple[FloatArray, float]:
        inside = targets[:, label] > 0 if several else targets == label
        return _fit_column(sets, inside, weights.astype(np.float64), seed)

    labels = range(1, 2) if columns_of(classes, multilabel=several) == 1 else range(classes)
    rows = ngrams.rows + (0 if characters is None else characters.buckets)
    table = np.zeros((rows, len(labels)), np.float16)
    bias = np.zeros(len(labels), np.float32)
    for i, (values, intercept) in enumerate(ordered_map(column, labels)):
        table[sets.rows, i], bias[i] = values, intercept
    if characters is None or of_words is None:
        return Linear(table, bias, ngrams)
    own, of_characters = np.split(table, [ngrams.rows])
    unknown = CharWeights(of_characters, characters.longest)
    own[: ngrams.vocabulary] += unknown.sum_rows(of_words)
    return Linear(own, bias, ngrams, unknown)


def _parts(sequences: Sequences) -> Iterator[Sequences]:
    for start in range(0, len(sequences), CHUNK):
        yield sequences[start : start + CHUNK]


def _sample(sequences: Sequences, longest: int, seed: int) -> IntArray | None:
    """Return a sample of the documents, or None where all of them fit the memory."""
    if len(sequences.ids) * longest <= MAX_NGRAMS:
        return None
    order = np.random.default_rng(seed).permutation(len(sequences))
    grams = np.cumsum(sequences.lengths[order]) * longest
    return np.sort(order[: max(1, int(np.searchsorted(grams, MAX_NGRAMS)))])


def _fit_column(
    sets: NgramSets, inside: BoolArray, weights: DoubleArray, seed: int
) -> tuple[FloatArray, float]:
    """Return what each n-gram adds to the logit of a class against the others, and the bias."""
    from textseq.network.logistic_regression import fit_logistic_regression

    if inside.all() or not inside.any():  # a class that no text has, or all of them
        return np.zeros(len(sets.rows), np.float32), 0.0
    ratio = _log_ratio(sets, inside, weights)
    return fit_logistic_regression(sets, ratio, inside, STRENGTH * weights, seed)


def _log_ratio(sets: NgramSets, inside: BoolArray, weights: DoubleArray) -> FloatArray:
    """Return r of each n-gram; `inside` is whether a text is of the class."""
    from textseq.network.ngram_sets import sum_weights

    logs = sum_weights(sets, weights, inside.astype(np.int64))  # in place, as it is large
    logs += 1
    logs /= logs.sum(axis=0)
    np.log(logs, out=logs)
    logs[:, 1] -= logs[:, 0]
    return logs[:, 1].astype(np.float32)
