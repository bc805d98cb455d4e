"""`textseq classify train`: labelled texts to a model."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.classifier.config import ClassifierConfig
from textseq.classifier.presets import preset_table
from textseq.cli import console, options
from textseq.cli.classify.autotune import AutotuneOptions, Lines
from textseq.cli.console import command_line, say, with_size
from textseq.cli.derive import add_to_help, from_settings, given_settings
from textseq.compute.settings import setting
from textseq.registry import counted

if TYPE_CHECKING:
    from textseq.classifier.autotuning.search import SearchLimits
    from textseq.classifier.cross_validation import CrossValidation, Fold
    from textseq.classifier.trained import TrainedClassifier
    from textseq.cli.epochs import EpochTable


@dataclass(frozen=True)
class RunOptions:
    """The options of a training that are not settings of the classifier."""

    validation: list[str] | None = setting(
        None,
        "Labelled texts for early stopping and calibration. By default, a tenth of the texts in "
        "SOURCE, or none if there are fewer than 1,000. --where does not apply to them.",
    )
    validation_where: list[str] | None = setting(
        None,
        "Validate only on rows with this value in this column, of --validation, or of SOURCE if "
        "that is not given.",
        metavar="COLUMN=VALUE",
    )
    balanced: bool = setting(
        False, "Weigh classes so that each counts the same.", flags=("--balanced",)
    )
    folds: int | None = setting(
        None,
        "First estimate the accuracy by cross-validation in this many folds, 5 for example, which "
        "takes as many trainings more; for texts too few to keep some for a test.",
        at_least=2,
    )
    config_file: Path | None = setting(
        None,
        "Take the settings that are not given here from this config.json of a model.",
        flags=("--config",),
    )
    checkpoint: Path | None = setting(None, options.CHECKPOINT_HELP, metavar="DIR")
    tensorboard: Path | None = setting(
        None, "Log the metrics of each epoch here, for TensorBoard.", metavar="DIR"
    )
    report: Path | None = setting(
        None,
        "Write a self-contained HTML page about the training: data, learning curves, metrics, "
        "worst errors.",
    )


@from_settings
@add_to_help("\b\n" + preset_table())
def train(
    context: typer.Context,
    sources: options.Sources,
    output: Annotated[Path, typer.Option("--output", "-o", help="The model folder to write.")],
    config: ClassifierConfig,
    reading: options.ReadOptions,
    run: RunOptions,
    tune: AutotuneOptions,
    tokenizer: options.TokenizerFile = None,
    force: options.Force = False,
) -> None:
    """Train a classifier on labelled texts.

    \b
    Examples:
      textseq classify train reviews.tsv --output model --report report.html
      textseq classify train train.tsv --validation dev.tsv --preset fast --output model
      textseq classify train all.tsv --where split=train --validation-where split=dev -o model
      textseq classify train reviews.tsv --embedding word2vec --vectors vectors.bin -o model
      textseq classify train few.tsv --folds 5 --output model
      textseq classify train reviews.tsv --autotune 300 --output model
      textseq classify train ids.parquet --tokenizer tokenizer.json --output model
      textseq classify train reviews.tsv --config model/config.json --seed 1 --output again

    Settings that are not given are decided by the preset and the number of texts. After a
    semicolon: the value from 10,000 texts on, or where it says "few", below 1,000.
    """
    started = time.monotonic()
    options.check_report(run.report)
    tune.check(run.folds, run.tensorboard)
    given = given_settings(context, config)
    _check_inputs(sources, run, tokenizer, given)
    _check_outputs(output, sources, run, [tokenizer, config.vectors], force=force)
    given |= {"class_weight": "balanced"} if run.balanced else {}
    settings = _config(run.config_file, tokenizer, given)
    if settings.needs_keras or run.tensorboard is not None:
        console.require_keras("Training with parts of your own, or for TensorBoard,")
    texts, labels = reading.read_labelled(sources)
    held_out = _read_validation(sources, reading, run)
    estimate = None
    if run.folds is not None:
        estimate = _cross_validate(settings, (texts, labels), held_out, run.folds, run.checkpoint)
    if tune.asked_for:
        limits = tune.limits({*given} - {"seed"}, time.monotonic() - started)
        trained = _autotune(settings, (texts, labels), held_out, limits, run.checkpoint)
    else:
        trained = _train(settings, texts, labels, held_out, run)
    trained = replace(trained, cross_validation=estimate, data=_data(trained, sources))
    if trained.coverage is not None:
        say(str(trained.coverage))
    trained.save(output, force=force)
    _say_what_was_made(trained, output)
    if run.report is not None:
        from textseq.report.page import Page, file_names
        from textseq.report.training import write_training_page

        title = f"{output.name}, trained on {file_names(sources)}"
        write_training_page(
            Page(run.report, title, command_line(), force),
            trained,
            _listed(texts, labels),
            None if held_out is None else _listed(*held_out),
        )
        say(f"Report -> {run.report}")
    say(f"Next: textseq classify evaluate {output} TEST, or classify predict {output} 'a sentence'")
    if trained.interrupted:
        raise typer.Exit(130)


def _data(trained: TrainedClassifier, sources: list[str]) -> dict[str, Any]:
    """Return what was trained on, with the names of the files."""
    names = ["stdin" if source == "-" else Path(source).name for source in sources]
    return {**(trained.data or {}), "files": names}


def _check_inputs(
    sources: list[str], run: RunOptions, tokenizer: Path | None, given: dict[str, Any]
) -> None:
    """Refuse before any work what can be seen to fail, or to do nothing."""
    from textseq.errors import ArgumentError

    options.conditions(run.validation_where, "--validation-where")
    if run.folds is not None and run.folds < 2:
        raise ArgumentError(f"`folds` (--folds) must be 2 or more. Received: {run.folds}.")
    vectors = given.get("vectors")
    if vectors is not None and not Path(vectors).is_file():
        raise ArgumentError(f"The vectors '{vectors}' do not exist; make them with train-w2v.")
    options.check_tokenizer([*sources, *(run.validation or [])], tokenizer)
    names = ("num_words", "min_count", "analyzer", "clean", "vocab_size")
    options.refuse_settings(tokenizer, {name: given.get(name) for name in names})
    if "validation_fraction" in given and (run.validation or run.validation_where):
        raise typer.BadParameter(
            "the validation texts are named, so it does nothing; leave out one or the other",
            param_hint="'--validation-fraction'",
        )


def _check_outputs(
    output: Path, sources: list[str], run: RunOptions, others: list[Any], *, force: bool
) -> None:
    """Refuse before any work outputs that cannot be written, or would lose something."""
    from textseq.classifier.model_folder import check_model_output
    from textseq.errors import OutputExistsError

    outputs = [output, run.report, run.checkpoint, run.tensorboard]
    options.refuse_overlap(outputs, [*sources, *(run.validation or []), run.config_file, *others])
    check_model_output(output, force=force)
    options.check_outputs(run.report, force=force)
    for folder in (run.checkpoint, run.tensorboard):
        if folder is not None and folder.exists() and not folder.is_dir():
            raise OutputExistsError(
                f"The output '{folder}' is a file, where a folder was expected; choose another "
                f"name."
            )


def _read_validation(sources: list[str], reading: options.ReadOptions, run: RunOptions) -> Any:
    """Return the labelled texts to validate on, or None."""
    from textseq.errors import CorpusError

    if not run.validation and not run.validation_where:
        return None
    places = run.validation or sources
    for place in places:
        if reading.where and not run.validation_where and options.is_one_of(place, sources):
            raise typer.BadParameter(
                f"'{place}' is trained on too; say which of its rows to validate on with "
                f"--validation-where, such as --validation-where split=dev, and which to train on "
                f"with --where",
                param_hint="'--validation'",
            )
        if place == "-" and place in sources:
            raise typer.BadParameter(
                "standard input can be read once only; save it to a file",
                param_hint="'--validation-where'",
            )
    if reading.where and not run.validation_where:
        say("--where applies to SOURCE only; to choose among --validation, use --validation-where")
    try:
        return replace(reading, where=run.validation_where).read_labelled(places)
    except CorpusError as error:  # which names the option that chooses among the training texts
        raise CorpusError(str(error).replace("--where", "--validation-where")) from error


def _config(
    config_file: Path | None, tokenizer: Path | None, given: dict[str, Any]
) -> ClassifierConfig:
    """Return the settings of a config.json and those given."""
    from textseq.classifier.fit import load_settings
    from textseq.tokenizer.tokenizer import Tokenizer

    if tokenizer is not None:
        given = {**given, "tokenizer": Tokenizer.load(tokenizer)}
    if config_file is not None:
        given = load_settings(config_file, given)
    return ClassifierConfig(**given)


def _cross_validate(
    config: ClassifierConfig,
    labelled: tuple[Any, Any],
    held_out: tuple[Any, Any] | None,
    folds: int,
    checkpoint: Path | None,
) -> CrossValidation:
    """Cross-validate, and say how each fold and the whole went; Ctrl-C ends the command."""
    from textseq.classifier.fit import cross_validate

    def say_fold(fold: Fold) -> None:
        say(f"Fold {fold.number} of {folds}: accuracy {fold.accuracy:.1%} on {fold.texts:,} texts")

    if config.needs_keras:
        console.load_tensorflow("Training with parts of your own")
    say(f"{len(labelled[1]):,} texts in {folds} folds")
    with _many_trainings(f"Cross-validating in {folds} folds", "textseq.classifier"):
        found = cross_validate(
            *labelled,
            config,
            folds=folds,
            validation_data=held_out,
            checkpoint=checkpoint,
            on_fold=say_fold,
        )
    say(f"Cross-validated {found}")
    return found


@contextlib.contextmanager
def _many_trainings(title: str, name: str, level: int = logging.WARNING) -> Iterator[None]:
    """Show a line while several models are trained, of which the logger only says `level`.

    What each training says of itself is the same for all.
    """
    from textseq.compute.compiled import when_compiling

    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(level)
    try:
        with when_compiling(say), console.progress_line(console.stderr(), title):
            yield
    finally:
        logger.setLevel(before)


def _train(
    config: ClassifierConfig, texts: Any, labels: Any, held_out: Any, run: RunOptions
) -> TrainedClassifier:
    """Train, showing a table of epochs."""
    from textseq.classifier.fit import train_classifier
    from textseq.cli.epochs import EpochTable
    from textseq.compute.compiled import when_compiling

    what = f"{len(texts):,} texts, {_class_count(labels)}"
    with when_compiling(say), EpochTable(console.stderr()) as table:
        trained = train_classifier(
            texts,
            labels,
            config,
            validation_data=held_out,
            callbacks=_callbacks(table, run, what, needs_keras=config.needs_keras),
            checkpoint=run.checkpoint,
        )
    if trained.interrupted:
        say("Interrupted; saving the best network so far")
    return trained


def _autotune(
    config: ClassifierConfig,
    labelled: tuple[Any, Any],
    held_out: tuple[Any, Any] | None,
    limits: SearchLimits,
    checkpoint: Path | None,
) -> TrainedClassifier:
    """Search for better settings, and say how each trial went and what came of it."""
    from textseq.classifier.autotuning.tune import autotune

    if config.needs_keras:
        console.load_tensorflow("Training with parts of your own")
    if limits.fixed:
        names = ", ".join(f"{name} {getattr(config, name)}" for name in sorted(limits.fixed))
        say(f"Held as given: {names}")
    lines = Lines()
    title, logger = "Searching for better settings", "textseq.classifier.training"
    with _many_trainings(title, logger, logging.ERROR):
        found = autotune(
            *labelled,
            config,
            limits=limits,
            validation_data=held_out,
            checkpoint=checkpoint,
            on_trial=lines.say,
            on_resume=lines.resume,
        )
    if found.interrupted:
        say("Interrupted; saving the best model so far")
    lines.conclude(interrupted=found.interrupted)
    return found


def _callbacks(
    table: EpochTable, run: RunOptions, what: str, *, needs_keras: bool
) -> Iterator[Any]:
    """Load what trains, and yield the callbacks; `fit` asks for them once all is checked."""
    from textseq.network.training.checkpoint import has_checkpoint

    needs_keras |= run.tensorboard is not None
    say(f"{what}; loading TensorFlow" if needs_keras else what)
    if needs_keras:
        console.load_tensorflow("Training with parts of your own, or for TensorBoard,")
    if run.checkpoint is not None and has_checkpoint(run.checkpoint):
        say(f"Training resumes from '{run.checkpoint}'")
    yield table.observer()
    if run.tensorboard is not None:
        import keras

        yield keras.callbacks.TensorBoard(run.tensorboard, write_graph=False)


def _class_count(labels: Any) -> str:
    names = labels if isinstance(labels, list) else labels.to_pylist()
    if any(isinstance(name, list) for name in names):
        return counted(len({*chain.from_iterable(names)}), "label")
    return f"{len(set(names)):,} classes"


def _listed(texts: Any, labels: Any) -> tuple[Any, list[str]]:
    return texts, labels if isinstance(labels, list) else labels.to_pylist()


def _say_what_was_made(trained: TrainedClassifier, output: Path) -> None:
    """Say the accuracy or macro F1 on the validation texts, and what the model folder holds."""
    from textseq.tasks.intervals import Interval

    validation = trained.validation
    if validation is not None:
        alone = [f"network {accuracy:.1%}" for accuracy in validation["networks"]]
        alone += [f"linear model {validation['linear']:.1%}"] if "linear" in validation else []
        parts = f"; alone: {', '.join(alone)}" if len(alone) > 1 else ""
        score = "macro F1" if trained.model.multilabel else "accuracy"
        ends = validation.get("interval")
        interval = f" (95% interval {Interval(*ends)})" if ends else ""
        say(f"Validation {score} {validation['together']:.1%}{interval}{parts}")
        if trained.model.multilabel:
            say("Fitted to the validation texts: a temperature and a threshold for each label")
        elif trained.model.temperature != 1:
            say(f"Calibrated on the validation texts: temperature {trained.model.temperature:.2f}")
    made = counted(len(trained.histories), "network")
    made += " and a linear model" * bool(trained.model.config.linear)
    say(f"{made}, {trained.parameters:,} parameters -> {with_size(output)}")
