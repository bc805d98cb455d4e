"""Texts and labels to a trained classifier: the three steps of training, one after the other.

    prepare  texts and labels -> TrainingData        data.py
    train    TrainingData -> TrainedNetworks         training.py
    assemble TrainedNetworks -> Predictor            predictor.py

`SentenceClassifier.fit` and `textseq classify train` both call it, and `cross_validate`, which
estimates how accurate that makes a classifier. It needs no scikit-learn, whose
import takes longer than training a small model does.
"""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from textseq.classifier.config import ClassifierConfig
from textseq.classifier.config_json import from_config
from textseq.classifier.cross_validation import CrossValidation, Fold
from textseq.classifier.label_sets import LabelSets
from textseq.classifier.labels import encode_labels
from textseq.classifier.model_folder import read_settings
from textseq.classifier.predictor import assemble
from textseq.classifier.split import stratified_folds
from textseq.classifier.texts import count_shared, select_texts
from textseq.classifier.trained import TrainedClassifier, as_trained
from textseq.classifier.unused import defaults_of_unused
from textseq.compute.settings import shown
from textseq.errors import ArgumentError, naming_extras
from textseq.files.safe_load import wrap_read_errors
from textseq.tokenizer.tokenizer import Tokenizer

if TYPE_CHECKING:
    import keras

    from textseq.classifier.texts import Texts
    from textseq.files.paths import StrPath
    from textseq.network.training.observers import Observer

_log = logging.getLogger(__name__)


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
    return as_trained(data, trained, model, validation)


def cross_validate(
    texts: Texts,
    labels: Iterable[Any],
    config: ClassifierConfig,
    *,
    folds: int = 5,
    sample_weight: npt.ArrayLike | None = None,
    validation_data: tuple[Texts, Iterable[Any]] | None = None,
    checkpoint: StrPath | None = None,
    on_fold: Callable[[Fold], None] | None = None,
) -> CrossValidation:
    """Estimate by cross-validation how accurate a classifier of some settings is.

    What the preset decides by the number of texts, it decides by that of all, as for the classifier
    that is then trained on all of them. That one learns from more texts than each of these, so that
    the estimate is rather too low than too high.

    Args:
        texts: See `SentenceClassifier.fit`; so are the others.
        labels: A label for each text.
        config: The settings.
        folds: The number of folds, into which texts are drawn by the seed, stratified by class.
        sample_weight: A weight for each text in training; None for 1.
        validation_data: Texts and labels that decide when to stop, in each training; None keeps
            some of those that are trained on.
        checkpoint: A folder for the state of each training, in a folder `fold_1` and so on.
        on_fold: Called after each fold.

    Raises:
        ArgumentError: See `train_classifier`; or there are more folds than texts, or texts may
            have several labels.
        KeyboardInterrupt: Ctrl-C was pressed.

    Example:
        >>> from textseq.classifier import ClassifierConfig, cross_validate
        >>> config = ClassifierConfig(units=8, dimension=8, epochs=20, learning_rate=0.05)
        >>> texts, labels = ["a joy to watch", "a bore to watch"] * 16, ["good", "bad"] * 16
        >>> found = cross_validate(texts, labels, config, folds=4)
        >>> found.accuracies, found.standard_deviation
        ([1.0, 1.0, 1.0, 1.0], 0.0)
        >>> print(found.interval)
        89.3% to 100.0%
    """
    from textseq.classifier.data import check_labelled, prepare

    documents, answers = check_labelled(texts, labels, multilabel=config.multilabel)
    if isinstance(answers, LabelSets):
        raise ArgumentError(
            "Cross-validation (--folds, cross_validate) is for texts with one label each; leave it "
            "out, and name texts of several labels to validate on (--validation, validation_data=)."
        )
    weights = None if sample_weight is None else np.asarray(sample_weight)
    data = prepare(
        documents,
        answers,
        _load_vectors(config),
        sample_weight=weights,
        validation_data=validation_data,
    )
    settled = data.config.replace(**defaults_of_unused(data.config))
    targets = encode_labels(answers, data.classes)
    fold_of = stratified_folds(targets, folds, config.seed)
    found, shared = np.zeros((len(targets), len(data.classes)), np.float32), 0
    result = CrossValidation(data.classes, targets, fold_of, found)
    for k in range(folds):
        kept, held = np.flatnonzero(fold_of != k), np.flatnonzero(fold_of == k)
        training, asked = select_texts(documents, kept), select_texts(documents, held)
        trained = train_classifier(
            training,
            answers[kept],
            settled,
            sample_weight=None if weights is None else weights[kept],
            validation_data=validation_data,
            checkpoint=None if checkpoint is None else Path(checkpoint) / f"fold_{k + 1}",
        )
        if trained.interrupted:
            raise KeyboardInterrupt
        columns = np.searchsorted(data.classes, trained.model.classes)
        found[held[:, None], columns] = trained.model.predict_proba(asked)
        shared += count_shared(training, asked)
        if on_fold is not None:
            on_fold(result.of_fold(k))
    if shared:
        _log.warning(
            "%s of the %s texts occur in another fold too, so the estimate is too high; remove "
            "what is there twice.",
            f"{shared:,}",
            f"{len(targets):,}",
        )
    return result


def _load_vectors(config: ClassifierConfig) -> ClassifierConfig:
    """Return the config with its word vectors in memory, where it names their file."""
    if not isinstance(config.vectors, str | os.PathLike):
        return config
    from textseq.word2vec.formats import load

    return config.replace(vectors=load(config.vectors))


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
    settings = {**config.settings, **defaults_of_unused(config), **own}
    if entries.get("tokenizer_given") and "tokenizer" not in own:
        settings["tokenizer"] = Tokenizer.load(Path(path).with_name("tokenizer.json"))
    return settings
