"""Estimators by scikit-learn's conventions, whose arguments are the settings of a dataclass.

    class SequenceTagger(SettingsEstimator[TagPredictor], config=TaggerConfig):
        '''Label words.

Args:
            {arguments}
        '''

What a setting is, its default, its range and its help, is said once: in the dataclass.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, ClassVar, Generic, Self, TypeVar

import sklearn.exceptions
from sklearn.base import BaseEstimator

from textseq.compute.settings import settings_of
from textseq.errors import ArgumentError, NotFittedError
from textseq.files.paths import StrPath
from textseq.files.safe_load import wrap_read_errors
from textseq.tasks.model_folder import ModelFormat, SavesItself, read_histories

Model = TypeVar("Model", bound=SavesItself)


class UnfittedError(NotFittedError, sklearn.exceptions.NotFittedError, AttributeError):  # type: ignore[misc]
    """Ours, scikit-learn's, and what a fitted attribute raises, whichever a caller expects."""


class SettingsEstimator(BaseEstimator, Generic[Model]):  # type: ignore[misc]  # sklearn is untyped
    """An estimator whose arguments are the settings of a dataclass; `fit` sets `model_`.

    Attributes:
        config_class: The dataclass.
        model_class: The class of `model_`, which has `load`.
        format: Its folder.
        model_: What was trained.
        histories_: Loss and metric of each epoch, of each network.
        validation_: The scores on the validation examples; None where there were none.
    """

    config_class: ClassVar[Any]
    model_class: ClassVar[Any]
    format: ClassVar[ModelFormat]

    def __init_subclass__(cls, *, config: Any = None, **others: Any) -> None:
        """Give the class the arguments of a dataclass of settings, and their documentation."""
        super().__init_subclass__(**others)
        if config is None:
            return
        cls.config_class = config
        defaults = {field.name: field.default for field in fields(config)}

        def init(self: Any, **settings: Any) -> None:
            """Keep the settings; scikit-learn wants them checked by `fit`."""
            unknown = [name for name in settings if name not in defaults]
            if unknown:
                raise ArgumentError(
                    f"{cls.__name__} has no argument {unknown[0]!r}; it has {', '.join(defaults)}."
                )
            for name, default in defaults.items():
                setattr(self, name, settings.get(name, default))

        init.__name__ = "__init__"
        init.__signature__ = _signature(config)  # type: ignore[attr-defined]
        cls.__init__ = init  # type: ignore[method-assign]
        cls.__doc__ = (cls.__doc__ or "").replace("{arguments}", _arguments(config))

    @property
    def _config(self) -> Any:
        """The settings, checked."""
        return self.config_class(**self.get_params(deep=False))

    def _fitted(self) -> Model:
        """Return what was trained.

        Raises:
            NotFittedError: The estimator was neither fitted nor loaded.
        """
        model: Model | None = vars(self).get("model_")
        if model is None:
            raise UnfittedError(
                f"This {type(self).__name__} is not fitted yet; call `fit`, or `load` a saved one."
            )
        return model

    def _learn(self, trained: Any) -> Self:
        """Keep what training made: its `model` and `metrics`; raise Ctrl-C, if that ended it."""
        self._keep(trained.model, trained.metrics)
        if trained.interrupted:
            raise KeyboardInterrupt
        return self

    def _keep(self, model: Model, metrics: Mapping[str, Any]) -> None:
        self.model_, self._metrics = model, metrics
        self.histories_, self.validation_ = read_histories(metrics), metrics.get("validation")

    def save(self, path: StrPath, *, force: bool = False) -> None:
        """Write the model to a folder, of which nothing can run code; see `load`.

        Args:
            path: The folder.
            force: Whether to replace an older model.

        Raises:
            OutputExistsError: The folder exists and `force` is false.
        """
        self._fitted().save(path, self._metrics, force=force)

    @classmethod
    def load(cls, path: StrPath, **own: Any) -> Self:
        """Read an estimator that `save`, or the command that trains, wrote to a folder.

        Args:
            path: The folder.
            own: What the model's own `load` takes.

        Raises:
            ArtifactError: The folder is not whole, was changed, or does not fit together.
        """
        model = cls.model_class.load(path, **own)
        with wrap_read_errors(f"The model '{path}'", "cannot be used"):
            estimator = cls(**cls._settings_of(model))
            estimator._keep(model, cls.format.read_metrics(path))
        return estimator

    @classmethod
    def _settings_of(cls, model: Any) -> dict[str, Any]:
        settings: dict[str, Any] = model.config.to_config()
        return settings

    def __sklearn_is_fitted__(self) -> bool:
        return "model_" in vars(self)


def _signature(config: Any) -> inspect.Signature:
    """Return what scikit-learn, help() and completion read: an argument for each setting."""
    kind = inspect.Parameter.KEYWORD_ONLY
    arguments = [
        inspect.Parameter(field.name, kind, default=field.default, annotation=field.type)
        for field in fields(config)
    ]
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return inspect.Signature([own, *arguments])


def _arguments(config: Any) -> str:
    """Return the documentation of the arguments."""
    defaults = {field.name: field.default for field in fields(config)}
    lines = []
    for name, about in settings_of(config).items():
        default = "" if defaults[name] in (None, MISSING) else f" Default: {defaults[name]!r}."
        text = f"{name}: {about.help}{default}"
        lines.append(textwrap.fill(text, 92, initial_indent="", subsequent_indent=" " * 12))
    return "\n        ".join(lines)
