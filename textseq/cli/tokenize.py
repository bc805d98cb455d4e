"""`textseq tokenize`: texts to ids."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from textseq.cli import options
from textseq.cli.console import counted, load_kernels, say, with_size
from textseq.cli.token_report import Encoded, write_report
from textseq.tokenizer.words import DEFAULT_FILTERS

if TYPE_CHECKING:
    import pyarrow as pa

    from textseq.corpus import Corpus
    from textseq.tokenizer.tokenizer import Tokenizer


def tokenize(
    sources: options.Sources,
    tokenizer: options.TokenizerFile = None,
    save_tokenizer: options.SaveTokenizer = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Write ids to this .parquet, .jsonl or .npz; else to stdout."
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            help="Write one self-contained HTML page on the words here: how frequent, how many "
            "unknown, how long the texts are."
        ),
    ] = None,
    num_words: options.NumWords = None,
    min_count: options.MinCount = 1,
    max_words: Annotated[
        int | None,
        typer.Option(
            help="While counting, drop the rarest words when there are more than so many."
        ),
    ] = None,
    filters: Annotated[
        str, typer.Option(help="Characters that separate words and are dropped.")
    ] = DEFAULT_FILTERS,
    lower: Annotated[bool, typer.Option(help="Whether to lower-case.")] = True,
    split: Annotated[str, typer.Option(help="The separator of words.")] = " ",
    char_level: Annotated[
        bool, typer.Option("--char-level", help="Make every character a token.")
    ] = False,
    oov_token: Annotated[
        str | None, typer.Option(help="The word, numbered 1, that stands for unknown ones.")
    ] = None,
    analyzer: options.AnalyzerName = None,
    text_column: options.TextColumn = None,
    label_column: options.LabelColumn = None,
    where: options.Where = None,
    format: options.Format = None,  # noqa: A002  (the option's name)
    quoting: options.Quoting = "minimal",
    encoding: options.Encoding = "utf-8",
    force: options.Force = False,
) -> None:
    """Turn texts into numbered words.

    Words are numbered by falling frequency from 1, as by Keras's Tokenizer does; 0 is reserved.

    \b
    Examples:
      textseq tokenize reviews.tsv --save-tokenizer tokenizer.json --output ids.parquet
      textseq tokenize more.tsv --tokenizer tokenizer.json --output more.parquet
      cat reviews.txt | textseq tokenize - --tokenizer tokenizer.json
      textseq tokenize test.tsv --tokenizer tokenizer.json -o test.parquet --report report.html
    """
    from textseq.sequences.files import format_of
    from textseq.tokenizer.tokenizer import Tokenizer

    options.refuse_with(
        tokenizer,
        {
            "--num-words": num_words,
            "--min-count": min_count != 1,
            "--max-words": max_words,
            "--filters": filters != DEFAULT_FILTERS,
            "--no-lower": not lower,
            "--split": split != " ",
            "--char-level": char_level,
            "--oov-token": oov_token,
            "--analyzer": analyzer,
        },
    )
    if output is not None:
        format_of(output)
    options.check_report(report)
    options.check_outputs(output, save_tokenizer, report, sources=sources, force=force)
    if tokenizer is not None:
        fitted = Tokenizer.load(tokenizer)
    else:
        fitted = Tokenizer(
            num_words=num_words,
            filters=filters,
            lower=lower,
            split=split,
            char_level=char_level,
            oov_token=oov_token,
            analyzer=analyzer,
            min_count=min_count,
            max_words=max_words,
        )
    corpus = options.open_corpus(
        sources,
        text_column=text_column,
        label_column=label_column,
        where=where,
        format=format,
        quoting=quoting,
        encoding=encoding,
        spool=tokenizer is None or report is not None,
    )
    if analyzer is None:
        load_kernels(sources)
    if tokenizer is None:
        fitted.fit_on_texts(counted(corpus.text_arrays(), "Fitting"))
    encoded = Encoded(keep=report is not None)
    documents, tokens = _encode(corpus, fitted, output, encoded, force=force)
    if save_tokenizer is not None:
        fitted.save(save_tokenizer, force=force)
    if output is not None:
        say(f"{documents:,} documents, {tokens:,} tokens -> {with_size(output)}")
    if report is not None:
        write_report(report, corpus, fitted, encoded, given=tokenizer, sources=sources, force=force)
        say(f"Report -> {report}")
    _tell_words(fitted, save_tokenizer, output, given=tokenizer is not None)


def _tell_words(
    fitted: Tokenizer, save_tokenizer: Path | None, output: Path | None, *, given: bool
) -> None:
    if fitted.dropped_words:
        say(f"{fitted.dropped_words:,} rare words were dropped while counting, for --max-words")
    if save_tokenizer is None:
        if not given:
            say(
                f"The {fitted.size:,} words were numbered for this run only; with --save-tokenizer "
                f"tokenizer.json, later texts get the same numbers"
            )
        return
    say(f"{fitted.size:,} words -> {with_size(save_tokenizer)}")
    if output is not None:
        say(f"Next: textseq onehot {output} --tokenizer {save_tokenizer} --output onehot.npz")
    else:
        say(f"Next: textseq tokenize MORE --tokenizer {save_tokenizer} --output more.parquet")


def _encode(
    corpus: Corpus, tokenizer: Tokenizer, output: Path | None, encoded: Encoded, *, force: bool
) -> tuple[int, int]:
    """Encode batch by batch to the output or stdout; return how many documents and tokens."""
    from textseq.sequences.files import SequenceWriter, write_json_lines

    if output is None:  # at once what comes, for somebody may be waiting at the other end
        documents = tokens = 0
        for batch in corpus.batches():
            sequences = tokenizer.encode(batch.column("text"))
            labels = batch.column("label").to_pylist() if corpus.has_labels else None
            write_json_lines(sys.stdout, sequences, labels)
            encoded.add(sequences, labels)
            documents += len(sequences)
            tokens += len(sequences.ids)
        return documents, tokens
    queue: deque[str] = deque()
    with SequenceWriter(output, force=force) as writer:
        for sequences in tokenizer.encode_batches(counted(_texts(corpus, queue), "Encoding")):
            labels = [queue.popleft() for _ in sequences] if corpus.has_labels else None
            writer.write(sequences, labels)
            encoded.add(sequences, labels)
        return writer.documents, writer.tokens


def _texts(corpus: Corpus, labels: deque[str]) -> Iterator[pa.Array]:
    """Yield the texts of each batch, and queue its labels: encoding runs some batches ahead."""
    for batch in corpus.batches():
        if corpus.has_labels:
            labels.extend(batch.column("label").to_pylist())
        yield batch.column("text")
