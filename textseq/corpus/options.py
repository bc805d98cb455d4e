"""How to read: the choices of a caller, checked once and handed to every reader."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, field

from textseq.corpus.formats import FORMATS
from textseq.errors import ArgumentError

QUOTING = ("minimal", "none")
KNOWN_ENCODINGS = ("utf-8", "utf-16", "latin-1", "cp1252", "cp949", "shift_jis", "gb18030", "big5")


@dataclass(frozen=True)
class Options:
    """The arguments of `read_corpus` that say how; it documents them.

    Raises:
        ArgumentError: A format, quoting or encoding that is not known, a block of no bytes, or
            one column asked for as both the text and the label.
    """

    format: str | None = None
    text_column: str | None = None
    label_column: str | None = None
    quoting: str = "minimal"
    encoding: str = "utf-8"
    where: Mapping[str, str] = field(default_factory=dict)
    block_size: int = 1 << 20

    def __post_init__(self) -> None:
        if self.format is not None:
            _check_known("format", self.format, FORMATS)
        _check_known("quoting", self.quoting, QUOTING)
        codec_name(self.encoding)
        if self.block_size < 1:
            raise ArgumentError(
                f"`block_size` is a number of bytes, at least 1. Received: {self.block_size}."
            )
        if self.text_column is not None and self.text_column == self.label_column:
            raise ArgumentError(
                f"The column {self.text_column!r} cannot be both the text and the label; "
                f"choose another --text-column or --label-column."
            )

    @property
    def names_a_column(self) -> bool:
        """Whether anything here speaks of columns, which only tables have."""
        return bool(self.text_column is not None or self.label_column is not None or self.where)


def codec_name(encoding: str) -> str:
    """Return Python's name of a text encoding, the same for all its spellings.

    Raises:
        ArgumentError: There is no such encoding, or it is not one of text.

    Example:
        >>> from textseq.corpus.options import codec_name
        >>> codec_name("UTF8"), codec_name("latin-1")
        ('utf-8', 'iso8859-1')
    """
    try:
        "".encode(encoding)  # refuses codecs such as "hex", which do not make text
        return codecs.lookup(encoding).name
    except (LookupError, UnicodeError, ValueError) as error:
        raise ArgumentError(
            f"{encoding!r} is not a known encoding; known are {', '.join(KNOWN_ENCODINGS)} "
            f"and the others that Python has."
        ) from error


def _check_known(argument: str, value: str, known: tuple[str, ...]) -> None:
    """Raise an error that lists `known` where `value` is not among them."""
    if value not in known:
        raise ArgumentError(f"{value!r} is not a known {argument}; known: {', '.join(known)}.")
