"""`textseq vectors coverage`: how much of a corpus has a vector."""

from __future__ import annotations

from typing import Annotated

import typer

from textseq.cli import options
from textseq.cli.console import print_json, print_line, show_progress
from textseq.cli.derive import from_settings
from textseq.cli.vectors.inputs import AsJson, Strict, Vectors, load_vectors


@from_settings
def coverage(
    sources: options.Sources,
    *,
    vectors: Vectors,
    tokenizer: options.TokenizerFile = None,
    analyzer: options.AnalyzerName = None,
    clean: options.CleanSteps = None,
    missing: Annotated[
        int, typer.Option(min=0, help="How many words without a vector to list.")
    ] = 10,
    strict: Strict = False,
    as_json: AsJson = False,
    reading: options.TextOptions,
) -> None:
    """Print how many of the tokens and of the distinct words of a corpus have vectors.

    Texts are tokenized as by `train-w2v`, or as --tokenizer, or --analyzer and --clean say.

    \b
    Examples:
      textseq vectors coverage reviews.tsv --vectors vectors.bin
      textseq vectors coverage reviews.tsv -v glove.txt --analyzer words_and_marks --json
    """
    from textseq.tokenizer.tokenizer import Tokenizer

    options.refuse_settings(tokenizer, {"analyzer": analyzer, "clean": clean})
    corpus = reading.open(sources)
    loaded = load_vectors(vectors, strict=strict)
    from textseq.word2vec.matrix import corpus_coverage

    fitted = Tokenizer(analyzer=analyzer, clean=clean)
    fitted = fitted if tokenizer is None else Tokenizer.load(tokenizer)
    counts = fitted.count_words(show_progress(corpus.text_arrays(), "Counting"))
    found = corpus_coverage(loaded, counts, shown=missing)
    if as_json:
        missing_words = [{"word": word, "count": count} for word, count in found.missing]
        tokens, types = (
            {
                "covered": part.covered,
                "total": part.total,
                "share": round(part.share, 6),
                "built": part.built,
            }
            for part in (found.tokens, found.types)
        )
        print_json({"tokens": tokens, "types": types, "missing": missing_words})
        return
    for name, part in (("tokens", found.tokens), ("distinct words", found.types)):
        print_line(part.describe(name))
    if found.missing:
        listed = ", ".join(f"{word} ({count:,})" for word, count in found.missing)
        print_line(f"Most frequent words without a vector: {listed}")
