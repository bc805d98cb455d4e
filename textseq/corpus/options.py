"""The options of `read_corpus` that say how to read, checked once for all readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from textseq.corpus.stream import codec_name
from textseq.errors import ArgumentError
from textseq.registry import did_you_mean

QUOTING = ("minimal", "none")


@dataclass(frozen=True)
class Options:
    """How to read; `read_corpus` documents its arguments of these names."""

    text_column: str | None = None
    label_column: str | None = None
    quoting: str = "minimal"
    encoding: str = "utf-8"
    where: Mapping[str, str] = field(default_factory=dict)
    block_size: int = 1 << 20

    def __post_init__(self) -> None:
        if self.quoting not in QUOTING:
            raise ArgumentError(
                f"{self.quoting!r} is not a known quoting; {did_you_mean(self.quoting, QUOTING)}."
            )
        codec_name(self.encoding)
        if self.block_size < 1:
            raise ArgumentError(
                f"`block_size` must be a number of bytes, at least 1. Received: {self.block_size}."
            )
        if self.text_column is not None and self.text_column == self.label_column:
            raise ArgumentError(
                f"The column {self.text_column!r} cannot be both the text and the label; "
                f"choose another --text-column or --label-column."
            )
