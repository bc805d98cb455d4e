"""`textseq classify`: train a sentence classifier, measure it, use it, look into it."""

from __future__ import annotations

import typer

from textseq.cli.classify import evaluate, explain, predict, summary, train

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Train, measure and use a sentence classifier.",
)
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.command("predict")(predict.predict)
app.command("explain")(explain.explain)
app.command("summary")(summary.summary)
