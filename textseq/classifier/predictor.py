"""A trained classifier that only labels: it loads without scikit-learn, Keras and TensorFlow.

    texts -> tokenizer -> ids -> networks and linear model -> temperature -> probabilities

Its answer is the most probable class, or where a text may have several labels, those above their
thresholds.

`SentenceClassifier` holds one after `fit` or `load`. A program that starts, labels a sentence and
ends, such as `textseq classify predict`, needs no more than this.

The first documents of a process go through NumPy alone, since loading compiled loops takes longer
than a few documents do; see `Predictor.warm_up`. The answers are the same within 1e-6.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from textseq.classifier.calibration import apply_temperature
from textseq.classifier.config import ClassifierConfig
from textseq.classifier.config_json import from_config, refuse_other_parts, to_config
from textseq.classifier.ensemble import (
    Ensemble,
    FittedEnsemble,
    Network,
    fit_ensemble,
    flatten_weights,
    split_weights,
)
from textseq.classifier.label_calibration import scale_logits
from textseq.classifier.labels import Labels
from textseq.classifier.model_folder import Artifact, load_artifact, save_artifact
from textseq.classifier.texts import encode
from textseq.compute.cold_start import FEW_DOCUMENTS
from textseq.errors import ArgumentError
from textseq.files.paths import StrPath
from textseq.files.safe_load import wrap_read_errors
from textseq.network.arrays import FloatArray
from textseq.network.heads import HEADS
from textseq.network.inference.numpy_network import NumpyNetwork
from textseq.network.keras_network import KerasNetwork
from textseq.network.linear import Linear
from textseq.network.model_spec import ModelSpec
from textseq.registry import counted
from textseq.sequences.sequences import Sequences
from textseq.tokenizer.tokenizer import Tokenizer

if TYPE_CHECKING:
    from textseq.classifier.data import TrainingData
    from textseq.classifier.training import TrainedNetworks

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False, repr=False)
class Predictor:
    """A trained classifier; `load` reads one from a folder. Any number of threads may share one.

    Args:
        config: Its settings, none of them left open.
        tokenizer: The fitted tokenizer.
        classes: The labels, in the order of the columns of `predict_proba`: shape (classes,).
        vocabulary: Number of ids, the reserved 0 included.
        ensemble: The networks and the linear model.
        temperature: What the logits are divided by; see `calibration`. Of several labels, one for
            each class: float32, (classes,).
        thresholds: Where a text may have several labels, the probability above which each is
            given: float32, (classes,); None where it has one label.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> from textseq.classifier import Predictor, SentenceClassifier
        >>> texts, labels = ["pure joy", "pure bore"] * 8, ["good", "bad"] * 8
        >>> classifier = SentenceClassifier(units=8, epochs=5, networks=2).fit(texts, labels)
        >>> folder = Path(mkdtemp()) / "model"
        >>> classifier.save(folder)
        >>> predictor = Predictor.load(folder)
        >>> predictor
        Predictor(2 classes, 2 networks and a linear model, 4 ids)
        >>> predictor.predict(["pure joy"])
        array(['good'], dtype='<U4')
        >>> predictor.predict_proba(["pure joy"]).shape
        (1, 2)
    """

    config: ClassifierConfig
    tokenizer: Tokenizer
    classes: Labels
    vocabulary: int
    ensemble: Ensemble
    temperature: float | FloatArray = 1.0
    thresholds: FloatArray | None = None
    _use: _Use = field(default_factory=lambda: _Use(), init=False)

    @classmethod
    def load(cls, path: StrPath, **own: Any) -> Predictor:
        """Read a classifier from a folder; see `SentenceClassifier.load`."""
        return cls.from_artifact(load_artifact(path, analyzer=own.get("analyzer")), path, own)

    @classmethod
    def from_artifact(
        cls, artifact: Artifact, path: StrPath, own: Mapping[str, Any] | None = None
    ) -> Predictor:
        """Assemble a predictor from what the folder `path` holds; `own` are the user's parts.

        Raises:
            ArtifactError: The parts, the sizes and the weights do not fit together.
        """
        entries = artifact.config
        with wrap_read_errors(f"The model '{path}'", "cannot be used"):
            refuse_other_parts(entries, own or {})
            config = from_config(entries, own or {})
            _check_complete(config)
            classes, vocabulary = np.array(entries["classes"]), int(entries["vocabulary"])
            networks, linear = split_weights(
                artifact.weights,
                vocabulary,
                config.linear or 0,
                len(classes),
                char_ngrams=config.char_ngrams or 0,
                multilabel=bool(config.multilabel),
            )
            spec = config.model_spec(vocabulary, len(classes))
            for weights in networks:
                spec.check(weights)
            check_ids(artifact.tokenizer, vocabulary)
            ensemble = make_ensemble(config, spec, networks, linear)
            calibration = _read_calibration(
                entries, len(classes), multilabel=bool(config.multilabel)
            )
        return cls(config, artifact.tokenizer, classes, vocabulary, ensemble, *calibration)

    def save(self, path: StrPath, metrics: Mapping[str, Any], *, force: bool = False) -> None:
        """Write the classifier, and how its training went, to a folder; see `model_folder`."""
        config = {
            "classes": self.classes.tolist(),
            "vocabulary": self.vocabulary,
            **to_config(self.config),
            "temperature": _to_json(self.temperature),
        }
        if self.thresholds is not None:
            config["thresholds"] = _to_json(self.thresholds)
        tokenizer = self.tokenizer.without_unused_words()
        if self.config.compressed and self.config.tokenizer is None:
            tokenizer = tokenizer.without_counts()
        artifact = Artifact(config, tokenizer, self.weights, dict(metrics))
        save_artifact(path, artifact, force=force)

    def predict_proba(self, texts: Any) -> npt.NDArray[np.float32]:
        """Return the probability of each class: float32, shape (documents, classes).

        Args:
            texts: Strings, Arrow strings, a corpus, or ids as `Sequences`.
        """
        sequences = encode(self.tokenizer, texts, self.vocabulary, unknown=self.reads_unknown_words)
        if not len(sequences):
            return np.empty((0, len(self.classes)), dtype=np.float32)
        self._use.documents += len(sequences)
        if not self._use.warm and len(sequences) <= FEW_DOCUMENTS < self._use.documents:
            self.warm_up()
        return self.calibrate(self.ensemble.probabilities(sequences))

    def calibrate(self, probabilities: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return probabilities after their logits were divided by the temperature."""
        if isinstance(self.temperature, float):
            return apply_temperature(probabilities, self.temperature)
        return scale_logits(probabilities, self.temperature)

    def predict(self, texts: Any) -> Labels:
        """Return the label of each text: (documents,); of several, which ones; see `decode`.

        Args:
            texts: As for `predict_proba`.
        """
        return self.decode(self.predict_proba(texts))

    def warm_up(self) -> None:
        """Load now what many documents are labelled faster with: compiled loops and tables.

        It takes half a second or more. Otherwise this happens in the call that labels the
        `cold_start.FEW_DOCUMENTS`th document, or in the first one with more documents than that. A
        server calls it before its first request.
        """
        self._use.warm = True
        text = [1, 1] if self.vocabulary > 1 else []
        self.ensemble.probabilities(Sequences.from_lists([text] * (FEW_DOCUMENTS + 1)))
        for network in self.networks:
            if isinstance(network, NumpyNetwork):
                network.prepare()
        self.ensemble.probabilities(Sequences.from_lists([text]))

    def decode(
        self, probabilities: npt.NDArray[np.float32], threshold: float | None = None
    ) -> Labels:
        """Return the label that the probabilities of each text say: (documents,).

        Where a text may have several labels, return 1 for each that is above its threshold, else 0:
        int64, (documents, classes).

        Args:
            probabilities: As `predict_proba` returns them.
            threshold: Of several labels, one threshold in place of those that were fitted.
        """
        if self.thresholds is not None:
            above = probabilities > (self.thresholds if threshold is None else threshold)
            return above.astype(np.int64)
        labels: Labels = self.classes[HEADS.resolve(self.spec.head).decode(probabilities)]
        return labels

    @property
    def multilabel(self) -> bool:
        """Whether a text may have several labels, or none."""
        return bool(self.config.multilabel)

    @property
    def networks(self) -> tuple[Network, ...]:
        """The networks, whose probabilities are averaged."""
        return tuple(self.ensemble.networks)

    @property
    def linear(self) -> Linear | None:
        """The linear model that answers beside them, if there is one."""
        return self.ensemble.linear

    @property
    def reads_unknown_words(self) -> bool:
        """Whether words without an id count: those whose character n-grams the linear model has."""
        return self.linear is not None and self.linear.characters is not None

    @cached_property
    def spec(self) -> ModelSpec:
        """The parts and sizes of each network."""
        return self.config.model_spec(self.vocabulary, len(self.classes))

    @property
    def weights(self) -> dict[str, npt.NDArray[Any]]:
        """All weights by name, see `flatten_weights`; tables may be float16."""
        return flatten_weights([network.weights for network in self.networks], self.linear)

    @property
    def first_network(self) -> Predictor:
        """The first network by itself; this very predictor where it is all there is."""
        if len(self.networks) == 1 and self.linear is None:
            return self
        ensemble = replace(self.ensemble, networks=self.networks[:1], linear=None)
        return replace(self, ensemble=ensemble, temperature=_ones_like(self.temperature))

    def __repr__(self) -> str:
        parts = counted(len(self.networks), "network") + " and a linear model" * bool(self.linear)
        return f"Predictor({len(self.classes)} classes, {parts}, {self.vocabulary:,} ids)"


@dataclass
class _Use:
    """How a predictor was used; several threads may change it, and a number may be short of some.

    Args:
        documents: About how many were labelled.
        warm: Whether `warm_up` was called.
    """

    documents: int = 0
    warm: bool = False


def assemble(
    data: TrainingData, trained: TrainedNetworks
) -> tuple[Predictor, dict[str, Any] | None]:
    """The third step of training: the model, its parts weighted on the validation texts.

    Returns:
        The model; and its scores on the validation texts, see `FittedEnsemble`.
    """
    model, fitted = fit_predictor(data, trained)
    return model, fitted.scores


def fit_predictor(data: TrainingData, trained: TrainedNetworks) -> tuple[Predictor, FittedEnsemble]:
    """Return the model, and what was fitted on the validation texts."""
    spec = data.config.model_spec(data.vocabulary, len(data.classes))
    fitted = fit_ensemble(
        make_ensemble(data.config, spec, trained.networks, trained.linear),
        data.validation,
        calibrated=data.config.calibrated,
    )
    model = Predictor(
        data.config,
        data.tokenizer,
        data.classes,
        data.vocabulary,
        fitted.ensemble,
        fitted.temperature,
        fitted.thresholds,
    )
    return model, fitted


def make_ensemble(
    config: ClassifierConfig,
    spec: ModelSpec,
    networks: list[dict[str, npt.NDArray[Any]]],
    linear: Linear | None,
) -> Ensemble:
    """Return networks as they predict: in NumPy, or in Keras where a part is the user's own."""
    if spec.runs_without_keras:
        made: list[Network] = [spec.numpy_network(weights) for weights in networks]
    else:
        _log.info("A part of the network is your own, so Keras predicts, which starts more slowly.")
        made = [KerasNetwork(spec, weights) for weights in networks]
    return Ensemble(made, linear, config.maxlen, bool(config.multilabel))


def _read_calibration(
    entries: Mapping[str, Any], classes: int, *, multilabel: bool
) -> tuple[float | FloatArray, FloatArray | None]:
    """Return the temperature and the thresholds in the entries of a config.json.

    Raises:
        ArgumentError: They are not one for each of several labels, or not one number.
    """
    temperature, thresholds = entries["temperature"], entries.get("thresholds")
    if not multilabel:
        if isinstance(temperature, list) or thresholds is not None:
            raise ArgumentError("its temperatures or thresholds are those of several labels")
        return float(temperature), None
    for name, values in (("temperature", temperature), ("thresholds", thresholds)):
        if not isinstance(values, list) or len(values) != classes:
            raise ArgumentError(f"its {name} should be a number for each of {classes:,} classes")
    return np.array(temperature, np.float32), np.array(thresholds, np.float32)


def _to_json(values: float | FloatArray) -> Any:
    return values if isinstance(values, float) else values.tolist()


def _ones_like(values: float | FloatArray) -> float | FloatArray:
    return 1.0 if isinstance(values, float) else np.ones_like(values)


def check_ids(tokenizer: Tokenizer, vocabulary: int) -> None:
    """Raise an error unless each id of a tokenizer is from 1 to below `vocabulary`.

    Raises:
        ArgumentError: One is not.
    """
    ids, limit = tokenizer.word_index.values(), tokenizer.num_words
    used = [i for i in ids if i < limit] if limit else ids
    lowest, highest = min(used, default=1), max(used, default=1)
    if lowest < 1 or highest >= vocabulary:
        which = f"from {lowest}" if lowest < 1 else f"up to {highest}"
        raise ArgumentError(
            f"its tokenizer has ids {which}, where the network has rows for 1 to {vocabulary - 1}"
        )


def _check_complete(config: ClassifierConfig) -> None:
    """Raise an error where a setting is missing that `fit` always settles and prediction needs."""
    spec = {field.name for field in fields(ModelSpec)} & set(config.settings)
    for name in (*sorted(spec), "linear"):
        if config.settings[name] is None:
            raise ArgumentError(f"its config.json does not name its {name}")
