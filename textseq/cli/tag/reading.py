"""How the commands of `textseq tag` read tagged sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from textseq.compute.settings import setting

if TYPE_CHECKING:
    from textseq.corpus.tagged import TaggedSentence

Model = Annotated[
    Path, typer.Argument(metavar="MODEL", help="A model folder that `tag train` wrote.")
]
Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE",
        help="Tagged sentences: CoNLL-U, or a token and its tag per line with a blank line between "
        "sentences; also compressed (.gz, .zst); - for stdin.",
    ),
]


@dataclass(frozen=True)
class TaggedOptions:
    """Options of every command that reads tagged sentences."""

    tag_column: str | None = setting(
        None,
        "The column of the tags: a number from 1, or in CoNLL-U a name. By default, the one that "
        "the model was trained on (upos) in CoNLL-U, and the last one elsewhere.",
    )
    format: str | None = setting(
        None, "conllu or columns; by default, what the first token looks like."
    )
    encoding: str = setting("utf-8", "The encoding of the text, such as cp949 or latin-1.")

    def read(
        self, sources: Sequence[str], *, tags: bool = True, column: str | None = None
    ) -> Iterator[TaggedSentence]:
        """Yield the sentences of files; `column` is that of the model."""
        from textseq.corpus.tagged import read_tagged

        for source in sources:
            yield from read_tagged(
                source,
                column=self.tag_column,
                conllu_column=column or "upos",
                format=self.format,
                encoding=self.encoding,
                tags=tags,
            )
