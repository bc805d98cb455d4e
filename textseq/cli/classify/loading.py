"""A model folder as the commands use it: in NumPy, or in Keras for a user's own parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textseq.cli.console import load_tensorflow

if TYPE_CHECKING:
    from textseq.classifier.model_folder import Artifact


@dataclass(frozen=True)
class LoadedModel:
    """A classifier that labels.

    Args:
        folder: What its folder holds.
        classes: The labels, in the order of the columns of the probabilities.
        predict_proba: From texts or ids to probabilities: (documents, classes).
    """

    folder: Artifact
    classes: list[str]
    predict_proba: Callable[[Any], Any]


def load_model(model: Path, own: Mapping[str, str | None], analyzer: str | None) -> LoadedModel:
    """Read a model folder.

    Args:
        model: The folder.
        own: The user's own `embedding`, `cell` and `pooling`, as import paths; None for built-in
            ones, which need neither TensorFlow nor scikit-learn.
        analyzer: The user's own analyzer.
    """
    from textseq.classifier.model_folder import load_artifact

    folder = load_artifact(model, analyzer=analyzer)
    classes = [str(label) for label in folder.config.get("classes", ())]
    parts = {kind: part for kind, part in own.items() if part}
    if parts:
        load_tensorflow("Predicting with a part of your own")
        from textseq.classifier.sentence_classifier import SentenceClassifier

        classifier = SentenceClassifier.load(model, analyzer=analyzer, **parts)
        return LoadedModel(folder, classes, classifier.predict_proba)
    from textseq.classifier.predictor import Predictor

    return LoadedModel(folder, classes, Predictor.of(folder, model).predict_proba)
