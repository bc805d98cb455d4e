"""`textseq series evaluate`: a forecaster against the naive forecasts."""

from __future__ import annotations

from typing import Annotated

import typer

from textseq.cli import options
from textseq.cli.console import print_json, stdout
from textseq.cli.series.reading import (
    Model,
    Table,
    load,
    print_scores,
    verdict,
    write_report,
)


def evaluate(
    model: Model,
    table: Table,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Forecast only the rows from this time on, from those before them. By default, "
            "all rows but the first window.",
        ),
    ] = None,
    report: options.HtmlPage = None,
    as_json: options.AsJson = False,
    force: options.Force = False,
) -> None:
    """Compare the forecasts of a model with what came, and with those of simple methods.

    Use rows that it was not trained on. Forecasts are made from every window, and their errors
    printed: MAE, RMSE, and MASE, which is 1 for the seasonal naive forecast in training.

    \b
    Examples:
      textseq series evaluate model test.csv
      textseq series evaluate model power.csv --since 2026-01-01 --report report.html
    """
    from textseq.series.baselines import scores_for_json
    from textseq.series.fit import evaluate as forecast
    from textseq.series.model import FORMAT

    options.check_report(report)
    options.check_outputs(report, sources=[table, *FORMAT.files(model)], force=force)
    forecaster, columns = load(model)
    read = columns.read(table)
    firsts = [0] * len(read.series) if since is None else read.split(since)
    found = forecast(forecaster, read.series, firsts)
    title = f"{model.name} on {table.name}"
    write_report(report, title, found, forecaster, columns, force=force)
    if as_json:
        print_json({"windows": len(found.truth), "scores": scores_for_json(found.scores)})
        return
    print_scores(found.scores)
    stdout().print(
        f"{len(found.truth):,} windows of {found.truth.shape[1]:,} rows. {verdict(found.scores)}",
        soft_wrap=True,
    )
