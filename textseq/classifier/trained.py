"""A trained classifier, and how its training went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from textseq.tasks.intervals import wilson_interval

if TYPE_CHECKING:
    from textseq.classifier.cross_validation import CrossValidation
    from textseq.classifier.data import TrainingData
    from textseq.classifier.labels import ClassIds
    from textseq.classifier.predictor import Predictor
    from textseq.classifier.training import TrainedNetworks
    from textseq.files.paths import StrPath


@dataclass(frozen=True, eq=False)
class TrainedClassifier:
    """A trained classifier, and how its training went.

    Args:
        model: What labels texts.
        histories: Loss and accuracy of each epoch of each network.
        validation: The accuracy of each part and of the whole on the validation texts, the number
            of these, and the whole's 95 % interval, or of several labels an estimate of the macro
            F1; None where there were none.
        held_out: The positions of the training texts that were kept for validation.
        coverage: How many words have a starting vector; None where there are no such vectors.
        interrupted: Whether Ctrl-C ended the training.
        cross_validation: An estimate of the accuracy; None where none was asked for.
        trials: What `autotune` tried, as metrics.json holds it; None for a training by itself.
        data: What it was trained on; see `summarize_data`.
    """

    model: Predictor
    histories: list[dict[str, list[float]]]
    validation: dict[str, Any] | None
    held_out: ClassIds = field(default_factory=lambda: np.arange(0))
    coverage: Any = None
    interrupted: bool = False
    cross_validation: CrossValidation | None = None
    trials: list[dict[str, Any]] | None = None
    data: Mapping[str, Any] | None = None

    @property
    def parameters(self) -> int:
        """Number of weights, those of all networks and of the linear model."""
        return sum(array.size for array in self.model.weights.values())

    def save(self, path: StrPath, *, force: bool = False) -> None:
        """Write the classifier to a folder; `model_folder` describes the format.

        Raises:
            OutputExistsError: The folder exists and `force` is false.
        """
        metrics: dict[str, Any] = {"histories": self.histories}
        if self.validation is not None:
            metrics["validation"] = self.validation
        if self.cross_validation is not None:
            metrics["cross_validation"] = self.cross_validation.to_dict()
        if self.trials is not None:
            metrics["trials"] = self.trials
        if self.data is not None:
            metrics["data"] = dict(self.data)
        self.model.save(path, metrics, force=force)


def as_trained(
    data: TrainingData,
    trained: TrainedNetworks,
    model: Predictor,
    validation: dict[str, Any] | None,
) -> TrainedClassifier:
    """Return what the three steps of training made, in one."""
    if validation is not None and data.validation is not None and not model.multilabel:
        documents = len(data.validation.targets)
        interval = wilson_interval(round(validation["together"] * documents), documents)
        validation = {**validation, "texts": documents, "interval": list(interval)}
    return TrainedClassifier(
        model,
        trained.histories,
        validation,
        data.held_out,
        data.coverage,
        trained.interrupted,
        data=data.summary,
    )
