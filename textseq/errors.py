"""Every error textseq raises on purpose, in one tree.

    TextseqError
    ├── ArgumentError       (ValueError)       an argument cannot mean what it says
    │   └── UnknownNameError                   a registry has no such name
    ├── CorpusError         (ValueError)       a source of text cannot be read
    ├── ArtifactError       (ValueError)       a file or folder of a stage is damaged
    ├── OutputExistsError   (FileExistsError)  writing would lose a file
    ├── OutputError         (OSError)          the disk is full, or cannot be written
    ├── NotFittedError      (ValueError)       used before it was fitted
    ├── EngineError         (RuntimeError)     Spark does not start, or cannot finish
    └── MissingExtraError   (ImportError)      an optional package is not installed

A message is one sentence that says what was wrong, where, what was expected, what was received and
what to do. The command line prints exactly that line, so a message must make sense on its own.
"""

import contextlib
import importlib.util
import sys
from collections.abc import Iterator

EXTRAS = {
    **dict.fromkeys(("gensim", "sklearn", "scipy"), "train"),
    **dict.fromkeys(("keras", "tensorflow"), "keras"),
    **dict.fromkeys(("jinja2", "matplotlib"), "plot"),
    "sacrebleu": "translate",
    "tokenizers": "subwords",
    "kiwipiepy": "ko",
    **dict.fromkeys(("pyspark", "pandas"), "spark"),
    "onnx": "onnx",
    **dict.fromkeys(("httptools", "prometheus_client", "starlette", "uvicorn"), "serve"),
    "optuna": "tune",
}
"""The extra that brings each package that the core works without, by the name it is imported by."""

_DISTRIBUTIONS = {"sklearn": "scikit-learn"}
"""Packages that are installed under another name than they are imported by."""

_VERSIONS = {"pyspark": ">=4,<5", "pandas": ">=2.2,<3", "uvicorn": ">=0.34,<1"}
"""Of packages whose newest version may not do."""


class TextseqError(Exception):
    """Base of all errors raised by textseq; catch this one to catch them all."""


class ArgumentError(TextseqError, ValueError):
    """An argument, or a combination of arguments, cannot mean what it says."""


class UnknownNameError(ArgumentError):
    """A registry was asked for a name it does not have."""


class CorpusError(TextseqError, ValueError):
    """A source of text cannot be read as what it claims to be."""


class ArtifactError(TextseqError, ValueError):
    """A file or folder written by a stage is missing, damaged, or of another kind."""


class OutputExistsError(TextseqError, FileExistsError):
    """Writing would replace a file and nobody asked for that."""


class OutputError(TextseqError, OSError):
    """A file cannot be written whole: the disk is full, over quota, read-only or broken."""


class NotFittedError(TextseqError, ValueError):
    """Something was used before it was fitted."""


class EngineError(TextseqError, RuntimeError):
    """Spark does not start, or cannot finish the work."""


class MissingExtraError(TextseqError, ImportError):
    """An optional package is needed and not installed."""


def require_extra(package: str, purpose: str) -> None:
    """Raise an error that names the extra to install, unless a package of one is installed.

    Call it before long work that would need the package at its end. `package` is the name that it
    is imported by, such as "tensorflow"; `purpose` begins a sentence: "Training".
    """
    if not _is_installed(package):
        raise _missing_extra(package, purpose)


@contextlib.contextmanager
def naming_extras(purpose: str) -> Iterator[None]:
    """Let the failed import of a package of an extra name the extra to install."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in EXTRAS:
            raise
        raise _missing_extra(package, purpose) from error


def _missing_extra(package: str, purpose: str) -> MissingExtraError:
    # Not 'textseq[...]', which pip looks for on an index that may lack this version, or all.
    parts = [_requirement(p) for p, extra in EXTRAS.items() if extra == EXTRAS[package]]
    return MissingExtraError(
        f"{purpose} needs {_DISTRIBUTIONS.get(package, package)}, which is not installed; "
        f"install it with: pip install {' '.join(parts)}."
    )


def _requirement(package: str) -> str:
    """Return what pip is asked for, as a shell takes it."""
    name = _DISTRIBUTIONS.get(package, package)
    return f"'{name}{_VERSIONS[package]}'" if package in _VERSIONS else name


def _is_installed(package: str) -> bool:
    if package in sys.modules:
        return sys.modules[package] is not None
    try:
        return importlib.util.find_spec(package) is not None
    except ImportError:
        return False
