"""The page about a training: its data, learning curves, and predictions on held-out texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from textseq.classifier.config import ClassifierConfig
from textseq.classifier.config_json import to_config
from textseq.classifier.texts import CheckedTexts, check_texts, select_texts
from textseq.report.evaluation import calibration_plot, find_errors
from textseq.report.label_metrics import LabelMetrics, measure_labels
from textseq.report.metrics import Metrics, measure
from textseq.report.page import Page
from textseq.report.plots import learning_curves, length_histogram
from textseq.report.tokens import measure_tokens, summarize_lengths
from textseq.sequences.sequences import Sequences
from textseq.tokenizer.cleaning import clean_text

if TYPE_CHECKING:
    from textseq.classifier.predictor import Predictor
    from textseq.classifier.trained import TrainedClassifier
    from textseq.tokenizer.tokenizer import Tokenizer

Labelled = tuple[CheckedTexts, Sequence[Any]]

MAX_CLASSES = 30
"""Up to this number of classes, the page has a table of the texts per class."""


@dataclass(frozen=True)
class DataSummary:
    """The size of the training or the validation texts."""

    name: str  # "training" or "validation"
    documents: int
    per_class: dict[str, int]  # the number of texts of each class, or with each label
    lengths: npt.NDArray[np.int64]  # ids of each text, before truncation: (documents,)
    unknown: float | None  # fraction of the tokens not in the vocabulary; None if given as ids

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Names and values for a table."""
        rows = [("texts", f"{self.documents:,}"), ("tokens", f"{int(self.lengths.sum()):,}")]
        rows += summarize_lengths(self.lengths)
        if self.unknown is not None:
            rows.append(("out of vocabulary", f"{self.unknown:.1%} of the tokens"))
        return rows


def write_training_page(
    page: Page, trained: TrainedClassifier, training: Labelled, held_out: Labelled | None = None
) -> None:
    """Write the page about a classifier after its training.

    Its metrics are those on the validation texts, or on the training texts if there are none.
    `training` and `held_out` are the texts (or ids) and labels that it learned from.
    """
    training = (check_texts(training[0]), training[1])
    split = trained.held_out
    if held_out is None and len(split):
        held_out = _select(training, split)
        training = _select(training, np.setdiff1d(np.arange(len(training[1])), split))
    texts, labels = held_out or training
    model = trained.model
    probabilities = model.predict_proba(texts)
    classes = [str(label) for label in model.classes.tolist()]
    strings = as_strings(texts, model.tokenizer)
    data = [_summarize(model, "training", training)]
    if held_out is not None:
        data.append(_summarize(model, "validation", held_out))
    metrics: Metrics | LabelMetrics
    if model.thresholds is None:
        metrics = measure(labels, probabilities, classes)
    else:
        metrics = measure_labels(labels, probabilities, classes, model.thresholds)
    page.write(
        "training",
        plots=lambda: [
            *learning_curves(trained.histories),
            calibration_plot(metrics, labels, probabilities),
            length_histogram(data[0].lengths, maxlen=model.config.maxlen),
        ],
        settings=resolved_settings(model.config),
        metrics=metrics,
        several=model.thresholds is not None,
        held_out=held_out is not None,
        parameters=trained.parameters,
        validation=trained.validation,
        cross_validation=trained.cross_validation,
        vocabulary=model.tokenizer.without_unused_words().size,
        temperature=1.0 if model.multilabel else model.temperature,
        data=data,
        few_classes=len(classes) <= MAX_CLASSES,
        errors=find_errors(metrics, strings, labels, probabilities),
    )


def resolved_settings(config: ClassifierConfig) -> dict[str, Any]:
    """Return the settings of a resolved config that are not None, as in config.json."""
    return {name: value for name, value in to_config(config).items() if value is not None}


def _summarize(model: Predictor, name: str, labelled: Labelled) -> DataSummary:
    (texts, labels), tokenizer = labelled, model.tokenizer
    lists = (label if isinstance(label, list) else [label] for label in labels)
    counts = Counter(map(str, chain.from_iterable(lists)))
    per_class = {name: counts[name] for name in map(str, model.classes.tolist())}
    if isinstance(texts, Sequences):
        return DataSummary(name, len(labels), per_class, texts.lengths, unknown=None)
    words = tokenizer.count_words(texts)
    unknown = measure_tokens(words, tokenizer, documents=len(texts)).unknown_rate
    return DataSummary(name, len(labels), per_class, tokenizer.encode(texts).lengths, unknown)


def _select(labelled: Labelled, documents: npt.NDArray[np.int64]) -> Labelled:
    """Return the texts, or their ids, and the labels at some indices."""
    texts, labels = labelled
    return select_texts(texts, documents), [labels[i] for i in documents.tolist()]


def as_strings(texts: CheckedTexts, tokenizer: Tokenizer) -> list[str]:
    """Return texts as Python strings, as clean as the model reads them; ids are decoded."""
    if isinstance(texts, Sequences):
        return tokenizer.sequences_to_texts(texts)
    strings = texts if isinstance(texts, list) else texts.to_pylist()
    if not tokenizer.clean:
        return strings
    return [clean_text(each, tokenizer.clean) for each in strings]
