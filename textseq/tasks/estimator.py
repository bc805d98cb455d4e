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
from dataclasses import MISSING, fields
from typing import Any, ClassVar, Generic, TypeVar

import sklearn.exceptions
from sklearn.base import BaseEstimator

from textseq.compute.settings import settings_of
from textseq.errors import ArgumentError, NotFittedError

Model = TypeVar("Model")


class UnfittedError(NotFittedError, sklearn.exceptions.NotFittedError, AttributeError):  # type: ignore[misc]
    """Ours, scikit-learn's, and what a fitted attribute raises, whichever a caller expects."""


class SettingsEstimator(BaseEstimator, Generic[Model]):  # type: ignore[misc]  # sklearn is untyped
    """An estimator whose arguments are the settings of a dataclass; `fit` sets `model_`.

    Attributes:
        config_class: The dataclass.
        model_: What was trained.
    """

    config_class: ClassVar[Any]

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
