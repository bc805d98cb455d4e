"""`textseq vectors coverage`: how much of a corpus has a vector."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from textseq.cli import options
from textseq.cli.console import counted
from textseq.cli.vectors.inputs import AsJson, Vectors, load_vectors, print_json


def coverage(
    sources: options.Sources,
    vectors: Vectors,
    tokenizer: options.TokenizerFile = None,
    analyzer: options.AnalyzerName = None,
    missing: Annotated[
        int, typer.Option(min=0, help="How many words without a vector to name.")
    ] = 10,
    as_json: AsJson = False,
    text_column: options.TextColumn = None,
    where: options.Where = None,
    format: options.Format = None,  # noqa: A002  (the option's name)
    quoting: options.Quoting = "minimal",
    encoding: options.Encoding = "utf-8",
) -> None:
    """Print which share of a corpus has vectors, of its running words and of its different ones.

    Texts are cut into words as `train-w2v` cuts them, or as --tokenizer or --analyzer says.

    \b
    Examples:
      textseq vectors coverage reviews.tsv --vectors vectors.bin
      textseq vectors coverage reviews.tsv -v glove.txt --analyzer words_and_marks --json
    """
    from textseq import word2vec
    from textseq.tokenizer.tokenizer import Tokenizer

    options.refuse_with(tokenizer, {"--analyzer": analyzer})
    corpus = options.open_corpus(
        sources,
        text_column=text_column,
        label_column=None,
        where=where,
        format=format,
        quoting=quoting,
        encoding=encoding,
    )
    loaded = load_vectors(vectors)
    cut = Tokenizer(analyzer=analyzer) if tokenizer is None else Tokenizer.load(tokenizer)
    counts = cut.count_words(counted(corpus.text_arrays(), "Counting"))
    found = word2vec.corpus_coverage(loaded, counts, shown=missing)
    if as_json:
        print_json(
            {
                "tokens": _share(found.tokens),
                "types": _share(found.types),
                "missing": [{"word": word, "count": count} for word, count in found.missing],
            }
        )
        return
    for name, part in (("running", found.tokens), ("different", found.types)):
        typer.echo(
            f"{part.covered:,} of {part.total:,} {name} words ({part.share:.1%}) have a vector"
        )
    if found.missing:
        typer.echo(
            "Most frequent without: " + ", ".join(f"{word} ({n:,})" for word, n in found.missing)
        )


def _share(part: Any) -> dict[str, Any]:
    return {"covered": part.covered, "total": part.total, "share": round(part.share, 6)}
