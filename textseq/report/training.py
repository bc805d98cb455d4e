"""The page on a training: its data, its learning curves, and its answers to texts held out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from textseq.classifier.config import ClassifierConfig
from textseq.classifier.config_json import to_config
from textseq.classifier.texts import CheckedTexts, check_texts, select_texts
from textseq.files.paths import StrPath
from textseq.report.evaluation import find_worst_errors
from textseq.report.metrics import measure
from textseq.report.page import write_page
from textseq.report.plots import (
    has_matplotlib,
    learning_curves,
    length_histogram,
    reliability_diagram,
)
from textseq.report.tokens import measure_tokens, summarize_lengths
from textseq.sequences.sequences import Sequences

if TYPE_CHECKING:
    from textseq.classifier import SentenceClassifier
    from textseq.tokenizer.tokenizer import Tokenizer

Labelled = tuple[CheckedTexts, Sequence[Any]]

FEW_CLASSES = 30
"""Up to so many classes, a page has a row for each in its summary of the data."""


@dataclass(frozen=True)
class Part:
    """A part of the data: what was learned from, or what was held out.

    Args:
        name: Of the part.
        documents: How many texts.
        per_class: How many of each class.
        lengths: Tokens of each text that have a number, before any cut: (documents,).
        unknown: The share of the tokens without a number of their own, 0 to 1; None where there
            are only ids.
    """

    name: str
    documents: int
    per_class: dict[str, int]
    lengths: npt.NDArray[np.int64]
    unknown: float | None

    @property
    def rows(self) -> list[tuple[str, str]]:
        """The figures as rows of a table."""
        rows = [("texts", f"{self.documents:,}"), ("tokens", f"{int(self.lengths.sum()):,}")]
        rows += summarize_lengths(self.lengths)
        if self.unknown is not None:
            rows.append(("out of vocabulary", f"{self.unknown:.1%} of the tokens"))
        return rows


def write_training_page(
    path: StrPath,
    classifier: SentenceClassifier,
    training: Labelled,
    held_out: Labelled | None = None,
    *,
    title: str,
    command: str | None = None,
    force: bool = False,
) -> None:
    """Write the page on a classifier that `fit` has just trained.

    The answers are measured on the held-out texts; where there are none, on the training texts
    themselves, and the page says what that is worth.

    Args:
        path: The file.
        classifier: The classifier.
        training: The texts that `fit` was given, or their ids, and their labels.
        held_out: The validation texts that it was given, and their labels; None where it kept
            some of `training` for that, which this function finds out, or none.
        title: Of the page.
        command: The command that made the page.
        force: Whether to replace a file that exists.
    """
    training = (check_texts(training[0]), training[1])
    kept = classifier.held_out_
    if held_out is None and len(kept):
        held_out = _selected(training, kept)
        training = _selected(training, np.setdiff1d(np.arange(len(training[1])), kept))
    texts, labels = held_out or training
    probabilities = classifier.predict_proba(texts)
    classes = [str(label) for label in classifier.classes_.tolist()]
    metrics = measure(labels, probabilities, classes)
    parts = [_part(classifier, "training", training)]
    if held_out is not None:
        parts.append(_part(classifier, "validation", held_out))
    plots = []
    if has_matplotlib():
        plots = [
            *learning_curves(classifier.histories_),
            reliability_diagram(labels, probabilities, classes),
        ]
    write_page(
        path,
        "training.html.jinja",
        force=force,
        title=title,
        metrics=metrics,
        held_out=held_out is not None,
        parameters=classifier.parameters,
        validation=classifier.validation_,
        vocabulary=classifier.tokenizer_.without_unused_words().size,
        temperature=classifier.temperature_,
        data=parts,
        few_classes=len(classes) <= FEW_CLASSES,
        lengths=[length_histogram(parts[0].lengths, maxlen=classifier.maxlen)]
        if has_matplotlib()
        else [],
        plots=plots,
        errors=find_worst_errors(
            as_strings(texts, classifier.tokenizer_), labels, probabilities, classes
        ),
        settings=settings_of(classifier.config_),
        command=command,
    )


def settings_of(config: ClassifierConfig) -> dict[str, Any]:
    """Return the settings of a resolved config that are set, as config.json has them."""
    return {name: value for name, value in to_config(config).items() if value is not None}


def _part(classifier: SentenceClassifier, name: str, labelled: Labelled) -> Part:
    texts, labels = labelled
    counts = Counter(str(label) for label in labels)
    tokenizer = classifier.tokenizer_
    unknown = None
    if isinstance(texts, Sequences):
        lengths = texts.lengths
    else:
        lengths = tokenizer.encode(texts).lengths
        unknown = unknown_rate(texts, tokenizer)
    return Part(
        name,
        len(labels),
        {str(label): counts[str(label)] for label in classifier.classes_.tolist()},
        lengths,
        unknown,
    )


def unknown_rate(texts: Sequence[str] | Sequence[Sequence[str]], tokenizer: Tokenizer) -> float:
    """Return the share of the tokens that have no number of their own, 0 to 1.

    Args:
        texts: Texts, or their tokens.
        tokenizer: A fitted one.

    Example:
        >>> from textseq import Tokenizer
        >>> from textseq.report.training import unknown_rate
        >>> tokenizer = Tokenizer(num_words=2)
        >>> tokenizer.fit_on_texts(["high high enough"])
        >>> unknown_rate(["high enough", "mountain high"], tokenizer)
        0.5
    """
    counts = tokenizer.count_words(texts)
    return measure_tokens(counts, tokenizer, documents=len(texts)).unknown_rate


def _selected(labelled: Labelled, documents: npt.NDArray[np.int64]) -> Labelled:
    """Return some of the texts, or of their ids, and their labels."""
    texts, labels = labelled
    return select_texts(texts, documents), [labels[i] for i in documents.tolist()]


def as_strings(texts: CheckedTexts, tokenizer: Tokenizer) -> list[str]:
    """Return texts as Python strings; ids as the words they stand for."""
    if isinstance(texts, Sequences):
        return tokenizer.sequences_to_texts(texts)
    return texts if isinstance(texts, list) else texts.to_pylist()
