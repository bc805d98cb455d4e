"""How pairs of texts are read: options of the commands that read them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from textseq.cli import options
from textseq.compute.settings import setting

if TYPE_CHECKING:
    from textseq.corpus.pairs import TextPairs

Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="A file with a text a line, whose counterpart --target names; or a table of both: "
        "CSV, TSV, JSON, Parquet.",
    ),
]
Target = Annotated[
    Path | None,
    typer.Option("--target", help="The file whose lines go with those of SOURCE."),
]
Beam = Annotated[
    int | None,
    typer.Option(min=1, help="How many beginnings the search keeps; 1 is greedy search."),
]
Analyzer = Annotated[
    str | None,
    typer.Option(help="Your own package.module:function, if the model was trained with it."),
]
Model = Annotated[
    Path, typer.Argument(metavar="MODEL", help="A model folder that `translate train` wrote.")
]


@dataclass(frozen=True)
class PairOptions(options.TextOptions):
    """How to read sources and targets."""

    text_column: str | None = setting(None, "", option=False)
    source_column: str | None = setting(
        None, "Of a table, the column of the sources, by name or by number from 1; else the first."
    )
    target_column: str | None = setting(None, "Likewise of the targets; else the second column.")

    def read(self, source: str, target: Path | None) -> TextPairs:
        """Read pairs; see `corpus.pairs.read_pairs`."""
        from textseq.corpus.pairs import read_pairs

        return read_pairs(
            source,
            target,
            source_column=self.source_column,
            target_column=self.target_column,
            where=options.conditions(self.where),
            format=self.format,
            quoting=self.quoting,
            delimiter=self.delimiter,
            header=self.header,
            encoding=self.encoding,
            drop_missing=self.drop_missing,
        )
