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
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from pyspark.ml import Estimator, Model
from pyspark.ml.param import Param, Params
from pyspark.ml.param.shared import HasInputCol, HasOutputCol
from pyspark.ml.util import (
    DefaultParamsReader,
    DefaultParamsWriter,
    MLReadable,
    MLReader,
    MLWritable,
    MLWriter,
)
from pyspark.sql import DataFrame
from pyspark.sql.types import ArrayType, IntegerType

from textseq.errors import ArgumentError, ArtifactError, NotFittedError, OutputExistsError
from textseq.files.safe_load import wrap_read_errors
from textseq.registry import did_you_mean
from textseq.spark import storage
from textseq.spark.frames import encode, fit_tokenizer, with_columns
from textseq.tokenizer.analyzers import registered_analyzer
from textseq.tokenizer.tokenizer import Tokenizer

_IDS = ArrayType(IntegerType())
_TOKENIZER = "tokenizer.json"
_NOT_ON_SPARK = ("max_words", "kwargs")  # the arguments of `Tokenizer` that are no parameters here

_WIDTH = "textseq.width"
"""Where the metadata of a column of ids has the width of their one-hot rows."""


class Stage(HasInputCol, HasOutputCol, MLReadable[Any], MLWritable):
    """What the stages share: parameters by name, and being saved with files of textseq's own."""

    def setParams(self, **params: Any) -> Self:  # noqa: N802  (MLlib's name)
        """Set parameters by name, and return the stage.

        Raises:
            ArgumentError: There is no such parameter, or a value is out of its range.
        """
        for name in params:
            if not self.hasParam(name):
                known = [param.name for param in self.params]
                raise ArgumentError(
                    f"{type(self).__name__} has no parameter {name!r}; "
                    f"{did_you_mean(name, known, intro='it has', show=repr)}."
                )
        return self._set(**params)

    def setInputCol(self, value: str) -> Self:  # noqa: N802
        """Set the name of the column that is read."""
        return self.setParams(inputCol=value)

    def setOutputCol(self, value: str) -> Self:  # noqa: N802
        """Set the name of the column that is added."""
        return self.setParams(outputCol=value)

    def write(self) -> MLWriter:
        """Return what writes the stage; `write().overwrite().save(path)` replaces an older one."""
        return StageWriter(self)

    @classmethod
    def read(cls) -> MLReader[Any]:
        """Return what reads a stage; `load(path)` is short for `read().load(path)`."""
        return StageReader(cls)

    def _save_files(self, folder: Path) -> None:
        """Write what is not a parameter, in textseq's own formats."""

    def _load_files(self, read: Callable[[str], Path]) -> None:
        """Read it again; `read` fetches a file or a folder by its name."""


class StageWriter(DefaultParamsWriter):
    """Writes a stage: the files first, and then Spark's metadata, without which nothing reads it.

    Args:
        instance: The stage.
    """

    instance: Stage

    def saveImpl(self, path: str) -> None:  # noqa: N802
        """Write the stage to a folder that does not exist."""
        if storage.exists(self.sparkSession, path):
            raise OutputExistsError(
                f"The output '{path}' exists; to replace it, use write().overwrite().save(path)."
            )
        with tempfile.TemporaryDirectory() as folder:
            self.instance._save_files(Path(folder))
            storage.upload(self.sparkSession, Path(folder), path)
        super().saveImpl(path)


class StageReader(MLReader[Any]):
    """Reads a stage.

    Args:
        kind: The class of the stage.
    """

    def __init__(self, kind: type[Stage]) -> None:
        super().__init__()
        self.kind = kind

    def load(self, path: str) -> Any:
        """Return the stage that a folder holds.

        Raises:
            ArtifactError: The folder does not exist, is damaged, or is that of another stage.
        """
        if not storage.exists(self.sparkSession, f"{path}/metadata"):
            raise ArtifactError(f"'{path}' is not a saved stage: expected a folder with metadata.")
        with wrap_read_errors(f"The stage '{path}'"):
            metadata = DefaultParamsReader.loadMetadata(path, self.sparkSession)
            stage = self.kind()
            own = f"{self.kind.__module__}.{self.kind.__name__}"
            if metadata["class"] != own:
                raise ArtifactError(f"'{path}' holds a {metadata['class']}, not a {own}.")
            stage._resetUid(metadata["uid"])
            _set_params(stage, metadata["paramMap"])
        with tempfile.TemporaryDirectory() as folder:

            def read(name: str) -> Path:
                storage.download(self.sparkSession, f"{path}/{name}", Path(folder))
                return Path(folder) / name

            stage._load_files(read)
        return stage


def _set_params(stage: Stage, saved: dict[str, Any]) -> None:
    """Set the parameters that were set before; the defaults are those of this version."""
    # Before it is set: that of a module outside textseq would be imported to be checked.
    registered_analyzer(saved.get("analyzer"))
    stage.setParams(**saved)


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
        return encoded.withMetadata(output, {_WIDTH: self.tokenizer.size + 1})

    def _save_files(self, folder: Path) -> None:
        self.tokenizer.save(folder / _TOKENIZER)

    def _load_files(self, read: Callable[[str], Path]) -> None:
        self._tokenizer = Tokenizer.load(read(_TOKENIZER))


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
