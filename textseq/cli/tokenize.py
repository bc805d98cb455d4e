"""`textseq tokenize`: texts to ids."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.cli import options
from textseq.cli.console import command_line, load_kernels, say, show_progress, with_size
from textseq.cli.derive import from_settings, given_settings
from textseq.cli.engine import EngineOptions
from textseq.compute.settings import setting
from textseq.tokenizer.words import DEFAULT_FILTERS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from textseq.corpus.corpus import Corpus
    from textseq.sequences.sequences import Sequences
    from textseq.tokenizer.tokenizer import Tokenizer


@dataclass(frozen=True)
class TokenizerOptions:
    """The arguments of `Tokenizer`."""

    num_words: int | None = setting(
        None, "Use only the NUM_WORDS - 1 most frequent words, as Keras does."
    )
    min_count: int = setting(1, "Ignore words that occur fewer times than this.")
    max_words: int | None = setting(
        None, "Limit on the distinct words that are counted: beyond it, the rarest are dropped."
    )
    filters: str = setting(DEFAULT_FILTERS, "Characters that are replaced by the separator.")
    lower: bool = setting(True, "Whether to lower-case the texts.")
    split: str = setting(" ", "The separator between words.")
    char_level: bool = setting(False, "Treat every character as a token.", flags=("--char-level",))
    oov_token: str | None = setting(
        None, "Token that replaces unknown words, with id 1; without it they are dropped."
    )
    analyzer: str | None = setting(None, options.ANALYZER_HELP)
    clean: str | None = setting(None, options.CLEAN_HELP)
    vocab_size: int | None = setting(None, options.VOCAB_SIZE_HELP)

    def __post_init__(self) -> None:
        if self.num_words is not None and self.num_words < 2:
            message = f"{self.num_words} leaves no word; expected 2 or more."
            raise typer.BadParameter(message, param_hint="'--num-words'")


@dataclass
class Encoded:
    """What was encoded."""

    keep: bool  # whether to keep the lengths and the labels, which a report asks for
    documents: int = 0
    tokens: int = 0
    lengths: list[npt.NDArray[np.int64]] = field(default_factory=list)
    labels: Counter[str] = field(default_factory=Counter)

    def add(self, sequences: Sequences, labels: list[Any] | None) -> None:
        """Count a batch."""
        self.documents += len(sequences)
        self.tokens += len(sequences.ids)
        if self.keep:
            self.lengths.append(sequences.lengths)
            for label in labels or ():
                self.labels.update(label if isinstance(label, list) else [label])


@from_settings
def tokenize(
    context: typer.Context,
    sources: options.Sources,
    *,
    tokenizer: options.TokenizerFile = None,
    save_tokenizer: options.SaveTokenizer = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Write the ids to this file: .parquet, .jsonl or .npz; on Spark, to this folder. "
            "Without it, they are printed as JSON lines.",
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            help="Write a self-contained HTML page about the words: their frequencies, the "
            "unknown ones, the lengths of the texts."
        ),
    ] = None,
    settings: TokenizerOptions,
    reading: options.ReadOptions,
    labels: Annotated[
        bool,
        typer.Option("--labels/--no-labels", help="Whether to keep the labels, if there are any."),
    ] = True,
    engine: EngineOptions,
    force: options.Force = False,
) -> None:
    """Turn texts into sequences of word ids.

    The most frequent word gets id 1, the next one 2, and so on, as in Keras's Tokenizer; id 0 is
    reserved for padding.

    \b
    Examples:
      textseq tokenize reviews.tsv --save-tokenizer tokenizer.json --output ids.parquet
      textseq tokenize more.tsv --tokenizer tokenizer.json --output more.parquet
      cat reviews.txt | textseq tokenize - --tokenizer tokenizer.json
      textseq tokenize test.tsv --tokenizer tokenizer.json -o test.parquet --report report.html
      textseq tokenize big/*.parquet --save-tokenizer t.json -o ids --engine spark --master yarn
    """
    from textseq.tokenizer.tokenizer import Tokenizer

    options.refuse_settings(tokenizer, given_settings(context, settings))
    _check_outputs(engine, output, save_tokenizer, report, [*sources, tokenizer], force=force)
    fitted = Tokenizer(**asdict(settings)) if tokenizer is None else Tokenizer.load(tokenizer)
    corpus = reading.open(
        sources,
        labels=None if labels else False,  # where there are any
        spool=tokenizer is None or report is not None,
        allow_empty=tokenizer is not None and report is None and not engine.is_spark,
    )
    if engine.is_spark:
        fitted, encoded = _encode_on_spark(engine, corpus, fitted, output, tokenizer, force=force)
    else:
        _load_kernels(sources, fitted)
        if tokenizer is None:
            fitted.fit_on_texts(options.texts_to_fit(corpus, settings.clean))
        encoded = _encode(corpus, fitted, output, keep=report is not None, force=force)
    kept = fitted.without_unused_words()
    if save_tokenizer is not None:
        kept.save(save_tokenizer, force=force)
    if output is not None:
        say(f"{encoded.documents:,} documents, {encoded.tokens:,} tokens -> {with_size(output)}")
    if report is not None:
        _write_report(report, corpus, fitted, encoded, tokenizer, force=force)
    _say_what_is_next(kept, save_tokenizer, output, fitted_before=tokenizer is not None)


def _check_outputs(
    engine: EngineOptions,
    output: Path | None,
    save_tokenizer: Path | None,
    report: Path | None,
    sources: list[str | Path | None],
    *,
    force: bool,
) -> None:
    """Check before long work that the outputs can be written, and overwrite no source."""
    from textseq.sequences.files import format_of

    options.check_report(report)
    if engine.is_spark:
        engine.refuse(report=report)
        engine.check(output, sources, force=force)
        options.check_outputs(save_tokenizer, sources=[*sources, output], force=force)
        return
    if output is not None:
        format_of(output)
    options.check_outputs(output, save_tokenizer, report, sources=sources, force=force)


def _encode_on_spark(
    engine: EngineOptions,
    corpus: Corpus,
    tokenizer: Tokenizer,
    output: Path | None,
    fitted_one: Path | None,
    *,
    force: bool,
) -> tuple[Tokenizer, Encoded]:
    """Fit, unless the tokenizer is a fitted one, and encode to a folder."""
    from textseq.spark.counting import check_countable
    from textseq.spark.files import CorpusOnSpark

    check_countable(tokenizer)
    assert output is not None  # noqa: S101  (`EngineOptions.check` saw to it)
    with engine.session() as session:
        texts = CorpusOnSpark(session, corpus)
        if fitted_one is None:
            tokenizer = texts.fit(tokenizer)
        parts = texts.encode(tokenizer, output, force=force)
        return tokenizer, Encoded(keep=False, documents=parts.documents, tokens=parts.tokens)


def _load_kernels(sources: list[str], tokenizer: Tokenizer) -> None:
    """Load the kernels, unless an analyzer of the user's own is called in their place."""
    from textseq.tokenizer.analyzers import rule_of

    if tokenizer.analyzer is None or rule_of(tokenizer.analyzer) is not None:
        load_kernels(sources)


def _encode(
    corpus: Corpus, tokenizer: Tokenizer, output: Path | None, *, keep: bool, force: bool
) -> Encoded:
    """Encode a corpus to a file, or to stdout as each batch arrives."""
    from textseq.sequences.files import SequenceWriter
    from textseq.sequences.jsonlines import write_json_lines
    from textseq.sequences.sequences import Sequences
    from textseq.tokenizer.corpus_encoding import encode_corpus

    encoded, batches = Encoded(keep), corpus.batches()
    if output is None:
        for sequences, labels in encode_corpus(tokenizer, batches, read_ahead=False):
            write_json_lines(sys.stdout, sequences, labels)
            encoded.add(sequences, labels)
        return encoded
    with SequenceWriter(output, force=force) as writer:
        for sequences, labels in encode_corpus(tokenizer, show_progress(batches, "Encoding")):
            writer.write(sequences, labels)
            encoded.add(sequences, labels)
        if not encoded.documents:  # the file has columns all the same
            writer.write(Sequences([], [0]), [] if corpus.has_labels else None)
    return encoded


def _write_report(
    path: Path,
    corpus: Corpus,
    tokenizer: Tokenizer,
    encoded: Encoded,
    fitted_one: Path | None,
    *,
    force: bool,
) -> None:
    """Write the page; for a tokenizer fitted on other texts, count the words of these first."""
    import numpy as np

    from textseq.report.page import Page, file_names
    from textseq.report.tokens import measure_tokens, tokenizer_settings, write_tokens_page

    title = f"Tokens of {file_names(corpus.sources)}"
    counts = tokenizer.word_counts
    if fitted_one is not None:
        title += f", with {fitted_one.name}"
        counts = tokenizer.count_words(show_progress(corpus.text_arrays(), "Counting"))
    write_tokens_page(
        Page(path, title, command_line(), force),
        measure_tokens(counts, tokenizer, documents=encoded.documents),
        np.concatenate([np.zeros(0, np.int64), *encoded.lengths]),
        label_counts=dict(encoded.labels.most_common()),
        settings=tokenizer_settings(tokenizer),
    )
    say(f"Report -> {path}")


def _say_what_is_next(
    fitted: Tokenizer, saved: Path | None, output: Path | None, *, fitted_before: bool
) -> None:
    if fitted.dropped_words:
        say(f"{fitted.dropped_words:,} rare words were dropped while counting (--max-words).")
    if saved is not None:
        say(f"{fitted.size:,} words -> {with_size(saved)}")
        if output is not None:
            say(f"Next: textseq onehot {output} --tokenizer {saved} --output onehot.npz")
        else:
            say(f"Next: textseq tokenize MORE --tokenizer {saved} --output more.parquet")
    elif not fitted_before:
        say(
            f"The tokenizer of {fitted.size:,} words was not saved; to give other texts the same "
            f"ids, add --save-tokenizer tokenizer.json"
        )
