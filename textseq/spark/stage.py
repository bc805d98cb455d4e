"""What the stages of a pipeline share: parameters by name, and how they are saved and read."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from pyspark.ml.param.shared import HasInputCol, HasOutputCol
from pyspark.ml.util import (
    DefaultParamsReader,
    DefaultParamsWriter,
    MLReadable,
    MLReader,
    MLWritable,
    MLWriter,
)

from textseq.errors import ArgumentError, ArtifactError, OutputExistsError
from textseq.files.safe_load import wrap_read_errors
from textseq.registry import did_you_mean
from textseq.spark import storage
from textseq.tokenizer.analyzers import registered_analyzer


class Stage(HasInputCol, HasOutputCol, MLReadable[Any], MLWritable):
    """A stage of a pipeline; see the module.

    Those who derive from it set their defaults and call `setParams`.
    """

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
