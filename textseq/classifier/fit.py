"""Texts and labels to a trained classifier: the three steps of training, one after the other.

    prepare  texts and labels -> TrainingData        data.py
    train    TrainingData -> TrainedNetworks         training.py
    assemble TrainedNetworks -> Predictor            predictor.py

`SentenceClassifier.fit` and `textseq classify train` both call it. It needs no scikit-learn, whose
import takes longer than training a small model does.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from textseq.classifier.config import ClassifierConfig
from textseq.classifier.config_json import from_config
from textseq.classifier.labels import ClassIds
from textseq.classifier.model_folder import read_settings
from textseq.classifier.predictor import Predictor, assemble
from textseq.classifier.unused import unused_settings
from textseq.compute.settings import shown
from textseq.errors import ArgumentError, naming_extras
from textseq.files.paths import StrPath
from textseq.files.safe_load import wrap_read_errors
from textseq.tokenizer.tokenizer import Tokenizer

if TYPE_CHECKING:
    import keras

    from textseq.classifier.texts import Texts
    from textseq.network.training.observers import Observer


@dataclass(frozen=True, eq=False)
class TrainedClassifier:
    """A trained classifier, and how its training went.

    Args:
        model: What labels texts.
        histories: Loss and accuracy of each epoch of each network.
        validation: The accuracy of each part and of the whole on the validation texts; None where
            there were none.
        held_out: The positions of the training texts that were kept for validation.
        coverage: How many words have a starting vector; None where there are no such vectors.
        interrupted: Whether Ctrl-C ended the training.
    """

    model: Predictor
    histories: list[dict[str, list[float]]]
    validation: dict[str, Any] | None
    held_out: ClassIds = field(default_factory=lambda: np.arange(0))
    coverage: Any = None
    interrupted: bool = False

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
        self.model.save(path, metrics, force=force)


def train_classifier(
    texts: Texts,
    labels: Iterable[Any],
    config: ClassifierConfig,
    *,
    sample_weight: npt.ArrayLike | None = None,
    validation_data: tuple[Texts, Iterable[Any]] | None = None,
    callbacks: Iterable[Observer | keras.callbacks.Callback] | None = (),
    checkpoint: StrPath | None = None,
) -> TrainedClassifier:
    """Train a classifier; Ctrl-C ends it with the best weights so far, if there are any.

    Args:
        texts: See `SentenceClassifier.fit`; so are the others.
        labels: A label for each text.
        config: The settings.
        sample_weight: A weight for each text; None for 1.
        validation_data: Texts and labels that decide when to stop; None keeps some of `texts`.
        callbacks: What is called in training.
        checkpoint: A folder for the state of the training.

    Raises:
        ArgumentError: Texts and labels do not match, all labels are the same, or a setting
            is out of its range.
        ArtifactError: The checkpoint is damaged, or of other settings or texts.
        MissingExtraError: A part is the user's own, and Keras or TensorFlow is not installed.
        KeyboardInterrupt: Ctrl-C was pressed before there was a network to keep.

    Example:
        >>> from textseq.classifier.config import ClassifierConfig
        >>> from textseq.classifier.fit import train_classifier
        >>> config = ClassifierConfig(units=8, dimension=8, epochs=20, learning_rate=0.05)
        >>> texts, labels = ["a joy to watch", "a bore to watch"] * 16, ["good", "bad"] * 16
        >>> trained = train_classifier(texts, labels, config)
        >>> trained.model.decode(trained.model.predict_proba(["what a joy"])).tolist()
        ['good']
    """
    # Here, so that one who only loads a classifier does not load what compiles loops.
    from textseq.classifier.data import prepare
    from textseq.classifier.training import train
    from textseq.compute.compiling import compile_whole

    compile_whole()
    if not isinstance(checkpoint, str | os.PathLike | None):
        raise ArgumentError(
            f"`checkpoint` must be the name of a folder. Received: {shown(checkpoint)}."
        )
    if config.needs_keras:
        with naming_extras("Training with a part of your own"):
            importlib.import_module("keras")
    data = prepare(
        texts, labels, config, sample_weight=sample_weight, validation_data=validation_data
    )
    pa.default_memory_pool().release_unused()  # what copies of the texts took, for the networks
    trained = train(data, callbacks=callbacks, checkpoint=checkpoint)
    model, validation = assemble(data, trained)
    return TrainedClassifier(
        model, trained.histories, validation, data.held_out, data.coverage, trained.interrupted
    )


def load_settings(path: StrPath, own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a config.json for a new training; see `from_config`.

    Of a model's config, in which all settings are decided, those that do nothing are left open. A
    tokenizer that was given for the model is read from beside it.

    Args:
        path: The file.
        own: Settings to use in place of the file's; parts of one's own are given here.

    Raises:
        ArtifactError: The file does not hold such a config.
    """
    entries = read_settings(path)
    with wrap_read_errors(f"The settings '{path}'", "cannot be used"):
        config = from_config(entries, own)
    defaults = {field.name: field.default for field in fields(ClassifierConfig)}
    open_ = {name: defaults[name] for name in unused_settings(config) if name not in own}
    settings = {**config.settings, **open_, **own}
    if entries.get("tokenizer_given") and "tokenizer" not in own:
        settings["tokenizer"] = Tokenizer.load(Path(path).with_name("tokenizer.json"))
    return settings
