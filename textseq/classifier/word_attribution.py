"""What each word of a text adds to the answer of a whole classifier, checked by the sum.

The answer is a difference of logits F, temperature included: of the label c that is explained and
the most probable other label d, or where a text may have several labels, that of c alone:

    F = log p_c - log p_d          F = log p_c - log (1 - p_c)

Of several labels, probabilities are kept within 1e-7 of 0 and 1; F is as it is without that.

F is a sum of what the networks say and of what the linear model says, and so is each word's part:

    F(text) = F(no words) + sum over words of (networks' part + linear model's part)

The linear model is a sum, and its parts are exact: what an n-gram adds is shared alike among the
words of all its occurrences, what an unknown word's character n-grams add among its occurrences.

What a word adds to the networks depends on which others are read. Its part is the mean, over
orders in which the words are put into the text one by one, of what F gains when its turn comes:
Shapley's value (1953), over sampled orders, each also taken backwards (Castro et al. 2009; Mitchell
et al. 2022). In every order the gains add up to F(text) - F(no words), so the sum is right however
few orders are sampled. On SST-2's validation texts it is more faithful than gradients times inputs,
integrated gradients and leaving out one word at a time: see `docs/explain.md`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from textseq.classifier.calibration import log_probabilities
from textseq.classifier.label_calibration import logits_of
from textseq.classifier.labels import Labels
from textseq.classifier.predictor import Predictor
from textseq.classifier.texts import encode
from textseq.errors import ArgumentError
from textseq.network.arrays import BoolArray, DoubleArray, FloatArray
from textseq.network.linear import Linear
from textseq.registry import did_you_mean
from textseq.sequences.sequences import Sequences
from textseq.tokenizer.cleaning import clean_text

ORDERS = 20
"""Orders of the words that are sampled, at most; each of the pairs counts as two."""

TOKENS = 2_000_000
"""Tokens that are read for them, about, but for one pair of orders."""

LONGEST = 2_000
"""The most words that networks read which are explained."""

GROUP = 4_096
"""Texts that are read together."""


@dataclass(frozen=True)
class WordAttribution:
    """What each word adds to an answer.

    Args:
        text: The text, cleaned as the model cleans it.
        words: Its tokens, in order.
        known: Whether each has an id: (words,).
        networks: What each adds by way of the networks: (words,).
        linear: What it adds by way of the linear model: (words,); zeros where there is none.
        errors: The standard error of `networks`, which are sampled: (words,); NaN of a long text,
            of which one pair of orders is read.
        label: The label that is explained.
        against: The most probable other label; None where a text may have several labels.
        probability: Of the label.
        score: F of the text.
        baseline: F of a text without words.
        orders: The orders that were sampled.

    Example:
        >>> import numpy as np
        >>> from textseq.classifier.word_attribution import WordAttribution
        >>> found = WordAttribution(
        ...     text="pure joy", words=("pure", "joy"), known=np.array([True, True]),
        ...     networks=np.array([0.0, 1.0]), linear=np.array([0.25, 1.0]), errors=np.zeros(2),
        ...     label="good", against="bad", probability=0.9, score=2.2, baseline=-0.05, orders=2)
        >>> found.total.tolist(), round(found.gap, 6)
        ([0.25, 2.0], 0.0)
    """

    text: str
    words: tuple[str, ...]
    known: BoolArray
    networks: DoubleArray
    linear: DoubleArray
    errors: DoubleArray
    label: str
    against: str | None
    probability: float
    score: float
    baseline: float
    orders: int

    @property
    def total(self) -> DoubleArray:
        """What each word adds: (words,)."""
        return self.networks + self.linear

    @property
    def gap(self) -> float:
        """What the sum of all parts lacks of F: the error of rounding."""
        return self.score - self.baseline - float(self.total.sum())

    @property
    def quantity(self) -> str:
        """F in words."""
        other = f"p({self.against})" if self.against is not None else f"(1 - p({self.label}))"
        return f"log p({self.label}) / {other}"

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON can hold it."""
        columns = [c.tolist() for c in (self.known, self.networks, self.linear, self.total)]
        columns.append([None if np.isnan(error) else error for error in self.errors.tolist()])
        names = ("known", "networks", "linear", "total", "error")
        rows = zip(self.words, *columns, strict=True)
        return {
            "text": self.text,
            "label": self.label,
            "against": self.against,
            "probability": self.probability,
            "score": self.score,
            "baseline": self.baseline,
            "gap": self.gap,
            "orders": self.orders,
            "words": [
                {"word": word, **dict(zip(names, parts, strict=True))} for word, *parts in rows
            ],
        }


def explain_words(
    predictor: Predictor, text: str, label: Any = None, *, seed: int = 0
) -> WordAttribution:
    """Return what each word of a text adds to the answer of a classifier.

    Args:
        predictor: A trained classifier.
        text: The text.
        label: The label to explain; None for the most probable one.
        seed: Seed of the orders that are sampled.

    Raises:
        ArgumentError: The classifier has no such label, or its networks would read more than
            `LONGEST` words.

    Example:
        >>> from textseq.classifier import SentenceClassifier, explain_words
        >>> texts, labels = ["pure joy", "pure bore"] * 8, ["good", "bad"] * 8
        >>> classifier = SentenceClassifier(units=8, epochs=5, networks=2).fit(texts, labels)
        >>> found = explain_words(classifier.model_, "pure joy")
        >>> found.label, found.words[found.total.argmax()], abs(found.gap) < 1e-5
        ('good', 'joy', True)
    """
    tokens = _Tokens(predictor, text)
    (row,) = predictor.predict_proba([text])
    chosen, against = _choose(predictor, row, label)
    contrast = _Contrast(chosen, against, predictor.multilabel)
    read = tokens.sequence
    if predictor.config.maxlen is not None:
        read = read.truncate(predictor.config.maxlen)
    gains, errors, ends, orders = _shapley(predictor, read[0].tolist(), contrast, seed)
    networks, deviations = np.zeros((2, len(tokens.words)))
    places = np.flatnonzero(tokens.ids)[len(tokens.sequence.ids) - len(gains) :]
    networks[places], deviations[places] = gains, errors
    linear, bias, logit = _of_linear(predictor.linear, tokens, contrast)
    temperature = float(np.broadcast_to(predictor.temperature, len(predictor.classes))[chosen])
    return WordAttribution(
        text=clean_text(text, predictor.tokenizer.clean),
        words=tokens.words,
        known=tokens.known,
        networks=networks / temperature,
        linear=linear / temperature,
        errors=deviations / temperature,
        label=str(predictor.classes[chosen]),
        against=None if against is None else str(predictor.classes[against]),
        probability=float(row[chosen]),
        score=(ends[1] + logit) / temperature,
        baseline=(ends[0] + bias) / temperature,
        orders=orders,
    )


@dataclass(frozen=True)
class _Contrast:
    """The difference of logits that is explained: of a class and another, or of a class alone."""

    chosen: int
    against: int | None
    multilabel: bool

    def of_probabilities(self, probabilities: FloatArray) -> DoubleArray:
        """Return it of probabilities of the networks: (documents,)."""
        logits = logits_of(probabilities) if self.multilabel else log_probabilities(probabilities)
        return cast("DoubleArray", self.of_logits(logits.astype(np.float64)))

    def of_logits(self, logits: Any) -> Any:
        """Return it of logits: (..., classes) to (...)."""
        ours = logits[..., self.chosen]
        difference: Any = ours if self.against is None else ours - logits[..., self.against]
        return difference


class _Tokens:
    """The tokens of a text, and which of them have an id.

    Attributes:
        words: The tokens.
        ids: Their ids, 0 for none: (words,).
        known: Whether each has an id of its own, and not that of unknown words: (words,).
        sequence: The ids as one document.
        open_sequence: Likewise, with the unknown words beside them if the classifier reads them.
    """

    def __init__(self, predictor: Predictor, text: str) -> None:
        tokenizer, below = predictor.tokenizer, predictor.vocabulary
        self.words = tuple(next(tokenizer.tokenize([text])))
        unknown = predictor.reads_unknown_words
        self.open_sequence = encode(tokenizer, [text], predictor.vocabulary, unknown=unknown)
        self.sequence = Sequences(self.open_sequence.ids, self.open_sequence.offsets)
        limit = min(below, tokenizer.num_words or below)
        own = [tokenizer.word_index.get(word, 0) for word in self.words]
        self.known = np.array([0 < i < limit for i in own], bool)
        instead = 0
        if tokenizer.oov_token is not None:
            instead = tokenizer.word_index[tokenizer.oov_token]
        self.ids = np.where(self.known, np.array(own, np.int64), instead)
        assert np.array_equal(self.ids[self.ids > 0], self.sequence.ids)  # noqa: S101


def _choose(predictor: Predictor, row: FloatArray, label: Any) -> tuple[int, int | None]:
    """Return the class to explain, and the one to explain it against."""
    chosen = int(row.argmax()) if label is None else _place(predictor.classes, label)
    if predictor.multilabel:
        return chosen, None
    others = row.copy()
    others[chosen] = -1
    return chosen, int(others.argmax())


def _place(classes: Labels, label: Any) -> int:
    """Return the position of a label, given as it is or as a string."""
    names = [str(one) for one in classes.tolist()]
    if str(label) not in names:
        raise ArgumentError(
            f"The classifier has no label {str(label)!r}; {did_you_mean(str(label), names)}."
        )
    return names.index(str(label))


def _shapley(
    predictor: Predictor, ids: list[int], contrast: _Contrast, seed: int
) -> tuple[DoubleArray, DoubleArray, tuple[float, float], int]:
    """Return what each token adds by way of the networks, as a mean over orders of them.

    Returns:
        The means, (tokens,); their standard errors, (tokens,); what is said of no token and of all
        of them; and the number of orders.
    """
    if len(ids) > LONGEST:
        raise ArgumentError(
            f"The networks read {len(ids):,} words of the text, and {LONGEST:,} can be explained "
            f"at most; give a part of it."
        )

    def score(documents: Sequence[list[int]]) -> DoubleArray:
        found = [
            contrast.of_probabilities(_mean(predictor, documents[start : start + GROUP]))
            for start in range(0, len(documents), GROUP)
        ]
        return np.concatenate(found)

    nothing, everything = score([[], ids]).tolist()
    if len(ids) < 2:
        gains = np.full(len(ids), everything - nothing)
        return gains, np.zeros(len(ids)), (nothing, everything), 1
    random = np.random.default_rng(seed)
    pairs = max(1, min(ORDERS, 2 * TOKENS // len(ids) ** 2) // 2)
    means = np.array(
        [_gains_of_pair(ids, random.permutation(len(ids)), score, nothing, everything)
         for _ in range(pairs)]
    )  # fmt: skip
    errors = means.std(axis=0, ddof=1) / np.sqrt(pairs) if pairs > 1 else np.full(len(ids), np.nan)
    return means.mean(axis=0), errors, (nothing, everything), 2 * pairs


def _gains_of_pair(
    ids: list[int],
    order: Any,
    score: Callable[[Sequence[list[int]]], DoubleArray],
    nothing: float,
    everything: float,
) -> DoubleArray:
    """Return what each token adds when its turn comes: the mean of an order and its reverse."""
    gains = np.zeros(len(ids))
    documents, turns = [], [order, order[::-1]]
    for turn in turns:
        read = np.zeros(len(ids), bool)
        for place in turn[:-1].tolist():
            read[place] = True
            documents.append([i for i, is_read in zip(ids, read.tolist(), strict=True) if is_read])
    for turn, between in zip(turns, np.split(score(documents), 2), strict=True):
        gains[turn] += np.diff([nothing, *between.tolist(), everything]) / 2
    return gains


def _mean(predictor: Predictor, documents: Sequence[list[int]]) -> FloatArray:
    """Return the mean of the networks' probabilities: (documents, classes)."""
    ensemble = predictor.ensemble
    each = ensemble.of_each_network(Sequences.from_lists(documents))
    return cast("FloatArray", sum(each) / np.float32(len(each)))


def _of_linear(
    linear: Linear | None, tokens: _Tokens, contrast: _Contrast
) -> tuple[DoubleArray, float, float]:
    """Return what each word adds to the linear model's answer, its bias, and the answer."""
    parts = np.zeros(len(tokens.words))
    if linear is None:
        return parts, 0.0, 0.0

    def differences(values: Any) -> DoubleArray:
        values = np.asarray(values, np.float64)
        if values.shape[-1] == 1 and not contrast.multilabel:  # the second class against the first
            values = np.concatenate([np.zeros_like(values), values], axis=-1)
        return cast("DoubleArray", contrast.of_logits(values))

    places = np.flatnonzero(tokens.ids)
    rows = linear.ngrams.of(tokens.sequence).tolist()
    counts = Counter(row for of_token in rows for row in of_token if row)
    added = dict(zip(counts, differences(linear.table[list(counts)]).tolist(), strict=True))
    for end, of_token in enumerate(rows):
        for length, row in enumerate(of_token, start=1):
            if row:
                share = added[row] / counts[row] / length
                parts[places[end - length + 1 : end + 1]] += share
    if linear.characters is not None:
        unknown: dict[str, list[int]] = defaultdict(list)
        for place in np.flatnonzero(~tokens.known).tolist():
            unknown[tokens.words[place]].append(place)
        for word, where in zip(unknown, differences(linear.characters.of(unknown)), strict=True):
            parts[unknown[word]] += where / len(unknown[word])
    (logits,) = linear.logits(tokens.open_sequence)
    return parts, float(differences(linear.bias)), float(contrast.of_logits(logits))
