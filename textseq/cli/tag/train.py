"""`textseq tag train`: tagged sentences to a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from textseq.cli import options
from textseq.cli.console import say, with_size
from textseq.cli.derive import from_settings
from textseq.cli.results import show_epochs
from textseq.cli.tag.reading import Sources, TaggedOptions
from textseq.registry import counted
from textseq.tagger.config import TaggerConfig

if TYPE_CHECKING:
    from textseq.tagger.predictor import TagPredictor
    from textseq.tasks.training import Trained


@from_settings
def train(
    sources: Sources,
    output: Annotated[Path, typer.Option("--output", "-o", help="The model folder to write.")],
    config: TaggerConfig,
    reading: TaggedOptions,
    validation: Annotated[
        list[str] | None,
        typer.Option(
            help="Tagged sentences that decide when to stop; by default, a part of those in SOURCE."
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(metavar="DIR", help=options.CHECKPOINT_HELP)
    ] = None,
    force: options.Force = False,
) -> None:
    """Train a tagger on tagged sentences.

    \b
    Examples:
      textseq tag train train.conllu --validation dev.conllu --output model
      textseq tag train train.conllu --tag-column xpos --cell gru --networks 3 --output model
      textseq tag train names.txt --output model
    """
    from textseq.corpus.tagged import CONLLU
    from textseq.tagger.predictor import FORMAT
    from textseq.tagger.training import train_tagger

    options.refuse_overlap([output, checkpoint], [*sources, *(validation or [])])
    FORMAT.check_output(output, force=force)
    read = list(reading.read(sources))
    held_out = list(reading.read(validation)) if validation else None
    training, validating = (
        ([s.tokens for s in some], [s.tags for s in some]) for some in (read, held_out or [])
    )
    layout, words = read[0].layout, sum(len(s.tokens) for s in read)
    tags = len({tag for s in read for tag in s.tags})
    say(f"{len(read):,} sentences, {words:,} words, {tags} tags")
    with show_epochs(checkpoint) as observer:
        trained = train_tagger(
            config,
            training,
            validating if validation else None,
            observers=[observer],
            column=CONLLU[layout.tag] if layout.conllu else None,
            checkpoint=checkpoint,
        )
    if trained.interrupted:
        say("Interrupted; saving the best network so far")
    trained.save(output, force=force)
    _say_what_was_made(trained, output)
    if trained.interrupted:
        raise typer.Exit(130)


def _say_what_was_made(trained: Trained[TagPredictor], output: Path) -> None:
    """Say the accuracies on the validation sentences, and what the model folder holds."""
    if (scores := trained.validation) is not None:
        alone = f"; the linear model alone {scores['linear']:.2%}" if "linear" in scores else ""
        say(
            f"Validation accuracy {scores['accuracy']:.2%}{alone}; the most frequent tag of each "
            f"word scores {scores['most_frequent']:.2%}"
        )
    parameters = sum(weight.size for weight in trained.model.weights.values())
    made = counted(len(trained.model.networks), "network")
    made += " and a linear model" * trained.model.config.linear
    say(f"{made}, {parameters:,} parameters -> {with_size(output)}")
    say(f"Next: textseq tag evaluate {output} TEST, or tag predict {output} 'A sentence.'")
