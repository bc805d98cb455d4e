"""`textseq translate evaluate`: how good a model's answers are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from textseq.cli import options
from textseq.cli.console import print_json, print_table, say
from textseq.cli.derive import from_settings
from textseq.cli.translate.pair_options import Analyzer, Beam, Model, PairOptions, Source, Target

if TYPE_CHECKING:
    from rich.table import Table


@from_settings
def evaluate(
    model: Model,
    source: Source,
    reading: PairOptions,
    target: Target = None,
    beam: Beam = None,
    analyzer: Analyzer = None,
    training: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            help="The pairs that it was trained on: their most similar source's target is one of "
            "the answers to beat.",
        ),
    ] = None,
    training_target: Annotated[
        Path | None, typer.Option(metavar="TARGET", help="Their targets, if in a file.")
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Evaluate an encoder-decoder on pairs of texts.

    Prints BLEU and chrF of its answers, in lower case, and how many are equal to the target. Beside
    them, what copying the source scores, and with --training the target of the training source that
    shares most words: a model that is not better has learned nothing.

    \b
    Examples:
      textseq translate evaluate model test.de --target test.en
      textseq translate evaluate model test.de --target test.en --beam 1 \
        --training train.de --training-target train.en
    """
    from textseq.errors import ArgumentError, require_extra
    from textseq.seq2seq.metrics import bleu_and_chrf, exact_match, nearest_targets
    from textseq.seq2seq.translator import Translator

    require_extra("sacrebleu", "BLEU")
    if training_target is not None and training is None:
        raise ArgumentError(
            f"--training-target '{training_target}' has no sources; name them with --training."
        )
    translator = Translator.load(model, analyzer=analyzer)
    sources, targets = (texts.to_pylist() for texts in reading.read(source, target))
    answers = {
        "model": translator.predict(sources, beam=beam),
        "copying the source": sources,
    }
    if training is not None:
        known, theirs = (texts.to_pylist() for texts in reading.read(training, training_target))
        answers["most similar source"] = nearest_targets(translator.source, known, theirs, sources)
    config = translator.config
    scores = {
        name: {**bleu_and_chrf(some, targets), "exact": exact_match(some, targets, config)}
        for name, some in answers.items()
    }
    beaten = [name for name in scores if name != "model" and _is_better(scores, name)]
    if as_json:
        print_json({"pairs": len(sources), **scores})
    else:
        print_table(_table(scores, len(sources)))
    for name in beaten:
        say(f"The model is no better than {name}; train it on more pairs, or for more epochs")
    (most, count), *_ = Counter(answers["model"]).most_common(1)
    if count > max(1, len(sources) // 2) and count > 2 * targets.count(most):
        say(f"{count:,} of {len(sources):,} answers are the same, '{most}': the model ignores what "
            f"it reads; train it for more epochs, or with another --learning-rate")  # fmt: skip


def _is_better(scores: dict[str, dict[str, float]], name: str) -> bool:
    return scores[name]["chrf"] >= scores["model"]["chrf"]


def _table(scores: dict[str, dict[str, float]], pairs: int) -> Table:
    from rich.table import Table

    table = Table("answers", *("BLEU", "chrF", "exact"), title=f"{pairs:,} pairs")
    for name, found in scores.items():
        table.add_row(name, f"{found['bleu']:.2f}", f"{found['chrf']:.2f}", f"{found['exact']:.1%}")
    return table
