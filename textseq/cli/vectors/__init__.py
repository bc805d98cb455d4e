"""`textseq vectors`: look into word vectors."""

from __future__ import annotations

import typer

from textseq.cli.vectors import analogy, coverage, evaluate, neighbours, plot, similarity

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Look into word vectors: neighbours, analogies, agreement with people, a map.",
)
app.command("neighbours")(neighbours.neighbours)
app.command("analogy")(analogy.analogy)
app.command("similarity")(similarity.similarity)
app.command("evaluate")(evaluate.evaluate)
app.command("coverage")(coverage.coverage)
app.command("plot")(plot.plot)
