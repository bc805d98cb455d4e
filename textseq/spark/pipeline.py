"""The stages as those of a `pyspark.ml` pipeline, beside MLlib's own.

    TextTokenizer       fits a tokenizer on texts; an Estimator, which gives a
    TextTokenizerModel  texts to ids
    OneHotRows          ids to one-hot rows, as wide as the tokenizer of the ids is
    SentenceLabeller    texts to labels and probabilities, with a trained model

Parameters are spelled as MLlib spells its own: `numWords` is the `num_words` of `Tokenizer`. A
saved stage is a folder that holds, beside the `metadata` that Spark writes, a file in textseq's own
format, which needs no Spark: `tokenizer.json` for `Tokenizer.load`, or the folder `model` for
`SentenceClassifier.load`. Reading one runs no code: an analyzer that is not textseq's is refused.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyspark.ml import Estimator, Model, Transformer
from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.param.shared import HasProbabilityCol
from pyspark.sql import DataFrame
from pyspark.sql.types import ArrayType, IntegerType, StringType

from textseq.classifier.model_folder import read_histories, read_metrics, read_validation
from textseq.classifier.predictor import Predictor
from textseq.classifier.trained import TrainedClassifier
from textseq.errors import ArgumentError, NotFittedError
from textseq.files.paths import StrPath
from textseq.files.safe_load import wrap_read_errors
from textseq.spark.frames import encode, fit_tokenizer, type_of, with_columns
from textseq.spark.onehot import one_hot_of_width
from textseq.spark.predictions import predict
from textseq.spark.stage import Stage
from textseq.tokenizer.tokenizer import Tokenizer
from textseq.tokenizer.vocabulary_size import vocabulary_size

if TYPE_CHECKING:
    from textseq.classifier.sentence_classifier import SentenceClassifier

_IDS = ArrayType(IntegerType())
_TOKENIZER, _MODEL = "tokenizer.json", "model"
_NOT_ON_SPARK = ("max_words", "vocab_size", "kwargs")
"""The arguments of `Tokenizer` that are no parameters here."""

_WIDTH = "textseq.width"
"""Where the metadata of a column of ids has the width of their one-hot rows."""


class TextTokenizer(Stage, Estimator["TextTokenizerModel"]):
    """Fit a tokenizer on a column of texts.

    Args:
        **params: `inputCol` ("text"), `outputCol` ("ids"), and the settings of `Tokenizer` in
            MLlib's spelling, such as `numWords` and `minCount`; `explainParams()` lists them.

    Example:
        >>> from pyspark.ml import Pipeline
        >>> from pyspark.ml.feature import SQLTransformer
        >>> from textseq.spark import TextTokenizer
        >>> df = spark.createDataFrame([("no", "mountain"), ("high", "mountain")], ["a", "b"])
        >>> join = SQLTransformer(statement="SELECT a || ' ' || b AS text FROM __THIS__")
        >>> model = Pipeline(stages=[join, TextTokenizer(numWords=3)]).fit(df)
        >>> model.transform(df).collect()
        [Row(text='no mountain', ids=[2, 1]), Row(text='high mountain', ids=[1])]
    """

    def __init__(self, **params: Any) -> None:
        super().__init__()
        self._setDefault(inputCol="text", outputCol="ids")
        self._setDefault(**{camel_case(name): value for name, value in SETTINGS.items()})
        self.setParams(**params)

    def _fit(self, dataset: DataFrame) -> TextTokenizerModel:
        with_columns(dataset, {self.getOutputCol(): _IDS})  # a name that is taken is an error now
        settings = {name: self.getOrDefault(camel_case(name)) for name in SETTINGS}
        model = TextTokenizerModel(fit_tokenizer(dataset, self.getInputCol(), **settings))
        model._resetUid(self.uid)
        return self._copyValues(model)


class TextTokenizerModel(Stage, Model):
    """Turn a column of texts into ids.

    Args:
        tokenizer: A fitted one. None is for Spark, which reads it from a file.
        **params: `inputCol` ("text") and `outputCol` ("ids").

    Example:
        >>> from textseq import Tokenizer
        >>> from textseq.spark import TextTokenizerModel
        >>> tokenizer = Tokenizer()
        >>> tokenizer.fit_on_texts(["no mountain high enough"])
        >>> df = spark.createDataFrame([("high mountain",)], ["text"])
        >>> TextTokenizerModel(tokenizer).transform(df).collect()
        [Row(text='high mountain', ids=[3, 2])]
    """

    def __init__(self, tokenizer: Tokenizer | None = None, **params: Any) -> None:
        super().__init__()
        self._tokenizer = tokenizer
        self._setDefault(inputCol="text", outputCol="ids")
        self.setParams(**params)

    @property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer, an ordinary one."""
        if self._tokenizer is None:
            raise NotFittedError("The TextTokenizerModel has no tokenizer; give it one.")
        return self._tokenizer

    def _transform(self, dataset: DataFrame) -> DataFrame:
        output = self.getOutputCol()
        encoded = encode(dataset, self.tokenizer, self.getInputCol(), output)
        return encoded.withMetadata(output, {_WIDTH: vocabulary_size(self.tokenizer)})

    def _save_files(self, folder: Path) -> None:
        self.tokenizer.save(folder / _TOKENIZER)

    def _load_files(self, read: Callable[[str], Path]) -> None:
        self._tokenizer = Tokenizer.load(read(_TOKENIZER))


class OneHotRows(Stage, Transformer):
    """Turn a column of ids into one-hot rows: a sparse vector of MLlib for each id.

    Args:
        **params: `inputCol` ("ids"), `outputCol` ("onehot"), and `width`, the length of a vector;
            not needed where a `TextTokenizerModel` made the ids, which notes it in the metadata of
            its column.

    Example:
        >>> from textseq.spark import OneHotRows
        >>> df = spark.createDataFrame([([3, 2],)], ["ids"])
        >>> OneHotRows(width=5).transform(df).collect()
        [Row(ids=[3, 2], onehot=[SparseVector(5, {3: 1.0}), SparseVector(5, {2: 1.0})])]
    """

    width: Param[int] = Param(
        Params._dummy(),
        "width",
        "The length of a vector: one more than there are words, for the reserved id 0.",
        TypeConverters.toInt,
    )

    def __init__(self, **params: Any) -> None:
        super().__init__()
        self._setDefault(inputCol="ids", outputCol="onehot")
        self.setParams(**params)

    def _transform(self, dataset: DataFrame) -> DataFrame:
        column = self.getInputCol()
        type_of(dataset, column)  # an error if there is no such column
        noted = dataset.schema[column].metadata.get(_WIDTH)
        width = self.getOrDefault("width") if self.isSet("width") else noted
        if width is None:
            raise ArgumentError(
                f"The width of the one-hot rows is not known, as no TextTokenizerModel made the "
                f"column {column!r}; set the parameter `width`, to len(tokenizer.word_index) + 1."
            )
        return one_hot_of_width(dataset, width, column, self.getOutputCol())


class SentenceLabeller(Stage, HasProbabilityCol, Transformer):
    """Label a column of texts with a trained model.

    Args:
        model: A model folder that `classify train` wrote, or a trained `SentenceClassifier`. None
            is for Spark, which reads the model from a file.
        **params: `inputCol` ("text"), `outputCol` ("label") and `probabilityCol` ("probability"),
            and `top`: if given, the column `topCol` ("top") has this number of classes, the most
            probable. Of a model of several labels, `outputCol` has an array of labels with their
            probabilities.

    Example:
        >>> from textseq.classifier import SentenceClassifier
        >>> from textseq.spark import SentenceLabeller
        >>> texts, labels = ["pure joy", "pure bore"] * 8, ["good", "bad"] * 8
        >>> classifier = SentenceClassifier(units=8, epochs=5, networks=1).fit(texts, labels)
        >>> df = spark.createDataFrame([("pure joy", "good")], ["text", "label"])
        >>> labeller = SentenceLabeller(classifier, outputCol="found")
        >>> labeller.transform(df).select("label", "found").collect()
        [Row(label='good', found='good')]
    """

    top: Param[int] = Param(
        Params._dummy(),
        "top",
        "How many of the most probable classes the column `topCol` has; if not set, there is none.",
        TypeConverters.toInt,
    )
    topCol: Param[str] = Param(  # noqa: N815
        Params._dummy(), "topCol", "The name of that column.", TypeConverters.toString
    )

    def __init__(self, model: StrPath | SentenceClassifier | None = None, **params: Any) -> None:
        super().__init__()
        self._trained = None if model is None else _as_trained(model)
        self._setDefault(inputCol="text", outputCol="label", probabilityCol="probability")
        self._setDefault(topCol="top")
        self.setParams(**params)

    @property
    def trained(self) -> TrainedClassifier:
        """The trained model, whose `model` predicts."""
        if self._trained is None:
            raise NotFittedError("The SentenceLabeller has no model; give it one.")
        return self._trained

    def _transform(self, dataset: DataFrame) -> DataFrame:
        model = self.trained.model
        names = {"labels": self.getOutputCol()}
        if model.thresholds is None:
            names = {"label": self.getOutputCol(), "probability": self.getProbabilityCol()}
        top = self.getOrDefault("top") if self.isSet("top") else None
        if top is not None:
            names["top"] = self.getOrDefault("topCol")
        with_columns(dataset, dict.fromkeys(names.values(), StringType()))  # is a name taken?
        # `predict` has names of its own, which other columns of the DataFrame may have.
        hidden = {name: f"{name} beside {self.uid}" for name in names if name in dataset.columns}
        column = hidden.get(self.getInputCol(), self.getInputCol())
        labelled = predict(dataset.withColumnsRenamed(hidden), model, column, top)
        shown = {name: column for column, name in hidden.items()}
        return labelled.withColumnsRenamed(names).withColumnsRenamed(shown)

    def _save_files(self, folder: Path) -> None:
        self.trained.save(folder / _MODEL)

    def _load_files(self, read: Callable[[str], Path]) -> None:
        self._trained = _as_trained(read(_MODEL))


def _as_trained(model: Any) -> TrainedClassifier:
    """Return a model with what its folder says of its training."""
    if isinstance(model, str | os.PathLike):
        metrics = read_metrics(model)
        with wrap_read_errors(f"The model '{model}'", "cannot be used"):
            histories, validation = read_histories(metrics), read_validation(metrics)
        return TrainedClassifier(Predictor.load(model), histories, validation)
    if not hasattr(model, "histories_"):
        raise ArgumentError(
            f"`model` must be a model folder or a trained SentenceClassifier. "
            f"Received: {type(model).__name__}."
        )
    return TrainedClassifier(model.model_, model.histories_, model.validation_)


def camel_case(name: str) -> str:
    """Return a name as MLlib spells it.

    Example:
        >>> from textseq.spark.pipeline import camel_case
        >>> camel_case("min_count")
        'minCount'
    """
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


SETTINGS = {
    name: argument.default
    for name, argument in list(inspect.signature(Tokenizer).parameters.items())
    if name not in _NOT_ON_SPARK
}
"""The settings of `Tokenizer` that are parameters of `TextTokenizer`, with their defaults."""


def _checked(name: str) -> Callable[[Any], Any]:
    """Return the function that checks a setting, and makes a value that JSON can hold of it."""

    def check(value: Any) -> Any:
        if callable(value):
            raise ArgumentError(
                f"`{camel_case(name)}` must be a name, such as 'package.module:function', so that "
                f"a saved stage can hold it. Received: {value!r}."
            )
        return getattr(Tokenizer(**{name: value}), name)

    return check


def _description(name: str) -> str:
    """Return what the documentation of `Tokenizer` says of a setting."""
    found = re.search(rf"^ +{name}: (.+?)\n(?= +\S+: |\s*\n)", Tokenizer.__doc__ or "", re.M | re.S)
    return " ".join(found[1].split()) if found else f"`{name}` of textseq.Tokenizer."


for _name in SETTINGS:
    # As attributes of the class, which is where Spark looks for them.
    _param: Param[Any] = Param(
        Params._dummy(), camel_case(_name), _description(_name), _checked(_name)
    )
    setattr(TextTokenizer, camel_case(_name), _param)
