"""SentenceClassifier: texts and labels in, labels and probabilities out, by scikit-learn's rules.

What it does is done by `train_classifier` and by the `Predictor` that makes.

Networks of textseq's own parts are trained, and predict, without TensorFlow. A part of the
user's own loads it, and `to_keras`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassifierMixin

from textseq.classifier.config import ClassifierConfig
from textseq.classifier.document_weights import document_weights
from textseq.classifier.fit import load_settings, train_classifier
from textseq.classifier.label_sets import check_label_sets, is_columns, sets_of
from textseq.classifier.labels import (
    Labels,
    check_labels,
    refuse_other_kind,
)
from textseq.classifier.model_folder import (
    load_artifact,
    read_histories,
    read_validation,
)
from textseq.classifier.predictor import Predictor
from textseq.classifier.presets import preset_table
from textseq.classifier.texts import Texts
from textseq.classifier.trained import TrainedClassifier
from textseq.errors import ArgumentError, ArtifactError
from textseq.files.paths import StrPath
from textseq.network.arrays import AnyArray, FloatArray
from textseq.tasks.estimator import SettingsEstimator
from textseq.tokenizer.tokenizer import Tokenizer

if TYPE_CHECKING:
    import keras

    from textseq.network.training.observers import Observer


class SentenceClassifier(ClassifierMixin, SettingsEstimator[Predictor], config=ClassifierConfig):  # type: ignore[misc]  # sklearn is untyped
    """Recurrent networks that label sentences, with a linear model of n-grams beside them.

    A setting that is None is decided by the preset and the number of training texts. After a
    semicolon: the value from 10,000 texts on, or where it says "few", below 1,000.

    {presets}

    Args:
        {arguments}

    Attributes:
        model_: The trained `Predictor`.
        classes_: The labels, sorted: shape (classes,).
        tokenizer_: The fitted tokenizer.
        weights_: All weights by name, float32: those of network k have the prefix `k.`.
        temperature_: What the logits are divided by; of several labels, that of each.
        thresholds_: Of several labels, the probability above which each is given; else None.
        config_: The settings, those left open as training decided them.
        histories_: Loss and accuracy of each epoch of each network, on training and validation
            texts; `history_` is that of the first.
        validation_: The accuracy of each part and of the whole on the validation texts, which
            decided when to stop, and the 95 % interval of the whole; None where there were none.
        held_out_: The positions of the training texts that `fit` kept for validation.
        coverage_: How many words have a starting vector; None where there are no such vectors.

    Example:
        >>> from textseq.classifier import SentenceClassifier
        >>> texts = ["a joy to watch", "a bore to watch", "pure joy", "pure bore"] * 8
        >>> labels = ["good", "bad", "good", "bad"] * 8
        >>> classifier = SentenceClassifier(units=8, dimension=8, epochs=20, learning_rate=0.05)
        >>> classifier.fit(texts, labels).predict(["what a joy", "what a bore"]).tolist()
        ['good', 'bad']
    """

    _given_matrix = False  # whether `fit` was given an indicator matrix

    @classmethod
    def from_preset(cls, name: str, **overrides: Any) -> SentenceClassifier:
        """Return a classifier with the settings of a preset: `textbook`, `fast` or `accurate`.

        Args:
            name: The preset.
            **overrides: Settings to use in place of the preset's.

        Example:
            >>> from textseq.classifier import SentenceClassifier
            >>> SentenceClassifier.from_preset("textbook", units=20)
            SentenceClassifier(preset='textbook', units=20)
        """
        ClassifierConfig(preset=name, **overrides)  # what cannot be is said at once
        return cls(preset=name, **overrides)

    def fit(
        self,
        X: Texts,  # noqa: N803  (scikit-learn's name)
        y: Iterable[Any],
        sample_weight: npt.ArrayLike | None = None,
        *,
        validation_data: tuple[Texts, Iterable[Any]] | None = None,
        callbacks: Iterable[Observer | keras.callbacks.Callback] | None = (),
        checkpoint: StrPath | None = None,
    ) -> SentenceClassifier:
        """Learn to label texts.

        Ctrl-C leaves the classifier fitted, with the best weights so far, and then raises
        `KeyboardInterrupt`.

        Args:
            X: The texts: strings, lists of tokens, Arrow strings, or a `Corpus`; or, where a fitted
                `tokenizer` was given, their ids as `Sequences`.
            y: Their labels: strings, integers or booleans, all of one kind, none missing. Where a
                text may have several, or none: a list of lists of labels, or an indicator matrix of
                0 and 1, (documents, labels).
            sample_weight: A weight for each text; None for 1.
            validation_data: Texts and labels that decide when to stop; None keeps
                `validation_fraction` of the training texts for that.
            callbacks: Who watches the training, and may end it: textseq's observers
                (`textseq.network.training.observers.Observer`), which need no Keras, or Keras
                callbacks. These see a Keras model with the averaged weights. A learning rate that
                they set takes the place of `learning_rate`, from which the rate falls. Of several
                networks, each one's files go to a folder `network_1` and so on. They are asked
                for once texts, labels and settings are checked.
            checkpoint: A folder in which the state of the training is kept after each epoch. If
                it holds a state of the same settings and texts, training continues from there.

        Returns:
            This classifier.

        Raises:
            ArgumentError: Texts and labels do not match, all labels are the same, or a setting
                is out of its range.
            ArtifactError: The checkpoint is damaged, or of other settings or texts.
            MissingExtraError: A part is your own, and Keras or TensorFlow is not installed.
        """
        trained = train_classifier(
            X,
            y,
            self._config,
            sample_weight=sample_weight,
            validation_data=validation_data,
            callbacks=callbacks,
            checkpoint=checkpoint,
        )
        self._given_matrix = len(getattr(y, "shape", ())) == 2
        self.held_out_, self.coverage_ = trained.held_out, trained.coverage
        self.model_, self.validation_ = trained.model, trained.validation
        self.histories_, self.data_ = trained.histories, trained.data
        if trained.interrupted:
            raise KeyboardInterrupt
        return self

    def predict(self, X: Texts) -> Labels | list[tuple[Any, ...]]:  # noqa: N803
        """Return the most probable label of each text: shape (documents,).

        Where a text may have several labels, return those above their thresholds: a tuple for each
        text; or where labels were given as a matrix, or are the numbers of its columns, from 0, an
        indicator matrix as scikit-learn's: int64, (documents, labels).

        Example:
            >>> from textseq.classifier import SentenceClassifier
            >>> texts = ["joy", "love", "joy and love", "so what"] * 8
            >>> labels = [["joy"], ["love"], ["joy", "love"], []] * 8
            >>> classifier = SentenceClassifier(units=8, dimension=8, epochs=20, learning_rate=0.05)
            >>> classifier.fit(texts, labels).predict(["what a joy", "so what"])
            [('joy',), ()]
        """
        probabilities = self.predict_proba(X)  # which refuses what is not fitted
        answers = self.model_.decode(probabilities)
        if not self.model_.multilabel or self._given_matrix or is_columns(self.classes_):
            return answers
        return sets_of(answers, self.classes_)

    def predict_proba(self, X: Texts) -> npt.NDArray[np.float32]:  # noqa: N803
        """Return the probability of each class: float32, shape (documents, classes).

        The columns are in the order of `classes_`; where a text may have several labels, each is a
        probability by itself. A text without a known word gets what the network makes of no words
        at all.

        Raises:
            NotFittedError: The classifier was neither fitted nor loaded.
        """
        return self._fitted().predict_proba(X)

    def score(
        self,
        X: Texts,  # noqa: N803
        y: Iterable[Any],
        sample_weight: npt.ArrayLike | None = None,
    ) -> float:
        """Return the accuracy on texts and their labels; of several, all must be right.

        Raises:
            ArgumentError: Texts and labels do not match, or a label is missing or no label.
        """
        probabilities = self.predict_proba(X)
        predicted = self.model_.decode(probabilities)
        answers = self._check_answers(y)
        if len(answers) != len(predicted) or not len(answers):
            raise ArgumentError(
                f"Expected a label for each text, and a text or more. Received {len(predicted)} "
                f"texts and {len(answers)} labels."
            )
        right = predicted == answers
        right = right.all(axis=1) if right.ndim == 2 else right
        if sample_weight is None:
            return float(right.mean())
        ids = np.zeros(len(answers), np.int64)
        weights = document_weights(ids, self.classes_[:1], None, sample_weight)
        return float(np.average(right, weights=weights))

    def _check_answers(self, y: Iterable[Any]) -> AnyArray:
        """Return labels as `Predictor.predict` returns them."""
        if self.model_.multilabel:
            return check_label_sets(y).indicators(self.classes_)
        answers = check_labels(y)
        refuse_other_kind(answers, self.classes_)
        return answers

    def to_keras(self, network: int | None = None) -> keras.Model:
        """Return what was trained as a Keras model from padded ids to probabilities.

        It is made of Keras's own layers, so that Keras saves, loads, exports, clones and trains it
        without textseq; see `in_keras`, also for what it reads of words without an id.

        Args:
            network: Which network, counted from 1, to return alone, as training left it; None for
                all of the model.

        Raises:
            ArgumentError: There is no such network.
        """
        from textseq.classifier.in_keras import keras_model

        return keras_model(self._fitted(), network)

    def save(self, path: StrPath, *, force: bool = False) -> None:
        """Write the classifier to a folder; `model_folder` describes the format.

        Raises:
            OutputExistsError: The folder exists and `force` is false.
        """
        model = self._fitted()
        trained = TrainedClassifier(model, self.histories_, self.validation_, data=self.data_)
        trained.save(path, force=force)

    @classmethod
    def load(cls, path: StrPath, **own: Any) -> SentenceClassifier:
        """Read a classifier from a folder. Nothing in the folder can run code.

        Args:
            path: The folder.
            **own: `embedding`, `cell`, `pooling` and `analyzer` that the classifier was trained
                with, where they are code of your own, of which the folder holds only the names.

        Raises:
            ArtifactError: The folder is not whole, was changed, or needs a part that you must give.
        """
        artifact = load_artifact(path, analyzer=own.get("analyzer"))
        model = Predictor.from_artifact(artifact, path, own)
        classifier = cls(**model.config.settings)
        try:
            classifier.histories_ = read_histories(artifact.metrics)
            classifier.validation_ = read_validation(artifact.metrics)
        except ArgumentError as error:
            raise ArtifactError(f"The model '{path}' cannot be used: {error}.") from error
        classifier.model_ = model
        classifier.data_ = artifact.metrics.get("data")
        return classifier

    @classmethod
    def from_config(cls, path: StrPath, **own: Any) -> SentenceClassifier:
        """Return a classifier that is not fitted, with the settings of a saved one.

        Fitted on the same texts, it gets the same weights. Nothing in the file can run code.

        Args:
            path: A model folder's config.json, or one of your own with some of its entries. A
                tokenizer that was given to the saved classifier is read from beside it.
            **own: Settings to use in place of the file's; parts of your own are given here.

        Raises:
            ArtifactError: The file does not hold such a config.

        Example:
            >>> import tempfile
            >>> from pathlib import Path
            >>> from textseq.classifier import SentenceClassifier
            >>> file = Path(tempfile.mkdtemp()) / "config.json"
            >>> _ = file.write_text('{"format": "textseq-classifier", "units": 64, "cell": "gru"}')
            >>> SentenceClassifier.from_config(file)
            SentenceClassifier(cell='gru', units=64)
        """
        return cls(**load_settings(path, own))

    @property
    def classes_(self) -> Labels:
        """The labels, in the order of the columns of `predict_proba`."""
        return self._fitted().classes

    @property
    def tokenizer_(self) -> Tokenizer:
        """The fitted tokenizer."""
        return self._fitted().tokenizer

    @property
    def weights_(self) -> dict[str, npt.NDArray[np.float32]]:
        """All weights by name."""
        weights = self._fitted().weights
        return {name: np.asarray(weight, np.float32) for name, weight in weights.items()}

    @property
    def temperature_(self) -> float | FloatArray:
        """What the logits are divided by; of several labels, that of each."""
        return self._fitted().temperature

    @property
    def thresholds_(self) -> FloatArray | None:
        """Of several labels, the probability above which each is given: (classes,); else None."""
        return self._fitted().thresholds

    @property
    def config_(self) -> ClassifierConfig:
        """The settings, those left open as training decided them."""
        return self._fitted().config

    @property
    def history_(self) -> dict[str, list[float]]:
        """Loss and accuracy of each epoch of the first network."""
        self._fitted()
        history: dict[str, list[float]] = self.histories_[0]
        return history

    @property
    def parameters(self) -> int:
        """Number of weights, those of all networks and of the linear model."""
        return sum(array.size for array in self._fitted().weights.values())

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.classifier_tags.multi_label = True
        return tags


SentenceClassifier.__doc__ = (SentenceClassifier.__doc__ or "").replace(
    "{presets}", preset_table().replace("\n", "\n    ")
)
