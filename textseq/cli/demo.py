"""`textseq demo`: the four stages on the sample corpora."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from textseq.cli import options
from textseq.cli.console import (
    print_table,
    say,
    stdout,
    with_size,
)

if TYPE_CHECKING:
    from rich.console import Console

CORPORA = ("reviews_en.tsv", "reviews_ko.tsv", "questions_en.tsv")


def demo(
    corpora: Annotated[
        Path | None,
        typer.Option(help="Only copy the sample corpora to this folder, to try the commands on."),
    ] = None,
    force: options.Force = False,
) -> None:
    """Run all four stages on the sample corpora.

    \b
    Examples:
      textseq demo
      textseq demo --corpora samples
    """
    if corpora is not None:
        _copy(corpora, force=force)
        return
    from textseq.compute.compiled import when_compiling
    from textseq.errors import require_extra

    require_extra("gensim", "The demo")
    started = time.monotonic()
    console = stdout()
    with when_compiling(say):
        _tokenize_and_one_hot(console)
        _word2vec(console)
        _classify(console)
    say(f"All four stages took {time.monotonic() - started:.0f} s.")
    say("To try the commands on these texts, copy them: textseq demo --corpora samples")


def _tokenize_and_one_hot(console: Console) -> None:
    """Show the two textbook sentences as ids, and as one-hot rows."""
    from textseq.corpus.corpus import read_corpus
    from textseq.corpus.samples import embedded_corpus
    from textseq.sequences.onehot import one_hot
    from textseq.tokenizer.tokenizer import Tokenizer

    console.rule("1. Tokenize: words to ids")
    texts = list(read_corpus(embedded_corpus("giants.txt")))
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(texts)
    sequences = tokenizer.encode(texts)
    console.print(f"{len(tokenizer.word_index)} words: {tokenizer.word_index}")
    for text, ids in zip(texts, sequences.to_lists(), strict=True):
        console.print(f"{text!r} -> {ids}")

    console.rule("2. One-hot: ids to rows with a single 1; column 0 is reserved for padding")
    rows = one_hot(sequences[1], width=len(tokenizer.word_index) + 1, dtype="uint8")
    for word, row in zip(texts[1].split(), rows, strict=True):
        console.print(f"{word:>10}  {' '.join(map(str, row))}")


def _word2vec(console: Console) -> None:
    """Train word vectors on the English samples, and show the nearest neighbours of some words."""
    from textseq import word2vec
    from textseq.corpus.corpus import read_corpus
    from textseq.corpus.samples import embedded_corpus
    from textseq.tokenizer.tokenizer import Tokenizer

    console.rule("3. Word2Vec: words from similar contexts get similar vectors")
    corpus = read_corpus([embedded_corpus(name) for name in CORPORA if name.endswith("_en.tsv")])
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(corpus)
    sequences = tokenizer.encode(corpus)
    vectors = word2vec.train(
        tokenizer.decode(sequences), size=50, min_count=3, epochs=60, workers=1, seed=1
    )
    console.print(
        f"Trained on {len(sequences.ids):,} words of text: vectors for the {len(vectors):,} words "
        f"that occur 3 times or more. Larger corpora give better vectors."
    )
    for word in ("who", "where", "soup", "book"):
        if word in vectors:
            near = word2vec.neighbours(vectors, word, count=5)
            shown = ", ".join(f"{other} {cosine:.2f}" for other, cosine in near)
            console.print(f"{word:>10}  {shown}")


def _classify(console: Console) -> None:
    """Train the default classifier on each sample's train rows, and test it on the test rows."""
    from rich.table import Table

    from textseq.classifier.config import ClassifierConfig
    from textseq.classifier.fit import train_classifier
    from textseq.corpus.corpus import read_corpus
    from textseq.corpus.samples import embedded_corpus
    from textseq.report.metrics import measure

    console.rule("4. Classify: RNNs read each sentence and predict its class")
    names = ("corpus", "classes", "train", "test", "accuracy", "95% interval", "majority class")
    table = Table(*names, "seconds")
    for name in CORPORA:
        started = time.monotonic()
        train, test = (
            read_corpus(embedded_corpus(name), where={"split": split})
            for split in ("train", "test")
        )
        say(f"Training on {name}")
        model = train_classifier(train, train.labels(), ClassifierConfig()).model
        labels = test.labels()
        metrics = measure(labels, model.predict_proba(test), model.classes)
        sizes = len(model.classes), train.read().num_rows, len(labels)
        interval = str(metrics.accuracy_interval)
        scores = f"{metrics.accuracy:.1%}", interval, f"{metrics.majority:.1%}"
        table.add_row(name, *map(str, sizes), *scores, f"{time.monotonic() - started:.0f}")
    print_table(table)


def _copy(folder: Path, *, force: bool) -> None:
    """Copy the sample corpora, for the commands in the README."""
    import shutil

    from textseq.corpus.samples import embedded_corpus
    from textseq.errors import ArgumentError
    from textseq.files.atomic import atomic_file

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArgumentError(
            f"The folder '{folder}' for the sample corpora cannot be created: {error.strerror}; "
            f"choose another name."
        ) from error
    names = ("giants.txt", *CORPORA)
    options.check_outputs(*(folder / name for name in names), force=force)
    for name in names:
        with atomic_file(folder / name, force=force) as temporary:
            shutil.copyfile(embedded_corpus(name), temporary)
        say(with_size(folder / name))
    say(f"Next: textseq tokenize {folder / 'giants.txt'} --save-tokenizer tokenizer.json")
