"""Every error textseq raises on purpose, in one tree.

    TextseqError
    ├── ArgumentError       (ValueError)       an argument cannot mean what it says
    │   └── UnknownNameError                   a registry has no such name
    ├── CorpusError         (ValueError)       a source of text cannot be read
    ├── ArtifactError       (ValueError)       a file or folder of a stage is unsound
    ├── OutputExistsError   (FileExistsError)  writing would lose a file
    ├── OutputError         (OSError)          the disk is full, or cannot be written
    ├── NotFittedError      (ValueError)       used before it was fitted
    └── MissingExtraError   (ImportError)      an optional package is not installed

A message is one sentence that says what was wrong, where, what was expected, what was received and
what to do. The command line prints exactly that line, so a message must make sense on its own.
"""

from __future__ import annotations


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


class MissingExtraError(TextseqError, ImportError):
    """An optional package is needed and not installed."""
