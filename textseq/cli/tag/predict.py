"""`textseq tag predict`: tags for the words of sentences."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from textseq.cli import options
from textseq.cli.console import say, show_progress, with_size, write_text
from textseq.cli.derive import from_settings
from textseq.cli.tag.reading import Model, TaggedOptions

if TYPE_CHECKING:
    from textseq.corpus.tagged import TaggedSentence
    from textseq.tagger.predictor import TagPredictor

AT_ONCE = 1024
"""Sentences that are tagged together: enough for compiled loops to be worth loading."""

ANALYZER = "words_and_marks"


@from_settings
def predict(
    model: Model,
    reading: TaggedOptions,
    *,
    texts: Annotated[
        list[str] | None,
        typer.Argument(metavar="SENTENCE", help="Sentences; without them, --input is read."),
    ] = None,
    sources: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            "-i",
            help="Sentences in CoNLL-U, or a token per line; with --analyzer, plain text, a "
            "sentence per line. - for stdin, which is read by default.",
        ),
    ] = None,
    analyzer: Annotated[
        str | None,
        typer.Option(
            help="How to split plain text into tokens: whitespace, words_and_marks (the default "
            "for SENTENCE), or another that `tokenize` has. Capitals are kept.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file, not to stdout.")
    ] = None,
    force: options.Force = False,
) -> None:
    """Predict the tags of words.

    Writes what was read, with the column of the tags filled in: it is replaced, or added to a file
    of one token per line. Plain text becomes a token, a tab, and its tag.

    \b
    Examples:
      textseq tag predict model "The old baker opened his shop."
      textseq tag predict model --input new.conllu --output tagged.conllu
      cat tokens.txt | textseq tag predict model > tagged.txt
      textseq tag predict model --input letter.txt --analyzer words_and_marks
    """
    if texts == ["-"] and not sources:
        texts, sources = None, ["-"]
    _check_arguments(texts, sources, analyzer, reading)
    read = [] if texts else sources or ["-"]
    options.refuse_files(texts or [], "--input {}")
    from textseq.tagger.predictor import FORMAT, TagPredictor

    options.check_outputs(output, sources=[*read, *FORMAT.files(model)], force=force)
    tagger = TagPredictor.load(model)
    if not (texts or sources) and sys.stdin.isatty():
        say("Type a token per line, and a blank line after a sentence; end with Ctrl-D")
    if texts or analyzer:
        lines = iter(texts) if texts else _lines(read, reading)
        sentences = _split(lines, analyzer or ANALYZER)
    else:
        sentences = reading.read(read, tags=False, column=tagger.column)
    at_once = 1 if output is None and sys.stdin.isatty() else AT_ONCE
    shown = sentences if output is None else show_progress(sentences, "Tagging")
    write_text(_fill(tagger, shown, at_once), output, force=force)
    if output is not None:
        say(f"Tagged sentences -> {with_size(output)}")


def _check_arguments(
    texts: list[str] | None, sources: list[str] | None, analyzer: str | None, reading: TaggedOptions
) -> None:
    """Refuse arguments that do not go together."""
    if texts and sources:
        raise typer.BadParameter("give sentences or --input, not both", param_hint="'--input'")
    if (texts or analyzer) and (reading.tag_column or reading.format):
        option = "--tag-column" if reading.tag_column else "--format"
        message = "plain text has no columns, so it does nothing; leave it out"
        raise typer.BadParameter(message, param_hint=f"'{option}'")


def _fill(tagger: TagPredictor, sentences: Iterator[TaggedSentence], at_once: int) -> Iterator[str]:
    """Yield the lines of sentences with their tags."""
    while some := list(islice(sentences, at_once)):
        tags = tagger.predict([sentence.tokens for sentence in some])
        yield "".join(s.fill(each) for s, each in zip(some, tags, strict=True))


def _lines(sources: list[str], reading: TaggedOptions) -> Iterator[str]:
    """Yield the lines of plain text."""
    from textseq.corpus.corpus import read_corpus

    encoding = reading.encoding
    return iter(
        read_corpus(sources, format="text", encoding=encoding, spool=False, allow_empty=True)
    )


def _split(lines: Iterator[str], analyzer: str) -> Iterator[TaggedSentence]:
    """Yield the tokens of lines that have any."""
    from textseq.corpus.tagged import TaggedSentence
    from textseq.tokenizer.analyzers import ANALYZERS, keep_case

    split = ANALYZERS.resolve(analyzer)
    for line in lines:
        if tokens := keep_case(line, split(line)):
            yield TaggedSentence.of(tokens)
