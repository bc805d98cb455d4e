"""`textseq train-w2v`: word vectors from texts."""

from __future__ import annotations

import contextlib
import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from textseq.cli import options
from textseq.cli.console import command_line, load_kernels, say, stderr, with_size
from textseq.cli.derive import from_settings, given_settings
from textseq.cli.epochs import WordEpochs
from textseq.compute.settings import setting
from textseq.tokenizer.analyzers import SUBWORDS
from textseq.word2vec.config import Word2VecConfig

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gensim.models import KeyedVectors

    from textseq.corpus.corpus import Corpus
    from textseq.sequences.sequences import Sequences
    from textseq.tokenizer.tokenizer import Tokenizer


@dataclass(frozen=True)
class VocabularyOptions:
    """How a tokenizer is fitted, if there is none."""

    analyzer: str | None = setting(None, options.ANALYZER_HELP)
    clean: str | None = setting(None, options.CLEAN_HELP)
    vocab_size: int | None = setting(None, options.VOCAB_SIZE_HELP)
    max_vocab: int | None = setting(
        None,
        "Limit on the distinct words that are counted: beyond it, the rarest are dropped.",
        flags=("--max-vocab", "--max-vocab-size"),
    )


@dataclass(frozen=True)
class RunOptions:
    """The files of a training besides the texts and the vectors."""

    init: Path | None = setting(
        None, "Start from these vectors, which set the default of --vector-size."
    )
    strict: bool = setting(
        False,
        "Refuse --init if it has words that cannot be used; else skip them.",
        flags=("--strict",),
    )
    checkpoint: Path | None = setting(
        None,
        "Save the state here after each epoch; the same command resumes from it.",
        metavar="DIR",
    )
    report: Path | None = setting(
        None, "Write a self-contained HTML page of words, their neighbours and coverage."
    )


@from_settings
def train_w2v(
    context: typer.Context,
    sources: options.Sources,
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="Write the vectors to this file: .bin, .txt, .vec, .txt.gz or .vec.gz.",
        ),
    ],
    tokenizer: options.TokenizerFile = None,
    save_tokenizer: options.SaveTokenizer = None,
    vocabulary: VocabularyOptions,
    config: Word2VecConfig,
    run: RunOptions,
    reading: options.TextOptions,
    force: options.Force = False,
) -> None:
    """Train word vectors (Word2Vec, fastText) on texts.

    The words are those of --tokenizer, or of a tokenizer that is fitted on these texts. Their
    vectors are in the order of its ids. With --tokenizer, SOURCE may also be the ids that `textseq
    tokenize` made of the texts, as a file or a folder: the vectors are the same. Settings have
    gensim's names and defaults, except that gensim's default algorithm is cbow.

    \b
    Examples:
      textseq train-w2v reviews.tsv --output vectors.bin
      textseq train-w2v reviews.tsv --tokenizer tokenizer.json --algorithm cbow -o vectors.txt
      textseq train-w2v ids.parquet --tokenizer tokenizer.json --output vectors.bin
      textseq train-w2v more.tsv --init vectors.bin --output better.bin
      textseq train-w2v big.txt.gz --max-vocab 1000000 --checkpoint state/ --output vectors.bin
    """
    from textseq.errors import require_extra

    fitting = {"save_tokenizer": save_tokenizer, **dataclasses.asdict(vocabulary)}
    options.refuse_settings(tokenizer, fitting)
    options.check_tokenizer(sources, tokenizer)
    _check_subwords(vocabulary, save_tokenizer)
    require_extra("gensim", "Training word vectors")
    from textseq.word2vec import formats, training

    formats.format_of(output)
    options.check_report(run.report)
    outputs, inputs = [output, save_tokenizer, run.report], [*sources, tokenizer, run.init]
    options.check_outputs(*outputs, sources=inputs, force=force)
    if run.checkpoint and options.is_one_of(str(run.checkpoint), [str(o) for o in outputs if o]):
        message = f"'{run.checkpoint}' is also an output of this command; choose another folder"
        raise typer.BadParameter(message, param_hint="'--checkpoint'")
    start = None if run.init is None else formats.load(run.init, strict=run.strict)
    if start is not None and "vector_size" not in given_settings(context, config):
        config = dataclasses.replace(config, vector_size=start.vector_size)
    fitted, documents = _read(sources, tokenizer, vocabulary, reading)
    without = _unwritable_ids(fitted.index_word)
    with _resumable(run.checkpoint), WordEpochs(stderr()) as progress:
        vectors = training.train_on_ids(
            documents,
            fitted.index_word,
            config,
            without=without,
            init=start,
            checkpoint=run.checkpoint,
            on_progress=progress,
        )
    words = _all_words(vectors, fitted, without) if config.fasttext else None
    _save_vectors(vectors, words, output, config, force)
    if save_tokenizer is not None:
        fitted.save(save_tokenizer, force=force)
        say(f"{fitted.size:,} words -> {with_size(save_tokenizer)}")
    if run.report is not None:
        _write_report(run.report, output.name, sources, vectors, fitted, config, force)
    _say_what_is_next(output, fitted, tokenizer or save_tokenizer)


def _check_subwords(vocabulary: VocabularyOptions, save_tokenizer: Path | None) -> None:
    """Refuse to learn sub-words that no other text could be split into."""
    if vocabulary.analyzer in SUBWORDS and save_tokenizer is None:
        raise typer.BadParameter(
            f"the vectors would be of sub-words that only their tokenizer finds in texts; keep it "
            f"with --save-tokenizer, or name a fitted one with --tokenizer in place of "
            f"--analyzer {vocabulary.analyzer}",
            param_hint="'--analyzer'",
        )


def _say_what_is_next(output: Path, fitted: Tokenizer, path: Path | None) -> None:
    """Say how to use the vectors, with the same tokens where a classifier would choose others."""
    alike = " --analyzer kiwi" if fitted.analyzer == "kiwi" else ""
    if fitted.analyzer in SUBWORDS:
        alike = f" --tokenizer {path}"
    say(f"Next: textseq classify train ...{alike} --embedding word2vec --vectors {output}")


def _read(
    sources: list[str],
    tokenizer: Path | None,
    vocabulary: VocabularyOptions,
    reading: options.TextOptions,
) -> tuple[Tokenizer, Iterator[Sequences]]:
    """Return the tokenizer, and the documents as its ids: those of texts, or ids that are given."""
    if options.hold_ids(sources):
        reading.refuse_reading(f"'{sources[0]}' holds ids, not texts")
        from textseq.sequences.files import read_sequence_batches
        from textseq.tokenizer.tokenizer import Tokenizer

        batches = (batch for source in sources for batch, _ in read_sequence_batches(source))
        return Tokenizer.load(cast(Path, tokenizer)), batches  # `check_tokenizer` saw that it is
    corpus = reading.open(sources)
    load_kernels(sources)
    fitted = _tokenizer(corpus, tokenizer, vocabulary)
    return fitted, fitted.encode_batches(corpus.text_arrays())


def _tokenizer(corpus: Corpus, path: Path | None, vocabulary: VocabularyOptions) -> Tokenizer:
    """Read the tokenizer, or fit one on the texts."""
    from textseq.tokenizer.tokenizer import Tokenizer

    if path is not None:
        return Tokenizer.load(path)
    fitted = Tokenizer(
        analyzer=vocabulary.analyzer,
        max_words=vocabulary.max_vocab,
        vocab_size=vocabulary.vocab_size,
        clean=vocabulary.clean,
    )
    fitted.fit_on_texts(options.texts_to_fit(corpus, vocabulary.clean))
    if fitted.dropped_words:
        say(
            f"{fitted.dropped_words:,} rare words were dropped while counting, beyond the limit of "
            f"--max-vocab {vocabulary.max_vocab:,}; {fitted.size:,} are left, and the counts of "
            f"words that were dropped and occurred again are too low"
        )
    return fitted


@contextlib.contextmanager
def _resumable(checkpoint: Path | None) -> Iterator[None]:
    """Print that a training resumes, and after Ctrl-C that it can."""
    from textseq.word2vec.checkpoint import has_checkpoint

    if checkpoint is not None and has_checkpoint(checkpoint):
        say(f"Training resumes from '{checkpoint}'")
    try:
        yield
    except KeyboardInterrupt:
        if checkpoint is not None and has_checkpoint(checkpoint):
            say("Interrupted; the same command resumes after the last complete epoch")
        raise


def _unwritable_ids(words: Mapping[int, str]) -> list[int]:
    """Return the ids of words that no file of vectors can hold, and print how many there are."""
    from textseq.word2vec.formats import unwritable_ids

    ids = unwritable_ids(words)
    if ids:
        some = ", ".join(repr(words[i]) for i in ids[:3])
        say(f"{len(ids):,} words that hold white space get no vector, such as {some}")
    return ids


def _all_words(vectors: KeyedVectors, fitted: Tokenizer, without: Sequence[int]) -> list[str]:
    """Return all words of the tokenizer that a file can hold: fasttext has a vector for each."""
    unwritable = {fitted.index_word[i] for i in without}
    words = [word for word in fitted.word_index if word not in unwritable]
    say(f"{len(words) - len(vectors):,} rare words get vectors from their character n-grams")
    return words


def _save_vectors(
    vectors: KeyedVectors,
    words: list[str] | None,
    output: Path,
    config: Word2VecConfig,
    force: bool,
) -> None:
    """Write the vectors of words, or of all trained on, and print what was written."""
    from textseq.word2vec.formats import save

    save(vectors, output, words=words, force=force)
    repeats = "" if config.threads == 1 else "; --deterministic would repeat to the byte"
    shape = f"{len(words or vectors):,} words, {vectors.vector_size} values each"
    say(f"{shape} -> {with_size(output)}{repeats}")


def _write_report(
    report: Path,
    name: str,
    sources: Sequence[str],
    vectors: KeyedVectors,
    fitted: Tokenizer,
    config: Word2VecConfig,
    force: bool,
) -> None:
    from textseq.report.page import Page, file_names
    from textseq.report.vectors import write_vectors_page

    page = Page(report, f"{name}, trained on {file_names(sources)}", command_line(), force)
    settings = dataclasses.asdict(config)
    write_vectors_page(page, vectors, word_counts=fitted.word_counts, settings=settings)
    say(f"Report -> {report}")
