"""`textseq train-w2v`: word vectors from texts."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.cli import options
from textseq.cli.console import command_line, counted, load_kernels, say, stderr, with_size
from textseq.cli.word_epochs import WordEpochs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from gensim.models import KeyedVectors

    from textseq.corpus import Corpus
    from textseq.tokenizer.tokenizer import Tokenizer
    from textseq.word2vec import Settings


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
    max_vocab: Annotated[
        int | None,
        typer.Option(
            "--max-vocab",
            "--max-vocab-size",
            help="While counting, drop the rarest words whenever there are more than this.",
        ),
    ] = None,
    algorithm: Annotated[
        str, typer.Option(help="skipgram, cbow, or fasttext, which also learns parts of words.")
    ] = "skipgram",
    vector_size: Annotated[
        int | None,
        typer.Option(
            "--vector-size",
            "--size",
            show_default="100, or that of --init",
            help="Numbers in a vector.",
        ),
    ] = None,
    window: Annotated[int, typer.Option(help="Words of context on each side, at most.")] = 5,
    min_count: Annotated[int, typer.Option(help="Leave out words that occur less often.")] = 5,
    max_final_vocab: Annotated[
        int | None, typer.Option(help="Raise --min-count until at most so many words are left.")
    ] = None,
    negative: Annotated[
        int, typer.Option(help="Noise words drawn for each true one; 0 for none, with --hs.")
    ] = 5,
    hs: Annotated[
        bool, typer.Option("--hs/--no-hs", help="Hierarchical softmax, beside noise words if any.")
    ] = False,
    sample: Annotated[
        float,
        typer.Option(
            help="Pass over some of the words that make up more than this share; 0: none."
        ),
    ] = 1e-3,
    ns_exponent: Annotated[
        float, typer.Option(help="Noise words are drawn by count to this power.")
    ] = 0.75,
    cbow_mean: Annotated[
        bool, typer.Option("--cbow-mean/--cbow-sum", help="What cbow does with the context.")
    ] = True,
    shrink_windows: Annotated[
        bool,
        typer.Option(
            "--shrink-windows/--fixed-windows", help="Draw each window's width from 1 to --window."
        ),
    ] = True,
    sg: Annotated[
        bool, typer.Option("--sg/--no-sg", help="Whether fasttext trains as skipgram or as cbow.")
    ] = True,
    min_n: Annotated[int, typer.Option(help="The shortest part of a word that fasttext has.")] = 3,
    max_n: Annotated[
        int, typer.Option(help="The longest; below --min-n, words have no parts.")
    ] = 6,
    bucket: Annotated[
        int, typer.Option(help="Vectors that fasttext has for all parts of words together.")
    ] = 2_000_000,
    alpha: Annotated[float, typer.Option(help="The learning rate at the beginning.")] = 0.025,
    min_alpha: Annotated[float, typer.Option(help="The learning rate at the end.")] = 1e-4,
    epochs: Annotated[int, typer.Option(help="Passes over the text.")] = 5,
    compute_loss: Annotated[
        bool, typer.Option("--compute-loss", help="Show the loss, which costs some speed.")
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(show_default="one for each processor", help="Threads."),
    ] = None,
    deterministic: Annotated[
        bool,
        typer.Option(
            "--deterministic",
            help="Train with one thread, to the same bytes each time; with more, runs differ.",
        ),
    ] = False,
    seed: options.Seed = 1,
    init: Annotated[
        Path | None, typer.Option(help="Go on from these vectors, trained before on other text.")
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Keep the state here after each epoch; the same command goes on from there.",
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(help="Write one self-contained HTML page of words, neighbours and coverage."),
    ] = None,
    text_column: options.TextColumn = None,
    where: options.Where = None,
    format: options.Format = None,  # noqa: A002  (the option's name)
    quoting: options.Quoting = "minimal",
    encoding: options.Encoding = "utf-8",
    force: options.Force = False,
) -> None:
    """Train word vectors (Word2Vec, fastText) on texts.

    Words are the tokenizer's: those of --tokenizer, or of one that is fitted on these texts. Their
    vectors stand in the order of its numbers. Settings have gensim's names and defaults, but for
    --algorithm, which is cbow in gensim.

    \b
    Examples:
      textseq train-w2v reviews.tsv --output vectors.bin
      textseq train-w2v reviews.tsv --tokenizer tokenizer.json --algorithm cbow -o vectors.txt
      textseq train-w2v more.tsv --init vectors.bin --output better.bin
      textseq train-w2v big.txt.gz --max-vocab 1000000 --checkpoint state/ --output vectors.bin
    """
    given = dict(locals())
    from textseq import word2vec

    options.refuse_with(
        tokenizer,
        {"--analyzer": analyzer, "--save-tokenizer": save_tokenizer, "--max-vocab": max_vocab},
    )
    word2vec.format_of(output)
    options.check_report(report)
    options.check_outputs(output, save_tokenizer, report, sources=sources, force=force)
    before = None if init is None else word2vec.load(init)
    if vector_size is None:
        given["vector_size"] = 100 if before is None else before.vector_size
    settings = _settings(given)
    corpus = options.open_corpus(
        sources,
        text_column=text_column,
        label_column=None,
        where=where,
        format=format,
        quoting=quoting,
        encoding=encoding,
    )
    load_kernels(sources)
    fitted = _tokenizer(corpus, tokenizer, analyzer, max_vocab)
    without = _not_writable(fitted.index_word)
    with _resumable(checkpoint), WordEpochs(stderr()) as progress:
        vectors = word2vec.train_on_ids(
            fitted.encode_batches(corpus.text_arrays()),
            fitted.index_word,
            settings,
            without=without,
            init=before,
            checkpoint=checkpoint,
            on_progress=progress,
        )
    if settings.fasttext:
        vectors = _with_all_words(vectors, fitted, without)
    word2vec.save(vectors, output, force=force)
    repeats = "" if settings.threads == 1 else "; --deterministic would repeat to the byte"
    numbers = f"{len(vectors):,} words, {vectors.vector_size} numbers each"
    say(f"{numbers} -> {with_size(output)}{repeats}")
    if save_tokenizer is not None:
        fitted.save(save_tokenizer, force=force)
        say(f"{fitted.size:,} words -> {with_size(save_tokenizer)}")
    if report is not None:
        from textseq.report.page import names_of
        from textseq.report.vectors import write_vectors_page

        write_vectors_page(
            report,
            vectors,
            title=f"{output.name}, trained on {names_of(sources)}",
            word_counts=fitted.word_counts,
            settings=dataclasses.asdict(settings),
            command=command_line(),
            force=force,
        )
        say(f"Report -> {report}")
    say(f"Next: textseq classify train ... --embedding word2vec --vectors {output}")


def _settings(given: dict[str, Any]) -> Settings:
    """Return those of the options that are hyper-parameters, which have the same names."""
    from textseq.word2vec import Settings

    return Settings(**{field.name: given[field.name] for field in dataclasses.fields(Settings)})


def _tokenizer(
    corpus: Corpus, path: Path | None, analyzer: str | None, max_vocab: int | None
) -> Tokenizer:
    """Read the tokenizer, or fit one on the texts."""
    from textseq.tokenizer.tokenizer import Tokenizer

    if path is not None:
        return Tokenizer.load(path)
    fitted = Tokenizer(analyzer=analyzer, max_words=max_vocab)
    fitted.fit_on_texts(counted(corpus.text_arrays(), "Fitting"))
    if fitted.dropped_words:
        say(
            f"{fitted.dropped_words:,} rare words were dropped while counting, for want of room "
            f"(--max-vocab {max_vocab:,}); {fitted.size:,} are left, and words that were dropped "
            f"and came again have lower counts"
        )
    return fitted


@contextlib.contextmanager
def _resumable(checkpoint: Path | None) -> Iterator[None]:
    """Say what a training goes on from, and after Ctrl-C what it can go on from."""
    from textseq.word2vec.checkpoint import has_checkpoint

    if checkpoint is not None and has_checkpoint(checkpoint):
        say(f"Training goes on from '{checkpoint}'")
    try:
        yield
    except KeyboardInterrupt:
        if checkpoint is not None and has_checkpoint(checkpoint):
            say("Interrupted; the same command goes on after the last epoch that was finished")
        raise


def _not_writable(words: Mapping[int, str]) -> list[int]:
    """Return the numbers of words that no file of vectors can hold, and say so."""
    from textseq.word2vec import WRITTEN_SPACE, is_writable

    # What a space is written as may be a word of the text itself.
    refused = {" "} if WRITTEN_SPACE in words.values() else set()
    numbers = [n for n, word in words.items() if word in refused or not is_writable(word)]
    if numbers:
        some = ", ".join(repr(words[number]) for number in numbers[:3])
        say(f"{len(numbers):,} words that hold white space get no vector, such as {some}")
    return numbers


def _with_all_words(
    vectors: KeyedVectors, fitted: Tokenizer, without: Collection[int]
) -> KeyedVectors:
    """Give all words of the tokenizer a vector, since fasttext has one for each."""
    from textseq.word2vec import with_words

    unwritable = {fitted.index_word[number] for number in without}
    together = with_words(vectors, (w for w in fitted.word_index if w not in unwritable))
    say(f"{len(together) - len(vectors):,} rare words get vectors from their parts")
    return together
