"""`textseq series train`: a table of time series to a forecaster."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from textseq.cli import options
from textseq.cli.console import say, with_size
from textseq.cli.derive import from_settings
from textseq.cli.results import show_epochs
from textseq.cli.series.reading import ColumnOptions, Table, verdict, write_report
from textseq.registry import counted
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
    from textseq.errors import ArgumentError
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
        if not series:
            raise ArgumentError(
                f"'{table}' has no rows before {until} (--until); give a later time."
            )
    say(f"{sum(map(len, series)):,} rows of {columns.target}, {len(series):,} series")
    about = {"columns": asdict(columns)}
    with show_epochs(checkpoint) as observer:
        watching = Watching([observer], checkpoint)
        trained = fit_forecaster(config, series, watching, about, names)
    if trained.interrupted:
        say("Interrupted; saving the best network so far")
    trained.save(output, force=force)
    found = trained.evaluation
    say(f"On the validation rows: {verdict(found.scores)}")
    title, model = f"{output.name}, trained on {table.name}", trained.model
    write_report(report, title, found, model, columns, histories=trained.histories, force=force)
    parameters = sum(w.size for network in model.networks for w in network.weights.values())
    made = counted(len(model.networks), "network") + " and ridge" * config.ridge
    say(f"{made}, {parameters:,} parameters of networks -> {with_size(output)}")
    say(f"Next: textseq series evaluate {output} TEST, or series predict {output} {table}")
    if trained.interrupted:
        raise typer.Exit(130)
