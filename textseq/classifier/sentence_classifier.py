"""SentenceClassifier: texts and labels in, labels and probabilities out, by scikit-learn's rules.

The only file that knows the whole chain: texts -> tokenizer -> sequences -> networks -> labels.
TensorFlow loads to train, and to predict with a part of the user's own; networks of built-in parts
predict with NumPy alone.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import sklearn.exceptions
from sklearn.base import BaseEstimator, ClassifierMixin

from textseq.classifier.calibration import tempered
from textseq.classifier.config import (
    ADDED,
    OPEN,
    described,
    read_back,
    read_histories,
    read_validation,
)
from textseq.classifier.data import (
    FEW_TEXTS,
    Labelled,
    Texts,
    divided,
    fitted_tokenizer,
    given_validation,
    starting_vectors,
    vocabulary_of,
)
from textseq.classifier.ensemble import Committee, joined, parted, settled
from textseq.classifier.labels import (
    ClassWeight,
    Labels,
    check_labelled,
    class_numbers,
    document_weights,
)
from textseq.classifier.model_folder import Artifact, load_artifact, read_settings, save_artifact
from textseq.classifier.predictor import check_numbers, encoded, saved_temperature
from textseq.classifier.presets import Recipe, recipe_for
from textseq.classifier.settings_check import check_settings
from textseq.errors import ArgumentError, ArtifactError, NotFittedError
from textseq.files.paths import StrPath
from textseq.network.linear import Linear, fit_linear, ngrams_for
from textseq.network.model_spec import BUILT_IN, ModelSpec, Part
from textseq.sequences.sequences import Sequences
from textseq.tokenizer.analyzers import Analyzer
from textseq.tokenizer.tokenizer import Tokenizer

if TYPE_CHECKING:
    import keras
    from gensim.models import KeyedVectors

    from textseq.network.training.batches import Examples
    from textseq.network.training.loop import History, Settings

Weights = dict[str, npt.NDArray[np.float32]]


class SentenceClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # sklearn is untyped
    """Recurrent networks that label sentences, with a linear model of n-grams beside them.

    `networks=1, linear=0, pooling="last"` is the textbook's many-to-one network alone.

    Args:
        embedding: `"learned"`, `"ngrams"`, `"onehot"`, `"word2vec"`, or your own; see `embeddings`.
            None for `"ngrams"` from 10,000 training texts on, of which n-grams can be learned,
            else `"learned"`.
        cell: `"simple_rnn"`, `"gru"`, `"lstm"`, or your own; see `cells`.
        pooling: `"last"`, `"mean"`, `"max"`, `"attention"`, or your own; see `pooling`.
        units: Size of the state, in each direction; None for 64 from 10,000 training texts on,
            else 128.
        bidirectional: Whether a second cell reads each sentence from its end.
        dimension: Length of a word vector; None for that of `vectors`, or 64 from 10,000
            training texts on, else 200.
        vectors: For `"word2vec"`, and `"ngrams"` if wanted: gensim `KeyedVectors`, or the path of
            a vectors file.
        tuned: Whether such vectors go on learning, or stay frozen.
        ngrams: For `"ngrams"`: the longest n-gram, in tokens; None for 4 where these are
            syllables, else 2.
        buckets: For `"ngrams"`: the number of vectors that all n-grams share; None for about the
            number of training tokens, 2^19 at most.
        tokenizer: A `Tokenizer` to use; one that knows no words yet is fitted on the training
            texts. None makes one from the next three arguments.
        num_words: Use the `num_words - 1` most frequent words; None for all.
        min_count: Use words that occur at least so often.
        analyzer: How texts become tokens; see `Tokenizer`. None chooses by the script of the
            texts, see `analyzer_for`; `"words"` is Keras's rule.
        maxlen: Of a longer text, the networks read the last `maxlen` tokens; None reads all.
        networks: How many networks are trained, each from other random numbers, whose
            probabilities are averaged; None for 1 from 10,000 training texts on, else 3. See
            `committee`.
        linear: The longest n-gram, in tokens, of the linear model that answers beside the
            networks; 0 for no such model. None for 5 where tokens are syllables, else 3 from
            10,000 training texts on, and 2 below. See `linear`.
        dropout: Share of the pooled state's numbers that training drops.
        vector_dropout: Share of the word vectors' numbers that training drops; None for 0.3 from
            10,000 training texts on, else 0.2.
        word_dropout: Share of the words that training leaves out, others in each epoch; None for
            0.1 from 10,000 training texts on, else 0.
        epochs: At most so many passes over the training texts; None for 4 from 10,000 texts on,
            else 10.
        batch_size: Texts in a batch; None for 32, or 16 below 1,000 texts, which need the steps.
        learning_rate: Adam's, at its height, from which it falls along a cosine.
        warmup: Over so many epochs, or a part of one, the learning rate rises to its height.
        validation_fraction: Share of the training texts that is kept to decide when to stop; 0
            trains for all epochs. None for a tenth, or 0 below 1,000 texts, where a tenth is
            too few to tell one epoch from another.
        patience: Stop after so many epochs without a better validation accuracy.
        class_weight: None, `"balanced"`, or a weight for each label.
        calibrated: Whether to fit a temperature on the validation texts that makes the
            probabilities mean what they say; see `calibration`. It changes no label.
        seed: Of everything random.

    Attributes:
        classes_: The labels, sorted: shape (classes,).
        tokenizer_: The fitted tokenizer.
        weights_: All numbers that were learned, by name; see `committee`.
        history_: Loss and accuracy of each epoch of the first network, on training and validation
            texts.
        histories_: Those of all networks.
        validation_: The accuracy of each part and of the whole on the validation texts, which
            decided when to stop; None where there were none.
        temperature_: What the logits are divided by; where there was nothing to fit it on, 1, or 4
            with a linear model.
        held_out_: The numbers of the training texts that `fit` kept for validation.

    Example:
        >>> from textseq.classifier import SentenceClassifier
        >>> texts = ["a joy to watch", "a bore to watch", "pure joy", "pure bore"] * 8
        >>> labels = ["good", "bad", "good", "bad"] * 8
        >>> classifier = SentenceClassifier(units=8, dimension=8, epochs=20, learning_rate=0.05)
        >>> classifier.fit(texts, labels).predict(["what a joy", "what a bore"]).tolist()
        ['good', 'bad']
    """

    def __init__(
        self,
        embedding: Part | None = None,
        cell: Part = "simple_rnn",
        pooling: Part = "max",
        units: int | None = None,
        bidirectional: bool = True,
        dimension: int | None = None,
        vectors: KeyedVectors | StrPath | None = None,
        tuned: bool = True,
        ngrams: int | None = None,
        buckets: int | None = None,
        tokenizer: Tokenizer | None = None,
        num_words: int | None = 20_000,
        min_count: int = 1,
        analyzer: str | Analyzer | None = None,
        maxlen: int | None = 400,
        networks: int | None = None,
        linear: int | None = None,
        dropout: float = 0.5,
        vector_dropout: float | None = None,
        word_dropout: float | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        learning_rate: float = 2e-3,
        warmup: float = 0.0,
        validation_fraction: float | None = None,
        patience: int = 3,
        class_weight: ClassWeight = None,
        calibrated: bool = True,
        seed: int = 0,
    ) -> None:
        self.embedding = embedding
        self.cell = cell
        self.pooling = pooling
        self.units = units
        self.bidirectional = bidirectional
        self.dimension = dimension
        self.vectors = vectors
        self.tuned = tuned
        self.ngrams = ngrams
        self.buckets = buckets
        self.tokenizer = tokenizer
        self.num_words = num_words
        self.min_count = min_count
        self.analyzer = analyzer
        self.maxlen = maxlen
        self.networks = networks
        self.linear = linear
        self.dropout = dropout
        self.vector_dropout = vector_dropout
        self.word_dropout = word_dropout
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.warmup = warmup
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.class_weight = class_weight
        self.calibrated = calibrated
        self.seed = seed

    def fit(
        self,
        X: Texts,  # noqa: N803  (scikit-learn's name)
        y: Iterable[Any],
        sample_weight: npt.ArrayLike | None = None,
        *,
        validation_data: tuple[Texts, Iterable[Any]] | None = None,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        checkpoint: StrPath | None = None,
    ) -> SentenceClassifier:
        """Learn to label texts.

        Ctrl-C leaves the classifier fitted, as of the best epoch so far, and then raises
        `KeyboardInterrupt` as ever.

        Args:
            X: The texts; or, where a fitted `tokenizer` was given, their ids as `Sequences`.
            y: Their labels: strings, integers or booleans.
            sample_weight: What each text counts for; None for 1.
            validation_data: Texts and labels that decide when to stop; None keeps
                `validation_fraction` of the training texts for that.
            callbacks: Keras callbacks, which see the averaged weights; the learning rate is not
                theirs to change.
            checkpoint: A folder in which the state of the training is kept, an epoch at a time. If
                it holds one already, of the same settings and texts, training goes on from there.

        Returns:
            This classifier.

        Raises:
            ArgumentError: Texts and labels do not match, all labels are the same, or a setting
                cannot mean what it says.
            ArtifactError: The checkpoint is damaged, or of other settings or texts.
        """
        from textseq.network.training.loop import TrainingInterrupted
        from textseq.network.training.networks import train_networks

        check_settings(self.get_params(deep=False))
        self.weights_: Weights = {}
        texts, labels = check_labelled(X, y)
        self.classes_ = np.unique(labels)
        if len(self.classes_) < 2:
            raise ArgumentError(
                f"Expected texts of two classes or more. Received {len(texts)} texts of one class, "
                f"{self.classes_.tolist()[0]!r}."
            )
        training, validation = self._examples(texts, labels, sample_weight, validation_data)
        matrix = self._starting_matrix()
        linear = self._fit_linear(training)
        networks: list[Weights] = []
        self.histories_ = []
        try:
            for weights, history in train_networks(
                lambda: self._model_spec.keras_model(matrix),
                self.recipe_.networks,
                self._cut(training),
                None if validation is None else self._cut(validation),
                self._training_settings(len(training.targets)),
                predict=self._predict_with if self._model_spec.runs_without_keras else None,
                callbacks=callbacks,
                checkpoint=checkpoint,
                description=self._description(),
            ):
                networks.append(weights)
                self.histories_.append(history)
        except KeyboardInterrupt as interrupt:
            if isinstance(interrupt, TrainingInterrupted):
                networks.append(interrupt.weights)
                self.histories_.append(interrupt.history)
            if networks:
                self._take(networks, linear, validation)
            raise
        self._take(networks, linear, validation)
        return self

    def _fit_linear(self, training: Examples) -> Linear | None:
        if not self.recipe_.linear:
            return None
        classes = len(self.classes_)
        ngrams = ngrams_for(
            self._vocabulary, self.recipe_.linear, len(training.sequences.ids), classes
        )
        return fit_linear(*training, classes, ngrams, self.seed)

    def _take(
        self, networks: list[Weights], linear: Linear | None, validation: Examples | None
    ) -> None:
        """Keep what training made, and fit to it what validation texts decide."""
        if self.recipe_.embedding in ("learned", "ngrams"):
            # So many vectors are saved in half precision. Rounded here and not when they are
            # saved, they make the same network before and after.
            for weights in networks:
                table = weights["embedding.embeddings"]
                table[:] = table.astype(np.float16)
        committee, self.temperature_, self.validation_ = settled(
            self._committee(networks, linear), validation, calibrated=self.calibrated
        )
        self.weights_ = joined(networks, committee.linear)

    def predict(self, X: Texts) -> Labels:  # noqa: N803
        """Return the most probable label of each text: shape (documents,)."""
        probabilities = self.predict_proba(X)
        labels: Labels = self.classes_[probabilities.argmax(axis=1)]
        return labels

    def predict_proba(self, X: Texts) -> npt.NDArray[np.float32]:  # noqa: N803
        """Return the probability of each class: float32, shape (documents, classes).

        The columns are in the order of `classes_`. A text without a known word gets what the
        network makes of no words at all.

        Raises:
            NotFittedError: The classifier was neither fitted nor loaded.
        """
        self._check_fitted()
        return tempered(self._untempered(self._encode(X)), self.temperature_)

    def _untempered(self, sequences: Sequences) -> npt.NDArray[np.float32]:
        """Return what all say together: float32, shape (documents, classes)."""
        if not len(sequences):
            return np.empty((0, len(self.classes_)), dtype=np.float32)
        if not self._model_spec.runs_without_keras:
            warnings.warn(
                "A part of this network is not textseq's own, so Keras predicts; load TensorFlow "
                "once and label many texts at a time.",
                stacklevel=3,
            )
        return self._committee(*self._parted()).probabilities(sequences)

    def _parted(self) -> tuple[list[Weights], Linear | None]:
        return parted(self.weights_, self._vocabulary, self.recipe_.linear, len(self.classes_))

    def _committee(self, networks: list[Weights], linear: Linear | None) -> Committee:
        if self._model_spec.runs_without_keras:
            readers = [
                self._model_spec.numpy_network(weights).probabilities for weights in networks
            ]
            return Committee(readers, linear, self.maxlen)
        from textseq.network.training.loop import probabilities

        models = [self._keras_model(weights) for weights in networks]
        return Committee([partial(probabilities, model) for model in models], linear, self.maxlen)

    def to_keras(self, network: int | None = None) -> keras.Model:
        """Return what was trained as a Keras model from padded ids to probabilities.

        Args:
            network: Which network, counted from 1, to return alone, as training left it; None for
                the mean of all of them, and with the temperature in it.

        Raises:
            ArgumentError: There is no such network; or all are asked for, and a linear model is
                with them, which Keras cannot run.
        """
        from textseq.network.model import mean_model

        self._check_fitted()
        networks, linear = self._parted()
        if network is not None:
            if not 1 <= network <= len(networks):
                raise ArgumentError(
                    f"`network` must be from 1 to {len(networks)}. Received: {network!r}."
                )
            return self._keras_model(networks[network - 1])
        if linear is not None:
            raise ArgumentError(
                "A linear model answers beside the networks, which Keras cannot run; train with "
                "`linear=0`, or name the `network` to have alone."
            )
        if len(networks) > 1:
            models = [self._keras_model(weights) for weights in networks]
            return mean_model(models, self.temperature_)
        cooled = {
            name: weight / np.float32(self.temperature_) if name.startswith("output.") else weight
            for name, weight in networks[0].items()
        }
        return self._keras_model(cooled)

    def _keras_model(self, weights: Weights) -> keras.Model:
        from textseq.network.model import set_named_weights

        start = weights["embedding.embeddings"] if self.recipe_.embedding == "word2vec" else None
        model = self._model_spec.keras_model(start)
        set_named_weights(model, weights)
        return model

    def save(self, path: StrPath, *, force: bool = False) -> None:
        """Write the classifier to a folder; the format is described in `artifact`.

        Raises:
            OutputExistsError: The folder exists and `force` is false.
        """
        self._check_fitted()
        config = {**self._description(), "temperature": self.temperature_}
        metrics = {"history": self.history_, "histories": self.histories_}
        if self.validation_ is not None:
            metrics["validation"] = self.validation_
        tokenizer = self.tokenizer_.without_unused_words()
        save_artifact(path, Artifact(config, tokenizer, self.weights_, metrics), force=force)

    def _description(self) -> dict[str, Any]:
        """Return what config.json says of the network, and of how to train it again."""
        return {
            "classes": self.classes_.tolist(),
            "vocabulary": self._vocabulary,
            **described(self.get_params(deep=False), self.recipe_),
        }

    @classmethod
    def from_config(cls, path: StrPath, **own: Any) -> SentenceClassifier:
        """Return a classifier that is not fitted, with the settings of a saved one.

        Fitted on the same texts, it gets the same weights. Nothing in the file can run code.

        Args:
            path: A model folder's config.json, or one of your own with some of its entries. A
                tokenizer that was given to the saved classifier is read from beside it.
            **own: Settings to use in place of the file's; parts of your own are given here.

        Raises:
            ArtifactError: The file is no such configuration.

        Example:
            >>> import tempfile
            >>> from pathlib import Path
            >>> from textseq.classifier import SentenceClassifier
            >>> file = Path(tempfile.mkdtemp()) / "config.json"
            >>> _ = file.write_text('{"format": "textseq-classifier", "units": 64, "cell": "gru"}')
            >>> SentenceClassifier.from_config(file)
            SentenceClassifier(cell='gru', units=64)
        """
        config = read_settings(path)
        try:
            classifier = cls(**{**read_back(config, own), **own})
            check_settings(classifier.get_params(deep=False))
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(f"The settings '{path}' cannot be used: {error}.") from error
        if config.get("tokenizer_given") and "tokenizer" not in own:
            classifier.tokenizer = Tokenizer.load(Path(path).with_name("tokenizer.json"))
        return classifier

    @classmethod
    def load(
        cls,
        path: StrPath,
        *,
        embedding: Part | None = None,
        cell: Part | None = None,
        pooling: Part | None = None,
        analyzer: str | Analyzer | None = None,
    ) -> SentenceClassifier:
        """Read a classifier from a folder. Nothing in the folder can run code.

        Args:
            path: The folder.
            embedding: The embedding it was trained with, where that is code of your own; the
                folder holds only its name.
            cell: Likewise the cell.
            pooling: Likewise the pooling.
            analyzer: Likewise the tokenizer's analyzer.

        Raises:
            ArtifactError: The folder is not whole, was changed, or needs a part that you must give.
        """
        artifact = load_artifact(path, analyzer=analyzer)
        config = {**ADDED, **artifact.config}
        given = {"embedding": embedding, "cell": cell, "pooling": pooling}
        try:
            for kind in BUILT_IN:
                if config.get(kind) is None:  # else it would be one of the user's, and load Keras
                    raise ArgumentError(f"its config.json does not name its {kind}")
            classifier = cls(**read_back(config, {**given, "analyzer": analyzer}))
            check_settings(classifier.get_params(deep=False))
            classifier.temperature_ = saved_temperature(config)
            classifier.classes_ = np.array(config["classes"])
            classifier._vocabulary = int(config["vocabulary"])
            classifier.recipe_ = Recipe(**{name: getattr(classifier, name) for name in OPEN})
            classifier.histories_ = read_histories(artifact.metrics)
            classifier.validation_ = read_validation(artifact.metrics)
            classifier.weights_ = {
                name: weight.astype(np.float32, copy=False)
                for name, weight in artifact.weights.items()
            }
            for weights in classifier._parted()[0]:
                classifier._model_spec.check(weights)
            check_numbers(artifact.tokenizer, classifier._vocabulary)
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(f"The model '{path}' cannot be used: {error}.") from error
        classifier.tokenizer_ = artifact.tokenizer
        return classifier

    @property
    def history_(self) -> History:
        """Loss and accuracy of each epoch of the first network."""
        return self.histories_[0]

    @property
    def parameters(self) -> int:
        """How many numbers were learned, those of all networks and of the linear model."""
        self._check_fitted()
        return sum(array.size for array in self.weights_.values())

    def _training_settings(self, documents: int) -> Settings:
        from textseq.network.training.loop import Settings

        return Settings(
            epochs=self.recipe_.epochs,
            batch_size=self.batch_size or (32 if documents >= FEW_TEXTS else 16),
            learning_rate=self.learning_rate,
            patience=self.patience,
            warmup=self.warmup,
            word_dropout=self.recipe_.word_dropout,
            seed=self.seed,
        )

    def _examples(
        self,
        texts: list[str] | Sequences,
        labels: Labels,
        sample_weight: npt.ArrayLike | None,
        validation_data: tuple[Texts, Iterable[Any]] | None,
    ) -> tuple[Examples, Examples | None]:
        """Split, fit the tokenizer on the training part, and encode both parts with it."""
        from textseq.network.training.batches import Examples

        targets = class_numbers(labels, self.classes_)
        weights = document_weights(targets, self.classes_, self.class_weight, sample_weight)
        training = Labelled(texts, targets, weights)
        self.held_out_ = np.arange(0)
        if validation_data is not None:
            held = given_validation(*validation_data, self.classes_)
        else:
            fraction = self.validation_fraction
            training, held, self.held_out_ = divided(training, fraction, self.seed)
        self._fit_tokenizer(training.texts)
        sequences = self._encode(training.texts)
        if not len(sequences.ids):
            raise ArgumentError(
                f"The tokenizer knows none of the words of the {len(sequences)} training texts; "
                f"give one that was fitted on such texts, or none."
            )
        self._choose(len(sequences), len(sequences.ids))
        learn = Examples(sequences, training.targets, training.weights)
        if not len(held.texts):
            return learn, None
        even = np.ones(len(held.targets), np.float32)
        return learn, Examples(self._encode(held.texts), held.targets, even)

    def _choose(self, documents: int, tokens: int) -> None:
        """Settle what the settings leave open, for so many training texts and tokens."""
        self.recipe_ = recipe_for(
            documents,
            tokens,
            syllables=self.tokenizer_.analyzer == "syllables",
            **{name: getattr(self, name) for name in OPEN},
        )

    def _fit_tokenizer(self, texts: list[str] | Sequences) -> None:
        self.tokenizer_ = fitted_tokenizer(
            texts,
            self.tokenizer,
            num_words=self.num_words,
            min_count=self.min_count,
            analyzer=self.analyzer,
        )
        self._vocabulary = vocabulary_of(self.tokenizer_)

    def _encode(self, texts: Texts) -> Sequences:
        return encoded(self.tokenizer_, texts, self._vocabulary)

    def _cut(self, examples: Examples) -> Examples:
        """Return examples as the networks read them: the last `maxlen` tokens of each."""
        if self.maxlen is None:
            return examples
        return examples._replace(sequences=examples.sequences.truncate(self.maxlen))

    @property
    def _model_spec(self) -> ModelSpec:
        recipe = self.recipe_
        return ModelSpec(
            embedding=recipe.embedding,
            cell=self.cell,
            pooling=self.pooling,
            units=recipe.units,
            bidirectional=self.bidirectional,
            dimension=recipe.dimension,
            ngrams=recipe.ngrams,
            buckets=recipe.buckets,
            tuned=self.tuned,
            dropout=self.dropout,
            vector_dropout=recipe.vector_dropout,
            vocabulary=self._vocabulary,
            classes=len(self.classes_),
        )

    def _starting_matrix(self) -> npt.NDArray[np.float32] | None:
        """Return the starting word vectors, shape (vocabulary, dimension), if there are any.

        They settle the network's dimension.
        """
        if self.vectors is None:
            return None
        matrix, self.coverage_ = starting_vectors(
            self.vectors, self.tokenizer_, self._vocabulary, self.dimension
        )
        self.recipe_ = replace(self.recipe_, dimension=matrix.shape[1])
        return matrix

    def _predict_with(self, model: keras.Model, sequences: Sequences) -> npt.NDArray[np.float32]:
        """Return what a network in training makes of sequences, without Keras."""
        from textseq.network.model import weight_values

        return self._model_spec.numpy_network(weight_values(model)).probabilities(sequences)

    def _is_fitted(self) -> bool:
        return bool(getattr(self, "weights_", None))

    def _check_fitted(self) -> None:
        if not self._is_fitted():
            raise _NotFittedError(
                "This SentenceClassifier is not fitted yet; call `fit`, or `load` a saved one."
            )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags


class _NotFittedError(NotFittedError, sklearn.exceptions.NotFittedError):  # type: ignore[misc]
    """Ours and scikit-learn's, whichever a caller expects."""
