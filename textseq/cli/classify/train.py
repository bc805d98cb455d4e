"""`textseq classify train`: labelled texts to a model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.classifier.config import ClassifierConfig
from textseq.classifier.presets import preset_table
from textseq.cli import console, options
from textseq.cli.console import command_line, say, with_size
from textseq.cli.derive import add_to_help, from_settings, given_settings
from textseq.compute.settings import setting

if TYPE_CHECKING:
    from textseq.classifier.sentence_classifier import SentenceClassifier


@dataclass(frozen=True)
class RunOptions:
    """The options of a training that are not settings of the classifier."""

    validation: list[str] | None = setting(
        None,
        "Labelled texts for early stopping and calibration. By default, a tenth of the texts in "
        "SOURCE, or none if there are fewer than 1,000.",
    )
    balanced: bool = setting(
        False, "Weigh classes so that each counts the same.", flags=("--balanced",)
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
    tokenizer: options.TokenizerFile = None,
    force: options.Force = False,
) -> None:
    """Train a classifier on labelled texts.

    \b
    Examples:
      textseq classify train reviews.tsv --output model --report report.html
      textseq classify train train.tsv --validation dev.tsv --preset fast --output model
      textseq classify train reviews.tsv --embedding word2vec --vectors vectors.bin -o model
      textseq classify train ids.parquet --tokenizer tokenizer.json --output model
      textseq classify train reviews.tsv --config model/config.json --seed 1 --output again

    Settings that are not given are decided by the preset and the number of texts. After a
    semicolon: the value from 10,000 texts on, or where it says "few", below 1,000.
    """
    console.require_training("Training")
    options.check_report(run.report)
    options.check_outputs(run.report, force=force)
    _check_inputs(
        output, [*sources, *(run.validation or [])], tokenizer, config.vectors, force=force
    )
    given = given_settings(context, config)
    given |= {"class_weight": "balanced"} if run.balanced else {}
    classifier = _classifier(run.config_file, tokenizer, given)
    texts, labels = reading.read_labelled(sources)
    held_out = reading.read_labelled(run.validation) if run.validation else None
    classes = set(labels) if isinstance(labels, list) else labels.unique()
    say(f"{len(texts):,} texts, {len(classes)} classes; loading TensorFlow")
    console.load_tensorflow("Training")
    interrupted = _fit(classifier, texts, labels, held_out, run)
    if classifier.coverage_ is not None:
        say(str(classifier.coverage_))
    classifier.save(output, force=force)
    _say_what_was_made(classifier, output)
    if run.report is not None:
        from textseq.report.page import Page, file_names
        from textseq.report.training import write_training_page

        title = f"{output.name}, trained on {file_names(sources)}"
        write_training_page(
            Page(run.report, title, command_line(), force),
            classifier,
            _listed(texts, labels),
            None if held_out is None else _listed(*held_out),
        )
        say(f"Report -> {run.report}")
    say(f"Next: textseq classify evaluate {output} TEST, or classify predict {output} 'a sentence'")
    if interrupted:
        raise typer.Exit(130)


def _check_inputs(
    output: Path, sources: list[str], tokenizer: Path | None, vectors: str | None, *, force: bool
) -> None:
    """Refuse before long work what can be seen to fail."""
    from textseq.errors import ArgumentError
    from textseq.files.paths import check_output

    check_output(output, force=force)
    if vectors is not None and not Path(vectors).is_file():
        raise ArgumentError(f"The vectors '{vectors}' do not exist; make them with train-w2v.")
    for source in sources:
        if tokenizer is None and options.hold_ids([source]):
            raise ArgumentError(
                f"'{source}' holds ids, which mean nothing without the tokenizer that made them; "
                f"name it with --tokenizer tokenizer.json."
            )


def _classifier(
    config_file: Path | None, tokenizer: Path | None, given: dict[str, Any]
) -> SentenceClassifier:
    """Return a classifier with the settings of a config.json and those given."""
    from textseq.classifier.sentence_classifier import SentenceClassifier
    from textseq.tokenizer.tokenizer import Tokenizer

    if tokenizer is not None:
        given = {**given, "tokenizer": Tokenizer.load(tokenizer)}
    if config_file is not None:
        return SentenceClassifier.from_config(config_file, **given)
    return SentenceClassifier(**given)


def _fit(
    classifier: SentenceClassifier, texts: Any, labels: Any, held_out: Any, run: RunOptions
) -> bool:
    """Train, showing a table of epochs; return whether Ctrl-C ended it with something to save."""
    from textseq.cli.epochs import EpochTable
    from textseq.network.training.checkpoint import has_checkpoint

    if run.checkpoint is not None and has_checkpoint(run.checkpoint):
        say(f"Training resumes from '{run.checkpoint}'")
    interrupted = False
    with EpochTable(console.stderr()) as table:
        callbacks = [table.callback()]
        if run.tensorboard is not None:
            import keras

            callbacks.append(keras.callbacks.TensorBoard(run.tensorboard, write_graph=False))
        try:
            classifier.fit(
                texts,
                labels,
                validation_data=held_out,
                callbacks=callbacks,
                checkpoint=run.checkpoint,
            )
        except KeyboardInterrupt:
            if not hasattr(classifier, "model_"):
                raise
            interrupted = True
    if interrupted:
        say("Interrupted; saving the best network so far")
    return interrupted


def _listed(texts: Any, labels: Any) -> tuple[Any, list[str]]:
    return texts, labels if isinstance(labels, list) else labels.to_pylist()


def _say_what_was_made(classifier: SentenceClassifier, output: Path) -> None:
    """Say the accuracy on the validation texts, and what the model folder holds."""
    validation = classifier.validation_
    if validation is not None:
        alone = [f"network {accuracy:.1%}" for accuracy in validation["networks"]]
        alone += [f"linear model {validation['linear']:.1%}"] if "linear" in validation else []
        parts = f"; alone: {', '.join(alone)}" if len(alone) > 1 else ""
        say(f"Validation accuracy {validation['together']:.1%}{parts}")
        if classifier.temperature_ != 1:
            say(f"Calibrated on the validation texts: temperature {classifier.temperature_:.2f}")
    networks = len(classifier.histories_)
    made = "1 network" if networks == 1 else f"{networks} networks"
    made += " and a linear model" if classifier.config_.linear else ""
    say(f"{made}, {classifier.parameters:,} parameters -> {with_size(output)}")
