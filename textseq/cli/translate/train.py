"""`textseq translate train`: pairs of texts to a model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.cli import options
from textseq.cli.console import say, with_size
from textseq.cli.derive import from_settings, given_settings
from textseq.cli.results import show_epochs
from textseq.cli.translate.pair_options import PairOptions, Source, Target
from textseq.compute.settings import setting
from textseq.seq2seq.config import PRESETS, Seq2SeqConfig

if TYPE_CHECKING:
    from textseq.corpus.pairs import TextPairs
    from textseq.seq2seq.translator import Translator
    from textseq.tasks.training import Trained


@dataclass(frozen=True)
class RunOptions:
    """The options of a training that are not settings of the model."""

    preset: str = setting(
        "attention",
        "What decides the settings that are not given: attention (words), characters (what rules "
        "decide, such as dates), textbook (a SimpleRNN without attention).",
        choices=tuple(PRESETS),
    )
    validation: str | None = setting(
        None,
        "Pairs that decide when to stop; by default, some of SOURCE, see --validation-fraction.",
        metavar="SOURCE",
    )
    validation_target: Path | None = setting(
        None, "The file whose lines go with those of --validation.", metavar="TARGET"
    )
    checkpoint: Path | None = setting(None, options.CHECKPOINT_HELP, metavar="DIR")


@from_settings
def train(
    context: typer.Context,
    source: Source,
    output: Annotated[Path, typer.Option("--output", "-o", help="The model folder to write.")],
    config: Seq2SeqConfig,
    reading: PairOptions,
    run: RunOptions,
    target: Target = None,
    force: options.Force = False,
) -> None:
    """Train an encoder-decoder on pairs of texts.

    \b
    Examples:
      textseq translate train train.de --target train.en --output model
      textseq translate train train.de --target train.en --validation val.tsv -o model
      textseq translate train pairs.tsv --source-column de --target-column en -o model
      textseq translate train dates.tsv --preset characters --output dates
      textseq translate train train.de --target train.en --preset textbook -o textbook
    """
    from textseq.errors import ArgumentError
    from textseq.seq2seq.config import preset_settings
    from textseq.seq2seq.translator import FORMAT
    from textseq.tokenizer.tokenizer import Tokenizer

    settings = Seq2SeqConfig(**preset_settings(run.preset, given_settings(context, config)))
    Tokenizer(analyzer=settings.analyzer, vocab_size=settings.vocab_size)  # an error now, if any
    if run.validation_target is not None and run.validation is None:
        raise ArgumentError(
            f"--validation-target '{run.validation_target}' has no sources; name them with "
            f"--validation."
        )
    inputs = [source, target, run.validation, run.validation_target]
    options.refuse_overlap([output, run.checkpoint], inputs)
    FORMAT.check_output(output, force=force)
    pairs = reading.read(source, target)
    held_out = reading.read(run.validation, run.validation_target) if run.validation else None
    trained = _train(settings, pairs, held_out, run.checkpoint)
    trained.save(output, force=force)
    _say_what_was_made(trained, output)
    if trained.interrupted:
        raise typer.Exit(130)


def _train(
    settings: Seq2SeqConfig, pairs: TextPairs, held_out: Any, checkpoint: Path | None
) -> Trained[Translator]:
    """Train, showing a table of epochs."""
    from textseq.seq2seq.fit import train_translator

    say(f"{len(pairs.sources):,} pairs; {settings.description}")
    with show_epochs(checkpoint) as observer:
        trained = train_translator(
            *pairs,
            settings,
            validation_data=held_out,
            observers=[observer],
            checkpoint=checkpoint,
        )
    if trained.interrupted:
        say("Interrupted; saving the best network so far")
    return trained


def _say_what_was_made(trained: Trained[Translator], output: Path) -> None:
    best = [max(history.get("val_accuracy", [0.0])) for history in trained.histories]
    if max(best):
        figures = ", ".join(f"{each:.1%}" for each in best)
        say(f"Of the validation tokens, given those before them, {figures} are right")
    parameters = sum(weight.size for weight in trained.model.weights.values())
    say(f"{parameters:,} parameters -> {with_size(output)}")
    say(
        f"Next: textseq translate evaluate {output} SOURCE --target TARGET, or "
        f"textseq translate predict {output} 'a text'"
    )
