"""`textseq classify train`: labelled texts to a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.cli import options
from textseq.cli.console import (
    command_line,
    load_tensorflow,
    require_training,
    say,
    stderr,
    with_size,
)

if TYPE_CHECKING:
    from textseq.classifier import SentenceClassifier


def train(
    context: typer.Context,
    sources: options.Sources,
    output: Annotated[Path, typer.Option("--output", "-o", help="The model folder to write.")],
    validation: Annotated[
        list[str] | None,
        typer.Option(
            help="Labelled text that decides when to stop; else a tenth of SOURCE is kept for "
            "that, or none below 1,000 texts."
        ),
    ] = None,
    embedding: Annotated[
        str | None,
        typer.Option(
            help="learned, ngrams, onehot, word2vec, or your own package.module:factory; if not "
            "given, ngrams from 10,000 texts on, else learned."
        ),
    ] = None,
    vectors: Annotated[
        Path | None, typer.Option(help="Word vectors to start from, for --embedding word2vec.")
    ] = None,
    tuned: Annotated[
        bool, typer.Option("--tuned/--frozen", help="Whether such vectors go on learning.")
    ] = True,
    ngrams: Annotated[
        int | None,
        typer.Option(
            help="For --embedding ngrams, the longest n-gram; if not given, 4 for syllables, "
            "else 2."
        ),
    ] = None,
    buckets: Annotated[
        int | None,
        typer.Option(
            help="For --embedding ngrams, how many vectors all n-grams share; about as many as "
            "there are words of text, 524,288 at most, if not given."
        ),
    ] = None,
    cell: options.Cell = "simple_rnn",
    pooling: Annotated[
        str,
        typer.Option(
            help="last (the textbook's: the state after the last word), mean, max, attention, or "
            "your own package.module:factory. Max is right on 1.5 to 5.4 of a hundred validation "
            "texts more than last: see the README."
        ),
    ] = "max",
    units: Annotated[
        int | None,
        typer.Option(
            help="Size of the state, in each direction; if not given, 64 from 10,000 texts on, "
            "else 128."
        ),
    ] = None,
    bidirectional: Annotated[
        bool, typer.Option(help="Whether a second cell reads each sentence from its end.")
    ] = True,
    dimension: Annotated[
        int | None,
        typer.Option(
            help="Numbers in a word vector; if not given, those of --vectors, or 64 from 10,000 "
            "texts on, else 200."
        ),
    ] = None,
    num_words: options.NumWords = 20_000,
    min_count: options.MinCount = 1,
    analyzer: Annotated[
        str | None,
        typer.Option(
            help="How to cut texts: words (Keras's), words_and_marks, whitespace, characters, "
            "syllables, or your own package.module:function; if not given, syllables where most "
            "letters are Hangul, else words_and_marks."
        ),
    ] = None,
    tokenizer: options.TokenizerFile = None,
    maxlen: Annotated[
        int, typer.Option(help="Networks read the last MAXLEN words of longer texts.")
    ] = 400,
    networks: Annotated[
        int | None,
        typer.Option(
            help="How many networks to train, whose probabilities are averaged; if not given, 1 "
            "from 10,000 texts on, else 3."
        ),
    ] = None,
    linear: Annotated[
        int | None,
        typer.Option(
            help="The longest n-gram of the linear model that answers beside the networks; 0 for "
            "none; if not given, 5 for syllables, else 3 from 10,000 texts on, and 2 below."
        ),
    ] = None,
    dropout: Annotated[
        float, typer.Option(help="Share of the pooled state's numbers that training drops.")
    ] = 0.5,
    vector_dropout: Annotated[
        float | None,
        typer.Option(
            help="Share of the word vectors' numbers that training drops; if not given, 0.3 from "
            "10,000 texts on, else 0.2."
        ),
    ] = None,
    word_dropout: Annotated[
        float | None,
        typer.Option(
            help="Share of the words that training leaves out; if not given, 0.1 from 10,000 "
            "texts on, else none."
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(
            help="At most so many passes over the text; if not given, 4 from 10,000 texts on, "
            "else 10."
        ),
    ] = None,
    patience: Annotated[
        int, typer.Option(help="Stop after so many epochs without a better validation accuracy.")
    ] = 3,
    batch_size: Annotated[
        int | None, typer.Option(help="Texts in a batch; 32 if not given, 16 below 1,000 texts.")
    ] = None,
    learning_rate: Annotated[float, typer.Option(help="Adam's, at its height.")] = 2e-3,
    warmup: Annotated[
        float, typer.Option(help="Epochs over which the learning rate rises to its height.")
    ] = 0.0,
    balanced: Annotated[
        bool, typer.Option("--balanced", help="Make all classes count the same.")
    ] = False,
    calibrated: Annotated[
        bool,
        typer.Option(
            help="Whether to fit a temperature on the validation texts, so that of answers of 90% "
            "about nine in ten are right."
        ),
    ] = True,
    config: Annotated[
        Path | None,
        typer.Option(
            help="Take all settings from this config.json of a model, but those given here."
        ),
    ] = None,
    seed: options.Seed = 0,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Keep the state of the training here; the same command again goes on from it.",
        ),
    ] = None,
    tensorboard: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Log each epoch's figures for TensorBoard.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            help="Write one self-contained HTML page on the training here: data, learning curves, "
            "answers, the most wrong texts."
        ),
    ] = None,
    text_column: options.TextColumn = None,
    label_column: options.LabelColumn = None,
    where: options.Where = None,
    format: options.Format = None,  # noqa: A002  (the option's name)
    quoting: options.Quoting = "minimal",
    encoding: options.Encoding = "utf-8",
    force: options.Force = False,
) -> None:
    """Train a classifier on labelled texts.

    \b
    Examples:
      textseq classify train reviews.tsv --output model --report report.html
      textseq classify train train.tsv --validation dev.tsv --cell lstm --output model
      textseq classify train reviews.tsv --embedding word2vec --vectors vectors.bin -o model
      textseq classify train ids.parquet --tokenizer tokenizer.json --output model
      textseq classify train reviews.tsv --config model/config.json --seed 1 --output again
    """
    require_training("Training")
    from textseq.classifier import SentenceClassifier
    from textseq.classifier.settings_check import check_settings
    from textseq.errors import ArgumentError
    from textseq.files.paths import check_output
    from textseq.tokenizer.tokenizer import Tokenizer

    options.check_report(report)
    check_output(output, force=force)
    if report is not None:
        check_output(report, force=force)
    if vectors is not None and not vectors.is_file():
        raise ArgumentError(f"The vectors '{vectors}' do not exist; make them with train-w2v.")
    reading: dict[str, Any] = {
        "text_column": text_column,
        "label_column": label_column,
        "where": where,
        "format": format,
        "quoting": quoting,
        "encoding": encoding,
    }
    _refuse_ids_alone([*sources, *(validation or [])], tokenizer)
    settings: dict[str, Any] = {
        "embedding": embedding,
        "cell": cell,
        "pooling": pooling,
        "units": units,
        "bidirectional": bidirectional,
        "dimension": dimension,
        "vectors": vectors,
        "tuned": tuned,
        "ngrams": ngrams,
        "buckets": buckets,
        "tokenizer": Tokenizer.load(tokenizer) if tokenizer else None,
        "num_words": num_words,
        "min_count": min_count,
        "analyzer": analyzer,
        "maxlen": maxlen,
        "networks": networks,
        "linear": linear,
        "dropout": dropout,
        "vector_dropout": vector_dropout,
        "word_dropout": word_dropout,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "warmup": warmup,
        "patience": patience,
        "class_weight": "balanced" if balanced else None,
        "calibrated": calibrated,
        "seed": seed,
    }
    check_settings(settings)
    texts, labels = options.read_labelled_texts_or_ids(sources, reading)
    held_out = options.read_labelled_texts_or_ids(validation, reading) if validation else None
    if config is not None:
        classifier = SentenceClassifier.from_config(config, **_given(context, settings))
    else:
        classifier = SentenceClassifier(**settings)
    say(f"{len(texts):,} texts, {len(set(labels))} classes; loading TensorFlow")
    load_tensorflow("Training")
    interrupted = _fit(classifier, texts, labels, held_out, checkpoint, tensorboard)
    if coverage := getattr(classifier, "coverage_", None):
        say(str(coverage))
    classifier.save(output, force=force)
    if classifier.validation_ is not None:
        say(_validated(classifier.validation_))
        if classifier.temperature_ != 1:
            say(f"Calibrated on the validation texts: temperature {classifier.temperature_:.2f}")
    say(f"{_made(classifier)}, {classifier.parameters:,} parameters -> {with_size(output)}")
    if report is not None:
        from textseq.report.page import names_of
        from textseq.report.training import write_training_page

        title = f"{output.name}, trained on {names_of(sources)}"
        write_training_page(
            report,
            classifier,
            (texts, labels),
            held_out,
            title=title,
            command=command_line(),
            force=force,
        )
        say(f"Report -> {report}")
    say(f"Next: textseq classify evaluate {output} TEST, or classify predict {output} 'a sentence'")
    if interrupted:
        raise typer.Exit(130)


def _fit(
    classifier: SentenceClassifier,
    texts: Any,
    labels: list[str],
    held_out: Any,
    checkpoint: Path | None,
    tensorboard: Path | None,
) -> bool:
    """Train, showing a table of epochs; return whether Ctrl-C ended it with something to save."""
    from textseq.cli.epochs import EpochTable
    from textseq.network.training.checkpoint import has_checkpoint

    if checkpoint is not None and has_checkpoint(checkpoint):
        say(f"Training goes on from '{checkpoint}'")
    interrupted = False
    with EpochTable(stderr()) as table:
        callbacks = [table.callback()]
        if tensorboard is not None:
            from textseq.network.training.tensorboard import TensorBoardLog

            callbacks.append(TensorBoardLog(tensorboard))
        try:
            classifier.fit(
                texts, labels, validation_data=held_out, callbacks=callbacks, checkpoint=checkpoint
            )
        except KeyboardInterrupt:
            if not getattr(classifier, "weights_", None):
                raise
            interrupted = True
    if interrupted:
        say("Interrupted; saving the best network so far")
    return interrupted


def _made(classifier: SentenceClassifier) -> str:
    """Return what a model is made of."""
    networks = len(classifier.histories_)
    made = "1 network" if networks == 1 else f"{networks} networks"
    return f"{made} and a linear model" if classifier.recipe_.linear else made


def _validated(accuracies: dict[str, Any]) -> str:
    """Return the accuracy on the validation texts, and that of each part, where there are more."""
    together = f"Validation accuracy {accuracies['together']:.1%}"
    alone = [f"network {accuracy:.1%}" for accuracy in accuracies["networks"]]
    if "linear" in accuracies:
        alone.append(f"linear model {accuracies['linear']:.1%}")
    return f"{together}; alone: {', '.join(alone)}" if len(alone) > 1 else together


def _given(context: typer.Context, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings whose options stand on the command line."""
    option_of = {"class_weight": "balanced"}  # where the two differ in name
    sources = {name: context.get_parameter_source(option_of.get(name, name)) for name in settings}
    return {
        name: settings[name]
        for name, source in sources.items()
        if source is not None and source.name == "COMMANDLINE"
    }


def _refuse_ids_alone(sources: list[str], tokenizer: Path | None) -> None:
    """Say before reading them that ids need their tokenizer."""
    from textseq.errors import ArgumentError

    for source in sources:
        if tokenizer is None and options.hold_ids([source]):
            raise ArgumentError(
                f"'{source}' holds ids, which mean nothing without the tokenizer that made them; "
                f"name it with --tokenizer tokenizer.json."
            )
