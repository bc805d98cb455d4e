"""`textseq train-w2v`: word vectors from texts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from textseq.cli import options
from textseq.cli.console import counted, say


def train_w2v(
    sources: options.Sources,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="Write the vectors to this .bin, or .txt, .vec, .txt.gz, .vec.gz.",
        ),
    ],
    tokenizer: options.TokenizerFile = None,
    save_tokenizer: options.SaveTokenizer = None,
    analyzer: options.AnalyzerName = None,
    algorithm: Annotated[str, typer.Option(help="skipgram or cbow.")] = "skipgram",
    size: Annotated[int, typer.Option(help="Numbers in a vector.")] = 100,
    window: Annotated[int, typer.Option(help="Words of context on each side.")] = 5,
    min_count: Annotated[int, typer.Option(help="Leave out words that occur less often.")] = 5,
    negative: Annotated[int, typer.Option(help="Noise words drawn for each true one.")] = 5,
    epochs: Annotated[int, typer.Option(help="Passes over the text.")] = 5,
    workers: Annotated[
        int, typer.Option(help="Threads; with 1, training repeats to the byte.")
    ] = 2,
    seed: options.Seed = 1,
    text_column: options.TextColumn = None,
    where: options.Where = None,
    format: options.Format = None,  # noqa: A002  (the option's name)
    quoting: options.Quoting = "minimal",
    encoding: options.Encoding = "utf-8",
    force: options.Force = False,
) -> None:
    """Train word vectors (Word2Vec) on texts.

    Words are the tokenizer's: those of --tokenizer, or of one that is fitted on these texts.

    \b
    Examples:
      textseq train-w2v reviews.tsv --output vectors.bin
      textseq train-w2v reviews.tsv --tokenizer tokenizer.json --algorithm cbow -o vectors.txt
    """
    from textseq import word2vec
    from textseq.files import check_output
    from textseq.tokenizer import Tokenizer

    options.refuse_with(tokenizer, {"--analyzer": analyzer, "--save-tokenizer": save_tokenizer})
    word2vec.format_of(output)
    for path in (output, save_tokenizer):
        if path is not None:
            check_output(path, force=force)
    corpus = options.open_corpus(
        sources,
        text_column=text_column,
        label_column=None,
        where=where,
        format=format,
        quoting=quoting,
        encoding=encoding,
    )
    if tokenizer is not None:
        fitted = Tokenizer.load(tokenizer)
    else:
        fitted = Tokenizer(analyzer=analyzer)
        fitted.fit_on_texts(counted(corpus.text_arrays(), "Fitting"))
    sequences = fitted.encode(counted(corpus.text_arrays(), "Encoding"))
    say(f"Training on {len(sequences.ids):,} words of {len(sequences):,} documents")
    vectors = word2vec.train(
        fitted.words_of(sequences),
        algorithm=algorithm,
        size=size,
        window=window,
        min_count=min_count,
        negative=negative,
        epochs=epochs,
        workers=workers,
        seed=seed,
        on_epoch=lambda epoch, total: say(f"Epoch {epoch} of {total}"),
    )
    word2vec.save(vectors, output, force=force)
    say(f"{len(vectors):,} words, {vectors.vector_size} numbers each -> {output}")
    if save_tokenizer is not None:
        fitted.save(save_tokenizer, force=force)
        say(f"{fitted.size:,} words -> {save_tokenizer}")
    say(f"Next: textseq classify train ... --embedding word2vec --vectors {output}")
