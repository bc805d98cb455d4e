"""`textseq series train`: a table of time series to a forecaster."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from textseq.cli import console, options
from textseq.cli.console import command_line, say, with_size
from textseq.cli.derive import from_settings
from textseq.cli.series.reading import ColumnOptions, Table, name_of, verdict
from textseq.series.settings import ForecastSettings


@from_settings
def train(
    table: Table,
    output: Annotated[Path, typer.Option("--output", "-o", help="The model folder to write.")],
    columns: ColumnOptions,
    config: ForecastSettings,
    until: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Read only the rows before this time; needs --time."),
    ] = None,
    report: options.HtmlPage = None,
    checkpoint: Annotated[
        Path | None, typer.Option(metavar="DIR", help=options.CHECKPOINT_HELP)
    ] = None,
    force: options.Force = False,
) -> None:
    """Train a forecaster on a table of time series.

    The last rows are kept to decide when to stop, and how much each part counts. Rows must follow
    each other at one step, and no value may be missing.

    \b
    Examples:
      textseq series train power.csv --time date --target load --window 168 --horizon 24 -o model
      textseq series train sales.parquet --time day --target sold --group shop --horizon 7 \\
          --season 7 --output model
      textseq series train power.csv --time date --target load --until 2026-01-01 --output model
    """
    from textseq.cli.epochs import EpochTable
    from textseq.compute.compiled import when_compiling
    from textseq.series.fit import Watching, fit_forecaster
    from textseq.series.model import FORMAT

    options.check_report(report)
    options.refuse_overlap([output, report, checkpoint], [table])
    options.check_outputs(report, force=force)
    FORMAT.check_output(output, force=force)
    read = columns.read(table)
    series, names = read.series, read.names
    if until is not None:
        series = [each[:row] for each, row in zip(series, read.split(until), strict=True)]
        names = [name for name, each in zip(names, series, strict=True) if len(each)]
        series = [each for each in series if len(each)]
    say(f"{sum(map(len, series)):,} rows of {columns.target}, {len(series):,} series")
    about = {"columns": asdict(columns)}
    with when_compiling(say), EpochTable(console.stderr()) as epochs:
        watching = Watching([epochs.observer()], checkpoint)
        trained = fit_forecaster(config, series, watching, about, names)
    if trained.interrupted:
        say("Interrupted; saving the best networks so far")
    trained.model.save(output, trained.metrics, force=force)
    found = trained.evaluation
    assert found is not None  # noqa: S101  (a forecaster is validated)
    say(f"On the validation rows: {verdict(found.scores)}")
    if report is not None:
        from textseq.report.forecast import write_forecast_page
        from textseq.report.page import Page

        page = Page(report, f"{output.name}, trained on {table.name}", command_line(), force)
        write_forecast_page(
            page, found, columns.target, trained.model.settings.to_config(), trained.histories
        )
        say(f"Report -> {report}")
    parameters = sum(w.size for network in trained.model.networks for w in network.weights.values())
    made = name_of(len(trained.model.networks), "network") + " and ridge" * config.ridge
    say(f"{made}, {parameters:,} parameters of networks -> {with_size(output)}")
    say(f"Next: textseq series evaluate {output} TEST, or series predict {output} {table}")
    if trained.interrupted:
        raise typer.Exit(130)
