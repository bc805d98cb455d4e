"""`textseq tag evaluate`: the metrics of a tagger on tagged sentences."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from textseq.cli import options
from textseq.cli.console import command_line, print_json, print_table, say, stdout
from textseq.cli.derive import from_settings
from textseq.cli.results import print_metrics
from textseq.cli.tag.reading import Model, Sources, TaggedOptions

if TYPE_CHECKING:
    from rich.table import Table

    from textseq.corpus.tagged import TaggedSentence
    from textseq.network.arrays import FloatArray
    from textseq.report.metrics import Metrics
    from textseq.tagger.predictor import TagPredictor
    from textseq.tagger.spans import SpanScores

AROUND = 5
"""Words before and after a wrong one that the page shows."""


@from_settings
def evaluate(
    model: Model,
    sources: Sources,
    reading: TaggedOptions,
    report: options.HtmlPage = None,
    as_json: options.AsJson = False,
    force: options.Force = False,
) -> None:
    """Evaluate a tagger on tagged sentences.

    Use sentences that it was not trained on. Where the tags are those of IOB, the spans that they
    mark are counted too, by strict IOB2; tags of IOB1 are made IOB2 first.

    \b
    Examples:
      textseq tag evaluate model test.conllu
      textseq tag evaluate model test.conllu --json --report report.html
    """
    from textseq.report.evaluation import write_html
    from textseq.tagger.predictor import FORMAT, TagPredictor, accuracy
    from textseq.tasks.model_folder import read_histories

    options.check_report(report)
    options.check_outputs(report, sources=[*sources, *FORMAT.files(model)], force=force)
    tagger = TagPredictor.load(model)
    read = list(reading.read(sources, column=tagger.column))
    true, tokens = [s.tags for s in read], [s.tokens for s in read]
    probabilities = tagger.predict_proba(tokens)
    predicted = [tagger.decode(each) for each in probabilities]
    metrics, every = _measure(tagger, true, probabilities)
    spans = _spans(true, predicted)
    baseline = accuracy(true, tagger.most_frequent(tokens))
    unknown, known_accuracy = _unknown(tagger, read, predicted)
    if report is not None:  # before printing, which ends where a pipe is closed, as `| head` does
        f1 = {"span F1 (strict IOB2)": f"{spans.overall.f1:.4f}"} if spans else {}
        scored = {"accuracy of the most frequent tag of each word": f"{baseline:.4f}", **f1}
        write_html(
            report,
            metrics,
            title=f"{model.name} on {len(read):,} tagged sentences",
            texts=_among_others(read),
            labels=[*chain.from_iterable(true)],
            probabilities=every,
            settings={**tagger.config.to_config(), **scored},
            histories=read_histories(FORMAT.read_metrics(model)),
            command=command_line(),
            force=force,
        )
        say(f"Report -> {report}")
    if as_json:
        figures = metrics.to_dict()
        figures["words"] = figures.pop("documents")
        of_unknown = {"unknown_words": unknown, "unknown_accuracy": known_accuracy}
        about = {"most_frequent": baseline, **of_unknown, "spans": spans and spans.to_dict()}
        print_json({"sentences": len(read), **figures, **about})
        return
    print_metrics(metrics, "words")
    if spans is not None:
        print_table(_span_table(spans))
    unseen = f", on the {unknown:,} unknown ones {known_accuracy:.2%}" if unknown else ""
    stdout().print(
        f"Accuracy {metrics.accuracy:.2%} on {metrics.documents:,} words{unseen}; the most "
        f"frequent tag of each word scores {baseline:.2%}.",
        highlight=True,
        soft_wrap=True,
    )


def _measure(
    tagger: TagPredictor, true: list[tuple[str, ...]], probabilities: list[FloatArray]
) -> tuple[Metrics, FloatArray]:
    """Return the metrics per word, and the probabilities of all tags, those unknown included."""
    import numpy as np

    from textseq.report.metrics import metrics_of
    from textseq.report.outcomes import Outcomes

    unknown = sorted({*chain.from_iterable(true)} - {*tagger.tags})
    if unknown:
        say(f"Tags that the tagger does not know: {', '.join(unknown)}")
    every = np.concatenate(probabilities)
    every = np.pad(every, ((0, 0), (0, len(unknown))))
    outcomes = Outcomes.count([*chain.from_iterable(true)], every, [*tagger.tags, *unknown])
    return metrics_of(outcomes, independent=False), every


def _spans(true: list[tuple[str, ...]], predicted: list[list[str]]) -> SpanScores | None:
    """Return how well spans are found; None where the tags mark none."""
    from textseq.tagger.spans import has_spans, score_spans, to_iob2

    if not has_spans(chain.from_iterable(true)):
        return None
    converted = [to_iob2(tags) for tags in true]
    if any(tuple(new) != old for new, old in zip(converted, true, strict=True)):
        say("The tags are of IOB1, where I- begins a span; they and the answers are made IOB2")
        return score_spans(converted, [to_iob2(tags) for tags in predicted])
    return score_spans(true, predicted)


def _unknown(
    tagger: TagPredictor, read: list[TaggedSentence], predicted: list[list[str]]
) -> tuple[int, float | None]:
    """Return the number of words that training did not have, and the accuracy on them."""
    right = [
        tag == found
        for sentence, tags in zip(read, predicted, strict=True)
        for word, tag, found in zip(
            tagger.features.ids(sentence.tokens), sentence.tags, tags, strict=True
        )
        if not word
    ]
    return len(right), sum(right) / len(right) if right else None


def _span_table(scores: SpanScores) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table("spans", title="Spans, by strict IOB2")
    for name in ("precision", "recall", "f1", "true"):
        table.add_column(name, justify="right")
    for row in (*scores.types, scores.overall):
        if row is scores.overall:
            table.add_section()
        figures = [f"{figure:.3f}" for figure in (row.precision, row.recall, row.f1)]
        table.add_row(Text(row.label), *figures, f"{row.support:,}")
    return table


def _among_others(read: list[TaggedSentence]) -> list[str]:
    """Return each word among those around it."""
    return [
        " ".join(
            [*s.tokens[max(0, i - AROUND) : i], f"[{word}]", *s.tokens[i + 1 : i + 1 + AROUND]]
        )
        for s in read
        for i, word in enumerate(s.tokens)
    ]
