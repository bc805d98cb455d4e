"""`textseq vectors convert`: vectors from one format to another."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from textseq.cli import options
from textseq.cli.console import say, with_size
from textseq.cli.vectors.inputs import Strict, if_slow, load_vectors


def convert(
    vectors: Annotated[
        Path,
        typer.Argument(
            metavar="A",
            help="A file of word vectors, as `train-w2v`, word2vec, GloVe and fastText write them.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Argument(
            metavar="B",
            help="The file to write, word2vec's: .bin (binary), .txt or .vec (text), .txt.gz, "
            ".vec.gz.",
        ),
    ],
    words: Annotated[
        int | None, typer.Option(min=1, help="Write this many words, the first; else all.")
    ] = None,
    tokenizer: Annotated[
        Path | None,
        typer.Option(
            help="Write the words of this tokenizer, in the order of its ids; fastText's own .bin "
            "has vectors for those, too, that it does not hold."
        ),
    ] = None,
    strict: Strict = False,
    force: options.Force = False,
) -> None:
    """Convert word vectors between formats, all of them or those of some words.

    \b
    Examples:
      textseq vectors convert cc.ko.300.bin ko.vec.gz --words 200000
      textseq vectors convert cc.ko.300.bin small.bin --tokenizer tokenizer.json
      textseq vectors convert glove.6B.100d.txt glove.bin
    """
    from textseq.tokenizer.tokenizer import Tokenizer
    from textseq.word2vec import formats
    from textseq.word2vec.matrix import find_words

    formats.format_of(output)
    options.check_outputs(output, sources=[vectors, tokenizer], force=force)
    wanted = None if tokenizer is None else Tokenizer.load(tokenizer).word_index
    loaded = load_vectors(vectors, strict=strict)
    names: Iterable[str] = loaded.index_to_key
    if wanted is not None:
        names, coverage = find_words(loaded, wanted)
        say(str(coverage))
    unwritable = [name for name in names if not formats.is_writable(name)]
    if unwritable:
        some = ", ".join(map(repr, unwritable[:3]))
        say(f"{len(unwritable):,} words that hold white space are left out, such as {some}")
    kept = list(itertools.islice(filter(formats.is_writable, names), words))
    every = wanted is None and len(kept) == len(loaded)
    with if_slow("Converting", vectors):
        formats.save(loaded, output, words=None if every else kept, force=force)
    say(f"{len(kept):,} words, {loaded.vector_size} values each -> {with_size(output)}")
